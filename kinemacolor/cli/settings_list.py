"""The options that make up a job's `Settings`, in the order of the help."""

from __future__ import annotations

from kinemacolor.cli.completion import complete, complete_models
from kinemacolor.cli.file_settings import FILE_OPTIONS
from kinemacolor.cli.options import EVERYDAY, MACHINE, PICTURE, option, time_option
from kinemacolor.cli.setting_option import DEFAULTS, setting
from kinemacolor.engine.settings import (
    BACKENDS,
    DEVICES,
    ON_COLOR,
    PRECISIONS,
    PURPOSES,
)

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
    setting(
        "saturation",
        float,
        EVERYDAY,
        "Strength of the colours, RANGE: 1 is the network's own, 0 is grey.",
        metavar="X",
    ),
    setting(
        "frames",
        str,
        EVERYDAY,
        "Colour these frames of every film alone, numbered from 0, both included.",
        metavar="FIRST-LAST",
        show_default="all",
    ),
    setting(
        "from_time",
        float | None,
        EVERYDAY,
        "Colour films from this time on: seconds, or HH:MM:SS.S.",
        metavar="TIME",
        parser=time_option,
        show_default="the start",
    ),
    setting(
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
    setting(
        "model",
        str,
        PICTURE,
        "Network that finds the colours: a name that `kinemacolor models` lists, or a weights "
        "file, also DDColor's, siggraph17's or eccv16's.",
        metavar="NAME|FILE",
        autocompletion=complete_models,
    ),
    setting(
        "working_size",
        int,
        PICTURE,
        "Short side of the reduced picture that the network sees, a multiple of 32 from RANGE; the "
        "result keeps the source's size. Larger is finer and slower.",
        metavar="PIXELS",
    ),
    setting(
        "color_every",
        str,
        PICTURE,
        "Run the network on every N-th frame of a film, 1 to 32, and more often where much moves; "
        "the frames between take their colours along the motion. 1 is every frame; auto is 24.",
        metavar="auto|N",
    ),
    setting(
        "smoothing_window",
        int,
        PICTURE,
        "Frames on either side, RANGE, over which colours are smoothed against flicker; 0 turns it "
        "off.",
        metavar="FRAMES",
    ),
    setting(
        "smoothing_strength",
        float,
        PICTURE,
        "Weight of those frames, RANGE.",
        metavar="X",
    ),
    option(
        "color_memory",
        bool,
        DEFAULTS.color_memory,
        "Whether a film's colours are remembered: kept from turning inside a shot, and shared by "
        "shots of the same set-up. Not to be confused with --memory.",
        "--color-memory/--no-memory",
        rich_help_panel=PICTURE,
    ),
    setting(
        "on_color",
        str,
        PICTURE,
        "Sources that are in colour already: keep gives whole files back as they are, and films "
        "their own colours in such shots; recolor colours them anew; fail refuses them. Sepia and "
        "tinted film are no colour.",
        metavar="|".join(ON_COLOR),
        autocompletion=complete(ON_COLOR),
    ),
    *FILE_OPTIONS,
    setting(
        "device",
        str,
        MACHINE,
        "auto (a GPU where there is one), cpu, cuda or cuda:N.",
        metavar="NAME",
        autocompletion=complete(DEVICES),
    ),
    setting(
        "memory",
        str,
        MACHINE,
        "Main memory that a process may take, such as 4G; what is too large for it is refused. "
        "auto is three quarters of the machine's.",
        metavar="SIZE",
    ),
    setting(
        "backend",
        str,
        MACHINE,
        f"What runs the network: {', '.join(BACKENDS)}. eager is plain PyTorch; the others compile "
        "the network first, which takes minutes once and saves time from then on. auto takes "
        "compiled code that is in the cache, or that pays within the job.",
        metavar="NAME",
        autocompletion=complete(BACKENDS),
    ),
    setting(
        "precision",
        str,
        MACHINE,
        f"The network's arithmetic: {', '.join(PRECISIONS)}. auto is the backend's choice.",
        metavar="NAME",
        autocompletion=complete(PRECISIONS),
    ),
)
