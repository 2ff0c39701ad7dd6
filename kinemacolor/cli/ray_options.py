"""The options of a Ray cluster that does a job's work."""

from __future__ import annotations

from inspect import Parameter
from itertools import zip_longest
from typing import Any

from kinemacolor.cli.grouped_help import GroupedCommand
from kinemacolor.cli.options import CLUSTER, Command, expand_parameter, option
from kinemacolor.engine.jobs.execution.ray_options import LOCAL, RayOptions, is_address
from kinemacolor.models.errors import SettingsError


class RayCommand(GroupedCommand):
    """A command whose --ray may stand without a value, which Typer's options cannot."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Parse arguments in which a bare --ray means "--ray local"."""
        full: list[str] = []
        for word, after in zip_longest(args, args[1:], fillvalue=""):
            full.append(word)
            if word == "--ray" and not (after == "auto" or is_address(after) or "://" in after):
                full.append(LOCAL)
        return super().parse_args(ctx, full)


def with_actors(command: Command) -> Command:
    """Options of a command in place of its `actors`: `RayOptions`, or None without --ray."""
    return expand_parameter(command, "actors", _OPTIONS, _actors)


def _actors(
    ray: str | None,
    actors: int | None,
    cpus_per_actor: float | None,
    gpus_per_actor: float | None,
    memory_per_actor: float | None,
    stall_minutes: float | None,
) -> RayOptions | None:
    """What the options ask for.

    Raises:
        SettingsError: a value is outside its range, or the others are given without --ray.
    """
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


def _option(name: str, kind: Any, metavar: str, text: str, default: str) -> Parameter:
    """An option that is None where it is not given, so that its use without --ray is seen."""
    return option(
        name,
        kind | None,
        None,
        f"{text}  [default: {default}]",
        f"--{name.replace('_', '-')}",
        metavar=metavar,
        show_default=False,
        rich_help_panel=CLUSTER,
    )


_DEFAULTS = RayOptions(address=LOCAL)
_OPTIONS = (
    _option(
        "ray",
        str,
        "[auto|HOST:PORT]",
        "Work in actors, which are processes of Ray: on this machine or, with a value, on the "
        "running cluster (auto) or the one at HOST:PORT. All its machines must see sources and OUT "
        "under the same paths.",
        "in this process",
    ),
    _option(
        "actors",
        int,
        "N",
        "Number of actors, 1 or more. Each works on one unit at a time: a piece of a film, some "
        "stills or an archive.",
        f"{_DEFAULTS.count}",
    ),
    _option(
        "cpus_per_actor",
        float,
        "X",
        "Processor cores that Ray counts for each actor, 0 or more.",
        f"{_DEFAULTS.cpus:g}",
    ),
    _option(
        "gpus_per_actor",
        float,
        "X",
        "GPUs of each actor, 0 or more; 0.25 lets four share one.",
        "the cluster's, shared out evenly",
    ),
    _option(
        "memory_per_actor",
        float,
        "GB",
        "Memory that Ray counts for each actor, 0 or more.",
        "not counted",
    ),
    _option(
        "stall_minutes",
        float,
        "MINUTES",
        "Minutes without a new frame after which an actor is replaced; 0 for never.",
        f"{_DEFAULTS.stall:g}",
    ),
)
