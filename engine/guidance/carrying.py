"""Carrying: a frame's colours from the exemplars of its shot, by motion and by likeness.

Where motion leads to an exemplar and back, its colours are taken along; elsewhere those of what
looks alike in all exemplars together. Trust that is merely low fades to the match, never to
automatic colours, which are as wrong as none; these stand only where nothing looks alike.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from threading import Lock

import cv2
import numpy as np
import torch

from kinemacolor.engine.color.planes import resize_plane
from kinemacolor.engine.color.upsampling import EdgeAwareUpsampler
from kinemacolor.engine.guidance.exemplars.exemplar import Authority, Exemplar, ShotExemplars
from kinemacolor.engine.guidance.holding import Holder
from kinemacolor.engine.guidance.matching.correspondence import correspond
from kinemacolor.engine.guidance.matching.encoder import Encoder
from kinemacolor.engine.guidance.matching.fusion import (
    ALIKE,
    DIRECT,
    JOINED,
    Candidate,
    Fit,
    Likeness,
    fused,
)
from kinemacolor.engine.guidance.matching.match import (
    Match,
    Matcher,
    likeness_to_known,
    matched_positions,
    mean_values,
)
from kinemacolor.engine.guidance.matching.sight import Sight, sight_of
from kinemacolor.engine.motion.optical_flow import warp
from kinemacolor.engine.motion.tracks import TRACK_REACH, Track
from kinemacolor.engine.process import single_threaded

_NOT_ALIKE = {  # likeness up to which a match leads nowhere, and from which all the way
    Authority.GIVEN: (0.35, 0.5),
    Authority.REFERENCE: (0.45, 0.6),
}
_SURE = (0.5, 0.9)  # likeness at which nothing, and everything, is told to be led
_CHROMA_KEPT = 0.25  # exponent; 1 keeps all chroma, and errs more where hues differ
_MOST_VIVID = 1.6  # times the mean
_REGION = 17  # pixels: over so many what was automatic is shifted alike


@dataclass(frozen=True, eq=False)
class Carried:
    """A frame's colours, and how far they were led.

    Attributes:
        ab: (h, w, 2) float32.
        led: (h, w) float32 in 0..1: how far each pixel's colour comes from a given picture.
    """

    ab: np.ndarray
    led: np.ndarray


class _Source:
    """An exemplar, made ready to be taken from."""

    def __init__(self, exemplar: Exemplar, encoder: Encoder) -> None:
        self.exemplar = exemplar
        self.sight = sight_of(exemplar.lightness, encoder)
        squares = (exemplar.ab * exemplar.ab).sum(2)
        values = np.dstack([exemplar.ab, squares])
        self.matcher = Matcher(self.sight, values, exemplar.known)
        self.planes = [*cv2.split(exemplar.ab), exemplar.known]


class Carrier:
    """Colours of a shot's frames from its exemplars; may be called from several threads at once.

    Args:
        shot: the exemplars.
        encoder: whose features tell which places look alike.
    """

    def __init__(self, shot: ShotExemplars, encoder: Encoder) -> None:
        self._shot = shot
        self._encoder = encoder
        self._lock = Lock()
        self._sources: list[_Source] | None = None
        own = [item for item in shot.exemplars if not item.is_given]
        self._holder = Holder(own, encoder) if own else None

    @single_threaded()
    @torch.inference_mode()
    def __call__(
        self, lightness: np.ndarray, automatic: np.ndarray, tracks: Sequence[Track]
    ) -> Carried:
        """A frame's colours.

        Args:
            lightness: (h, w) float32 L*; h and w are multiples of 32.
            automatic: (h, w, 2) float32: the network's own ab of this frame.
            tracks: to the given frames of this shot that are within reach.
        """
        ab = automatic if self._holder is None else self._holder(lightness, automatic)
        given = self._opened()
        if not given:
            return Carried(ab, np.zeros_like(lightness))
        found, share, known, led = _taken(given, sight_of(lightness, self._encoder), tracks)
        # What stands beside something led is told of it by the shift of its surroundings.
        ab = ab + _spread(found - ab, share) * known[..., None]
        ab += (found - ab) * share[..., None]
        return Carried(ab.astype(np.float32), led)

    def candidates(
        self, lightness: np.ndarray, tracks: Sequence[Track]
    ) -> tuple[Likeness, list[Candidate]]:
        """What a frame could take from all exemplars: what fusion is fitted to."""
        offer = _offered(self._opened(), sight_of(lightness, self._encoder), tracks)
        return offer.likeness, offer.candidates

    def _opened(self) -> list[_Source]:
        with self._lock:
            if self._sources is None:
                given = [item for item in self._shot.exemplars if item.is_given]
                self._sources = [_Source(item, self._encoder) for item in given]
            return self._sources


@dataclass(frozen=True, eq=False)
class _Offer:
    """What exemplars offer a frame.

    Attributes:
        candidates, likeness: as fusion takes them.
        known: (h, w) float32: how far the colours of what looks alike are known.
        trust: (h, w) float32: the most in any motion.
    """

    candidates: list[Candidate]
    likeness: Likeness
    known: np.ndarray
    trust: np.ndarray


def _offered(sources: Sequence[_Source], sight: Sight, tracks: Sequence[Track]) -> _Offer:
    """What exemplars offer a frame that is none of them."""
    shape = sight.lightness.shape
    matches = [source.matcher(sight) for source in sources]
    found = mean_values(matches)
    colors = np.ascontiguousarray(found[..., :2])
    highest, known_cells = likeness_to_known(matches)
    spread = np.sqrt(np.maximum(found[..., 2] - (colors * colors).sum(2), 0))
    small = resize_plane(sight.lightness, sight.cells)
    vivid = EdgeAwareUpsampler(_vivid(colors, found[..., 2]), small)
    alike = cv2.merge(vivid(sight.lightness))
    known = resize_plane(known_cells, shape)
    candidates = [Candidate(ALIKE, alike, known)]
    trust = np.zeros(shape, np.float32)
    by_frame = {track.frame: track for track in tracks}
    for source, match in zip(sources, matches, strict=True):
        exemplar = source.exemplar
        if exemplar.authority is Authority.GIVEN and exemplar.lightness.shape == shape:
            track = None if exemplar.frame is None else by_frame.get(exemplar.frame)
            moved, sure = _moved(source, match, sight, track)
            candidates += moved
            trust = np.maximum(trust, sure)
    return _Offer(candidates, Likeness(highest, spread), known, trust)


def _vivid(ab: np.ndarray, squares: np.ndarray) -> np.ndarray:
    """Mean colours of what looks alike, nearer to its own chroma, which a mean of hues loses.

    Args:
        ab: (rows, columns, 2) float32: the mean.
        squares: (rows, columns) float32: the mean of its squared chroma.
    """
    lost = np.sqrt(squares / np.maximum((ab * ab).sum(2), 1)).clip(1, None)
    more: np.ndarray = ab * np.minimum(lost**_CHROMA_KEPT, _MOST_VIVID)[..., None]
    return more


def _taken(
    sources: Sequence[_Source], sight: Sight, tracks: Sequence[Track]
) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """What a frame takes from exemplars of one kind.

    Returns:
        (h, w, 2) ab; (h, w) share of it that counts; (h, w) how far what looks alike is known;
        (h, w) how far it was led.
    """
    shape = sight.lightness.shape
    itself = {track.frame for track in tracks if track.distance == 0}
    offer = _offered(sources, sight, [track for track in tracks if track.distance])
    ab, trust = fused(sight.lightness, offer.likeness, offer.candidates), offer.trust
    for exemplar in (source.exemplar for source in sources):
        if exemplar.authority is Authority.GIVEN and exemplar.frame in itself:
            ab += (exemplar.ab - ab) * exemplar.known[..., None]
            trust = np.maximum(trust, exemplar.known)
    highest = offer.likeness.highest
    low, high = np.max([_NOT_ALIKE[source.exemplar.authority] for source in sources], axis=0)
    share = resize_plane(_ramp(highest, low, high), shape) * offer.known
    led = resize_plane(_ramp(highest, *_SURE), shape) * offer.known
    return ab, np.maximum(share, trust), offer.known, np.maximum(led, trust)


def _moved(
    source: _Source, match: Match, sight: Sight, track: Track | None
) -> tuple[list[Candidate], np.ndarray]:
    """What motion leads to in an exemplar, and the (h, w) trust in that."""
    exemplar = source.exemplar
    matched = matched_positions(match, sight.lightness.shape)
    found = correspond(sight.lightness, exemplar.lightness, matched, track)
    candidates, trust = [], np.zeros_like(sight.lightness)
    fit = Fit(sight, source.sight)
    distance = TRACK_REACH + 1 if track is None else track.distance
    for kind, way in zip((DIRECT, JOINED), found, strict=True):
        if way is None:
            continue
        a, b, known = (warp(plane, way.positions) for plane in source.planes)
        found_fit = fit(way.positions, way.onward)
        candidates.append(Candidate(kind, cv2.merge([a, b]), known, distance, found_fit))
        trust = np.maximum(trust, way.trust * known)
    return candidates, trust


def _spread(change: np.ndarray, share: np.ndarray) -> np.ndarray:
    """(h, w, 2): the mean change of the surroundings, as far as they are led."""
    size = (2 * _REGION + 1, 2 * _REGION + 1)
    known = cv2.blur(share, size)
    mean = cv2.blur(change * share[..., None], size)
    spread: np.ndarray = mean / np.maximum(known, 0.05)[..., None]
    return spread


def _ramp(values: np.ndarray, low: float, high: float) -> np.ndarray:
    """0 up to `low`, 1 from `high`, linear between them; float32."""
    ramp: np.ndarray = ((values - low) / (high - low)).clip(0, 1).astype(np.float32)
    return ramp
