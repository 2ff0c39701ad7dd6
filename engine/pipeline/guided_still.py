"""Guided stills: a still's colours from points, colour pictures of it, and references."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import lru_cache
from pathlib import Path

import numpy as np
import torch

from kinemacolor.engine.backends.base import Pictures
from kinemacolor.engine.guidance.carrying import Carrier
from kinemacolor.engine.guidance.exemplars.exemplar import Authority, Exemplar, ShotExemplars
from kinemacolor.engine.guidance.guide_file.film_guide import FilmGuide
from kinemacolor.engine.guidance.guide_file.given_colors import fit_points
from kinemacolor.engine.guidance.guide_file.guide import digest_of
from kinemacolor.engine.guidance.guide_file.pictures import aligned_to, read_picture
from kinemacolor.engine.guidance.guide_file.resolve import resolve_still
from kinemacolor.engine.guidance.matching.encoder import Encoder
from kinemacolor.engine.guidance.points import spread_points
from kinemacolor.engine.media.stills import Still
from kinemacolor.engine.motion.optical_flow import identity_grid
from kinemacolor.engine.motion.tracks import Track
from kinemacolor.engine.pipeline.colorless import has_color
from kinemacolor.engine.pipeline.guided_colors import in_mood

ColorPictures = Callable[[Pictures], Pictures]

_CHOSEN = 2  # references of a folder that a still takes colours from, at most
_LOOKED_AT = 6  # of them that are matched, by likeness of the whole picture
_LEADS = 0.2  # share of a still that a picture leads to, from which on it is like it


class GuidedStills:
    """What colours stills as persons said; may be called from several threads at once.

    Pictures that many stills refer to, as those of a series do, are read and looked at once.

    Args:
        encoder: finds what looks alike.
        short_side: of the working size.
    """

    def __init__(self, encoder: Encoder, short_side: int) -> None:
        self.encoder = encoder
        self.picture = lru_cache(maxsize=16)(lambda path: read_picture(path, short_side))
        self.outline = lru_cache(maxsize=1024)(self._outline)

    def network(self, network: ColorPictures, text: str, still: Still) -> GuidedStill:
        """A network that colours a still as its guide says.

        Args:
            network: colours pictures without guidance.
            text: the guide of the still, as an asset has it.
            still: decoded.

        Raises:
            KinemacolorError: the guide does not fit the still.
        """
        height, width = still.pixels.shape[:2]
        size = (height, width) if still.orientation >= 5 else (width, height)
        return GuidedStill(network, self, resolve_still(text, still.name, size), digest_of(text))

    def colors(
        self, lightness: np.ndarray, automatic: np.ndarray, guide: FilmGuide
    ) -> tuple[np.ndarray, tuple[str, ...]]:
        """A still's colours, and what its owner should know.

        First what pictures of it and references lead to, then the points over it: away from these
        all is as if they were not given.

        Args:
            lightness: (h, w) float32 L* at the working size, upright.
            automatic: (h, w, 2) float32: the network's own ab.
            guide: resolved for the still.

        Returns:
            (h, w, 2) float32 ab, and notes.

        Raises:
            MediaError: a picture cannot be read.
        """
        notes = list(guide.notes)
        ab = automatic
        given = self._exemplars(lightness, guide)
        if guide.candidates:
            chosen = self._likeliest(lightness, automatic, guide.candidates)
            given += chosen
            names = " and ".join(one.name for one in chosen)
            notes.append(f"takes colours from {names or 'none of the references: none is like it'}")
        if given:
            ab, led = self._carried(lightness, automatic, given)
            own = any(one.authority is Authority.GIVEN for one in given)
            if not own and led < _LEADS and not guide.candidates:
                notes.append(
                    f"the references lead to {led:.0%} of it: the rest has the network's colours"
                )
        if guide.points:
            points, told = fit_points(lightness, guide.points)
            notes += told
            beside = bool(guide.key_frames)
            ab, _ = spread_points(lightness, points, ab, self.encoder, beside_picture=beside)
        for wish in guide.wishes:
            ab = in_mood(wish, automatic, ab)
        return ab, tuple(notes)

    def _exemplars(self, lightness: np.ndarray, guide: FilmGuide) -> list[Exemplar]:
        found = []
        for key in guide.key_frames:
            light, ab = self.picture(key.picture)
            ab, known = aligned_to(lightness, light, ab), np.ones_like(lightness)
            name = key.picture.name
            found.append(Exemplar(lightness, ab, known, Authority.GIVEN, 0, name))
        return found + [self._reference(reference.picture) for reference in guide.references]

    def _reference(self, path: Path) -> Exemplar:
        light, ab = self.picture(path)
        return Exemplar(light, ab, np.ones_like(light), Authority.REFERENCE, None, path.name)

    def _carried(
        self, lightness: np.ndarray, automatic: np.ndarray, exemplars: Sequence[Exemplar]
    ) -> tuple[np.ndarray, float]:
        """The colours that exemplars lead to, and to what share of the still they do."""
        grid = identity_grid(*lightness.shape)
        carrier = Carrier(ShotExemplars(0, tuple(exemplars)), self.encoder)
        carried = carrier(lightness, automatic, (Track(0, grid, grid, 0),))
        return carried.ab, float(carried.led.mean())

    def _likeliest(
        self, lightness: np.ndarray, automatic: np.ndarray, candidates: Sequence[Path]
    ) -> list[Exemplar]:
        """The references that lead to most of a still, best first."""
        own = self._of_whole(lightness)
        alike = {path: float(own @ self.outline(path)) for path in candidates}
        near = sorted(candidates, key=lambda path: (-alike[path], str(path)))[:_LOOKED_AT]
        led = {
            path: self._carried(lightness, automatic, [self._reference(path)])[1] for path in near
        }
        best = sorted(near, key=lambda path: (-led[path], str(path)))[:_CHOSEN]
        enough = max(_LEADS, led[best[0]] / 2)
        return [self._reference(path) for path in best if led[path] >= enough]

    def _outline(self, path: Path) -> torch.Tensor:
        return self._of_whole(read_picture(path, 96)[0])

    def _of_whole(self, lightness: np.ndarray) -> torch.Tensor:
        """What is in a picture as a whole: the mean of its features, of length one."""
        mean = self.encoder(lightness).sixteenth.mean((1, 2))
        outline: torch.Tensor = mean / mean.norm().clamp_min(1e-6)
        return outline


class GuidedStill:
    """A network that colours one still, guided.

    Args:
        network: colours pictures without guidance.
        stills: colours as persons said.
        guide: resolved for the still.
        digest: of the guide's text.

    Attributes:
        digest: as above.
        notes: what the still's owner should know, once it was called.
        network_colors: the network alone gave it colours, once it was called: if it is grey, that
            is as it was asked for.
    """

    def __init__(
        self, network: ColorPictures, stills: GuidedStills, guide: FilmGuide, digest: str = ""
    ) -> None:
        self._network, self._stills, self._guide = network, stills, guide
        self.digest = digest
        self.notes: tuple[str, ...] = ()
        self.network_colors = False

    def __call__(self, lightness: Pictures) -> Pictures:
        """(h, w, 2) float32 ab of the still, of (h, w) float32 L*, upright."""
        [plane] = lightness
        [automatic] = self._network(lightness)
        self.network_colors = has_color(automatic)
        ab, self.notes = self._stills.colors(plane, automatic, self._guide)
        return [ab]
