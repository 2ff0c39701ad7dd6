"""Holding: a frame's automatic colours drawn to those that the network's exemplars agree on."""

from __future__ import annotations

from collections.abc import Sequence
from threading import Lock

import cv2
import numpy as np
import torch

from kinemacolor.engine.color.planes import pixels_of, planes_of, resize_planes
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
        planes = planes_of(automatic)
        change = self._change(look, pixels_of(resize_planes(planes, look.lightness.shape)))
        held = np.stack(EdgeAwareUpsampler(change, look.lightness)(lightness))
        held += planes
        return pixels_of(held)

    def _change(self, look: Look, ab: np.ndarray) -> np.ndarray:
        total = np.zeros_like(ab)  # by planes in memory, as `ab` is
        weight = np.full(ab.shape[:2], 1e-6, np.float32)
        share = np.zeros_like(weight)
        found = [(Link(look, other, moves=False), colors) for other, colors in self._open()]
        for link, _ in sorted(found, key=lambda item: -item[0].likeness)[:_FOLLOWED]:
            link.follow()
        for link, colors in found:
            own = _LED * link.trust + link.known**2
            total += link.change(ab, colors) * own[..., None]
            weight += own
            share = np.maximum(share, np.maximum(link.trust, link.known))
        total *= (share / weight)[..., None]
        return pixels_of(np.stack([cv2.blur(plane, (5, 5)) for plane in planes_of(total)]))

    def _open(self) -> list[tuple[Look, np.ndarray]]:
        """The exemplars' looks and ab, made at the first call."""
        with self._lock:
            if self._opened is None:
                looks = [look_at(item.lightness, self._encoder) for item in self._exemplars]
                self._opened = [
                    (look, pixels_of(resize_planes(planes_of(item.ab), look.lightness.shape)))
                    for look, item in zip(looks, self._exemplars, strict=True)
                ]
            return self._opened
