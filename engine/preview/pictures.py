"""Pictures of a preview as they are displayed: sRGB, upright, square pixels, small."""

from __future__ import annotations

import cv2
import numpy as np
import torch
from av.video.reformatter import ColorRange, Colorspace

from kinemacolor.engine.color.planes import resize_plane
from kinemacolor.engine.media.stills import to_upright
from kinemacolor.engine.media.stills.still import Still
from kinemacolor.engine.media.video.probe import VideoInfo
from kinemacolor.engine.media.video.reader import DecodedFrame
from kinemacolor.models.color.encoding import YCbCrEncoding
from kinemacolor.models.color.ycbcr import ycbcr_to_rgb

LONGEST = 960  # pixels of a picture's longer side, at most
_MATRICES = {
    "bt601": Colorspace.ITU601,
    "bt709": Colorspace.ITU709,
    "bt2020": Colorspace.BT2020,
}


def decoded_picture(frame: DecodedFrame, info: VideoInfo) -> np.ndarray:
    """A film's frame as it is: (H, W, 3) uint8 RGB."""
    range_ = ColorRange.JPEG if info.encoding.full_range else ColorRange.MPEG
    rgb = frame.av_frame.reformat(
        format="rgb24",
        src_colorspace=_MATRICES[info.encoding.matrix],
        src_color_range=range_,
        dst_color_range=ColorRange.JPEG,
    ).to_ndarray()
    return _turned(resize_plane(np.ascontiguousarray(rgb), _display_shape(info)), info)


def colored_picture(
    luma: np.ndarray, cb: np.ndarray, cr: np.ndarray, info: VideoInfo, encoding: YCbCrEncoding
) -> np.ndarray:
    """A film's frame by its coloured planes, of an encoding: (H, W, 3) uint8 RGB."""
    shape = _display_shape(info)
    planes = np.stack([resize_plane(p.astype(np.float32), shape) for p in (luma, cb, cr)])
    rgb = ycbcr_to_rgb(torch.from_numpy(planes), encoding).clamp(0, 1)
    return _turned((rgb * 255).round().byte().permute(1, 2, 0).numpy(), info)


def upright_luma(frame: DecodedFrame, info: VideoInfo) -> np.ndarray:
    """float32 luma codes of a film's frame, turned as it is displayed."""
    return np.ascontiguousarray(np.rot90(frame.luma.astype(np.float32), info.rotation // 90 % 4))


def still_picture(still: Still, pixels: np.ndarray) -> np.ndarray:
    """A still with its own or other pixels: (H, W, 3) uint8 sRGB.

    Args:
        pixels: (H, W) or (H, W, 3), uint8 or uint16, as stored; in its target space where it is
            grey and they are not.
    """
    space = still.space if pixels.ndim == still.pixels.ndim else still.target
    small = space.in_srgb(resize_plane(pixels, _fitted(pixels.shape[0], pixels.shape[1])))
    if small.dtype == np.uint16:
        small = (small >> 8).astype(np.uint8)
    if small.ndim == 2:
        small = cv2.cvtColor(small, cv2.COLOR_GRAY2RGB)
    return to_upright(small, still.orientation)


def _display_shape(info: VideoInfo) -> tuple[int, int]:
    """(rows, columns) of a film's frames as they are stored, with square pixels."""
    return _fitted(info.height, max(1, round(info.width * (info.sample_aspect_ratio or 1))))


def _fitted(height: int, width: int) -> tuple[int, int]:
    scale = min(1.0, LONGEST / max(height, width))
    return max(1, round(height * scale)), max(1, round(width * scale))


def _turned(rgb: np.ndarray, info: VideoInfo) -> np.ndarray:
    return np.ascontiguousarray(np.rot90(rgb, info.rotation // 90 % 4))
