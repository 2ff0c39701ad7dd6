"""An entry of the ledger: what it tells of a unit, and whether it can be true."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any, TypedDict

from kinemacolor.engine.jobs.state.schema import is_count, is_number, is_text


class Entry(TypedDict, total=False):
    """One entry of the ledger, as it is stored in JSON.

    Attributes:
        schema, at: version of the entry, and when it was written (seconds since 1970).
        step, name, asset: the unit: its step, what people call it, its first asset's source.
        fingerprint: SHA-256 over settings, weights and backend that the unit was done with.
        seconds: that the unit took.
        peak_memory: the most bytes of main memory that its process had, from its start on.
        frames: coloured by the unit; stills count as one each.
        colored, grey: of a segment: frames that have got colours, and that could have some.
        unstable: of a segment: frames that are damaged, as only decoding them again has shown.
        made: results that are in their place, with the version of the source each was made from.
        results: of these places: version of the result itself, as it was left there; entries of
            older versions do not tell.
        given_back: places of results, with those of the sources that were put there instead under
            their own names, since they are in colour already.
        ranges: of a film, where they can be read side by side: as `IndexRange` has them.
        whole: of a range: it is as it was promised.
        count, shots: of an index: frames of the result, and those of the film that begin a shot.
        part: of an index of an excerpt: start and stop of its frames, and where reading ends.
        starts, digests, given, touched, notes, names, points, known, numbers: of exemplars, as
            `ExemplarFacts` has them.
        files: of exemplars: sizes of their files by name.
        led: of a segment: its key frames, each with the share of the picture that was led.
        guides: places of results, with the SHA-256 of what a person said of their colours; those
            of which nothing was said are not among them.
        guided: of an assembly: the shots that a person has touched, as `GuidedShot.record` has
            them.
        problem, traceback: of a failure.
    """

    schema: int
    at: float
    step: str
    name: str
    asset: str
    fingerprint: str
    seconds: float
    peak_memory: int | None
    frames: int
    colored: int
    grey: int
    unstable: int
    made: dict[str, str]
    results: dict[str, str]
    given_back: dict[str, str]
    ranges: list[list[Any]]
    whole: bool
    count: int
    shots: list[int]
    part: list[int]
    starts: list[int]
    digests: list[str]
    given: list[int]
    touched: list[int]
    notes: list[str]
    names: list[list[str]]
    points: list[int]
    known: list[float]
    numbers: list[int]
    files: dict[str, int]
    led: list[tuple[int, float]]
    guides: dict[str, str]
    guided: list[dict[str, Any]]
    problem: str
    traceback: str


def is_entry(record: Mapping[str, Any]) -> bool:
    """Whether a record has all that every entry has, and nothing that a reader stumbles over."""
    return "at" in record and all(
        check(record[name]) for name, check in _CHECKS.items() if name in record
    )


def made_by(entries: Iterable[Entry]) -> dict[str, str]:
    """The places of all results in some entries, with the versions of their sources."""
    return {p: seen for entry in _in_order(entries) for p, seen in entry.get("made", {}).items()}


def results_by(entries: Iterable[Entry]) -> dict[str, str]:
    """The places of all results in some entries, with their own versions, "" where not told."""
    return {
        place: entry.get("results", {}).get(place, "")
        for entry in _in_order(entries)
        for place in entry.get("made", {})
    }


def guides_by(entries: Iterable[Entry]) -> dict[str, str]:
    """The places of all results in some entries, with the SHA-256 of their guides, or ""."""
    return {
        place: entry.get("guides", {}).get(place, "")
        for entry in _in_order(entries)
        for place in entry.get("made", {})
    }


def _in_order(entries: Iterable[Entry]) -> list[Entry]:
    """Entries by their time: the last counts."""
    return sorted(entries, key=lambda entry: entry["at"])


def _is_list(value: object) -> bool:
    return isinstance(value, list) and all(map(is_count, value))


def _is_part(value: object) -> bool:
    return (
        isinstance(value, list) and len(value) == 3 and _is_list(value) and value == sorted(value)
    )


def _is_table(value: object) -> bool:
    return isinstance(value, dict) and all(is_text(text) for pair in value.items() for text in pair)


def _are_sizes(value: object) -> bool:
    return isinstance(value, dict) and all(is_text(k) and is_count(v) for k, v in value.items())


def _are_texts(value: object) -> bool:
    return isinstance(value, list) and all(map(is_text, value))


def _are_lists_of_texts(value: object) -> bool:
    return isinstance(value, list) and all(map(_are_texts, value))


def _are_numbers(value: object) -> bool:
    return isinstance(value, list) and all(map(is_number, value))


def _are_shares(value: object) -> bool:
    return isinstance(value, list) and all(
        isinstance(pair, list) and len(pair) == 2 and is_count(pair[0]) and is_number(pair[1])
        for pair in value
    )


def _are_objects(value: object) -> bool:
    return isinstance(value, list) and all(isinstance(item, dict) for item in value)


_CHECKS: dict[str, Callable[[Any], bool]] = {
    **dict.fromkeys(("at", "seconds"), is_number),
    **dict.fromkeys(("frames", "colored", "grey", "unstable", "count"), is_count),
    **dict.fromkeys(("step", "name", "asset", "fingerprint", "problem", "traceback"), is_text),
    **dict.fromkeys(("made", "results", "given_back", "guides"), _is_table),
    **dict.fromkeys(("shots", "starts", "given", "touched", "points", "numbers"), _is_list),
    **dict.fromkeys(("digests", "notes"), _are_texts),
    "peak_memory": lambda value: value is None or is_count(value),
    "part": _is_part,
    "names": _are_lists_of_texts,
    "files": _are_sizes,
    "known": _are_numbers,
    "led": _are_shares,
    "guided": _are_objects,
}
