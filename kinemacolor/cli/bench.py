"""`kinemacolor bench`."""

from __future__ import annotations

import re
from dataclasses import asdict
from typing import Annotated

import typer

from kinemacolor.cli.console import Console
from kinemacolor.cli.json_files import check_folder, write_json
from kinemacolor.cli.options import DeviceName, JsonDocument, ReportFile
from kinemacolor.engine.settings import Settings
from kinemacolor.models.errors import SettingsError

_BUSY = 0.5  # processes a core, beside the measurement


def _parse_size(text: str) -> tuple[int, int]:
    match = re.fullmatch(r"(\d{1,5})x(\d{1,5})", text)
    if match is None:
        raise SettingsError("--size", f"{text!r} is no size", "use WIDTHxHEIGHT, such as 640x480")
    return int(match[1]), int(match[2])


def bench(
    *,
    size: Annotated[
        str, typer.Option(metavar="WIDTHxHEIGHT", help="Size of the film, in pixels.")
    ] = "640x480",
    quick: Annotated[
        bool,
        typer.Option("--quick", help="Colour less: a check that it works, not to be compared."),
    ] = False,
    model: Annotated[
        str,
        typer.Option(metavar="NAME|FILE", help="Network: a name or a weights file."),
    ] = "kinema",
    device: DeviceName = "auto",
    machine: JsonDocument = False,
    report: ReportFile = None,
) -> None:
    """Measure how quickly this machine colours.

    A film of 360 frames and 16 photos are made, always the same ones, and coloured; then every
    stage of the film's work is measured alone. It takes about half a minute on two cores, and
    leaves nothing behind. The line that it prints can be compared between machines, if the number
    after "bench" is the same.

    Exit status: 0 all well, 1 a failure, 2 wrong usage.

    Examples:
        Measure this machine:
        $ kinemacolor bench
        See in a few seconds that everything works:
        $ kinemacolor bench --quick
        Measure films of another size, and keep all figures:
        $ kinemacolor bench --size 1280x720 --report bench.json
    """
    from kinemacolor._bench import bench as measure
    from kinemacolor.engine.jobs.formatting import format_duration

    wanted = _parse_size(size)
    check_folder(report)
    console = Console()
    if not machine:
        console.message("Colouring a generated film and photos; half a minute on two idle cores")
    found = measure(wanted, settings=Settings(model=model, device=device), quick=quick)
    if machine:
        console.json(asdict(found))
    else:
        hour = format_duration(24 * 3600 / found.fps)
        console.message(f"An hour of film at 24 frames a second takes about {hour} here")
        console.result(found.line)
        if (found.load_before or 0) > _BUSY * found.machine["cores"]:
            console.message(
                f"The machine was busy with other work (load {found.load_before:.1f}): it can do "
                "better than this"
            )
    if report is not None:
        write_json(report, asdict(found))
