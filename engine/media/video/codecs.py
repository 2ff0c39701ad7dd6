"""The video encoders: the pixel formats and sizes that they take, and their options."""

from __future__ import annotations

from dataclasses import dataclass, field
from fractions import Fraction
from functools import lru_cache

import av
import cv2
from av.error import FFmpegError

from kinemacolor.engine.media.video.pixel_formats import ColorModel, PixelFormat, describe
from kinemacolor.models.errors import SettingsError

_X26X_PRESETS = (
    "ultrafast",
    "superfast",
    "veryfast",
    "faster",
    "fast",
    "medium",
    "slow",
    "slower",
    "veryslow",
    "placebo",
)


@dataclass(frozen=True)
class Encoder:
    """One of FFmpeg's encoders.

    Args:
        library: FFmpeg's name of it.
        preset: the default speed preset; None where it has no presets.
        presets: all of them.
        quality: default of its constant-quality number (CRF), visually lossless; None where it is
            lossless or its profile fixes the quality.
        best, worst: ends of the scale of that number.
        aligned: luma sides must be whole multiples of the chroma subsampling.
        alpha: it encodes an alpha plane, too.
        progressive: it does not mark frames as interlaced.
        muxers: FFmpeg's muxers that take its packets.
        options: FFmpeg options that are always set.
    """

    library: str
    preset: str | None = None
    presets: tuple[str, ...] = ()
    quality: float | None = None
    best: float = 0
    worst: float = 0
    aligned: bool = False
    alpha: bool = False
    progressive: bool = False
    muxers: tuple[str, ...] = ("matroska", "mp4", "mov")
    options: dict[str, str] = field(default_factory=dict)


ENCODERS = {
    # x264 and x265 write other bits with other numbers of threads: fixed, whatever the machine.
    "h264": Encoder(
        "libx264", "veryfast", _X26X_PRESETS, 16, 0, 51, aligned=True, options={"threads": "4"}
    ),
    "hevc": Encoder(
        "libx265",
        "fast",
        _X26X_PRESETS,
        17,
        0,
        51,
        aligned=True,
        progressive=True,
        options={"x265-params": "log-level=none:frame-threads=2"},
    ),
    "av1": Encoder(
        "libsvtav1",
        "8",
        tuple(map(str, range(14))),
        18,
        1,
        63,
        progressive=True,
        muxers=("matroska", "mp4"),
    ),
    # The archives' settings: every frame stands alone, every slice carries a checksum (RFC 9043).
    "ffv1": Encoder(
        "ffv1",
        alpha=True,
        muxers=("matroska", "mp4"),
        options={"level": "3", "coder": "1", "context": "1", "g": "1", "slicecrc": "1"},
    ),
    "prores": Encoder(
        "prores_ks", alpha=True, muxers=("matroska", "mov"), options={"vendor": "apl0"}
    ),
    # DNxHR, which FFmpeg has in the encoder of DNxHD; it takes pictures from 256x120.
    "dnxhr": Encoder("dnxhd", progressive=True, muxers=("mov",)),
}
# Where x264 uses AVX-512, its macroblock tree gives other bits from one run to the next.
_AVX512 = 256  # CV_CPU_AVX512_SKX, all that x264 calls AVX-512; OpenCV's Python gives it no name
_X264_WITHOUT_AVX512 = "asm=MMX2,SSE2Fast,SSSE3,SSE4.2,AVX,FMA3,BMI2,AVX2"
_SLICES = (24, 12, 6, 4, 1)  # of an FFV1 picture: 24 is the archives' choice


def nearest_format(
    codec: str, source: PixelFormat, size: tuple[int, int], *, interlaced: bool
) -> PixelFormat | None:
    """The encoder's planar Y'CbCr format that is nearest to the source's; None where none fits.

    No bit of luma may be lost: the depth is the source's or the next above it. Chroma is new
    anyway, so a finer subsampling, else a coarser one, stands in for one that the encoder lacks or
    that does not divide the frame's sides.

    Args:
        codec: a key of `ENCODERS`.
        size: (width, height) in pixels.
        interlaced: each field needs whole chroma rows.
    """
    encoder = ENCODERS[codec]
    wanted = (1, 1) if source.color_model is ColorModel.GREY else source.log2_chroma
    alpha = source.alpha and encoder.alpha

    def cost(candidate: PixelFormat) -> tuple[int, ...]:
        extra = [want - has for want, has in zip(wanted, candidate.log2_chroma, strict=True)]
        coarser = min(extra) < 0
        return (
            candidate.alpha != alpha,
            candidate.depth - source.depth,
            coarser,
            sum(map(abs, extra)),
        )

    fitting = [
        candidate
        for candidate in _planar_formats(encoder.library)
        if candidate.depth >= source.depth
        and candidate.alpha <= alpha
        and (not encoder.aligned or _divides(candidate.log2_chroma, size, interlaced))
    ]
    return min(fitting, key=cost, default=None)


def encoder_options(
    codec: str,
    pixel_format: PixelFormat,
    size: tuple[int, int],
    *,
    quality: float | None = None,
    preset: str | None = None,
) -> dict[str, str]:
    """The FFmpeg options that an encoder is opened with.

    Args:
        codec: a key of `ENCODERS`.
        size: (width, height) in pixels.
        quality: constant-quality number (CRF) on the encoder's own scale; None is its default.
        preset: one of the encoder's speed presets; None is its default.

    Raises:
        SettingsError: --quality or --preset is not one of this encoder's.
    """
    encoder = ENCODERS[codec]
    options = dict(encoder.options)
    if encoder.presets:
        preset = encoder.preset if preset is None else preset
        if preset not in encoder.presets:
            raise SettingsError(
                "--preset",
                f"{preset!r} is not one of {codec}'s",
                f"use {', '.join(encoder.presets)}",
            )
        options["preset"] = str(preset)
    elif preset is not None:
        raise SettingsError("--preset", f"{codec} has no presets", "leave it out")
    if encoder.quality is not None:
        quality = encoder.quality if quality is None else quality
        if not encoder.best <= quality <= encoder.worst:
            raise SettingsError(
                "--quality",
                f"{quality:g} is not on {codec}'s scale",
                f"use {encoder.best:g} (best) to {encoder.worst:g}",
            )
        options["crf"] = f"{quality:g}"
    elif quality is not None:
        raise SettingsError("--quality", f"{codec} has no quality to choose", "leave it out")
    if codec == "h264" and cv2.checkHardwareSupport(_AVX512):
        options["x264-params"] = _X264_WITHOUT_AVX512
    if codec == "ffv1":
        options["slices"] = _slices(pixel_format, size)
    full_chroma = pixel_format.log2_chroma == (0, 0)
    if codec == "prores":
        options["profile"] = "4444" if full_chroma else "hq"
    if codec == "dnxhr":
        high_quality = "dnxhr_hq" if pixel_format.depth == 8 else "dnxhr_hqx"
        options["profile"] = "dnxhr_444" if full_chroma else high_quality
    return options


def _slices(pixel_format: PixelFormat, size: tuple[int, int]) -> str:
    """The most slices that FFV1 cuts so small a picture into; its rule is best asked of itself."""
    for count in _SLICES:
        trial = av.CodecContext.create("ffv1", "w")
        trial.width, trial.height = size
        trial.pix_fmt, trial.time_base = pixel_format.name, Fraction(1)
        trial.options = {"level": "3", "slices": str(count)}
        try:
            trial.open()
        except FFmpegError:
            continue
        break
    return str(count)


@lru_cache
def _planar_formats(library: str) -> tuple[PixelFormat, ...]:
    """The encoder's planar Y'CbCr formats."""
    formats = [describe(known.name) for known in av.Codec(library, "w").video_formats or []]
    return tuple(
        known
        for known in formats
        if known.color_model is ColorModel.YCBCR and known.planar and not known.full_range
    )


def _divides(log2_chroma: tuple[int, int], size: tuple[int, int], interlaced: bool) -> bool:
    """Whether the subsampling divides the sides; of an interlaced frame, those of both fields."""
    across, down = log2_chroma
    return size[0] % (1 << across) == 0 and size[1] % (1 << (down + interlaced)) == 0
