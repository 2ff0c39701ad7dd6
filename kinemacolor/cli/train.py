"""`kinemacolor train`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from kinemacolor.cli.console import Console
from kinemacolor.cli.errors import errors_as_wrong_usage
from kinemacolor.cli.json_files import to_json
from kinemacolor.cli.options import MACHINE, DeviceName, JsonDocument
from kinemacolor.engine.extras import require_extra

_RECIPE, _RUN = "Recipe", "Run"


def train(
    variant: Annotated[
        str, typer.Argument(metavar="NETWORK", help="A name that `kinemacolor models` lists.")
    ],
    *,
    out: Annotated[Path, typer.Option(metavar="OUT", help="Folder of the run.")],
    data: Annotated[
        list[str] | None,
        typer.Option(
            metavar="SOURCE",
            show_default=False,
            help="Photos to learn from: a folder, .zip, .tar, film, or "
            "abstract:geometric|fluid|both[:COUNT]. May be repeated.",
        ),
    ] = None,
    val: Annotated[
        list[str] | None,
        typer.Option(
            metavar="SOURCE",
            show_default=False,
            help="Photos to score on, likewise; none for no scores. Without it a tenth of the "
            "photos, at most 256, is held out. Give one with films: their frames are too alike.",
        ),
    ] = None,
    resume: Annotated[
        bool, typer.Option("--resume", help="Go on with the run in OUT, by its recipe.")
    ] = False,
    size: Annotated[
        int | None,
        typer.Option(min=1, metavar="PIXELS", help="Side of the crops.", rich_help_panel=_RECIPE),
    ] = None,
    batch: Annotated[
        int | None,
        typer.Option(
            min=1, metavar="N", help="Crops a step, of all workers.", rich_help_panel=_RECIPE
        ),
    ] = None,
    epochs: Annotated[
        float | None,
        typer.Option(metavar="X", help="Passes through the photos.", rich_help_panel=_RECIPE),
    ] = None,
    steps: Annotated[
        int | None,
        typer.Option(
            min=1, metavar="N", help="Optimizer steps, instead of epochs.", rich_help_panel=_RECIPE
        ),
    ] = None,
    learning_rate: Annotated[
        float | None,
        typer.Option(metavar="X", help="Peak learning rate.", rich_help_panel=_RECIPE),
    ] = None,
    loss: Annotated[
        str | None, typer.Option(metavar="NAME", help="Loss function.", rich_help_panel=_RECIPE)
    ] = None,
    encoder_weights: Annotated[
        str | None,
        typer.Option(
            metavar="NAME|FILE",
            help="imagenet (downloaded), none, or a state dict's file.",
            rich_help_panel=_RECIPE,
        ),
    ] = None,
    init: Annotated[
        str | None,
        typer.Option(metavar="NAME|FILE", help="Weights to start from.", rich_help_panel=_RECIPE),
    ] = None,
    seed: Annotated[
        int | None,
        typer.Option(
            metavar="N",
            help="Seed of order, crops, hints and first weights.",
            rich_help_panel=_RECIPE,
        ),
    ] = None,
    set_: Annotated[
        list[str] | None,
        typer.Option(
            "--set",
            metavar="NAME=VALUE",
            help="Any other field of the recipe. May be repeated.",
            rich_help_panel=_RECIPE,
        ),
    ] = None,
    save_every: Annotated[
        int | None,
        typer.Option(
            min=1,
            metavar="STEPS",
            help="Steps between checkpoints. Five minutes where it is not given.",
            rich_help_panel=_RUN,
        ),
    ] = None,
    score_every: Annotated[
        int | None,
        typer.Option(
            min=1,
            metavar="STEPS",
            help="Steps between scores. About an epoch where it is not given.",
            rich_help_panel=_RUN,
        ),
    ] = None,
    device: DeviceName = "auto",
    workers: Annotated[
        int,
        typer.Option(
            min=1,
            metavar="N",
            help="Processes that train together, through Ray; one GPU each.",
            rich_help_panel=MACHINE,
        ),
    ] = 1,
    loaders: Annotated[
        int | None,
        typer.Option(
            min=0,
            metavar="N",
            help="Processes of each worker that read photos. Depends on the processor where it is "
            "not given.",
            rich_help_panel=MACHINE,
        ),
    ] = None,
    machine: JsonDocument = False,
) -> None:
    """Train a network on photos or films.

    Grey, toned and unreadable photos are left out and counted. Recipe options that are not given
    are as in the network's own recipe or, with --resume, as in the run.

    OUT gets run.json, log.csv (every step), scores.csv, curves.png, samples/, last.safetensors and
    best.safetensors. Ctrl-C saves a checkpoint first, from which --resume goes on exactly.

    Exit status: 0 all well, 1 a failure, 2 wrong usage, data or weights, 130 stopped.

    Examples:
        Fine-tune the default network on your photos:
        $ kinemacolor train kinema --init kinema --data photos --out runs/mine
        Go on with a run that was stopped:
        $ kinemacolor train kinema --out runs/mine --resume
        A small network from nothing:
        $ kinemacolor train landscape_autoencoder --data photos --out runs/new
    """
    require_extra("train", "train")
    from kinemacolor.trainers.training import Interrupted
    from kinemacolor.trainers.training import train as train_here
    from kinemacolor.trainers.training.prepare import Request, prepare

    fields = {
        "learning_rate": learning_rate,
        "loss": loss,
        "encoder_weights": encoder_weights,
        "seed": seed,
    }
    changes = [f"{name}={value}" for name, value in fields.items() if value is not None]
    request = Request(
        variant=variant,
        out=out,
        data=data,
        val=val,
        changes=(*(set_ or []), *changes),
        stages={"size": size, "batch": batch, "epochs": epochs, "steps": steps},
        init=init,
        device=device,
        workers=workers,
        loaders=loaders,
        save_every=save_every,
        score_every=score_every,
        resume=resume,
    )
    console = Console()
    with errors_as_wrong_usage():
        job = prepare(request)
        validation = len(job.validation or ())
        left_out = ", ".join(f"{n} {kind}" for kind, n in job.notes["left_out"].items())
        console.message(
            f"{len(job.photos)} photos to learn from, {validation} to score on; "
            f"left out: {left_out}"
        )
        try:
            if workers > 1:
                from kinemacolor.trainers.training.many import train_with_workers

                course = train_with_workers(job, workers)
            else:
                course = train_here(job)
        except Interrupted as interrupted:
            console.message(str(interrupted))
            raise typer.Exit(130) from None
    if course.step < job.recipe.steps:
        console.message(f"step {course.step}: no gain in {course.waited} validations, done")
    weights = out / "best.safetensors"
    console.message(f"weights: {weights}")
    if machine:
        result = {
            "variant": variant,
            "weights": str(weights),
            "step": course.step,
            "steps": job.recipe.steps,
            "best": course.best if job.validation else None,
            "monitor": job.recipe.monitor,
            "photos": len(job.photos),
            "validation_photos": validation,
            "left_out": dict(job.notes["left_out"]),
        }
        console.json(to_json(result))
