"""A film to and fro between two scenes, pictures of these, and an unsteady network."""

from __future__ import annotations

import cv2
import numpy as np

from kinemacolor.engine.guidance.exemplars import given_exemplars
from kinemacolor.engine.guidance.matching.encoder import Encoder
from kinemacolor.engine.pipeline.film import index_of
from kinemacolor.engine.settings import Settings
from tests.engine.tint import photo, write_grey

ENCODER = Encoder()
SETTINGS = Settings(working_size=128, device="cpu", codec="ffv1", on_color="recolor")
STARTS = (0, 8, 16, 24)  # to and fro between two scenes
FRAMES = 32


class Unsteady:
    """Colours by the picture's left upper corner: the same scene differs from shot to shot."""

    batch, calls, fingerprint = 2, 1, "unsteady"

    def __init__(self):
        self.seen = 0

    def __call__(self, lightness):
        self.seen += len(lightness)
        return [np.full((*plane.shape, 2), (plane[0, 0], 20), np.float32) for plane in lightness]


def let_points_fill(monkeypatch):
    """Points spread all over their frame, whatever it shows."""

    def spread(lightness, points, automatic, encoder, **more):
        return np.full_like(automatic, points[-1].ab), np.ones_like(lightness)

    monkeypatch.setattr(given_exemplars, "spread_points", spread)


def write_film(folder):
    """Path and index of four shots of eight frames each."""
    pictures = []
    for shot in range(4):
        scene = photo(128, 192 + 8, 1 + shot % 2)
        for n in range(8):
            picture = np.ascontiguousarray(scene[:, n : n + 192])
            picture[0:2, 0:2] = 20 * shot + 16
            pictures.append(picture)
    path = write_grey(folder / "film.mkv", pictures)
    return path, index_of(path, SETTINGS, lambda: None)


def picture_of(folder, name, seed, shift=0):
    """A colour picture of a scene."""
    grey = np.ascontiguousarray(photo(128, 200, seed)[:, shift : shift + 192])
    tinted = cv2.merge([grey, (grey * 0.8).astype(np.uint8), (grey * 0.6).astype(np.uint8)])
    path = folder / name
    cv2.imwrite(str(path), tinted)
    return path


def striped(folder):
    """A picture that resembles no scene."""
    stripes = np.tile(np.uint8([[[50, 40, 30]] * 6 + [[200, 180, 90]] * 6]), (128, 16, 1))
    cv2.imwrite(str(folder / "none.png"), stripes)
    return folder / "none.png"
