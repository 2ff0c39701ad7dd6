"""The video encoders: which pixel formats and sizes they take, and how they are set."""

from __future__ import annotations

from dataclasses import dataclass, field
from fractions import Fraction
from functools import lru_cache

import av
import cv2
from av.error import FFmpegError

from kinemacolor.engine.media.video.pixel_formats import Kind, PixelFormat, describe
from kinemacolor.engine.settings import Settings
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
        library: its name there.
        quality: default of its constant-quality number, visually lossless; None is lossless or
            fixed by the profile.
        best, worst: ends of the scale of that number.
        aligned: luma sides must be whole multiples of the chroma subsampling.
        alpha: carries a transparent film's alpha plane.
        muxers: those that take it.
    """

    library: str
    preset: str | None = None
    presets: tuple[str, ...] = ()
    quality: float | None = None
    best: float = 0
    worst: float = 0
    aligned: bool = False
    alpha: bool = False
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
        options={"x265-params": "log-level=none:frame-threads=2"},
    ),
    "av1": Encoder(
        "libsvtav1", "8", tuple(map(str, range(14))), 18, 1, 63, muxers=("matroska", "mp4")
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
}
# Where x264 uses AVX-512, its macroblock tree gives other bits from one run to the next.
_AVX512 = 256  # CV_CPU_AVX512_SKX, all that x264 calls AVX-512; OpenCV's Python gives it no name
_X264_WITHOUT_AVX512 = "asm=MMX2,SSE2Fast,SSSE3,SSE4.2,AVX,FMA3,BMI2,AVX2"
_SLICES = (24, 12, 6, 4, 1)  # of an FFV1 picture: 24 is the archives' choice


def choose(
    settings: Settings, source: PixelFormat, size: tuple[int, int], interlaced: bool
) -> tuple[str, PixelFormat]:
    """The codec, a key of `ENCODERS`, and its pixel format nearest to the source's.

    No bit of luma may be lost. Chroma is new anyway, so a finer subsampling, else a coarser one,
    stands in for one that the encoder lacks or that does not divide the picture's sides.

    Raises:
        SettingsError: the codec asked for has too few bits for the film.
    """
    if settings.codec == "auto":
        plain = nearest_format(ENCODERS["h264"], source, size, interlaced)
        if plain and plain.depth == source.depth and not source.alpha:
            return "h264", plain
        codec = "ffv1"
    else:
        codec = settings.codec
    found = nearest_format(ENCODERS[codec], source, size, interlaced)
    if found is None:
        raise SettingsError(
            "--codec", f"{codec} cannot hold {source.depth} bits at {size[0]}x{size[1]}", "use ffv1"
        )
    return codec, found


def nearest_format(
    encoder: Encoder, source: PixelFormat, size: tuple[int, int], interlaced: bool
) -> PixelFormat | None:
    """The encoder's planar Y'CbCr format with the source's depth or the next above it."""
    wanted = (1, 1) if source.kind is Kind.GREY else source.chroma

    def cost(form: PixelFormat) -> tuple[int, ...]:
        extra = [want - has for want, has in zip(wanted, form.chroma, strict=True)]
        coarser = min(extra) < 0
        return (
            form.alpha != (source.alpha and encoder.alpha),
            form.depth - source.depth,
            coarser,
            sum(map(abs, extra)),
        )

    fitting = [
        form
        for form in _formats(encoder.library)
        if form.depth >= source.depth
        and form.alpha <= (source.alpha and encoder.alpha)
        and (not encoder.aligned or _divides(form.chroma, size, interlaced))
    ]
    return min(fitting, key=cost, default=None)


def encoder_options(
    codec: str, settings: Settings, form: PixelFormat, size: tuple[int, int]
) -> dict[str, str]:
    """What the encoder is told.

    Raises:
        SettingsError: --quality or --preset is not one of this encoder's.
    """
    encoder = ENCODERS[codec]
    options = dict(encoder.options)
    if encoder.presets:
        preset = encoder.preset if settings.preset is None else settings.preset
        if preset not in encoder.presets:
            raise SettingsError(
                "--preset",
                f"{preset!r} is not one of {codec}'s",
                f"use {', '.join(encoder.presets)}",
            )
        options["preset"] = str(preset)
    elif settings.preset is not None:
        raise SettingsError("--preset", f"{codec} has no presets", "leave it out")
    if encoder.quality is not None:
        quality = encoder.quality if settings.quality is None else settings.quality
        if not encoder.best <= quality <= encoder.worst:
            raise SettingsError(
                "--quality",
                f"{quality:g} is not on {codec}'s scale",
                f"use {encoder.best:g} (best) to {encoder.worst:g}",
            )
        options["crf"] = f"{quality:g}"
    elif settings.quality is not None:
        raise SettingsError("--quality", f"{codec} has no quality to choose", "leave it out")
    if codec == "h264" and cv2.checkHardwareSupport(_AVX512):
        options["x264-params"] = _X264_WITHOUT_AVX512
    if codec == "ffv1":
        options["slices"] = _slices(form, size)
    if codec == "prores":
        options["profile"] = "4444" if form.chroma == (0, 0) else "hq"
    return options


def _slices(form: PixelFormat, size: tuple[int, int]) -> str:
    """The most slices that FFV1 cuts so small a picture into; its rule is best asked of itself."""
    for count in _SLICES:
        trial = av.CodecContext.create("ffv1", "w")
        trial.width, trial.height, trial.pix_fmt = *size, form.name
        trial.time_base = Fraction(1)
        trial.options = {"level": "3", "slices": str(count)}
        try:
            trial.open()
        except FFmpegError:
            continue
        break
    return str(count)


@lru_cache
def _formats(library: str) -> tuple[PixelFormat, ...]:
    known = av.Codec(library, "w").video_formats or []
    forms = [describe(form.name) for form in known]
    return tuple(f for f in forms if f.kind is Kind.YCBCR and f.planar and not f.full_range)


def _divides(chroma: tuple[int, int], size: tuple[int, int], interlaced: bool) -> bool:
    """Both fields of an interlaced frame need whole chroma rows."""
    across, down = chroma
    return size[0] % (1 << across) == 0 and size[1] % (1 << (down + interlaced)) == 0
