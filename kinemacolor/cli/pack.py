"""`kinemacolor pack`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from kinemacolor.cli.console import Console
from kinemacolor.cli.errors import errors_as_wrong_usage
from kinemacolor.cli.options import JsonDocument
from kinemacolor.models.errors import KinemacolorError, SettingsError
from kinemacolor.models.extras import require_extra


def pack(
    sources: Annotated[
        list[str],
        typer.Argument(
            metavar="PHOTOS",
            show_default=False,
            help="Colour photos: folders, .zip, .tar, films, or other packs.",
        ),
    ],
    *,
    output: Annotated[
        Path,
        typer.Option(
            "--output",
            "-o",
            metavar="FILE",
            show_default=False,
            help="The pack, whose name ends in .pack; with --shard a folder of packs.",
        ),
    ],
    size: Annotated[
        int,
        typer.Option(
            min=16,
            metavar="PIXELS",
            help="Short side to which larger photos are reduced. Crops of a training are cut "
            "from these.",
        ),
    ] = 256,
    shard: Annotated[
        int | None,
        typer.Option(
            min=1,
            metavar="MB",
            show_default=False,
            help="Begin another pack after so many megabytes.",
        ),
    ] = None,
    machine: JsonDocument = False,
) -> None:
    """Decode photos once, so that trainings need not.

    A pack holds small photos as plain pixels, and is mapped into memory. `--data` takes it, or a
    folder of them, wherever it takes photos. Grey, toned and unreadable photos are left out and
    counted. A photo of 256x341 pixels takes 0.26 MB, and twice as much while the pack is written.

    Exit status: 0 all well, 1 a failure, 2 wrong usage or data, 130 stopped.

    Examples:
        A folder of photos in one file:
        $ kinemacolor pack photos -o photos.pack
        With frames of a film, and smaller, for crops of 128 pixels:
        $ kinemacolor pack photos reel.mp4 -o small.pack --size 214
        In pieces that can be carried:
        $ kinemacolor pack photos -o packs/ --shard 60
    """
    require_extra("train", "pack")
    from kinemacolor.trainers.request import check_sources

    with errors_as_wrong_usage():
        check_sources(sources)

    from kinemacolor.trainers.packing import pack as write
    from kinemacolor.trainers.pictures import open_pictures
    from kinemacolor.trainers.pictures.pack import SUFFIX

    if shard is None and output.suffix != SUFFIX:
        problem = f"a pack's name ends in {SUFFIX}"
        raise SettingsError(f"-o {output}", problem, "or give --shard for a folder of packs")
    if any(output.resolve().is_relative_to(Path(source).resolve()) for source in sources):
        problem = "lies in what it is made of, and would count twice there"
        raise SettingsError(f"-o {output}", problem, "give a place beside the photos")
    with errors_as_wrong_usage():
        pictures = open_pictures(sources)
    try:
        with errors_as_wrong_usage():
            done = write(pictures, output, size, (shard or 0) * 1_000_000)
    except OSError as error:
        raise KinemacolorError(output, f"cannot be written ({error.strerror})") from error
    console = Console()
    if machine:
        console.json(
            {
                "files": [str(file) for file in done.files],
                "photos": done.photos,
                "bytes": done.bytes,
                "left_out": dict(done.left_out),
            }
        )
        return
    where = str(done.files[0]) if shard is None else f"{output}: {len(done.files)} packs"
    left = ", ".join(f"{count:,} {kind}" for kind, count in sorted(done.left_out.items()))
    photos = f"{done.photos:,} photo{'s' if done.photos != 1 else ''}"
    megabytes = f"{max(done.bytes / 1e6, 0.01):,.{2 if done.bytes < 1e8 else 0}f} MB"
    console.result(f"{where}: {photos}, {megabytes}; left out: {left or 'none'}")
