"""`kinemacolor evaluate`."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from kinemacolor.cli.completion import complete_models
from kinemacolor.cli.console import Console
from kinemacolor.cli.errors import errors_as_wrong_usage
from kinemacolor.cli.json_files import check_folder, to_json, write_json
from kinemacolor.cli.options import MACHINE, REPORTING, DeviceName, JsonDocument, ReportFile
from kinemacolor.models.errors import SettingsError
from kinemacolor.models.extras import require_extra


class Precision(StrEnum):
    """The network's arithmetic."""

    FP32 = "fp32"
    BF16 = "bf16"


def evaluate(
    model: Annotated[
        str,
        typer.Argument(
            metavar="MODEL",
            help="A network that has weights, or a weights file.",
            autocompletion=complete_models,
        ),
    ] = "kinema",
    *,
    data: Annotated[
        list[str] | None,
        typer.Option(
            metavar="SOURCE",
            help="Colour photos: a folder, .zip, .tar, .pack, film, or "
            "abstract:geometric|fluid|both. May be repeated.",
        ),
    ] = None,
    hints: Annotated[
        str | None,
        typer.Option(
            metavar="N|SHARE%",
            help="Give true colours at random: at so many points, such as 10, or at a share of "
            "all pixels, such as 0.5%.",
        ),
    ] = None,
    film: Annotated[
        bool,
        typer.Option("--film", help="Give the photos' lightness the faults of old films."),
    ] = False,
    every: Annotated[int, typer.Option(min=1, metavar="N", help="Take every N-th photo.")] = 1,
    device: DeviceName = "auto",
    precision: Annotated[
        Precision, typer.Option(help="The network's arithmetic.", rich_help_panel=MACHINE)
    ] = Precision.FP32,
    sheet: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE",
            help="Write a picture (.png, .webp or .jpg) of the photos that gain least and most "
            "over grey.",
            rich_help_panel=REPORTING,
        ),
    ] = None,
    machine: JsonDocument = False,
    report: ReportFile = None,
) -> None:
    """Score a network on colour photos.

    Its colours are compared with the true ones, beside those of plain grey. Of given
    hints "network" tells what the network alone makes, "guided" what colouring does.
    MODEL may be what a training has left (last.safetensors, best.safetensors or
    checkpoint.pt), or a file of DDColor, eccv16 or siggraph17.

    Exit status: 0 all well, 1 a failure, 2 wrong usage, data or weights.

    Examples:
        Score the default network on your photos:
        $ kinemacolor evaluate --data photos
        On photos with the faults of old films, with the best and worst as a picture:
        $ kinemacolor evaluate --data photos --film --sheet extremes.png
        With the true colours of ten points given:
        $ kinemacolor evaluate msau_net --data photos --hints 10
    """
    require_extra("train", "evaluate")
    from kinemacolor.models.weights_files import checked_file
    from kinemacolor.trainers.request import check_sources

    with errors_as_wrong_usage():
        check_sources(data or [])
        checked_file(model)

    from tqdm import tqdm

    from kinemacolor.cli.guided_predictor import guided_predictor
    from kinemacolor.models.device import pick_device
    from kinemacolor.models.weights import load
    from kinemacolor.trainers.evaluation import error_predictor, parse_hints, predictor, table
    from kinemacolor.trainers.evaluation import evaluate as score
    from kinemacolor.trainers.evaluation.sheet import KINDS, write_sheet
    from kinemacolor.trainers.pictures import open_pictures

    console = Console()
    rate, points = parse_hints(hints) if hints is not None else (0.0, 0)
    check_folder(report)
    check_folder(sheet, plain=True)
    if sheet is not None and sheet.suffix.lower() not in KINDS:
        raise SettingsError(f"--sheet {sheet}: give a name that ends in {', '.join(KINDS)}")
    with errors_as_wrong_usage():
        place = str(pick_device(device))
        loaded = load(model)
        network = loaded.network()
        if hints is not None and not network.takes_hints:
            raise SettingsError(f"--hints: {loaded.variant} takes none; leave the option out")
        predict = predictor(network, place, precision)
        guided = guided_predictor(loaded, place, precision) if hints is not None else None
        pictures = open_pictures(data or [])
        scores = score(
            predict,
            pictures,
            error_predictor=error_predictor(network, place, precision),
            every=every,
            aged=film,
            hint_rate=rate,
            hint_points=points,
            guided=guided,
            nearest=hints is not None,
            learnt=True,
            device=place,
            progress=lambda batches: tqdm(
                batches,
                unit="batch",
                leave=False,
                file=console.err,
                disable=not console.err.isatty(),
            ),
        )
    settings = {
        "model": model,
        "variant": loaded.variant,
        "weights_sha256": loaded.digest,
        "data": data,
        "every": every,
        "film": film,
        "hints_asked": hints,
        "precision": precision.value,
        "device": place,
    }
    result = to_json(
        settings
        | scores.to_dict()
        | {
            "unreadable": scores.unreadable,
            "missing": scores.missing,
            "notes": scores.notes,
            "each": [photo.to_dict() for photo in scores.each],
        }
    )
    if machine:
        console.json(result)
    else:
        for line in table(scores).splitlines():
            console.result(line)
    if report is not None:
        write_json(report, result)
    if sheet is not None:
        shown = {"network": predict} | ({"guided": guided} if guided is not None else {})
        write_sheet(sheet, scores, shown, pictures, hint_rate=rate, hint_points=points, aged=film)
