"""Which container a film is written to."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

from kinemacolor.engine.media.video.encoders import ENCODERS
from kinemacolor.engine.media.video.probe import FilmInfo, open_film
from kinemacolor.engine.media.video.stream_copy import copied_streams, fits
from kinemacolor.engine.settings import Settings
from kinemacolor.models.errors import SettingsError

MUXERS = {".mkv": "matroska", ".mp4": "mp4", ".m4v": "mp4", ".mov": "mov"}
_MILLISECOND = Fraction(1, 1000)  # all that Matroska's time stamps can tell apart


def container_for(info: FilmInfo, settings: Settings) -> str:
    """The suffix of the output, such as ".mkv".

    "auto" is the source's own container where the codec fits into it; else the one that loses the
    fewest of the other streams, keeps the times exact, and is Matroska rather than not.

    Raises:
        SettingsError: the container asked for does not take the codec.
        MediaError: the source cannot be opened any more.
    """
    if settings.container != "auto":
        suffix = f".{settings.container}"
        if not takes(suffix, info.codec):
            holding = [s[1:] for s in (".mkv", ".mp4", ".mov") if takes(s, info.codec)]
            raise SettingsError(
                "--container",
                f"{settings.container} does not take {info.codec}",
                f"use {' or '.join(holding)}",
            )
        return suffix
    if info.container and takes(info.container, info.codec):
        named = info.path.suffix.lower()
        return named if MUXERS.get(named) == MUXERS[info.container] else info.container
    suffixes = [suffix for suffix in (".mkv", ".mov", ".mp4") if takes(suffix, info.codec)]
    with open_film(info.path) as film:
        others = copied_streams(film, info.stream)
        return min(
            suffixes,
            key=lambda suffix: (
                sum(not fits(stream, MUXERS[suffix]) for stream in others),
                rounds_times(suffix, info),
            ),
        )


def takes(suffix: str, codec: str) -> bool:
    """Whether a container takes the codec, a key of `ENCODERS`."""
    return MUXERS[suffix] in ENCODERS[codec].muxers


def rounds_times(suffix: str, info: FilmInfo) -> bool:
    """Whether the container cannot hold the film's times exactly."""
    if MUXERS[suffix] != "matroska" or info.time_base % _MILLISECOND == 0:
        return False
    # A constant rate may come in whole milliseconds although the time base is finer.
    steps = (1 / info.rate, info.start * info.time_base) if info.rate else (info.time_base,)
    return any(step % _MILLISECOND for step in steps)


def muxer_of(target: Path) -> str | None:
    """FFmpeg's name of the muxer for a path, None where this project writes no such container."""
    return MUXERS.get(target.suffix.lower())
