"""The options of a job in a Ray cluster; this module does not import Ray."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from kinemacolor.models.errors import KinemacolorError, SettingsError

LOCAL = "local"
_GB = 1e9
_FINEST = 1e4  # Ray counts resources in ten-thousandths


def is_address(word: str) -> bool:
    """Whether a word is the address of a cluster, HOST:PORT."""
    return re.fullmatch(r"([^\s/:\[\]]+|\[[\da-fA-F:]+\]):\d+", word) is not None


@dataclass(frozen=True, kw_only=True)
class RayOptions:
    """The Ray cluster that a job is done in, its actors, and what each of them is given.

    Args:
        address: "local" for a Ray of its own, "auto" for the running one, or HOST:PORT.
        count: number of actors.
        cpus: processor cores of each actor.
        gpus: GPUs of each actor; fractions let several share one. None shares out what the cluster
            has.
        memory: of each actor, in GB, only counted; 0 leaves it uncounted.
        stall: minutes without a new frame after which an actor counts as hung; 0 for never.

    Raises:
        SettingsError: a value is outside its range.
    """

    address: str
    count: int = 1
    cpus: float = 1
    gpus: float | None = None
    memory: float = 0
    stall: float = 30

    def __post_init__(self) -> None:
        if self.address not in (LOCAL, "auto") and not is_address(self.address):
            problem = f"{self.address!r} is no address of a cluster"
            raise SettingsError("--ray", problem, "use auto, HOST:PORT, or nothing after it")
        for option, value, least in (
            ("actors", self.count, 1),
            ("cpus-per-actor", self.cpus, 0),
            ("gpus-per-actor", self.gpus or 0, 0),
            ("memory-per-actor", self.memory, 0),
            ("stall-minutes", self.stall, 0),
        ):
            if not least <= value < math.inf:
                problem, remedy = f"{value:g} is not possible", f"use {least} or more"
                raise SettingsError(f"--{option}", problem, remedy)
        if self.gpus and self.gpus > 1 and self.gpus % 1:
            problem = f"{self.gpus:g} is not possible"
            raise SettingsError("--gpus-per-actor", problem, "use a whole number, or less than 1")

    @property
    def needs(self) -> dict[str, float]:
        """The resources of each actor by Ray's names; those that are not counted are left out."""
        memory = float(math.ceil(self.memory * _GB))
        wanted = {"CPU": self.cpus, "GPU": self.gpus or 0, "memory": memory}
        return {name: amount for name, amount in wanted.items() if amount}

    def sharing(self, gpus: int) -> RayOptions:
        """The same options, with each actor's share of `gpus` GPUs where none was asked for.

        Shares are of one size, such that every actor finds room.
        """
        if self.gpus is not None:
            return self
        each = math.ceil(self.count / gpus) if gpus else 0
        return replace(self, gpus=math.floor(_FINEST / each) / _FINEST if each else 0)

    def check_room(self, nodes: Iterable[Mapping[str, float]]) -> None:
        """Raise where a cluster has not room for all actors, even if nobody else uses it.

        Args:
            nodes: the resources of each node, by Ray's names.

        Raises:
            KinemacolorError: it has not.
        """
        nodes = list(nodes)
        rooms = sum(_rooms(self.needs, node) for node in nodes)
        if rooms >= self.count:
            return
        each = ", ".join(
            f"{amount / _GB:g} GB" if name == "memory" else f"{amount:g} {name}"
            for name, amount in self.needs.items()
        )
        all_in_all = ", ".join(
            f"{sum(node.get(name, 0) for node in nodes):g} {name}" for name in ("CPU", "GPU")
        )
        raise KinemacolorError(
            f"--ray {self.address}",
            f"has room for {rooms:g} of {self.count} actors with {each} each ({all_in_all} in "
            f"{len(nodes)} nodes)",
            f"use --actors {rooms:g}" if rooms else "ask for less per actor",
        )


def _rooms(needs: Mapping[str, float], node: Mapping[str, float]) -> float:
    """For how many actors a node has room."""
    rooms = math.inf
    for name, amount in needs.items():
        have = node.get(name, 0)
        if name == "GPU" and amount < 1:  # a share is of one GPU
            room = math.floor(1 / amount + 1e-6) * math.floor(have)
        else:
            room = math.floor(have / amount + 1e-6)
        rooms = min(rooms, room)
    return rooms
