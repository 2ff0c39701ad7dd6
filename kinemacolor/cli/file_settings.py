"""The options of a job's `Settings` that are about files, in the order of the help."""

from __future__ import annotations

from kinemacolor.cli.completion import complete
from kinemacolor.cli.options import FILE
from kinemacolor.cli.setting_option import setting
from kinemacolor.engine.settings import BIT_DEPTHS, CHROMAS, CODECS, CONTAINERS

FILE_OPTIONS = (
    setting(
        "codec",
        str,
        FILE,
        f"How films are compressed: {', '.join(CODECS)}. auto is H.264, or lossless FFV1 where "
        "H.264 cannot hold the bit depth.",
        metavar="NAME",
        autocompletion=complete(CODECS),
    ),
    setting(
        "quality",
        float | None,
        FILE,
        "Quality of films that H.264, HEVC or AV1 compresses, as the encoder's CRF (constant rate "
        "factor): 0 to 51, for AV1 1 to 63; lower is better and larger.",
        metavar="CRF",
        show_default="16 for H.264, 17 for HEVC, 18 for AV1: losses nobody sees",
    ),
    setting(
        "preset",
        str | None,
        FILE,
        "The encoder's trade of time for size: ultrafast to placebo, for AV1 13 (fast) to 0.",
        metavar="NAME",
        show_default="veryfast for H.264, fast for HEVC, 8 for AV1",
    ),
    setting(
        "container",
        str,
        FILE,
        f"Kind of film file: {', '.join(CONTAINERS)}. auto is the source's where the codec fits.",
        metavar="NAME",
        autocompletion=complete(CONTAINERS),
    ),
    setting(
        "chroma",
        str,
        FILE,
        "Fineness of films' colour planes: 420, 422, 444, or source, which is 420 where the source "
        "has none.",
        metavar="NAME",
        autocompletion=complete(CHROMAS),
    ),
    setting(
        "bit_depth",
        str,
        FILE,
        "Bits of films' samples, not fewer than the source has. More of them hold given colours "
        "closer; light stays as it is. auto is the source's, or the codec's next.",
        metavar="|".join(BIT_DEPTHS),
        autocompletion=complete(BIT_DEPTHS),
    ),
    setting(
        "still_quality",
        int | None,
        FILE,
        "Quality of coloured JPEGs and lossy WebPs, RANGE; higher is better and larger.",
        metavar="N",
        show_default="the source's",
    ),
    setting(
        "framemd5",
        bool,
        FILE,
        "Write the MD5 sum of every decoded frame beside each film, as FFmpeg's framemd5 does; "
        "not for films in archives.",
    ),
    setting(
        "suffix",
        str,
        FILE,
        "Text that names of coloured files get before their extension, such as ' (coloured)'.",
        metavar="TEXT",
        show_default="none",
    ),
    setting(
        "touch",
        bool,
        FILE,
        "Date results today; otherwise they have the dates of their sources.",
    ),
    setting(
        "salvage",
        bool,
        FILE,
        "Keep what can be read of damaged films, stills and archives, which are refused otherwise.",
    ),
    setting(
        "segment_frames",
        int,
        FILE,
        "Films are coloured in segments of at most so many frames, 1 or more: what a killed job "
        "loses. Shorter ones have more key frames.",
        metavar="FRAMES",
    ),
)
