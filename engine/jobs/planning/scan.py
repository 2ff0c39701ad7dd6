"""A scan of a source: the one file, or all files in a folder, and what each of them is."""

from __future__ import annotations

import os
import stat
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path, PurePath

from kinemacolor.engine.faults import Fault
from kinemacolor.engine.files import is_partial, os_reason
from kinemacolor.engine.jobs.state.folder import JOBS
from kinemacolor.engine.media.kinds import (
    HEAD_BYTES,
    STILL_SUFFIXES,
    Kind,
    kind_of,
    uncolored_reason,
)
from kinemacolor.engine.media.provenance.stills import is_colored
from kinemacolor.engine.media.raw_mjpeg import is_raw_mjpeg

SETTINGS_FILE = "kinemacolor.toml"  # at the top of a source; an instruction, not part of it
Identity = tuple[int, int]  # device and inode: two names of one file have the same


@dataclass(frozen=True, slots=True)
class Found:
    """One file or empty folder of a source.

    Args:
        path: where it is.
        inside: its path within the source; for a source that is one file, the file's name.
        kind: what it is; None for an empty folder.
        size: bytes.
        identity: which file it is, whatever its name.
        problem: why it cannot be used; empty where nothing is wrong.
        skipped_reason: why it is rightly left out, such as a link that leads back.
        is_colored: it is a still with a tag of this program.
    """

    path: Path
    inside: PurePath
    kind: Kind | None
    size: int = 0
    identity: Identity | None = None
    problem: str = ""
    skipped_reason: str = ""
    is_colored: bool = False


@dataclass
class Scan:
    """What was found in a source.

    Args:
        source: the file or folder that was scanned.
        found: its files and empty folders, by path.
        folders: the folders that were looked through.
    """

    source: Path
    found: list[Found] = field(default_factory=list)
    folders: set[Identity] = field(default_factory=set)

    @property
    def files(self) -> set[Identity]:
        """The identities of the files that were found."""
        return {found.identity for found in self.found if found.identity}


def scan(source: Path, on_find: Callable[[int], None] = lambda count: None) -> Scan:
    """Find all files of a source, and its empty folders; what cannot be read has a `problem`.

    Links to files count as files. A linked folder is walked as if it stood there, but only where
    it has not been seen already and does not hold the source itself: loops end, and nothing is
    done twice. Records of jobs are left out, and so are files that are half-written.

    Args:
        source: a file or a folder.
        on_find: called after each folder with how many files and empty folders there are so far.
    """
    result = Scan(source)
    if not source.is_dir():
        result.found.append(_file(source, PurePath(source.name)))
        return result
    links = deque([(source, PurePath())])
    ancestors = {identity_of(folder.stat()) for folder in source.resolve().parents}
    while links:  # real folders first: a link to one of them then finds it seen
        path, inside = links.popleft()
        _walk(path, inside, result, links, ancestors, on_find)
    result.found.sort(key=lambda item: item.inside.parts)
    return result


def identity_of(status: os.stat_result) -> Identity:
    """The identity of the file that a status is of."""
    return status.st_dev, status.st_ino


def _walk(
    folder: Path,
    inside: PurePath,
    result: Scan,
    links: deque[tuple[Path, PurePath]],
    ancestors: set[Identity],
    on_find: Callable[[int], None],
) -> None:
    """Add what lies in a folder and in those below; linked folders are put off to `links`."""
    pending = [(folder, inside)]
    while pending:
        path, inside = pending.pop()
        problem, skipped_reason, listed = "", "", []
        try:
            identity = identity_of(path.stat())
            if identity in result.folders:
                skipped_reason = "is a link to a folder that this source has already"
            elif identity in ancestors:
                skipped_reason = "is a link to a folder around the source"
            else:
                result.folders.add(identity)
                with os.scandir(path) as entries:
                    listed = [entry for entry in entries if not _is_ours(entry.name)]
        except OSError as error:
            problem = f"cannot be read: {os_reason(error)}"
        if problem or skipped_reason:
            result.found.append(
                Found(path, inside, Kind.OTHER, problem=problem, skipped_reason=skipped_reason)
            )
        elif not listed and inside.parts:
            result.found.append(Found(path, inside, None))
        for entry in sorted(listed, key=lambda entry: entry.name):
            within = inside / entry.name
            if within == PurePath(SETTINGS_FILE):
                reason = "has settings for jobs, and is not part of the source"
                result.found.append(
                    Found(Path(entry.path), within, Kind.OTHER, skipped_reason=reason)
                )
                continue
            if _is_folder(entry, links=False):
                pending.append((Path(entry.path), within))
            elif _is_folder(entry, links=True):
                links.append((Path(entry.path), within))
            else:
                result.found.append(_file(Path(entry.path), within))
        on_find(len(result.found))


def _is_folder(entry: os.DirEntry[str], links: bool) -> bool:
    """Whether an entry is a folder; what cannot be told, as of a link to itself, is a file."""
    try:
        return entry.is_dir(follow_symlinks=links)
    except OSError:
        return False


def _is_ours(name: str) -> bool:
    """Whether a name is of what this program keeps beside its results."""
    return name[0] == "." and (name == JOBS or is_partial(name))


def _file(path: Path, inside: PurePath) -> Found:
    try:
        status = path.stat()
        if not stat.S_ISREG(status.st_mode):  # opening a pipe would wait for ever
            return Found(path, inside, Kind.OTHER, skipped_reason="is a device, pipe or socket")
        with open(path, "rb") as file:
            head = file.read(HEAD_BYTES)
            kind = kind_of(path.name, head)
            if kind is Kind.STILL and path.suffix.lower() not in STILL_SUFFIXES:
                kind = Kind.FILM if is_raw_mjpeg(path) else kind
            colored = kind is Kind.STILL and is_colored(file, head)
            reason = uncolored_reason(path.name, head) if kind is Kind.OTHER else ""
    except FileNotFoundError:
        problem = "is a link to nothing" if path.is_symlink() else "there is no such file or folder"
        return Found(path, inside, kind_of(path.name, b""), problem=problem)
    except OSError as error:
        problem = f"cannot be read: {os_reason(error)}"
        return Found(path, inside, kind_of(path.name, b""), problem=problem)
    except Exception as error:  # it must not cost the other files
        fault = Fault.of(path, error, "please report it, with the file if you may")
        problem = f"{fault.problem}; {fault.remedy}"
        return Found(path, inside, kind_of(path.name, b""), problem=problem)
    identity = identity_of(status)
    return Found(path, inside, kind, status.st_size, identity, reason, is_colored=colored)
