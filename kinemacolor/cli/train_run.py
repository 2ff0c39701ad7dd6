"""A training from the command line: what the person who watches is told, and how it is stopped."""

from __future__ import annotations

import shlex
import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NoReturn

import typer

from kinemacolor.cli.console import Console
from kinemacolor.cli.errors import errors_as_wrong_usage
from kinemacolor.cli.json_files import to_json
from kinemacolor.trainers.request import Request


def run_training(request: Request, *, machine: bool) -> None:
    """Check a request, which takes no second, then train.

    Args:
        request: what is asked for.
        machine: print the result as JSON.

    Raises:
        SettingsError: something in the request cannot be used.
        typer.Exit: with status 130, where it was stopped.
    """
    console = Console()
    with errors_as_wrong_usage():
        request.check()
    console.message(_beginning(request))
    with _terminated_as_interrupted():
        try:
            result = _train(request, console)
        except KeyboardInterrupt:  # before the first step, or for the second time
            _stop(console, request, "stopped at once")
    if machine:
        console.json(to_json(result))


def _train(request: Request, console: Console) -> dict[str, object]:
    """Train, and tell the person who watches what there is now; the result for machines."""
    with errors_as_wrong_usage():
        from kinemacolor.trainers.training import Interrupted
        from kinemacolor.trainers.training import train as train_here
        from kinemacolor.trainers.training.pace import duration
        from kinemacolor.trainers.training.prepare import prepare

        job = prepare(request)
        validation = len(job.validation or ())
        left_out = ", ".join(f"{n} {kind}" for kind, n in job.notes["left_out"].items())
        console.message(
            f"{len(job.photos):,} photos to learn from, {validation:,} to score on; "
            f"left out: {left_out}"
        )
        try:
            if job.replicas > 1:
                from kinemacolor.trainers.training.replicas import train_replicas

                course = train_replicas(job)
            elif request.workers > 1:
                from kinemacolor.trainers.training.many import train_with_workers

                course = train_with_workers(job, request.workers)
            else:
                course = train_here(job)
        except Interrupted as interrupted:
            done = f"stopped after step {interrupted.step:,} of {interrupted.length}"
            _stop(console, request, done)
    if job.replicas > 1 and course.waited:
        console.message("the mean of the replicas gained nothing: the best are the first weights")
    elif 0 < job.recipe.patience <= course.waited:
        console.message(f"step {course.step}: no gain in {course.waited} validations, done")
    message = f"{course.step:,} steps, {course.crops:,} crops, {duration(course.seconds)}"
    console.message(message)
    weights = request.out / "best.safetensors"
    console.message(f"Weights: {weights}")
    console.message(_use_of(weights))
    return {
        "variant": request.variant,
        "weights": str(weights),
        "step": course.step,
        "steps": None if job.seconds else job.recipe.steps,
        "crops": course.crops,
        "seconds": round(course.seconds, 1),
        "best": course.best if job.validation else None,
        "monitor": job.recipe.monitor,
        "photos": len(job.photos),
        "validation_photos": validation,
        "left_out": dict(job.notes["left_out"]),
    }


def _beginning(request: Request) -> str:
    """What is going to be done, in a line."""
    if request.resume:
        return f"Going on with the training of {request.variant} in {request.out}"
    start = f", beginning with the weights of {request.init}" if request.init else ""
    data = f" on {', '.join(request.data)}" if request.data else ""
    return f"Training {request.variant}{data}{start}; results go to {request.out}"


def _stop(console: Console, request: Request, done: str) -> NoReturn:
    """Say what a stopped run leaves, how to use it and how to go on; then exit.

    Raises:
        typer.Exit: with status 130.
    """
    weights = request.out / "last.safetensors"
    has_weights = weights.is_file()
    found = f"the weights so far are in {weights}" if has_weights else "there are no weights yet"
    console.message(f"{done[0].upper()}{done[1:]}; {found}")
    if has_weights:
        console.message(_use_of(weights))
    again = "the same command"
    if (request.out / "run.json").is_file():
        out = shlex.quote(str(request.out))
        again = f"kinemacolor train {request.variant} --out {out} --resume"
    console.message(f"  To go on:            {again}")
    raise typer.Exit(130)


def _use_of(weights: Path) -> str:
    """The command that colours with a weights file."""
    path = shlex.quote(str(weights))
    return f"  To colour with them: kinemacolor colorize SOURCE -o coloured/ --model {path}"


@contextmanager
def _terminated_as_interrupted() -> Iterator[None]:
    """Have SIGTERM raise KeyboardInterrupt within, as SIGINT does."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)
