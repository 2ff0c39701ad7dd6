"""What the ledger tells of a film's exemplars: enough to cut the film, and to know what changed."""

from __future__ import annotations

import logging
import os
from pathlib import Path

from kinemacolor.engine.files import os_reason
from kinemacolor.engine.guidance.exemplars.exemplar_facts import ExemplarFacts
from kinemacolor.engine.jobs.planning.units import Shot
from kinemacolor.engine.jobs.state.entry import Entry

log = logging.getLogger(__name__)


def entry_of_exemplars(facts: ExemplarFacts, folder: Path) -> Entry:
    """What an entry tells of exemplars.

    Args:
        facts: of them.
        folder: in which they are stored.
    """
    return {
        "starts": list(facts.starts),
        "digests": list(facts.digests),
        "given": list(facts.given),
        "touched": list(facts.touched),
        "notes": list(facts.notes),
        "names": [list(names) for names in facts.names],
        "points": list(facts.points),
        "known": list(facts.known),
        "numbers": list(facts.numbers),
        "files": _sizes(folder),
    }


def facts_of(entry: Entry) -> ExemplarFacts:
    """The facts that an entry of exemplars tells."""
    starts, names = tuple(entry["starts"]), entry.get("names", [])
    return ExemplarFacts(
        starts,
        tuple(entry["digests"]),
        tuple(entry.get("given", [])),
        tuple(number for number in entry.get("touched", []) if number < len(starts)),
        tuple(entry.get("notes", [])),
        tuple(map(tuple, names)),
        tuple(entry.get("points", [])),
        tuple(entry.get("known", [])),
        tuple(entry.get("numbers", [])),
    )


def shots_of(entry: Entry) -> list[Shot]:
    """The shots that an entry of exemplars tells of."""
    return [Shot(*stated) for stated in zip(entry["starts"], entry["digests"], strict=True)]


def is_of_exemplars(entry: Entry, folder: Path) -> bool:
    """Whether the exemplars that an entry tells of are there; where they are damaged, that is told.

    Files are known by their sizes; what is in them, their reader sees.
    """
    if not folder.is_dir():
        return False
    starts, digests = entry.get("starts", []), entry.get("digests", [])
    try:
        sizes = _sizes(folder)
    except OSError as error:
        log.warning("%s: %s; the exemplars are made again", folder, os_reason(error))
        return False
    if starts and len(starts) == len(digests) and entry.get("files") == sizes:
        return True
    log.warning("%s: is not as the ledger has it; the exemplars are made again", folder)
    return False


def _sizes(folder: Path) -> dict[str, int]:
    """Sizes of the files in a folder by their names."""
    with os.scandir(folder) as files:
        return {file.name: file.stat().st_size for file in files}
