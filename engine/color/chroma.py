"""The measure of a picture's own colour: real colour, one hue over all of it, or none.

The chroma of a toned or tinted picture, of a faded cast, of a scan in colour of a grey print
follows its luma: one curve tells the chroma of every tone. In a real colour picture things of the
same tone differ in chroma. So the measure is what such a curve leaves over.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from kinemacolor.engine.color.planes import resize_plane

_REAL = 2.2  # of `spread`: above it lies real colour; benchmarks/natural.py tells how surely
_VISIBLE = 2.5  # of `strength`: below it a hue is not worth a word
_DARK = 24.0  # mean luma, 0 to 255, below which a picture tells nothing
_SHORT_SIDE = 80  # pixels, to which planes are averaged down first
_CELLS = 24  # on the short side, to which what is left over is averaged: noise goes, colours stay
_MARGIN = 0.15  # of each side: mounts, time codes, logos, fading towards the edges
_LARGEST = 12.0  # what one cell may count: a speck of dirt is not half a picture
_NODES = 12  # of the curve of chroma over luma
_STIFFNESS = 0.002  # of that curve
_ROUNDS = 3  # of fitting it, in which what lies off it counts less and less
_HUES = (  # by the angle of Cr over Cb in degrees, up to which each has its name
    *((30, "purple"), (75, "magenta"), (105, "red"), (127, "orange"), (165, "sepia")),
    *((200, "yellow"), (255, "green"), (292, "cyan"), (352, "blue"), (360, "purple")),
)


@dataclass(frozen=True)
class Chroma:
    """What the chroma of a picture is like.

    Attributes:
        spread: how far, in 8-bit codes, chroma lies off the one curve over luma; root mean square.
        strength: how far, in 8-bit codes, it lies off neutral on average.
        hue: its name, such as "sepia".
        tells: the picture is light enough to tell anything.
    """

    spread: float
    strength: float
    hue: str
    tells: bool = True

    @property
    def is_real(self) -> bool:
        """Whether this is a picture in colour."""
        return self.spread > _REAL

    @property
    def is_one_hue(self) -> bool:
        """Whether this is a grey picture that is toned or tinted, or has a cast, visibly."""
        return not self.is_real and self.strength > _VISIBLE


def chroma_of_planes(luma: np.ndarray, cb: np.ndarray, cr: np.ndarray, depth: int) -> Chroma:
    """What the chroma of Y'CbCr planes is like.

    Args:
        luma: (H, W) code values.
        cb, cr: (h, w) code values, neutral in their middle.
        depth: bits of these.
    """
    shape = _reduced_shape(*cb.shape)
    unit = np.float32(1 / (1 << (depth - 8)))
    small = [_reduced(plane, shape).astype(np.float32) * unit for plane in (luma, cb, cr)]
    return _chroma(small[0], small[1] - 128, small[2] - 128)


def chroma_of_rgb(pixels: np.ndarray) -> Chroma:
    """What the chroma of RGB pixels is like.

    Args:
        pixels: (H, W, 3) uint8 or uint16, over the full range of codes.
    """
    small = _reduced(pixels, _reduced_shape(*pixels.shape[:2]))
    small = small.astype(np.float32) * np.float32(255 / np.iinfo(pixels.dtype).max)
    luma, cr, cb = cv2.split(cv2.cvtColor(small, cv2.COLOR_RGB2YCrCb))
    return _chroma(luma, cb - np.float32(0.5), cr - np.float32(0.5))  # OpenCV's offset of floats


def _reduced_shape(height: int, width: int) -> tuple[int, int]:
    scale = min(1.0, _SHORT_SIDE / min(height, width))
    return max(1, round(height * scale)), max(1, round(width * scale))


def _reduced(plane: np.ndarray, shape: tuple[int, int]) -> np.ndarray:
    """A plane averaged down; of a large one not every pixel counts."""
    step = max(1, min(plane.shape[0] // shape[0], plane.shape[1] // shape[1]) // 4)
    return resize_plane(plane[::step, ::step], shape)


def _chroma(luma: np.ndarray, cb: np.ndarray, cr: np.ndarray) -> Chroma:
    """What (H, W) float32 planes are like: luma 0 to 255, chroma around 0."""
    rows, columns = (round(side * _MARGIN) for side in luma.shape)
    inner = slice(rows, luma.shape[0] - rows), slice(columns, luma.shape[1] - columns)
    luma, chroma = luma[inner], np.stack([cb[inner], cr[inner]], axis=-1)
    left_over = chroma
    if chroma.any():  # nothing lies off a curve of no chroma: most grey films
        left_over = _off_the_curve(luma.ravel(), chroma.reshape(-1, 2)).reshape(chroma.shape)
    scale = min(1.0, _CELLS / min(luma.shape))
    shape = max(1, round(luma.shape[0] * scale)), max(1, round(luma.shape[1] * scale))
    cells = np.minimum(np.hypot(*cv2.split(resize_plane(left_over, shape))), _LARGEST)
    blue, red = chroma.reshape(-1, 2).mean(axis=0)
    angle = float(np.degrees(np.arctan2(red, blue))) % 360
    return Chroma(
        spread=float(np.sqrt((cells * cells).mean())),
        strength=float(np.hypot(chroma[..., 0], chroma[..., 1]).mean()),
        hue=next(name for limit, name in _HUES if angle <= limit),
        tells=float(luma.mean()) >= _DARK,
    )


def _off_the_curve(luma: np.ndarray, chroma: np.ndarray) -> np.ndarray:
    """(N, 2) chroma less the curve over (N,) luma that fits most of it best."""
    place = np.clip(luma * ((_NODES - 1) / 255), 0, _NODES - 1.001)
    node = place.astype(np.intp)
    part = place - node
    bend = np.diff(np.eye(_NODES), 2, axis=0)
    stiffness = _STIFFNESS * len(luma) * bend.T @ bend + 1e-6 * np.eye(_NODES)
    weight = np.ones_like(luma)
    left_over = chroma
    for _ in range(_ROUNDS):
        # Least squares for a broken line: each pixel counts for the two nodes around it.
        low, high = weight * (1 - part), weight * part
        own = _sums(node, low * (1 - part)) + _sums(node + 1, high * part)
        shared = _sums(node, low * part)[:-1]
        normal = stiffness + np.diag(own) + np.diag(shared, 1) + np.diag(shared, -1)
        wanted = np.stack(
            [_sums(node, low * plane) + _sums(node + 1, high * plane) for plane in chroma.T], axis=1
        )
        curve = np.linalg.solve(normal, wanted)
        fitted = curve[node] * (1 - part)[:, None] + curve[node + 1] * part[:, None]
        left_over = (chroma - fitted).astype(np.float32)
        distance = np.hypot(left_over[:, 0], left_over[:, 1])
        weight = 1 / (1 + (distance / (2 * np.median(distance) + 1)) ** 2)
    return left_over


def _sums(node: np.ndarray, values: np.ndarray) -> np.ndarray:
    return np.bincount(node, values, _NODES)
