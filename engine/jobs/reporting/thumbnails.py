"""Thumbnails of sources and results for a report, made when the job is over."""

from __future__ import annotations

import logging
from collections.abc import Callable, Container, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import ParamSpec

from kinemacolor.engine.jobs.reporting.events import Outcome, State
from kinemacolor.engine.media.archives import open_archive
from kinemacolor.engine.media.archives.base import ArchiveReader, Member
from kinemacolor.engine.media.kinds import Kind
from kinemacolor.engine.media.still_file import read_still_file
from kinemacolor.engine.media.thumbnails import film_thumbnail, still_thumbnail
from kinemacolor.engine.settings import Settings
from kinemacolor.models.errors import KinemacolorError

log = logging.getLogger(__name__)

P = ParamSpec("P")
Place = tuple[str, str | None]  # a file, and the archive's member where it is one


@dataclass(frozen=True, slots=True)
class Pair:
    """A source and its result as small JPEGs; None where there is no picture to be had."""

    before: bytes | None
    after: bytes | None


def has_pictures(outcome: Outcome) -> bool:
    """Whether an outcome is of something that can be shown: no archive, no film in an archive."""
    if outcome.state is State.CARRIED:
        return False
    return outcome.kind is Kind.STILL or (outcome.kind is Kind.FILM and outcome.member is None)


def thumbnails(
    shown: Sequence[Outcome], outcomes: Sequence[Outcome], settings: Settings
) -> dict[Place, Pair]:
    """Thumbnails of files and members, by their names. What cannot be shown costs nothing else.

    Args:
        shown: outcomes that get thumbnails.
        outcomes: all of the job, of which those of archives tell where their results are.
        settings: of the job, whose excerpt tells which frame of a film is which.
    """
    pairs: dict[Place, Pair] = {}
    members: dict[str, list[Outcome]] = {}
    for outcome in shown:
        if outcome.member is None:
            pairs[outcome.asset, None] = _of_file(outcome, settings)
        else:
            members.setdefault(outcome.asset, []).append(outcome)
    results = {
        outcome.asset: outcome.target
        for outcome in outcomes
        if outcome.kind is Kind.ARCHIVE and outcome.target
    }
    for asset, inside in members.items():
        before = _of_members(Path(asset), {outcome.member for outcome in inside})
        names = {outcome.target for outcome in inside if outcome.state is State.DONE}
        after = _of_members(Path(results[asset]), names) if asset in results else {}
        for outcome in inside:
            pair = Pair(before.get(outcome.member), after.get(outcome.target))
            pairs[outcome.asset, outcome.member] = pair
    return pairs


def _of_file(outcome: Outcome, settings: Settings) -> Pair:
    source, target = Path(outcome.asset), outcome.target
    if outcome.kind is Kind.STILL:
        after = _tried(_still, Path(target)) if target else None
        return Pair(_tried(_still, source), after)
    middle = outcome.frames // 2
    first = settings.frame_numbers[0] if settings.frame_numbers else 0
    before = _tried(film_thumbnail, source, first + middle, settings.from_time)
    return Pair(before, _tried(film_thumbnail, Path(target), middle) if target else None)


def _of_members(archive: Path, names: Container[str | None]) -> dict[str | None, bytes | None]:
    """Thumbnails of some members, in the archive's order: a packed tar is read from its start."""
    made: dict[str | None, bytes | None] = {}
    try:
        with open_archive(archive) as opened:
            for member in opened.members:
                if member.kind is Kind.STILL and member.readable and member.name in names:
                    made[member.name] = _tried(_member, opened, member)
    except (KinemacolorError, OSError) as error:
        log.debug("%s: no thumbnails (%s)", archive, error)
    return made


def _still(path: Path) -> bytes:
    return still_thumbnail(read_still_file(path), path.name)


def _member(archive: ArchiveReader, member: Member) -> bytes:
    return still_thumbnail(archive.read(member), member.name)


def _tried(make: Callable[P, bytes], *args: P.args, **options: P.kwargs) -> bytes | None:
    """What `make` makes, or None: a codec may raise anything on a damaged file."""
    try:
        return make(*args, **options)
    except Exception as error:
        log.debug("no thumbnail of %s (%s)", args[0], error)
        return None
