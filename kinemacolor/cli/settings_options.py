"""The options that make up a job's `Settings`."""

from __future__ import annotations

from inspect import Parameter
from typing import Any

from kinemacolor.cli.options import (
    EVERYDAY,
    FILE,
    MACHINE,
    PICTURE,
    Command,
    expand_parameter,
    option,
    parse_time,
)
from kinemacolor.engine.settings import BACKENDS, CODECS, CONTAINERS, PRECISIONS, Settings

DEFAULTS = Settings()


def with_settings(command: Command) -> Command:
    """Give a command the options of `Settings` in place of its parameter `settings`."""
    return expand_parameter(command, "settings", _OPTIONS, Settings)


def _setting(name: str, kind: Any, panel: str, text: str, *words: str, **more: Any) -> Parameter:
    default = getattr(DEFAULTS, name)
    return option(name, kind, default, text, *words, rich_help_panel=panel, **more)


_OPTIONS = (
    _setting(
        "frames",
        str,
        EVERYDAY,
        "Colour these frames of every film alone, numbered from 0, both included.",
        metavar="FIRST-LAST",
        show_default="all",
    ),
    _setting(
        "from_time",
        float | None,
        EVERYDAY,
        "Colour films from this time on: seconds, or HH:MM:SS.S.",
        "--from",
        metavar="TIME",
        parser=parse_time,
        show_default="the start",
    ),
    _setting(
        "to_time",
        float | None,
        EVERYDAY,
        "Colour films up to this time.",
        "--to",
        metavar="TIME",
        parser=parse_time,
        show_default="the end",
    ),
    _setting(
        "model",
        str,
        PICTURE,
        "Network: a name that `kinemacolor models` lists, or a weights file.",
        metavar="NAME|FILE",
    ),
    _setting(
        "working_size",
        int,
        PICTURE,
        "Short side of what the network sees; a multiple of 32. Larger is finer and slower.",
        metavar="PIXELS",
    ),
    _setting(
        "color_every",
        str,
        PICTURE,
        "Run the network on every N-th frame of a film, or more often; the frames between take "
        "their colours along the motion. 1 is every frame.",
        metavar="auto|N",
    ),
    _setting(
        "smoothing_window",
        int,
        PICTURE,
        "Frames on either side over which colours are smoothed; 0 turns smoothing off.",
        metavar="FRAMES",
    ),
    _setting(
        "smoothing_strength",
        float,
        PICTURE,
        "Weight of those frames, 0 to 1.",
        metavar="X",
    ),
    _setting(
        "saturation",
        float,
        PICTURE,
        "Strength of the colours: 1 is the network's own, 0 is grey.",
        metavar="X",
    ),
    _setting(
        "codec",
        str,
        FILE,
        f"{', '.join(CODECS)}. auto is H.264, or lossless FFV1 where H.264 cannot hold the bit "
        "depth.",
        metavar="NAME",
    ),
    _setting(
        "quality",
        float | None,
        FILE,
        "The encoder's constant quality (CRF); lower is better and larger. Visually lossless "
        "where it is not given.",
        metavar="X",
        show_default=False,
    ),
    _setting(
        "preset",
        str | None,
        FILE,
        "The encoder's speed preset. Depends on the codec where it is not given.",
        metavar="NAME",
        show_default=False,
    ),
    _setting(
        "container",
        str,
        FILE,
        f"{', '.join(CONTAINERS)}. auto is the source's where the codec fits.",
        metavar="NAME",
    ),
    _setting(
        "segment_frames",
        int,
        FILE,
        "Most frames that are coloured and encoded as one: what a killed job loses. Shorter "
        "segments have more key frames.",
        metavar="FRAMES",
    ),
    _setting(
        "still_quality",
        int | None,
        FILE,
        "Quality of coloured JPEGs and lossy WebPs, 1 to 100; higher is better and larger.",
        metavar="N",
        show_default="the source's",
    ),
    _setting(
        "framemd5",
        bool,
        FILE,
        "Write the MD5 sum of every decoded frame beside each film, as FFmpeg's framemd5 does; "
        "not for films in archives.",
        "--framemd5",
    ),
    _setting(
        "suffix",
        str,
        FILE,
        "Text that names of coloured files get before their extension, such as ' (coloured)'.",
        metavar="TEXT",
        show_default="none",
    ),
    _setting(
        "touch",
        bool,
        FILE,
        "Date results today; otherwise they have the dates of their sources.",
        "--touch",
    ),
    _setting(
        "salvage",
        bool,
        FILE,
        "Keep what can be read of truncated films and archives.",
        "--salvage",
    ),
    _setting(
        "device",
        str,
        MACHINE,
        "auto (a GPU where there is one), cpu, cuda or cuda:N.",
        metavar="NAME",
    ),
    _setting(
        "backend",
        str,
        MACHINE,
        f"What runs the network: {', '.join(BACKENDS)}. auto is compiled code where that is in "
        "the cache or saves time.",
        metavar="NAME",
    ),
    _setting(
        "precision",
        str,
        MACHINE,
        f"The network's arithmetic: {', '.join(PRECISIONS)}. auto is the backend's choice.",
        metavar="NAME",
    ),
)
