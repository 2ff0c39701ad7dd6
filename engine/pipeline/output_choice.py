"""The decision how a film is encoded and in which container, from its facts and the settings."""

from __future__ import annotations

from kinemacolor.engine.media.video.codecs import nearest_format
from kinemacolor.engine.media.video.color_tags import output_tags
from kinemacolor.engine.media.video.containers import MUXERS, least_lossy, takes
from kinemacolor.engine.media.video.output_spec import OutputSpec
from kinemacolor.engine.media.video.pixel_formats import PixelFormat, describe
from kinemacolor.engine.media.video.probe import VideoInfo
from kinemacolor.engine.settings import Settings
from kinemacolor.models.errors import SettingsError


def choose_output(info: VideoInfo, settings: Settings) -> OutputSpec:
    """Codec and pixel format of the coloured film.

    Args:
        info: of the source.
        settings: of which codec, quality and preset count.

    Raises:
        SettingsError: the codec asked for has too few bits for the film.
    """
    source = describe(info.pix_fmt)
    codec, pixel_format = choose_pixel_format(
        settings.codec, source, (info.width, info.height), interlaced=info.interlaced
    )
    loses_alpha = source.alpha and not pixel_format.alpha
    return OutputSpec(
        codec=codec,
        pix_fmt=pixel_format.name,
        chroma_shape=pixel_format.chroma_shape(info.width, info.height),
        tags=output_tags(info.tags, source),
        quality=settings.quality,
        preset=settings.preset,
        notes=(f"transparency is lost: {codec} has none",) if loses_alpha else (),
    )


def choose_pixel_format(
    wanted: str, source: PixelFormat, size: tuple[int, int], *, interlaced: bool
) -> tuple[str, PixelFormat]:
    """The codec, a key of `encoders.ENCODERS`, and its pixel format nearest to the source's.

    Args:
        wanted: the codec asked for, or "auto": H.264 where it has the source's depth and the source
            no alpha, else FFV1.
        source: pixel format of the decoded frames.
        size: (width, height) in pixels.
        interlaced: frames consist of two fields.

    Raises:
        SettingsError: the codec asked for has too few bits for the film.
    """
    codec = wanted
    if wanted == "auto":
        h264 = nearest_format("h264", source, size, interlaced=interlaced)
        if h264 and h264.depth == source.depth and not source.alpha:
            return "h264", h264
        codec = "ffv1"
    nearest = nearest_format(codec, source, size, interlaced=interlaced)
    if nearest is None:
        raise SettingsError(
            "--codec", f"{codec} cannot hold {source.depth} bits at {size[0]}x{size[1]}", "use ffv1"
        )
    return codec, nearest


def choose_container(info: VideoInfo, spec: OutputSpec, settings: Settings) -> str:
    """The suffix of the coloured film, such as ".mkv".

    "auto" is the source's own container where the codec fits into it; else the one that loses the
    fewest of the other streams, keeps the times exact, and is Matroska rather than not.

    Args:
        info: of the source.
        spec: of the coloured film, by `choose_output`.
        settings: of which the container counts.

    Raises:
        SettingsError: the container asked for does not take the codec.
        MediaError: the source cannot be opened any more.
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
    if info.container and takes(info.container, codec):
        named = info.path.suffix.lower()
        return named if MUXERS.get(named) == MUXERS[info.container] else info.container
    return least_lossy(info, codec)
