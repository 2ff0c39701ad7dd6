"""Colour clips for benchmarks: films, or folders of pictures as DAVIS has them."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator
from contextlib import closing
from dataclasses import dataclass
from fractions import Fraction
from itertools import islice
from pathlib import Path

import av
import cv2
import numpy as np
import torch
from av.video.reformatter import ColorRange, Colorspace

from kinemacolor.engine.errors import MediaError
from kinemacolor.engine.media.kinds import FILM_SUFFIXES
from kinemacolor.engine.media.video.frame_samples import plane_rows
from kinemacolor.engine.media.video.probe import VideoInfo, probe
from kinemacolor.engine.media.video.reader import DecodedFrame, read_frames
from kinemacolor.models.color.encoding import LUMA_WEIGHTS
from kinemacolor.models.color.ycbcr import ycbcr_to_rgb

PICTURES = (".jpg", ".jpeg", ".png", ".webp", ".tif", ".tiff")
RATE = 25  # frames a second of the grey films, which the colours do not depend on


@dataclass(frozen=True)
class Clip:
    """A clip in true colours.

    Args:
        path: a film, or a folder of pictures whose names sort in their order.
        most: frames of it that count, from its beginning; None is all.
    """

    path: Path
    most: int | None = None

    @property
    def name(self) -> str:
        """What tables call it."""
        return self.path.stem

    def frames(self) -> Iterator[np.ndarray]:
        """Its frames in order, (H, W, 3) float32 R'G'B' of 0..1.

        Raises:
            MediaError: it cannot be read.
        """
        found = _pictures(self.path) if self.path.is_dir() else film_frames(self.path)
        return islice(found, self.most)

    def digest(self) -> str:
        """SHA-256 of what it consists of, hexadecimal."""
        files = _files(self.path) if self.path.is_dir() else [self.path]
        found = hashlib.sha256()
        for file in files:
            found.update(hashlib.sha256(file.read_bytes()).digest())
        return found.hexdigest()


def find_clips(folder: Path, most: int | None = None) -> list[Clip]:
    """The clips of a folder, by name: its films, and its folders that hold pictures."""
    return [
        Clip(path, most)
        for path in sorted(folder.iterdir())
        if (path.is_dir() and _files(path)) or path.suffix.lower() in FILM_SUFFIXES
    ]


def _files(folder: Path) -> list[Path]:
    return sorted(path for path in folder.iterdir() if path.suffix.lower() in PICTURES)


def _pictures(folder: Path) -> Iterator[np.ndarray]:
    for path in _files(folder):
        bgr = cv2.imread(str(path), cv2.IMREAD_COLOR)
        if bgr is None:
            raise MediaError(path, "is not a picture that can be read")
        yield np.ascontiguousarray(bgr[..., ::-1]).astype(np.float32) / 255


def film_frames(path: Path) -> Iterator[np.ndarray]:
    """A film's frames as they are seen, (H, W, 3) float32 R'G'B' of 0..1, by its own tags.

    Chroma is enlarged bilinearly, and nothing is rounded.

    Raises:
        MediaError: it cannot be read.
    """
    info = probe(path)
    with closing(read_frames(info)) as frames:
        for frame in frames:
            yield _seen(frame, info)


def _seen(frame: DecodedFrame, info: VideoInfo) -> np.ndarray:
    if not info.pix_fmt.startswith(("yuv", "gray")):
        return frame.av_frame.to_ndarray(format="rgb24").astype(np.float32) / 255
    size = frame.luma.shape[::-1]
    chroma = [
        cv2.resize(
            plane_rows(plane, frame.luma.dtype).astype(np.float32),
            size,
            interpolation=cv2.INTER_LINEAR,
        )
        for plane in frame.av_frame.planes[1:3]
    ]
    neutral = np.full(frame.luma.shape, info.encoding.chroma_scale[0], np.float32)
    planes = np.stack([frame.luma.astype(np.float32), *(chroma or [neutral] * 2)])
    rgb = ycbcr_to_rgb(torch.from_numpy(planes), info.encoding).clamp(0, 1)
    return np.ascontiguousarray(rgb.permute(1, 2, 0).numpy())


def luma_of(rgb: np.ndarray) -> np.ndarray:
    """(H, W) float32 luma, 0..1, of R'G'B' by the matrix of BT.709."""
    kr, kb = LUMA_WEIGHTS["bt709"]
    return rgb @ np.array([kr, 1 - kr - kb, kb], np.float32)


def to_codes(values: np.ndarray) -> np.ndarray:
    """Values of 0..1 as uint8 codes of the full range, rounded."""
    codes: np.ndarray = np.rint(values * 255).astype(np.uint8)
    return codes


def grey_of(rgb: np.ndarray) -> np.ndarray:
    """(H, W, 3) R'G'B' of what a grey film of limited range keeps of a frame: its luma's code."""
    grey = np.rint(luma_of(rgb) * 219) / np.float32(219)
    return np.repeat(grey[..., None], 3, axis=2)


def write_grey(frames: Iterable[np.ndarray], path: Path) -> None:
    """Write the luma of frames as a lossless grey film: FFV1, tagged as BT.709, limited range."""
    with av.open(str(path), "w") as film:
        video = film.add_stream("ffv1", rate=RATE, options={"level": "3"})
        video.pix_fmt = "gray"
        context = video.codec_context
        context.color_range, context.colorspace = ColorRange.MPEG, Colorspace.ITU709
        context.color_primaries = context.color_trc = 1
        for number, rgb in enumerate(frames):
            codes = np.rint(luma_of(rgb) * 219 + 16).astype(np.uint8)
            if number == 0:
                video.height, video.width = codes.shape
            picture = av.VideoFrame.from_ndarray(codes, format="gray")
            picture.pts, picture.time_base = number, Fraction(1, RATE)
            picture.color_range, picture.colorspace = ColorRange.MPEG, Colorspace.ITU709
            film.mux(video.encode(picture))
        film.mux(video.encode(None))


def write_picture(rgb: np.ndarray, path: Path) -> None:
    """Write a frame as PNG, rounded to 8 bits.

    Raises:
        OSError: it cannot be written.
    """
    if not cv2.imwrite(str(path), to_codes(rgb)[..., ::-1]):
        raise OSError(f"{path} cannot be written")
