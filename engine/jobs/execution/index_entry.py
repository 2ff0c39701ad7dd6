"""What the ledger tells of a film's index: enough to cut the film without the index itself."""

from __future__ import annotations

import logging
from pathlib import Path
from typing import TYPE_CHECKING

from kinemacolor.engine.jobs.state.entry import Entry
from kinemacolor.models.errors import KinemacolorError

if TYPE_CHECKING:
    from kinemacolor.engine.media.video.index import FilmIndex

log = logging.getLogger(__name__)


def entry_of_index(index: FilmIndex) -> Entry:
    """What an entry tells of an index."""
    start, stop = index.wanted
    entry: Entry = {"count": stop - start, "shots": index.shots}
    return entry | {"part": [start, stop, index.stop]} if index.part else entry


def is_of_index(entry: Entry, path: Path) -> bool:
    """Whether an entry tells what the index in `path` does; where not, that is told.

    One of the two is damaged then, and nothing says which.
    """
    from kinemacolor.engine.media.video.index import FilmIndex  # the codecs load slowly

    try:
        told = entry_of_index(FilmIndex.read(path))
    except KinemacolorError as error:
        log.warning("%s; the film is read again", error)
        return False
    if all(entry.get(name) == told.get(name) for name in ("count", "shots", "part")):
        return True
    log.warning("%s: is not as the ledger has it; the film is read again", path)
    return False
