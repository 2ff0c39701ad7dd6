"""Plug-ins: what other installed packages register as entry points of a group.

An entry point's name says what it provides, so that nothing is imported before it is asked for. A
name that two packages register, or one that Kinemacolor has itself, is refused.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Collection, Iterator
from typing import TYPE_CHECKING, Generic, TypeVar

from kinemacolor.models.errors import PluginError

if TYPE_CHECKING:
    from importlib.metadata import EntryPoint

log = logging.getLogger(__name__)

T = TypeVar("T")

_OWN = "kinemacolor"


class PluginGroup(Generic[T]):
    """The plug-ins of one entry point group, looked up at the first use and loaded one by one.

    Args:
        group: the entry points' group, such as "kinemacolor.networks".
        kind: what one provides, for messages, such as "network family".
        read: turns an entry point's name and value into what it provides; whatever it raises means
            that the plug-in is faulty.
        own: names that are taken by Kinemacolor itself.
    """

    def __init__(
        self, group: str, kind: str, read: Callable[[str, object], T], own: Collection[str]
    ) -> None:
        self._group, self._kind, self._read, self._own = group, kind, read, own
        self._found: dict[str, list[EntryPoint]] | None = None
        self._loaded: dict[str, T | PluginError] = {}
        self._warned: set[str] = set()

    def names(self) -> tuple[str, ...]:
        """All registered names, sorted, those that will be refused included; loads nothing."""
        return tuple(sorted(self._entry_points()))

    def load(self, name: str) -> T:
        """Load what the entry point `name` provides.

        Raises:
            KeyError: nobody registers this name.
            PluginError: several packages do, or the plug-in is faulty.
        """
        if name not in self._loaded:
            self._loaded[name] = self._try(name, self._entry_points()[name])
        loaded = self._loaded[name]
        if isinstance(loaded, PluginError):
            raise loaded
        return loaded

    def usable(self) -> Iterator[T]:
        """Load all; one that is refused or faulty is left out, with a warning the first time."""
        for name in self.names():
            try:
                yield self.load(name)
            except PluginError as error:
                if name not in self._warned:
                    self._warned.add(name)
                    log.warning("%s", error)

    def _entry_points(self) -> dict[str, list[EntryPoint]]:
        if self._found is None:
            from importlib.metadata import entry_points  # loading and searching take a while

            found: dict[str, list[EntryPoint]] = {}
            for entry_point in entry_points(group=self._group):
                found.setdefault(entry_point.name, []).append(entry_point)
            self._found = found
        return self._found

    def _try(self, name: str, found: list[EntryPoint]) -> T | PluginError:
        claims = [_OWN] if name in self._own else []
        claims += sorted(map(_distribution, found))
        if len(claims) > 1:
            problem = f"registered by {' and by '.join(claims)}"
            remedy = "uninstall one of them" if claims[0] != _OWN else f"uninstall {claims[1]}"
            return PluginError(f"{self._kind} {name!r}", problem, remedy)
        try:
            return self._read(name, found[0].load())
        except Exception as error:
            reason = f"{type(error).__name__}: {error}".partition("\n")[0]
            problem = f"its {self._kind} {name!r} cannot be loaded ({reason})"
            return PluginError(claims[0], problem, "update or uninstall that package")


def _distribution(entry_point: EntryPoint) -> str:
    """Name and version of the installed package that an entry point belongs to."""
    dist = entry_point.dist
    return f"{dist.name} {dist.version}" if dist is not None else entry_point.value
