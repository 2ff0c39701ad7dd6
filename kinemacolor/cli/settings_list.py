"""The options that make up a job's `Settings`, in the order of the help."""

from __future__ import annotations

from inspect import Parameter
from typing import Any

from kinemacolor._settings_file import key_of
from kinemacolor.cli.completion import complete, complete_models
from kinemacolor.cli.options import EVERYDAY, FILE, MACHINE, PICTURE, option, time_option
from kinemacolor.engine.settings import (
    BACKENDS,
    CODECS,
    CONTAINERS,
    DEVICES,
    PRECISIONS,
    PURPOSES,
    RANGES,
    Settings,
)

DEFAULTS = Settings()


def _setting(name: str, kind: Any, panel: str, text: str, **more: Any) -> Parameter:
    if name in RANGES:
        low, high = RANGES[name]
        text = text.replace("RANGE", f"{low} to {high}")
    default = getattr(DEFAULTS, name)
    return option(name, kind, default, text, f"--{key_of(name)}", rich_help_panel=panel, **more)


OPTIONS = (
    option(
        "purpose",
        str | None,
        None,
        "Settings by what the results are for. access: H.264 at CRF 16 in the source's container, "
        "to watch and hand on. archive: lossless FFV1 in Matroska with checksums, --framemd5 and a "
        "report. editing: ProRes 422 HQ in QuickTime.",
        "--for",
        metavar="|".join(PURPOSES),
        show_default="none",
        autocompletion=complete(PURPOSES),
        rich_help_panel=EVERYDAY,
    ),
    _setting(
        "saturation",
        float,
        EVERYDAY,
        "Strength of the colours, RANGE: 1 is the network's own, 0 is grey.",
        metavar="X",
    ),
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
        metavar="TIME",
        parser=time_option,
        show_default="the start",
    ),
    _setting(
        "to_time",
        float | None,
        EVERYDAY,
        "Colour films up to this time.",
        metavar="TIME",
        parser=time_option,
        show_default="the end",
    ),
    option(
        "settings_file",
        str | None,
        None,
        "Settings for options that are not given: a TOML file with their names, such as "
        "saturation = 1.2. One that lies beside the sources is found.",
        "--config",
        metavar="FILE",
        show_default="kinemacolor.toml beside the sources",
        rich_help_panel=EVERYDAY,
    ),
    _setting(
        "model",
        str,
        PICTURE,
        "Network that finds the colours: a name that `kinemacolor models` lists, or a weights "
        "file.",
        metavar="NAME|FILE",
        autocompletion=complete_models,
    ),
    _setting(
        "working_size",
        int,
        PICTURE,
        "Short side of the reduced picture that the network sees, a multiple of 32 from RANGE; the "
        "result keeps the source's size. Larger is finer and slower.",
        metavar="PIXELS",
    ),
    _setting(
        "color_every",
        str,
        PICTURE,
        "Run the network on every N-th frame of a film, 1 to 32, and more often where much moves; "
        "the frames between take their colours along the motion. 1 is every frame; auto is 6.",
        metavar="auto|N",
    ),
    _setting(
        "smoothing_window",
        int,
        PICTURE,
        "Frames on either side, RANGE, over which colours are smoothed against flicker; 0 turns it "
        "off.",
        metavar="FRAMES",
    ),
    _setting(
        "smoothing_strength",
        float,
        PICTURE,
        "Weight of those frames, RANGE.",
        metavar="X",
    ),
    _setting(
        "codec",
        str,
        FILE,
        f"How films are compressed: {', '.join(CODECS)}. auto is H.264, or lossless FFV1 where "
        "H.264 cannot hold the bit depth.",
        metavar="NAME",
        autocompletion=complete(CODECS),
    ),
    _setting(
        "quality",
        float | None,
        FILE,
        "Quality of films that H.264, HEVC or AV1 compresses, as the encoder's CRF (constant rate "
        "factor): 0 to 51, for AV1 1 to 63; lower is better and larger.",
        metavar="CRF",
        show_default="16 for H.264, 17 for HEVC, 18 for AV1: losses nobody sees",
    ),
    _setting(
        "preset",
        str | None,
        FILE,
        "The encoder's trade of time for size: ultrafast to placebo, for AV1 13 (fast) to 0.",
        metavar="NAME",
        show_default="veryfast for H.264, fast for HEVC, 8 for AV1",
    ),
    _setting(
        "container",
        str,
        FILE,
        f"Kind of film file: {', '.join(CONTAINERS)}. auto is the source's where the codec fits.",
        metavar="NAME",
        autocompletion=complete(CONTAINERS),
    ),
    _setting(
        "still_quality",
        int | None,
        FILE,
        "Quality of coloured JPEGs and lossy WebPs, RANGE; higher is better and larger.",
        metavar="N",
        show_default="the source's",
    ),
    _setting(
        "framemd5",
        bool,
        FILE,
        "Write the MD5 sum of every decoded frame beside each film, as FFmpeg's framemd5 does; "
        "not for films in archives.",
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
    ),
    _setting(
        "salvage",
        bool,
        FILE,
        "Keep what can be read of truncated films and archives, which are refused otherwise.",
    ),
    _setting(
        "segment_frames",
        int,
        FILE,
        "Films are coloured in segments of at most so many frames, 1 or more: what a killed job "
        "loses. Shorter ones have more key frames.",
        metavar="FRAMES",
    ),
    _setting(
        "device",
        str,
        MACHINE,
        "auto (a GPU where there is one), cpu, cuda or cuda:N.",
        metavar="NAME",
        autocompletion=complete(DEVICES),
    ),
    _setting(
        "backend",
        str,
        MACHINE,
        f"What runs the network: {', '.join(BACKENDS)}. eager is plain PyTorch; the others compile "
        "the network first, which takes minutes once and saves time from then on. auto takes "
        "compiled code that is in the cache, or that pays within the job.",
        metavar="NAME",
        autocompletion=complete(BACKENDS),
    ),
    _setting(
        "precision",
        str,
        MACHINE,
        f"The network's arithmetic: {', '.join(PRECISIONS)}. auto is the backend's choice.",
        metavar="NAME",
        autocompletion=complete(PRECISIONS),
    ),
)
