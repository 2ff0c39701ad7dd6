"""Disclosure: what a film's metadata says of its colours, beside what its source's said."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import chain, count

from kinemacolor.engine.media.provenance.tag import NAMES, NOTE, SOFTWARE

_ORIGINAL = "original_"


def disclosed(kept: Mapping[str, str], tags: Mapping[str, str]) -> tuple[dict[str, str], str]:
    """Metadata of the source and of us, with a comment that says what the colours are.

    What the source has under a name of ours, in any case, is kept as "original_" and that name.
    What an earlier version of this program has put there is no original, and gives way.

    Args:
        kept: the source's metadata that still holds.
        tags: of us; nothing is disclosed where there are none.

    Returns:
        The metadata, and a note on what has another name; empty where nothing has.
    """
    if not tags:
        return dict(kept), ""
    ours = NAMES | {name.lower() for name in tags}
    theirs = {name: value for name, value in kept.items() if name.lower() not in ours}
    taken = {name.lower(): value for name, value in theirs.items()}
    moved = []
    if not _software(kept).startswith(SOFTWARE):
        for name in (name for name in kept if name not in theirs):
            place = _place(name, kept[name], taken)
            theirs[place] = taken[place.lower()] = kept[name]
            moved.append(f"{name} as {place}")
    comment = next((name for name in theirs if name.lower() == "comment"), "comment")
    lines = theirs.get(comment, "")
    if NOTE not in lines:
        lines = "\n".join(filter(None, (lines, NOTE)))
    note = f"metadata with names of the provenance tag is kept: {', '.join(moved)}"
    return theirs | dict(tags) | {comment: lines}, note if moved else ""


def _software(metadata: Mapping[str, str]) -> str:
    return next((value for name, value in metadata.items() if name.lower() == "software"), "")


def _place(name: str, value: str, taken: Mapping[str, str]) -> str:
    """A free name for a value of the source's, or one that holds just this value."""
    names = chain([_ORIGINAL + name], (f"{_ORIGINAL}{name}_{number}" for number in count(2)))
    return next(place for place in names if taken.get(place.lower(), value) == value)
