"""Holding: a frame's automatic colours drawn to those that the network's exemplars agree on."""

from __future__ import annotations

from collections.abc import Sequence
from threading import Lock

import cv2
import numpy as np
import torch

from kinemacolor.engine.color.planes import resize_plane
from kinemacolor.engine.color.upsampling import EdgeAwareUpsampler
from kinemacolor.engine.guidance.exemplars.exemplar import Exemplar
from kinemacolor.engine.guidance.matching.encoder import Encoder
from kinemacolor.engine.guidance.matching.likeness import Link, Look, look_at
from kinemacolor.engine.process import single_threaded

_FOLLOWED = 2  # exemplars, those most alike, that motion is looked for to
_LED = 10.0  # weight of sure motion against that of a sure match


class Holder:
    """Colours of a shot's frames, held to those of its exemplars; for several threads at once.

    Args:
        exemplars: of authority NETWORK; one at least.
        encoder: whose features tell which places look alike.
    """

    def __init__(self, exemplars: Sequence[Exemplar], encoder: Encoder) -> None:
        self._encoder = encoder
        self._exemplars = exemplars
        self._lock = Lock()
        self._opened: list[tuple[Look, np.ndarray]] | None = None

    @single_threaded()
    @torch.inference_mode()
    def __call__(self, lightness: np.ndarray, automatic: np.ndarray) -> np.ndarray:
        """(h, w, 2) float32 ab of a frame.

        Args:
            lightness: (h, w) float32 L*.
            automatic: (h, w, 2) float32: the network's own ab of it.
        """
        look = look_at(lightness, self._encoder)
        change = self._change(look, resize_plane(automatic, look.lightness.shape))
        a, b = EdgeAwareUpsampler(change, look.lightness)(lightness)
        held: np.ndarray = automatic + cv2.merge([a, b])
        return held

    def _change(self, look: Look, ab: np.ndarray) -> np.ndarray:
        total = np.zeros_like(ab)
        weight = np.full(ab.shape[:2], 1e-6, np.float32)
        share = np.zeros_like(weight)
        others = self._open()
        likest = [float((look.features @ there.features.T).amax(1).mean()) for there, _ in others]
        followed = sorted(range(len(likest)), key=lambda place: -likest[place])[:_FOLLOWED]
        for place, (other, colors) in enumerate(others):
            link = Link(look, other, moves=place in followed)
            own = _LED * link.trust + link.known**2
            total += link.change(ab, colors) * own[..., None]
            weight += own
            share = np.maximum(share, np.maximum(link.trust, link.known))
        change: np.ndarray = cv2.blur(total * (share / weight)[..., None], (5, 5))
        return change

    def _open(self) -> list[tuple[Look, np.ndarray]]:
        """The exemplars' looks and ab, made at the first call."""
        with self._lock:
            if self._opened is None:
                looks = [look_at(item.lightness, self._encoder) for item in self._exemplars]
                self._opened = [
                    (look, resize_plane(item.ab, look.lightness.shape))
                    for look, item in zip(looks, self._exemplars, strict=True)
                ]
            return self._opened
