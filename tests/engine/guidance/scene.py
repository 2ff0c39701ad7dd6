"""A made scene for tests: coloured discs on a textured ground, which can be shifted."""

import cv2
import numpy as np

from kinemacolor.engine.guidance.exemplars.exemplar import Authority, Exemplar
from kinemacolor.engine.motion.optical_flow import identity_grid
from kinemacolor.engine.motion.tracks import Track

SHAPE = (128, 192)


def scene(seed: int = 0, shape: tuple[int, int] = SHAPE) -> tuple[np.ndarray, np.ndarray]:
    """(h, w) L* and (h, w, 2) ab of it."""
    rng = np.random.default_rng(seed)
    noise = cv2.GaussianBlur(rng.random(shape, np.float32), (0, 0), 2)
    lightness = 40 + 30 * (noise - noise.min()) / np.ptp(noise)
    ab = np.full((*shape, 2), (5.0, -20.0), np.float32)
    for light, color, place in (
        (85, (40, 30), (0.25, 0.3)),
        (20, (-35, 30), (0.7, 0.35)),
        (60, (10, 50), (0.5, 0.75)),
    ):
        center = round(place[0] * shape[1]), round(place[1] * shape[0])
        disc = cv2.circle(np.zeros(shape, np.uint8), center, shape[0] // 5, 1, -1).astype(bool)
        lightness[disc] = light + 0.3 * (lightness[disc] - 55)
        ab[disc] = color
    return lightness.astype(np.float32), ab


def shifted(plane: np.ndarray, by: int) -> np.ndarray:
    """The plane, moved to the right by so many pixels around its edge."""
    return np.ascontiguousarray(np.roll(plane, by, axis=1))


def exemplar(
    lightness: np.ndarray,
    ab: np.ndarray,
    authority: Authority = Authority.GIVEN,
    frame: int | None = 0,
    known: np.ndarray | None = None,
) -> Exemplar:
    known = np.ones_like(lightness) if known is None else known
    return Exemplar(lightness, ab, known, authority, frame, f"frame {frame}")


def track(by: int, frame: int = 0, distance: int = 4, shape: tuple[int, int] = SHAPE) -> Track:
    """The track to the frame that this one was shifted from."""
    there, onward = identity_grid(*shape).copy(), identity_grid(*shape).copy()
    there[0] -= by
    onward[0] += by
    return Track(frame, there, onward, distance)


def error(ab: np.ndarray, truth: np.ndarray) -> float:
    """Mean distance in ab units, away from the sides."""
    return float(np.linalg.norm(ab - truth, axis=2)[:, 24:-24].mean())
