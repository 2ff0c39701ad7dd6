"""The samples of decoded frames, exactly as the decoder gave them, whatever their layout.

FFmpeg's scaler is asked only where a test over all of its pixel formats has shown it to be exact,
and in one thread: between planes of RGB it rounds, and with threads it leaves parts unwritten.
"""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

import av
import numpy as np
from av.error import FFmpegError
from av.video.plane import VideoPlane
from av.video.reformatter import VideoReformatter

from kinemacolor.engine.errors import MediaError
from kinemacolor.engine.media.video.pixel_formats import ColorModel, PixelFormat, describe
from kinemacolor.models.color.encoding import LUMA_WEIGHTS

# Lowest bit and number of bits of R, G, B in a pixel's word.
_WORDS = {
    "rgb444": ((8, 4), (4, 4), (0, 4)),
    "bgr444": ((0, 4), (4, 4), (8, 4)),
    "rgb555": ((10, 5), (5, 5), (0, 5)),
    "bgr555": ((0, 5), (5, 5), (10, 5)),
    "rgb565": ((11, 5), (5, 6), (0, 5)),
    "bgr565": ((0, 5), (5, 6), (11, 5)),
    "rgb8": ((5, 3), (2, 3), (0, 2)),
    "bgr8": ((0, 3), (3, 3), (6, 2)),
    "rgb4_byte": ((3, 1), (1, 2), (0, 1)),
    "bgr4_byte": ((0, 1), (1, 2), (3, 1)),
}
_PACKED_ALPHA = {"rgba": 3, "bgra": 3, "argb": 0, "abgr": 0}  # its byte among a pixel's four


def plane_rows(plane: VideoPlane, dtype: np.dtype | type | str) -> np.ndarray:
    """A plane of a PyAV frame as (height, width) without its padding: a view, not a copy."""
    rows: np.ndarray = np.frombuffer(memoryview(plane), dtype).reshape(plane.height, -1)[
        :, : plane.width
    ]
    return rows[::-1] if plane.line_size < 0 else rows


class LumaExtractor:
    """Takes the luma plane out of frames of one pixel format.

    Args:
        pix_fmt: FFmpeg's name of it.
        path: of the film, which errors name.
    """

    def __init__(self, pix_fmt: str, path: Path | str = "the film") -> None:
        self._format, self._path = describe(pix_fmt), path
        self._reformatter = VideoReformatter()

    def extract(self, av_frame: av.VideoFrame) -> np.ndarray:
        """(height, width) code values of the decoder, copied; of RGB, the luma of BT.709.

        uint8, or uint16 where the format has more than 8 bits.

        Raises:
            FFmpegError: samples of this format cannot be read.
            MediaError: samples have more bits than the format.
        """
        if self._format.color_model is not ColorModel.RGB:
            return self.components(av_frame, 1)[0].copy()
        red, green, blue = self.components(av_frame, 3)
        kr, kb = LUMA_WEIGHTS["bt709"]
        luma: np.ndarray = np.rint(kr * red + kb * blue + (1 - kr - kb) * green)
        return luma.astype(red.dtype)

    def components(self, av_frame: av.VideoFrame, count: int) -> list[np.ndarray]:
        """The first of grey; Y', Cb, Cr; or R, G, B: code values, views where nothing changes.

        Raises:
            FFmpegError, MediaError: as of `extract`.
        """
        word = _WORDS.get(self._format.word)
        if word is not None:
            return _word_components(av_frame, word)
        pixel_format = self._format
        if not pixel_format.separate:
            planar = pixel_format.planar_format()
            av_frame = self._reformatter.reformat(av_frame, format=planar, threads=1)
            pixel_format = describe(planar)
        planes = [_separate(av_frame, pixel_format, number) for number in range(count)]
        depth = pixel_format.depth
        if 8 < depth < 16 and any(int(plane.max()) >> depth for plane in planes):  # of raw video
            problem = f"has samples of more than the {depth} bits of {self._format.name}"
            raise MediaError(self._path, problem, "its pixel format is another; wrap it anew")
        return planes


class AlphaExtractor:
    """Takes the alpha plane out of frames of one pixel format, for an output of some depth.

    Args:
        pix_fmt: FFmpeg's name of it; it has alpha.
        depth: bits of a sample that is wanted.
    """

    def __init__(self, pix_fmt: str, depth: int) -> None:
        self._format, self._depth = describe(pix_fmt), depth
        self._reformatter = VideoReformatter()

    def extract(self, av_frame: av.VideoFrame) -> np.ndarray:
        """(height, width) from 0, transparent, to 2^depth - 1; a view where nothing changes.

        Raises:
            FFmpegError: samples of this format cannot be read.
        """
        pixel_format = self._format
        if pixel_format.name in _PACKED_ALPHA:
            words = plane_rows(av_frame.planes[0], "<u4")
            alpha = (words >> 8 * _PACKED_ALPHA[pixel_format.name]).astype(np.uint8)
        else:
            if not pixel_format.separate:
                planar = "yuva444p" if pixel_format.depth == 8 else "yuva444p16le"
                av_frame = self._reformatter.reformat(av_frame, format=planar, threads=1)
                pixel_format = describe(planar)
            last = len(av_frame.format.components) - 1
            alpha = _separate(av_frame, pixel_format, last)
        if pixel_format.depth == self._depth:
            return alpha
        scale = ((1 << self._depth) - 1) / ((1 << pixel_format.depth) - 1)
        scaled: np.ndarray = np.rint(alpha * scale)
        return scaled.astype(np.uint8 if self._depth == 8 else np.uint16)


@lru_cache
def can_be_read(pix_fmt: str) -> bool:
    """Whether frames of a pixel format can be read and coloured: nearly all that FFmpeg decodes."""
    pixel_format = describe(pix_fmt)
    if pixel_format.floating and not pixel_format.separate:  # some end FFmpeg's scaler, and us
        return False
    frame = av.VideoFrame(16, 16, pix_fmt)
    for plane in frame.planes:
        np.frombuffer(memoryview(plane), np.uint8)[:] = 0
    try:
        LumaExtractor(pix_fmt).extract(frame)
        frame.reformat(format="yuv444p")
    except FFmpegError:
        return False
    return True


def _separate(av_frame: av.VideoFrame, pixel_format: PixelFormat, number: int) -> np.ndarray:
    """A component that has a plane of its own, as codes of the format's depth."""
    component = av_frame.format.components[number]
    plane = av_frame.planes[component.plane]
    order = ">" if av_frame.format.is_big_endian else "<"
    size = 1 if component.bits <= 8 else 2 if component.bits <= 16 else 4
    dtype = np.dtype(f"{order}{'f' if pixel_format.floating else 'u'}{size}")
    samples = plane_rows(plane, dtype)
    if pixel_format.floating:
        values = np.nan_to_num(samples.astype(np.float32)).clip(0, 1)
        samples = np.rint(values * ((1 << pixel_format.depth) - 1))
    else:
        unused = 8 * size - component.bits if pixel_format.high_bits else 0
        shift = unused + component.bits - pixel_format.depth
        samples = samples >> shift if shift else samples
    return samples.astype(np.uint8 if pixel_format.depth == 8 else np.uint16, copy=False)


def _word_components(
    av_frame: av.VideoFrame, fields: tuple[tuple[int, int], ...]
) -> list[np.ndarray]:
    """R, G, B of pixels that are one word each, spread over 8 bits."""
    plane = av_frame.planes[0]
    order = ">" if av_frame.format.is_big_endian else "<"
    size = 1 if sum(bits for _, bits in fields) <= 8 else 2
    words = plane_rows(plane, f"{order}u{size}")
    components = []
    for lowest, bits in fields:
        largest = (1 << bits) - 1
        spread = np.rint(np.arange(largest + 1) * (255 / largest)).astype(np.uint8)
        components.append(spread[words >> lowest & largest])
    return components
