"""Landscapes among photos, chosen by rule, as photo-colorization's mountains are not to be had.

A landscape lies; its upper third is lighter than the rest and has little detail, as skies have; and
no strong colour is in it but the greens, browns and blues of plants, earth, rock, water and sky.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

import cv2
import numpy as np

from kinemacolor.trainers.packing import pack
from kinemacolor.trainers.photos import to_lab
from kinemacolor.trainers.pictures import DataError, Pictures, open_pictures
from kinemacolor.trainers.training.split import Subset

SIZE, MOST = 128, 2000  # pixels of the short side, and photos, as that project has them
_SMALL = (48, 36)  # columns and rows at which a photo is judged
_LIGHTER, _SMOOTHER = 8.0, 0.6  # L*; share of the detail below
_ARTIFICIAL, _MOST_OF_IT = 30.0, 0.02  # a* of reds and purples, and the share of pixels


def is_landscape(rgb: np.ndarray) -> bool:
    """Whether an (H, W, 3) uint8 photo looks like one of land under a sky."""
    height, width = rgb.shape[:2]
    if width < 1.2 * height:
        return False
    lightness, a, _ = to_lab(cv2.resize(rgb, _SMALL, interpolation=cv2.INTER_AREA)).numpy()
    third = _SMALL[1] // 3
    above, below = lightness[:third], lightness[third:]
    detail = [np.abs(np.diff(part, axis=1)).mean() for part in (above, below)]
    return bool(
        above.mean() > below.mean() + _LIGHTER
        and detail[0] < _SMOOTHER * detail[1]
        and (a > _ARTIFICIAL).mean() < _MOST_OF_IT
    )


def landscapes_in(pictures: Pictures) -> Iterator[int]:
    """Numbers of a source's landscapes, in an order drawn from a fixed seed."""
    for number in np.random.default_rng(1).permutation(len(pictures)).tolist():
        try:
            if is_landscape(pictures.read(number)):
                yield number
        except DataError:
            continue


def pack_landscapes(sources: Sequence[str], target: Path) -> None:
    """Pack the first `MOST` landscapes of photos at `SIZE` pixels."""
    pictures = open_pictures(sources)
    chosen = [number for number, _ in zip(landscapes_in(pictures), range(MOST), strict=False)]
    if not chosen:
        problem = f"none of {len(pictures)} photos looks like a landscape"
        raise DataError(", ".join(sources), problem, "give more photos")
    pack(Subset(pictures, tuple(sorted(chosen))), target, SIZE)
