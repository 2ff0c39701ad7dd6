"""The chroma that a film has already, of each decoded frame."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from kinemacolor.engine.color.planes import resize_plane
from kinemacolor.engine.media.video.code_scaling import CodeScaling
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
        output: of the planes that are wanted; None is the film's own.
    """

    def __init__(self, info: VideoInfo, output: YCbCrEncoding | None = None) -> None:
        self._is_rgb = describe(info.pix_fmt).color_model is ColorModel.RGB
        self._encoding, self._output = info.encoding, output or info.encoding
        self._samples = LumaExtractor(info.pix_fmt, info.path)
        self._scaling = CodeScaling(self._encoding, self._output)

    def extract(
        self, frame: DecodedFrame, shape: tuple[int, int] | None = None
    ) -> tuple[np.ndarray, np.ndarray]:
        """Cb and Cr, code values of the output; the decoder's where it is as the film is.

        Args:
            frame: decoded.
            shape: (rows, columns) wanted; None is the film's own.
        """
        first, second, third = self._samples.components(frame.av_frame, 3)
        if self._is_rgb:
            cb, cr = self._of_rgb(first, third, frame.luma)
        else:
            cb, cr = self._scaling.chroma(second), self._scaling.chroma(third)
        if shape is not None:
            cb, cr = resize_plane(cb, shape), resize_plane(cr, shape)
        if self._encoding.matrix == self._output.matrix:
            return cb, cr
        was = replace(self._output, matrix=self._encoding.matrix)
        matrix = self._output.matrix
        return of_matrix(cb, was, matrix, 1), of_matrix(cr, was, matrix, 0)

    def _of_rgb(
        self, red: np.ndarray, blue: np.ndarray, luma: np.ndarray
    ) -> tuple[np.ndarray, np.ndarray]:
        kr, kb = LUMA_WEIGHTS[self._encoding.matrix]
        neutral, scale = self._output.chroma_scale
        _, span = self._encoding.luma_scale
        last = (1 << self._output.depth) - 1

        def codes(primary: np.ndarray, weight: float) -> np.ndarray:
            distance = primary.astype(np.float32) - luma
            plane = np.rint(neutral + distance * (scale / span / (2 * (1 - weight))))
            code: np.ndarray = plane.clip(0, last).astype(self._scaling.dtype)
            return code

        return codes(blue, kb), codes(red, kr)
