"""Options that commands share: those of `Settings`, and those of a Ray cluster."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Sequence
from functools import wraps
from inspect import Parameter
from itertools import zip_longest
from typing import Annotated, Any

import typer
from typer.core import TyperCommand

from kinemacolor.engine.jobs.execution.ray_options import LOCAL, RayOptions, is_address
from kinemacolor.engine.settings import BACKENDS, CODECS, CONTAINERS, PRECISIONS, Settings
from kinemacolor.models.errors import SettingsError

Command = Callable[..., None]


class WithRay(TyperCommand):
    """A command with --ray, which may stand alone: Typer's options cannot go without a value."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """As Typer has it; a bare --ray becomes "--ray local"."""
        full: list[str] = []
        for word, after in zip_longest(args, args[1:], fillvalue=""):
            full.append(word)
            if word == "--ray" and not (after == "auto" or is_address(after) or "://" in after):
                full.append(LOCAL)
        return super().parse_args(ctx, full)


def with_settings(command: Command) -> Command:
    """Make the `settings` of a command options."""
    return _with(command, "settings", _SETTINGS, Settings)


def with_actors(command: Command) -> Command:
    """Make the `actors` of a command options; None without --ray."""
    return _with(command, "actors", _ACTORS, _actors)


def _with(
    command: Command, name: str, options: Sequence[Parameter], make: Callable[..., Any]
) -> Command:
    """The command with `options` in place of the parameter `name`, which `make` gives of them."""
    signature = inspect.signature(command, eval_str=True)
    own = list(signature.parameters.values())
    at = [parameter.name for parameter in own].index(name)
    parameters = [
        parameter.replace(kind=Parameter.KEYWORD_ONLY)
        for parameter in (*own[:at], *options, *own[at + 1 :])
    ]

    @wraps(command)
    def run(**values: Any) -> None:
        given = {option.name: values.pop(option.name) for option in options}
        command(**values, **{name: make(**given)})

    run.__signature__ = signature.replace(parameters=parameters)  # type: ignore[attr-defined]
    run.__annotations__ = {parameter.name: parameter.annotation for parameter in parameters}
    return run


def _actors(
    ray: str | None,
    actors: int | None,
    cpus_per_actor: float | None,
    gpus_per_actor: float | None,
    memory_per_actor: float | None,
    stall_minutes: float | None,
) -> RayOptions | None:
    asked = {
        "count": actors,
        "cpus": cpus_per_actor,
        "gpus": gpus_per_actor,
        "memory": memory_per_actor,
        "stall": stall_minutes,
    }
    asked = {name: value for name, value in asked.items() if value is not None}
    if ray is None:
        if asked:
            raise SettingsError(
                "--actors, --*-per-actor, --stall-minutes", "are of a Ray cluster", "add --ray"
            )
        return None
    return RayOptions(address=ray, **asked)  # type: ignore[arg-type]


def _option(
    name: str, kind: Any, default: object, text: str, *words: str, **more: Any
) -> Parameter:
    option = typer.Option(*words, help=text, **more)
    kind = Annotated[kind, option]
    return Parameter(name, Parameter.KEYWORD_ONLY, default=default, annotation=kind)


def _setting(name: str, kind: Any, text: str, *words: str, **more: Any) -> Parameter:
    return _option(name, kind, getattr(Settings(), name), text, *words, **more)


_SETTINGS = (
    _setting("model", str, "A network that `kinemacolor models` lists, or a weights file."),
    _setting(
        "working_size",
        int,
        "Short side, in pixels, at which the network sees a picture: a multiple of 32. "
        "Larger sees finer things and is slower.",
    ),
    _setting("device", str, "auto (a GPU where there is one), cpu, cuda or cuda:N."),
    _setting(
        "backend",
        str,
        f"What runs the network: {', '.join(BACKENDS)}. auto takes compiled code where it is at "
        "hand or pays, and says why.",
    ),
    _setting(
        "precision",
        str,
        f"What the network computes in: {', '.join(PRECISIONS)}. auto is the backend's choice for "
        "the device.",
    ),
    _setting(
        "color_every",
        str,
        "Frames of a film, at most, from one that the network colours to the next; those between "
        "get theirs along the motion, where that can be followed. 1 is every frame.",
        metavar="auto|N",
    ),
    _setting(
        "smoothing_window", int, "Frames on either side that steady a film's colours; 0 for none."
    ),
    _setting("smoothing_strength", float, "How much those frames count, 0 to 1."),
    _setting("saturation", float, "Strength of the colours: 1 as the network gives them, 0 grey."),
    _setting(
        "codec",
        str,
        f"Of films: {', '.join(CODECS)}. auto is H.264, or lossless FFV1 where that "
        "cannot hold the bit depth.",
    ),
    _setting(
        "quality",
        float | None,
        "The encoder's constant-quality number (CRF); lower is better and larger.",
        show_default="visually lossless",
    ),
    _setting("preset", str | None, "The encoder's speed preset.", show_default="chosen by codec"),
    _setting(
        "container",
        str,
        f"Of films: {', '.join(CONTAINERS)}. auto is the source's where the codec fits.",
    ),
    _setting(
        "segment_frames",
        int,
        "Frames of a film, at most, that are worked on as one: what a killed job loses. "
        "Shorter segments have more key frames.",
    ),
    _setting("salvage", bool, "Keep what is whole of cut-off films and archives.", "--salvage"),
)
_ACTORS = (
    _option(
        "ray",
        str | None,
        None,
        "Work in actors of a Ray of its own, of the running cluster (auto), or of the one at "
        "HOST:PORT. All its nodes must see sources and OUT under the same paths.",
        "--ray",
        metavar="[auto|HOST:PORT]",
        show_default="in this process",
    ),
    _option(
        "actors",
        int | None,
        None,
        "With --ray: how many units are worked on at once.",
        show_default="1",
    ),
    _option(
        "cpus_per_actor",
        float | None,
        None,
        "With --ray: processor cores of each actor.",
        show_default="1",
    ),
    _option(
        "gpus_per_actor",
        float | None,
        None,
        "With --ray: GPUs of each actor; 0.25 lets four share one.",
        show_default="what there is, shared out",
    ),
    _option(
        "memory_per_actor",
        float | None,
        None,
        "With --ray: GB of memory that each actor counts for.",
        metavar="GB",
        show_default="not counted",
    ),
    _option(
        "stall_minutes",
        float | None,
        None,
        "With --ray: minutes without a new frame after which an actor counts as hung, and is "
        "replaced; 0 for never.",
        metavar="MINUTES",
        show_default="30",
    ),
)
