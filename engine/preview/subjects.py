"""The subjects of a preview: films and stills, loose or in archives, of which some are shown."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath

from kinemacolor.engine.errors import MediaError
from kinemacolor.engine.files import os_reason
from kinemacolor.engine.guidance.guide_file.origins import Origins
from kinemacolor.engine.jobs.planning.assets import error_reason
from kinemacolor.engine.jobs.planning.scan import Scan, scan
from kinemacolor.engine.media.archives import open_archive
from kinemacolor.engine.media.archives.base import ArchiveReader, Member
from kinemacolor.engine.media.kinds import Kind
from kinemacolor.engine.media.still_file import read_still_file
from kinemacolor.engine.preview.choice import share_out
from kinemacolor.engine.spread import spread
from kinemacolor.models.errors import KinemacolorError

_MANY_PROBLEMS = 20  # of one source, beyond which they are counted only


@dataclass(frozen=True)
class Subject:
    """A film or still.

    Args:
        file: the file, or the archive that it is in.
        member: of the archive; None for a loose file.
        kind: film or still.
        name: what it is called below its source.
        size: bytes.
        guide: what a person said of it, as `guidance.guide.text_of` has it.
        origins: where that was said.
    """

    file: Path
    member: Member | None
    kind: Kind
    name: str
    size: int
    guide: str = ""
    origins: Origins | None = field(default=None, compare=False)

    @property
    def place(self) -> str:
        """What errors call it."""
        return f"{self.file}: {self.member.name}" if self.member else str(self.file)

    def problem(self, error: KinemacolorError | OSError) -> str:
        """A line on what is wrong with it; of its guide, with the file and the place in that."""
        if self.origins and isinstance(error, KinemacolorError):
            error = self.origins.told(error)
        return f"{self.place}: {error_reason(error)}"


@dataclass
class Found:
    """What a source has to be coloured.

    Args:
        scan: of the source.
        subjects: its films and stills, in order.
        problems: what cannot be read, one line each.
    """

    scan: Scan
    subjects: list[Subject] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)

    @property
    def source(self) -> Path:
        """The source, as the user gave it."""
        return self.scan.source


def find_subjects(source: Path, *, salvage: bool) -> Found:
    """Look through a source; what cannot be read becomes a problem, and nothing is raised.

    Args:
        source: a film, still, archive or folder.
        salvage: take what is whole of damaged archives.
    """
    found = Found(scan(source))
    for item in found.scan.found:
        name = str(item.inside)
        if item.problem:
            found.problems.append(f"{item.path}: {item.problem}")
        elif item.kind is Kind.ARCHIVE:
            prefix = "" if item.path == source else f"{name}/"
            try:
                with open_archive(item.path) as archive:
                    _look_through(archive, item.path, prefix, found, salvage=salvage)
            except KinemacolorError as error:
                found.problems.append(str(error))
            except OSError as error:
                found.problems.append(f"{item.path}: cannot be read: {os_reason(error)}")
        elif item.kind in (Kind.FILM, Kind.STILL):
            found.subjects.append(Subject(item.path, None, item.kind, name, item.size))
    if not found.subjects and not found.problems:
        what = "holds" if found.scan.folders else "is"
        found.problems.append(f"{source}: {what} no film, still or archive of them")
    if len(found.problems) > _MANY_PROBLEMS:
        more = len(found.problems) - _MANY_PROBLEMS
        found.problems[_MANY_PROBLEMS:] = [f"{source}: {more:,} more files cannot be read"]
    return found


def _look_through(
    archive: ArchiveReader, path: Path, prefix: str, found: Found, *, salvage: bool
) -> None:
    if archive.damage and not salvage:
        raise MediaError(path, archive.damage, "--salvage keeps what is whole")
    for member in archive.members:
        if member.problem:
            found.problems.append(f"{path}: {member.name}: {member.problem}")
        elif member.to_color:
            assert member.kind is not None
            name = prefix + member.name
            found.subjects.append(Subject(path, member, member.kind, name, member.size))


@dataclass(frozen=True)
class Share:
    """A subject that is shown.

    Args:
        found: the source that it is of.
        subject: film or still.
        count: pictures of it, at most.
    """

    found: Found
    subject: Subject
    count: int


def choose_subjects(sources: Sequence[Found], count: int) -> list[Share]:
    """A spread of what was found: `count` pictures over all sources, one of each at least."""
    full = [found for found in sources if found.subjects]
    capacities = [
        sum(count if subject.kind is Kind.FILM else 1 for subject in found.subjects)
        for found in full
    ]
    chosen = []
    for found, share in zip(full, share_out(capacities, count), strict=True):
        some = spread(found.subjects, share)
        most = [share if subject.kind is Kind.FILM else 1 for subject in some]
        counts = share_out(most, share)
        chosen += [Share(found, one, n) for one, n in zip(some, counts, strict=True)]
    return chosen


@dataclass(frozen=True)
class Opened:
    """A subject within reach.

    Args:
        share: of the preview.
        path: a film's file; of an archive's member a copy.
        content: a still's file content.
    """

    share: Share
    path: Path | None = None
    content: bytes | None = None


def open_subjects(shares: Sequence[Share], scratch: Path, problems: list[str]) -> Iterator[Opened]:
    """Bring what is shown within reach, an archive at a time.

    Args:
        shares: those of an archive one after the other.
        scratch: an empty folder, for films out of archives and unpacked archives.
        problems: gets a line for what cannot be read.
    """
    archive: ArchiveReader | None = None
    opened: Path | None = None
    try:
        for number, share in enumerate(shares):
            subject = share.subject
            try:
                if subject.member is None:
                    is_film = subject.kind is Kind.FILM
                    content = None if is_film else read_still_file(subject.file)
                    yield Opened(share, subject.file if is_film else None, content)
                    continue
                if archive is None or opened != subject.file:
                    if archive is not None:
                        archive.close()
                    archive = None
                    archive = open_archive(subject.file, scratch / f"{number}-unpacked")
                    opened = subject.file
                if subject.kind is Kind.STILL:
                    yield Opened(share, content=archive.read(subject.member))
                    continue
                copy = scratch / f"{number}{PurePosixPath(subject.member.name).suffix}"
                archive.extract(subject.member, copy)
                yield Opened(share, copy)
            except KinemacolorError as error:
                problems.append(f"{subject.file}: {error}" if subject.member else str(error))
            except OSError as error:
                problems.append(f"{subject.place}: cannot be read: {os_reason(error)}")
    finally:
        if archive is not None:
            archive.close()
