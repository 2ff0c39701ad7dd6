"""The decision how a film is encoded and in which container, from its facts and the settings."""

from __future__ import annotations

from dataclasses import replace

from kinemacolor.engine.media.video.codecs import nearest_format
from kinemacolor.engine.media.video.color_tags import BT709, LIMITED, completed, output_tags
from kinemacolor.engine.media.video.containers import MUXERS, default_container, takes
from kinemacolor.engine.media.video.output_spec import OutputSpec
from kinemacolor.engine.media.video.pixel_formats import ColorModel, PixelFormat, describe
from kinemacolor.engine.media.video.probe import VideoInfo
from kinemacolor.engine.settings import CHROMAS, Settings
from kinemacolor.models.errors import SettingsError


def choose_output(info: VideoInfo, settings: Settings) -> OutputSpec:
    """Codec and pixel format of the coloured film.

    Args:
        info: of the source.
        settings: of which codec, quality, preset, chroma and bit depth count.

    Raises:
        SettingsError: the codec asked for cannot hold the film, or not as it was asked for.
    """
    source = describe(info.pix_fmt)
    codec, pixel_format = choose_pixel_format(
        settings.codec,
        source,
        (info.width, info.height),
        interlaced=info.interlaced,
        chroma=settings.chroma,
        bit_depth=settings.bit_depth,
    )
    notes = []
    if source.alpha and not pixel_format.alpha:
        notes.append(f"transparency is lost: {codec} has none")
    tags = output_tags(info.tags, source)
    if codec == "prores" and info.encoding.full_range:
        tags = replace(tags, range=LIMITED)
        notes.append("prores has limited range only: full-range luma is scaled to it, and rounded")
    if codec == "dnxhr":  # its headers say so in any case
        if info.encoding.matrix != "bt709":
            notes.append("dnxhr is BT.709: its colours are stored, and tagged, as BT.709's")
        tags = completed(replace(tags, matrix=BT709), info.encoding)
    return OutputSpec(
        codec=codec,
        pix_fmt=pixel_format.name,
        chroma_shape=pixel_format.chroma_shape(info.width, info.height),
        tags=tags,
        quality=settings.quality,
        preset=settings.preset,
        notes=tuple(notes),
    )


def choose_pixel_format(
    wanted: str,
    source: PixelFormat,
    size: tuple[int, int],
    *,
    interlaced: bool,
    chroma: str = "source",
    bit_depth: str = "auto",
) -> tuple[str, PixelFormat]:
    """The codec, a key of `encoders.ENCODERS`, and its pixel format nearest to the source's.

    Args:
        wanted: the codec asked for, or "auto": H.264 where it has the depth and the source no
            alpha, else FFV1.
        source: pixel format of the decoded frames.
        size: (width, height) in pixels.
        interlaced: frames consist of two fields.
        chroma, bit_depth: as `Settings` has them; what the codec lacks is not stood in for.

    Raises:
        SettingsError: the codec asked for has too few bits for the film, or not the subsampling or
            the bits asked for; or these are fewer than the film has.
    """
    target = _asked_for(source, chroma, bit_depth)
    codec = wanted
    if wanted == "auto":
        h264 = nearest_format("h264", target, size, interlaced=interlaced)
        codec = "h264" if h264 and h264.depth == target.depth and not source.alpha else "ffv1"
    nearest = nearest_format(codec, target, size, interlaced=interlaced)
    if bit_depth != "auto" and (nearest is None or nearest.depth != target.depth):
        problem = f"{codec} cannot hold {bit_depth} bits at {size[0]}x{size[1]}"
        raise SettingsError("--bit-depth", problem, "leave --bit-depth out, or use --codec ffv1")
    if nearest is None:
        raise SettingsError(
            "--codec", f"{codec} cannot hold {target.depth} bits at {size[0]}x{size[1]}", "use ffv1"
        )
    if chroma != "source" and nearest.log2_chroma != target.log2_chroma:
        problem = f"{codec} has no {chroma} of {nearest.depth} bits at {size[0]}x{size[1]}"
        raise SettingsError("--chroma", problem, "leave --chroma out, or use --codec ffv1")
    return codec, nearest


def _asked_for(source: PixelFormat, chroma: str, bit_depth: str) -> PixelFormat:
    """The source's format with the subsampling and the bits that are asked for."""
    if bit_depth != "auto":
        if int(bit_depth) < source.depth:
            problem = f"{bit_depth} bits cannot hold the light of a film of {source.depth}"
            raise SettingsError("--bit-depth", problem, "leave --bit-depth out")
        source = replace(source, depth=int(bit_depth))
    asked = CHROMAS[chroma]
    if asked is None:
        return source
    return replace(source, color_model=ColorModel.YCBCR, log2_chroma=asked)


def choose_container(info: VideoInfo, spec: OutputSpec, settings: Settings) -> str:
    """The suffix of the coloured film, such as ".mkv".

    "auto" is `default_container`, in the spelling of the source's name: ".m4v" is an MP4, too.

    Args:
        info: of the source.
        spec: of the coloured film, by `choose_output`.
        settings: of which the container counts.

    Raises:
        SettingsError: the container asked for does not take the codec.
    """
    codec = spec.codec
    if settings.container != "auto":
        suffix = f".{settings.container}"
        if not takes(suffix, codec):
            holding = [s[1:] for s in (".mkv", ".mp4", ".mov") if takes(s, codec)]
            raise SettingsError(
                "--container",
                f"{settings.container} does not take {codec}",
                f"use {' or '.join(holding)}",
            )
        return suffix
    suffix = default_container(codec, info.container)
    named = info.path.suffix.lower()
    return named if MUXERS.get(named) == MUXERS[suffix] else suffix
