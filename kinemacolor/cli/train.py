"""`kinemacolor train`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from kinemacolor.cli.options import MACHINE, DeviceName, JsonDocument
from kinemacolor.models.extras import require_extra

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
            help="Photos to learn from: a folder, .zip, .tar, .pack, film, or "
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
    hours: Annotated[
        float | None,
        typer.Option(
            metavar="X",
            help="Train for so long: warm-up and decay go by the clock, so that the end is one at "
            "any length. Instead of steps and epochs.",
            rich_help_panel=_RECIPE,
        ),
    ] = None,
    learning_rate: Annotated[
        float | None,
        typer.Option(
            metavar="X",
            help="Peak learning rate. With --init a fifth of that of the recipe's last stage, "
            "where it is not given.",
            rich_help_panel=_RECIPE,
        ),
    ] = None,
    loss: Annotated[
        str | None,
        typer.Option(
            metavar="NAME",
            help="What is to become small; the names stand below.",
            rich_help_panel=_RECIPE,
        ),
    ] = None,
    encoder_weights: Annotated[
        str | None,
        typer.Option(
            metavar="NAME|FILE",
            help="Where the network's encoder begins: imagenet (from an installed package that "
            "has these weights, or downloaded), none, or a state dict's file.",
            rich_help_panel=_RECIPE,
        ),
    ] = None,
    init: Annotated[
        str | None,
        typer.Option(
            metavar="NAME|FILE",
            help="Weights to start from: a network's own, or a file of NETWORK. Without --steps "
            "or --epochs it then takes 500 steps.",
            rich_help_panel=_RECIPE,
        ),
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
            help="Any field of the recipe; the names stand below. May be repeated.",
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
            help="Steps between scores. About an epoch where it is not given, or with --init a "
            "tenth of all steps.",
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
    replicas: Annotated[
        int | None,
        typer.Option(
            min=1,
            metavar="N",
            show_default="1",
            help="Trainings side by side on this machine, with a share of its cores each and the "
            "lowest priority; the mean of their weights is taken. For processors: one a core.",
            rich_help_panel=MACHINE,
        ),
    ] = None,
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

    To teach the default network your photos, begin with its weights: `--init kinema`. Some hundred
    photos are the least; what gains nothing on those that are held out is not taken.

    Grey, toned and unreadable photos are left out and counted. Recipe options that are not given
    are as in the network's own recipe or, with --resume, as in the run.

    OUT gets run.json, log.csv (every step), scores.csv, curves.png, samples/, last.safetensors (the
    weights so far) and best.safetensors (those with the best score). Ctrl-C saves the weights and
    a checkpoint, from which --resume goes on exactly; twice, it stops at once.

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
    from kinemacolor.cli.train_run import run_training
    from kinemacolor.trainers.request import Request

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
        replicas=replicas,
        hours=hours,
        loaders=loaders,
        save_every=save_every,
        score_every=score_every,
        resume=resume,
    )
    run_training(request, machine=machine)
