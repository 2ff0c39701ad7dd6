"""The chroma that a film has already, of each decoded frame."""

from __future__ import annotations

import numpy as np

from kinemacolor.engine.color.planes import resize_plane
from kinemacolor.engine.media.video.frame_samples import LumaExtractor
from kinemacolor.engine.media.video.pixel_formats import ColorModel, describe
from kinemacolor.engine.media.video.probe import VideoInfo
from kinemacolor.engine.media.video.reader import DecodedFrame
from kinemacolor.models.color.encoding import LUMA_WEIGHTS, YCbCrEncoding


def of_matrix(plane: np.ndarray, encoding: YCbCrEncoding, matrix: str, primary: int) -> np.ndarray:
    """Cb or Cr as another matrix has it, for the same luma and the same blue or red.

    Args:
        plane: code values.
        encoding: that they are of.
        matrix: wanted, a key of `LUMA_WEIGHTS`.
        primary: 1 of Cb, which tells blue, 0 of Cr.
    """
    neutral, _ = encoding.chroma_scale
    was, is_now = LUMA_WEIGHTS[encoding.matrix][primary], LUMA_WEIGHTS[matrix][primary]
    scaled = np.rint(neutral + (plane - np.float32(neutral)) * ((1 - was) / (1 - is_now)))
    codes: np.ndarray = scaled.clip(0, (1 << encoding.depth) - 1).astype(plane.dtype)
    return codes


def has_chroma(info: VideoInfo) -> bool:
    """Whether a film's frames hold more than luma."""
    return describe(info.pix_fmt).color_model is not ColorModel.GREY


class ChromaExtractor:
    """Takes the chroma planes out of one film's decoded frames.

    Args:
        info: of the film, which `has_chroma`.
    """

    def __init__(self, info: VideoInfo) -> None:
        self._is_rgb = describe(info.pix_fmt).color_model is ColorModel.RGB
        self._encoding = info.encoding
        self._samples = LumaExtractor(info.pix_fmt)

    def extract(
        self, frame: DecodedFrame, shape: tuple[int, int] | None = None
    ) -> tuple[np.ndarray, np.ndarray]:
        """Cb and Cr, code values of luma's depth and type; of RGB, by the matrix of its result.

        Args:
            frame: decoded.
            shape: (rows, columns) wanted; None is the film's own, whose values are the decoder's.
        """
        first, second, third = self._samples.components(frame.av_frame, 3)
        cb, cr = self._of_rgb(first, third, frame.luma) if self._is_rgb else (second, third)
        if shape is not None:
            cb, cr = resize_plane(cb, shape), resize_plane(cr, shape)
        return cb.copy(), cr.copy()

    def _of_rgb(
        self, red: np.ndarray, blue: np.ndarray, luma: np.ndarray
    ) -> tuple[np.ndarray, np.ndarray]:
        kr, kb = LUMA_WEIGHTS[self._encoding.matrix]
        neutral, scale = self._encoding.chroma_scale
        _, span = self._encoding.luma_scale
        last = (1 << self._encoding.depth) - 1

        def codes(primary: np.ndarray, weight: float) -> np.ndarray:
            distance = primary.astype(np.float32) - luma
            plane = np.rint(neutral + distance * (scale / span / (2 * (1 - weight))))
            code: np.ndarray = plane.clip(0, last).astype(luma.dtype)
            return code

        return codes(blue, kb), codes(red, kr)
