"""JSON read strictly, whatever is wrong told with the place inside the file."""

from __future__ import annotations

import json
import math
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from kinemacolor.models.errors import KinemacolorError

_DIGITS = 1000  # of a whole number; Python reads no more than 4300


class _Object(dict[str, Any]):
    """A JSON object that remembers a key which it has twice."""

    twice: str | None = None


@dataclass(frozen=True)
class _NoNumber:
    """What stands for a number and is none that counts: NaN, or 5000 digits."""

    text: str


def _whole(digits: str) -> int | _NoNumber:
    return int(digits) if len(digits) <= _DIGITS else _NoNumber(_cut(digits))


def _whole_or_not(text: str) -> float | _NoNumber:
    """A number with a point or exponent; 1.0 is a whole one, as JSON Schema has it."""
    number = float(text)
    if not math.isfinite(number):
        return _NoNumber(_cut(text))
    return int(number) if number.is_integer() and abs(number) < 2**53 else number


def parse_json(text: str, path: Path) -> Any:
    """The value of a JSON text, in which no object has a key twice.

    Raises:
        KinemacolorError: it is no JSON, has NaN, a number too large, or a key twice.
    """

    def object_of(pairs: list[tuple[str, Any]]) -> _Object:
        found = _Object(pairs)
        if len(found) < len(pairs):
            seen: set[str] = set()
            found.twice = next(key for key, _ in pairs if key in seen or seen.add(key))  # type: ignore[func-returns-value]
        return found

    try:
        tree = json.loads(
            text,
            object_pairs_hook=object_of,
            parse_int=_whole,
            parse_float=_whole_or_not,
            parse_constant=_NoNumber,
        )
    except json.JSONDecodeError as error:
        place = f"line {error.lineno}, column {error.colno}"
        words = error.msg[:1].lower() + error.msg[1:]
        raise KinemacolorError(path, f"is no JSON: {words} ({place})") from None
    except RecursionError:
        raise KinemacolorError(path, "is no guide: it is nested too deeply") from None
    pending: list[tuple[str, Any]] = [("", tree)]
    while pending:
        place, value = pending.pop()
        if isinstance(value, _Object):
            if value.twice is not None:
                problem = f"{value.twice} is there twice"
                raise KinemacolorError(named(path, place), problem, "leave one of them out")
            pending += [(_inside(place, key), child) for key, child in value.items()]
        elif isinstance(value, _NoNumber):
            problem = f"{value.text} is no number that counts"
            remedy = "give another, or leave the field out"
            raise KinemacolorError(named(path, place), problem, remedy)
        elif isinstance(value, str) and not is_unicode(value):
            raise KinemacolorError(named(path, place), "holds half a character", "write all of it")
        elif isinstance(value, list):
            pending += [(f"{place}[{index}]", child) for index, child in enumerate(value)]
    return tree


def is_unicode(text: str) -> bool:
    """Whether a text can be written as UTF-8; names of files on old disks may not."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def short(value: object) -> str:
    """A value as JSON has it, cut where it is long."""
    return _cut(json.dumps(value, ensure_ascii=False))


def _cut(text: str) -> str:
    return text if len(text) <= 40 else f"{text[:36]} ..."


def _inside(place: str, key: str) -> str:
    if place == "files":
        return f"files[{json.dumps(key)}]"
    return f"{place}.{key}" if place else key


def named(path: Path, place: str) -> str:
    """A place inside a file, or the file where it is empty."""
    return f"{path}: {place}" if place else str(path)
