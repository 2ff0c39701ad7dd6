"""`kinemacolor train`. Heavy imports wait for the call."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from kinemacolor.models.errors import SettingsError

_SOURCES = "folder, .zip or .tar of photos, film, or abstract:geometric|fluid|both[:COUNT]"


def train(
    variant: Annotated[str, typer.Argument(help="Network, as `kinemacolor models` lists it.")],
    out: Annotated[
        Path, typer.Option(help="Folder of the run: weights, checkpoint, curves, samples.")
    ],
    data: Annotated[
        list[str] | None,
        typer.Option(help=f"What to learn from; may be repeated: {_SOURCES}.", show_default=False),
    ] = None,
    val: Annotated[
        list[str] | None,
        typer.Option(
            help="What to score on, likewise; none for no scores. Left out, a tenth of the "
            "photos, at most 256, is held out (films want --val: their frames are too alike).",
            show_default=False,
        ),
    ] = None,
    size: Annotated[int | None, typer.Option(min=1, help="Side of the crops, pixels.")] = None,
    batch: Annotated[int | None, typer.Option(min=1, help="Crops a step, in all.")] = None,
    epochs: Annotated[float | None, typer.Option(help="Times through the data.")] = None,
    steps: Annotated[int | None, typer.Option(min=1, help="Steps, instead of epochs.")] = None,
    learning_rate: Annotated[float | None, typer.Option(help="The peak.")] = None,
    loss: Annotated[str | None, typer.Option(help="What is lowered.")] = None,
    encoder_weights: Annotated[
        str | None, typer.Option(help="imagenet (from its hub), none, or a state dict's path.")
    ] = None,
    seed: Annotated[int | None, typer.Option(help="Of order, crops, hints, weights.")] = None,
    set_: Annotated[
        list[str] | None,
        typer.Option("--set", help="Any other field of the recipe, NAME=VALUE; may be repeated."),
    ] = None,
    init: Annotated[str | None, typer.Option(help="Weights to start from.")] = None,
    device: Annotated[
        str, typer.Option(help="auto (a GPU where there is one), cpu, cuda or cuda:N.")
    ] = "auto",
    workers: Annotated[
        int,
        typer.Option(min=1, help="Processes that train together, through Ray; one GPU each."),
    ] = 1,
    loaders: Annotated[
        int | None,
        typer.Option(
            min=0, help="Processes of each worker that read photos.", show_default="by CPUs"
        ),
    ] = None,
    save_every: Annotated[
        int | None,
        typer.Option(min=1, help="Steps between checkpoints.", show_default="five minutes"),
    ] = None,
    score_every: Annotated[
        int | None,
        typer.Option(min=1, help="Steps between scores.", show_default="about an epoch"),
    ] = None,
    resume: Annotated[
        bool,
        typer.Option("--resume", help="Go on with the run in OUT; its recipe is taken over."),
    ] = False,
) -> None:
    """Train a network; grey, toned and unreadable photos are left out and counted.

    What is not said is as in the variant's own recipe, or in the run that is resumed. OUT gets
    run.json, log.csv (every step), scores.csv, curves.png, samples/, last.safetensors and
    best.safetensors. Ctrl-C saves a checkpoint first; --resume goes on as if nothing had happened.
    """
    from kinemacolor.models.errors import WeightsError
    from kinemacolor.trainers.pictures import DataError
    from kinemacolor.trainers.pretrained import PretrainedError
    from kinemacolor.trainers.training import Interrupted, TrainingError, one_line
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
        shape={"size": size, "batch": batch, "epochs": epochs, "steps": steps},
        init=init,
        device=device,
        workers=workers,
        loaders=loaders,
        save_every=save_every,
        score_every=score_every,
        resume=resume,
    )
    try:
        job = prepare(request)
        left_out = ", ".join(f"{n} {kind}" for kind, n in job.notes["left_out"].items())
        typer.echo(
            f"{len(job.photos)} photos to learn from, {len(job.validation or ())} to score on; "
            f"left out: {left_out}",
            err=True,
        )
        if workers > 1:
            from kinemacolor.trainers.training.many import train_with_workers

            course = train_with_workers(job, workers)
        else:
            course = train_here(job)
    except (DataError, PretrainedError, TrainingError, WeightsError) as error:
        raise SettingsError(one_line(error)) from error
    except Interrupted as stopped:
        typer.echo(str(stopped), err=True)
        raise typer.Exit(130) from None
    if course.step < job.recipe.steps:
        typer.echo(f"step {course.step}: no gain in {course.waited} validations, done", err=True)
    typer.echo(f"weights: {out / 'best.safetensors'}", err=True)
