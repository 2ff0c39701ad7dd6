"""Where what a guide's text says was said: in which file and where in it, or by which option."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from kinemacolor.models.errors import KinemacolorError

if TYPE_CHECKING:  # the schema takes its time to build
    from kinemacolor.engine.guidance.guide_file.checks import Where
    from kinemacolor.engine.guidance.guide_file.guide import Said

IN_GUIDE = "guide: "  # how the problem of an error begins that is about a place of a text
_PLACE = re.compile(IN_GUIDE + r"(\w+)\[(\d+)\]([\w.\[\]]*): (.*)", re.DOTALL)
_LISTS = ("points", "key_frames", "references", "cuts", "shots")


@dataclass(frozen=True)
class Origins:
    """Where the items of a merged guide come from.

    Args:
        lists: by the name of a list, for each of its items how its places are named, and its
            number where it was said.
        members: the same for what was said of members of an archive.
    """

    lists: Mapping[str, Sequence[tuple[Where, int]]]
    members: Mapping[str, Origins] = field(default_factory=dict)

    @classmethod
    def of(
        cls, parts: Iterable[tuple[Where, Said]], members: Mapping[str, Origins] | None = None
    ) -> Origins:
        """Those of what `guide.merged` gives of some parts, in their order."""
        lists: dict[str, list[tuple[Where, int]]] = {name: [] for name in _LISTS}
        for where, said in parts:
            for name, found in lists.items():
                found += [(where, index) for index in range(len(getattr(said, name)))]
        return cls(lists, members or {})

    def of_member(self, name: str) -> Origins:
        """Those of what `guide.member_text` gives of a member of an archive."""
        own = self.members[name].lists if name in self.members else {}
        return Origins({key: [*own.get(key, ()), *rest] for key, rest in self.lists.items()})

    def told(self, error: KinemacolorError) -> KinemacolorError:
        """An error with the place where a person finds it; one of another matter as it is."""
        match = _PLACE.fullmatch(error.problem)
        items = self.lists.get(match[1], ()) if match else ()
        if match is None or int(match[2]) >= len(items):
            return error
        where, index = items[int(match[2])]
        place = where(f"{match[1]}[{index}]{match[3]}")
        return type(error)(error.subject, f"{place}: {match[4]}", error.remedy)


def in_guide(error: KinemacolorError, name: str) -> KinemacolorError:
    """An error about a place of a guide as one of that guide; one of another matter as it is."""
    match = _PLACE.fullmatch(error.problem)
    if match is None:
        return error
    return KinemacolorError(f"{name}: {match[1]}[{match[2]}]{match[3]}", match[4], error.remedy)
