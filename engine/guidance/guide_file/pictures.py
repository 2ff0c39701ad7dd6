"""Colour pictures that a person gives: read as lightness and ab, compared and aligned to frames."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

import cv2
import numpy as np
import torch

from kinemacolor.engine.color.geometry import working_shape
from kinemacolor.engine.color.planes import resize_plane
from kinemacolor.engine.color.still_spaces import GreySpace
from kinemacolor.engine.errors import MediaError
from kinemacolor.engine.files import os_reason
from kinemacolor.engine.media.still_file import file_size
from kinemacolor.engine.media.stills import read_still, to_upright
from kinemacolor.engine.media.stills.header import read_header, without_padding
from kinemacolor.engine.media.stills.still import Still
from kinemacolor.engine.motion.optical_flow import estimate_flow, identity_grid, warp, warp_ab
from kinemacolor.models.color.lab import srgb_to_lab
from kinemacolor.models.errors import KinemacolorError

LARGEST_FILE = 512 << 20  # bytes
MOST_PIXELS = 120_000_000
_PREVIEWED = 64  # short side at which it is told whether a picture has colours
_COLORED = 4.0  # chroma below which nothing of a picture counts as coloured
_FINE = 4  # times the working size to which large pictures are averaged first, by whole codes
_ALIGNED = 1.5  # mean |L* difference| below which a picture lies as the frame does
_GAIN = 0.85  # of that difference which a mended one has at most
_AGREES = 0.5  # confidence of motion above which it is believed
_SHARE = 0.3  # of the pixels where it must be; other contents reach .05
_SPREAD = 0.06  # of the short side: how far motion is spread into places where it is not believed
_COMPARED = (32, 56)
# Of `resemblance`: frames twelve apart have .29 to .96, those of different films -.6 to .46.
_UNLIKE, _DOUBTFUL = 0.2, 0.6
_BLANK = 0.5  # standard deviation of L* below which a picture shows nothing
_FLAT = 0.05  # the same of a frame's light, as a share of its mean
# Proportions of a picture and its frame: apart by more than the first, it is told; the second
# would be another picture. 720 stored columns of what is shown with 854 are 1.19.
_SQUEEZED, _OTHER = 1.05, 1.5


def read_picture(path: Path, short_side: int) -> tuple[np.ndarray, np.ndarray]:
    """A colour picture at its working size, upright.

    ICC profile, orientation and 16 bits count; alpha does not, but for a picture without any.

    Args:
        path: JPEG, PNG, TIFF or WebP.
        short_side: of the working size, a multiple of 32.

    Returns:
        (h, w) float32 L* and (h, w, 2) float32 ab of its own proportions; h and w are multiples
        of 32.

    Raises:
        MediaError: it cannot be read, is too large, or has no colours.
    """
    return _small(_decoded(path), path, short_side)


class Thumbnail(NamedTuple):
    """What a picture is compared by.

    Args:
        lightness: (h, w) float32 L*, upright, small.
        size: (width, height) of the picture in pixels, upright.
    """

    lightness: np.ndarray
    size: tuple[int, int]


def read_thumbnail(path: Path, short_side: int) -> Thumbnail:
    """`read_picture` for what a picture is compared by.

    Raises:
        MediaError: as `read_picture` does.
    """
    still = _decoded(path)
    height, width = still.pixels.shape[:2]
    size = (height, width) if still.orientation >= 5 else (width, height)
    return Thumbnail(_small(still, path, short_side)[0], size)


def _decoded(path: Path) -> Still:
    try:
        if path.exists() and not path.is_file():
            raise MediaError(path, "is no file", "name a picture")
        if file_size(path) > LARGEST_FILE:
            problem = f"is larger than a picture of a guide may be ({LARGEST_FILE >> 20} MB)"
            raise MediaError(path, problem, "give a smaller copy")
        with open(path, "rb") as file:
            content = file.read(LARGEST_FILE)
    except OSError as error:
        raise MediaError(path, f"cannot be read: {os_reason(error)}") from error
    header = read_header(without_padding(content)[0])
    if header and header.width * header.height > MOST_PIXELS:
        problem = f"{header.width}x{header.height} pixels are too many for a picture of a guide"
        raise MediaError(path, problem, f"give a copy of {MOST_PIXELS // 10**6} megapixels or less")
    try:
        still = read_still(content, str(path))
    except MediaError as error:
        if "--salvage" in error.remedy:  # of sources: what is law is whole
            raise MediaError(path, error.problem, "find a complete copy") from error
        raise
    if still.alpha is not None and not still.alpha.any():
        raise MediaError(path, "is transparent throughout", "give one that can be seen")
    return still


def _small(still: Still, path: Path, short_side: int) -> tuple[np.ndarray, np.ndarray]:
    """L* and ab of a picture at its working size, upright.

    Raises:
        MediaError: it has no colours.
    """
    if still.pixels.ndim == 2 or isinstance(still.space, GreySpace):
        raise _colorless(path)
    height, width = still.pixels.shape[:2]
    shape = working_shape(height, width, short_side)
    small = _reduced(still.pixels, shape)
    lab = _lab(still.space.in_srgb(small))
    strongest = np.hypot(*cv2.split(resize_plane(lab[..., 1:], _preview_shape(shape)))).max()
    if strongest < _COLORED:
        raise _colorless(path)
    upright = to_upright(lab, still.orientation)
    return np.ascontiguousarray(upright[..., 0]), np.ascontiguousarray(upright[..., 1:])


def resemblance(lightness: np.ndarray, picture: np.ndarray) -> float:
    """How alike the contents of two pictures are by light and dark, -1 to 1; 1 where one is blank.

    Args:
        lightness, picture: float32 L* of any shapes; framing and exposure may differ a little.
    """
    one, other = (
        cv2.GaussianBlur(resize_plane(plane, _COMPARED), (0, 0), 1.0)
        for plane in (lightness, picture)
    )
    one, other = one - one.mean(), other - other.mean()
    size = float(np.sqrt((one * one).mean() * (other * other).mean()))
    return 1.0 if size < 1.0 else float((one * other).mean()) / size


def doubt_of_size(size: tuple[int, int], picture: tuple[int, int]) -> str:
    """What is doubtful about the proportions of a picture that should show a frame, or "".

    Args:
        size: (width, height) of the frame as it is shown.
        picture: of the picture, upright.

    Raises:
        KinemacolorError: they are quite different; the subject is empty, for the caller to name.
    """
    between = (picture[0] * size[1]) / (picture[1] * size[0])
    apart = max(between, 1 / between)
    if apart <= _SQUEEZED:
        return ""
    problem = "{}x{} pixels have other proportions than the frame's {}x{}".format(*picture, *size)
    if apart > _OTHER:
        raise KinemacolorError("", problem, "give a picture of the frame, or make it a reference")
    return f"{problem}: it is stretched to the frame"


def doubt_of(lightness: np.ndarray, picture: np.ndarray) -> str:
    """What is doubtful about a picture that should show a frame; empty where nothing is.

    Args:
        lightness: upright light of the frame, on any scale that rises with L*.
        picture: (h, w) float32 L* of the picture.

    Raises:
        KinemacolorError: its content is another; the subject is empty, for the caller to name.
    """
    if picture.std() < _BLANK and lightness.std() > _FLAT * abs(lightness.mean()):
        return "shows nothing but one tone, and this frame more"
    alike = resemblance(lightness.astype(np.float32), picture)
    if alike < _UNLIKE:
        problem = f"does not show this frame (likeness {alike:.2f} of 1)"
        raise KinemacolorError("", problem, "give a picture of the frame, or make it a reference")
    return f"hardly shows this frame (likeness {alike:.2f} of 1)" if alike < _DOUBTFUL else ""


def aligned_to(lightness: np.ndarray, picture: np.ndarray, ab: np.ndarray) -> np.ndarray:
    """The colours of a picture of a frame, moved to where the frame has them.

    A picture that lies as the frame does is only enlarged or reduced. Of another, motion there and
    back (DIS) mends mild misalignment; where both do not agree, the motion around counts, and if
    the picture lies no better for it, it stays as it lies.

    Args:
        lightness: (h, w) float32 L* of the frame.
        picture: (H, W) float32 L* of the picture.
        ab: (H, W, 2) float32 of it.

    Returns:
        (h, w, 2) float32.
    """
    h, w = lightness.shape
    light, colors = resize_plane(picture, (h, w)), resize_plane(ab, (h, w))
    before = _difference(lightness, light)
    if before < _ALIGNED:
        return colors
    flow = estimate_flow(lightness, light)
    weight = np.where(flow.confidence_next > _AGREES, flow.confidence_next, np.float32(0))
    if np.count_nonzero(weight) < _SHARE * weight.size:
        return colors
    moved = flow.to_next - identity_grid(h, w)
    sigma = _SPREAD * min(h, w)
    near = cv2.GaussianBlur(weight, (0, 0), sigma) + np.float32(1e-3)  # far from all: no motion
    spread = [cv2.GaussianBlur(plane * weight, (0, 0), sigma) / near for plane in moved]
    mixed = weight * moved + (1 - weight) * np.stack(spread)
    positions = (identity_grid(h, w) + mixed).astype(np.float32)
    if _difference(lightness, warp(light, positions)) > _GAIN * before:
        return colors
    return warp_ab(colors, positions)


def _colorless(path: Path) -> MediaError:
    return MediaError(path, "has no colours", "give a colour picture")


def _reduced(pixels: np.ndarray, shape: tuple[int, int]) -> np.ndarray:
    """(h, w, 3) uint16 codes of 16 bits: pixels averaged down, or enlarged."""
    fine = shape[0] * _FINE, shape[1] * _FINE
    if pixels.shape[0] > fine[0] and pixels.shape[1] > fine[1]:
        pixels = resize_plane(pixels, fine)
    if pixels.dtype == np.uint8:
        pixels = pixels.astype(np.uint16) * np.uint16(257)
    return resize_plane(pixels, shape)


def _lab(codes: np.ndarray) -> np.ndarray:
    """(h, w, 3) float32 LAB of sRGB codes of 16 bits."""
    rgb = torch.from_numpy(codes.astype(np.float32) / np.float32(65535)).permute(2, 0, 1)
    lab: np.ndarray = srgb_to_lab(rgb).permute(1, 2, 0).contiguous().numpy()
    return lab


def _preview_shape(shape: tuple[int, int]) -> tuple[int, int]:
    scale = min(1.0, _PREVIEWED / min(shape))
    return round(shape[0] * scale), round(shape[1] * scale)


def _difference(one: np.ndarray, other: np.ndarray) -> float:
    """The mean |difference| of two lightness planes, but for exposure."""
    difference = one - other
    return float(np.abs(difference - np.median(difference)).mean())
