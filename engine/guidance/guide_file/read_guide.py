"""Guide files read and checked; whatever is wrong is one line with the place inside the file."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Mapping
from difflib import get_close_matches
from pathlib import Path
from typing import Any

import msgspec

from kinemacolor.engine.files import os_reason
from kinemacolor.engine.guidance.guide_file.guide import (
    Ab,
    Candidate,
    DropCut,
    Guide,
    KeyFrame,
    MoveCut,
    Point,
    Reference,
    Said,
    Shot,
    with_pictures,
)
from kinemacolor.engine.guidance.guide_file.guide_json import named, parse_json, short
from kinemacolor.models.errors import KinemacolorError

LARGEST = 16 << 20  # bytes
_FRAME = 'use a number from 0, or a time such as "00:01:02.5"'
_REMEDIES = {
    "frame": _FRAME,
    "until": _FRAME,
    "to": _FRAME,
    "shot": "use its number from 0, or a time within it",
    "like": "use a shot's number from 0, or a time within it",
    "color": 'use "#2f5d34", "grey" or {"a": -20, "b": 15}',
    "x": "use pixels from the left, from 0",
    "y": "use pixels from the top, from 0",
    "radius": "use pixels, 0 for a single one",
    "a": "use -128 to 128",
    "b": "use -128 to 128",
    "strength": "use 0 to 1",
    "saturation": "use 0 to 3",
    "warmth": "use -40 to 40",
    "picture": "use the name of a file",
    "sha256": "use 64 hexadecimal digits",
    "version": "use 1",
    "edit": 'use "add", "drop" or "move"',
}
_STRUCTS: Mapping[str, type[msgspec.Struct]] = {
    "points": Point,
    "key_frames": KeyFrame,
    "references": Reference,
    "candidates": Candidate,
    "cuts": MoveCut,
    "shots": Shot,
    "color": Ab,
}
_WORDS = {
    "object": "an object, {...}",
    "array": "a list, [...]",
    "str": "text in quotes",
    "int": "a whole number",
    "float": "a number",
}


def read_guide(path: Path) -> Guide:
    """Read a guide file; its pictures get absolute paths.

    Args:
        path: JSON, UTF-8; docs/guide-file.md tells what it may say.

    Raises:
        KinemacolorError: it cannot be read, is too large, no JSON, or says what it must not.
    """
    tree = parse_json(_content(path), path)
    guide = check_guide(tree, path)
    folder = path.absolute().parent

    def found(item: Candidate | KeyFrame | Reference) -> str:
        return _plain(folder / item.picture)

    files = {name: with_pictures(said, found) for name, said in guide.files.items()}
    return msgspec.structs.replace(with_pictures(guide, found), files=files)


def _plain(path: Path) -> str:
    """A path without "..", where that leads to the same file."""
    plain = os.path.normpath(path)
    try:
        return plain if os.path.samefile(plain, path) else str(path)
    except OSError:
        return str(path)


def _content(path: Path) -> str:
    try:
        if path.exists() and not path.is_file():
            raise KinemacolorError(path, "is no file", "name a guide, a JSON file")
        with open(path, "rb") as file:
            content = file.read(LARGEST + 1)
    except OSError as error:
        raise KinemacolorError(path, f"cannot be read: {os_reason(error)}") from error
    if len(content) > LARGEST:
        problem = f"is larger than a guide may be ({LARGEST >> 20} MB)"
        raise KinemacolorError(path, problem, "name a guide, not a picture or film")
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        problem = f"is no UTF-8 text: byte {error.start:,} is not"
        raise KinemacolorError(path, problem, "save it as UTF-8") from None


def check_guide(tree: Any, path: Path) -> Guide:
    try:
        return msgspec.convert(tree, Guide)
    except msgspec.ValidationError as error:
        files = tree.get("files") if isinstance(tree, dict) else None
        if "[...]" in str(error) and isinstance(files, dict):
            for name, value in files.items():
                try:
                    msgspec.convert(value, Said)
                except msgspec.ValidationError as inner:
                    raise _told(inner, path, f"files[{json.dumps(name)}]", value) from None
        raise _told(error, path, "", tree) from None


def _told(error: msgspec.ValidationError, path: Path, prefix: str, tree: Any) -> KinemacolorError:
    """What msgspec has found, in this project's words."""
    said, _, place = str(error).partition(" - at ")
    place = place.strip("`").removeprefix("key` in `").removeprefix("$")
    value = _value_at(tree, place)
    where = named(path, (prefix + place).removeprefix("."))
    if unknown := re.fullmatch(r"Object contains unknown field `(.*)`", said, re.DOTALL):
        known = _fields(place, Said if prefix else Guide, value)
        near = get_close_matches(unknown[1], known, 1, 0.55)
        remedy = f"did you mean {near[0]}?" if near else f"it may have {', '.join(known)}"
        return KinemacolorError(where, f"{short(unknown[1])} is no field", remedy)
    if missing := re.fullmatch(r"Object missing required field `(.*)`", said):
        if missing[1] == "version":
            return KinemacolorError(where, "has no version", 'begin it with {"version": 1, ...}')
        name = "color" if missing[1] in ("a", "b") else missing[1]
        return KinemacolorError(where, f"has no {missing[1]}", _REMEDIES.get(name, ""))
    field = re.sub(r"\[\d+\]$", "", place).rpartition(".")[2]
    remedy = _REMEDIES.get(field, "")
    if field == "shots" and ".references" in place:
        remedy = 'use a list of shots, or "all"'
    wanted = re.match(r"Expected `(\w+)`", said)
    if not remedy and wanted:
        remedy = f"use {_WORDS.get(wanted[1], wanted[1])}"
    return KinemacolorError(where, f"{short(value)} is not possible", remedy)


def _value_at(tree: Any, place: str) -> Any:
    for key, index in re.findall(r"\.([\w$]+)|\[(\d+)\]", place):
        try:
            tree = tree[key] if key else tree[int(index)]
        except (LookupError, TypeError):
            return None
    return tree


def _fields(place: str, whole: type[Said], value: Any) -> list[str]:
    """The names of the fields that an object at a place of a guide may have."""
    field = re.sub(r"\[\d+\]$", "", place).rpartition(".")[2]
    struct = _STRUCTS.get(field, whole)
    if struct is MoveCut and isinstance(value, dict) and value.get("edit") != "move":
        struct = DropCut  # and AddCut, which have no "to"
    names = msgspec.structs.fields(struct)
    known = [each.encode_name for each in names if each.encode_name != "$schema"]
    own = ["edit"] if field == "cuts" else []
    return own + sorted(known, key=("author", "note", "evidence").__contains__)
