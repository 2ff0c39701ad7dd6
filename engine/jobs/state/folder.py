"""A job's folder: its record, plan, ledger, lock and log, all of them plain files."""

from __future__ import annotations

import hashlib
import json
import os
import secrets
import shutil
from collections.abc import Container, Iterable, Sequence
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

from kinemacolor.engine.files import (
    is_partial,
    os_reason,
    remove,
    remove_partials,
    temp_path_beside,
)
from kinemacolor.engine.jobs.state.attempts import Attempts
from kinemacolor.engine.jobs.state.journal import now
from kinemacolor.engine.jobs.state.ledger import Ledger
from kinemacolor.engine.jobs.state.plan_file import read_plan, write_plan
from kinemacolor.engine.jobs.state.record import JobRecord
from kinemacolor.engine.jobs.state.schema import DamagedRecord
from kinemacolor.models.errors import KinemacolorError, SettingsError

JOBS = ".kinemacolor"  # in the folder of the results
_RECORD = "job.json"
_FOLDERS = ("done", "failed", "stills", "begun", "films")
OTHER_WAYS = "give another --out, or --overwrite to make {} anew"  # it, or everything


class JobFolder:
    """The folder in which one job keeps its state.

    Args:
        path: where it is, or will be.

    Attributes:
        lock: the file that the process working on the job holds.
        log: every event, a line of JSON each.
        plan: what the last run was to do, an asset a line.
        films: folder of unfinished films' indexes and segments.
        ledger: units that are done or have failed.
        attempts: units that have been begun.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.lock, self.log, self.plan = path / "lock", path / "log.jsonl", path / "plan.jsonl"
        self.films = path / "films"
        self.ledger, self.attempts = Ledger(path), Attempts(path)

    @property
    def record(self) -> JobRecord | None:
        """What was asked for; None before the job has begun.

        Raises:
            DamagedRecord: it cannot be read, or is no job's record.
            KinemacolorError: it is of another version.
        """
        return JobRecord.read(self.path / _RECORD)

    @property
    def readable_record(self) -> JobRecord | None:
        """What was asked for; None before the job has begun, and where the record is damaged.

        Raises:
            KinemacolorError: it is of another version.
        """
        with suppress(DamagedRecord):
            return self.record
        return None

    @property
    def is_begun(self) -> bool:
        """Whether the job has begun, whether its record can be read, or is lost, or not."""
        return _is_job(self.path)

    @property
    def moved_from(self) -> str:
        """Where the results were to go, if this folder is not there any more; else empty."""
        if (record := self.readable_record) is None:
            return ""
        out = Path(record.out)
        for place in (out, out.parent):
            with suppress(OSError):
                if os.path.samefile(place / JOBS / self.path.name, self.path):
                    return ""
        return record.out

    def damaged(self) -> list[DamagedRecord]:
        """Its records that cannot be read: they count as not there, and a run mends them."""
        found: list[DamagedRecord] = []
        for read in (lambda: self.record, self.read_plan):
            try:
                read()
            except DamagedRecord as error:
                found.append(error)
        places = (self.path / name for name in _FOLDERS)
        files = [place for place in places if os.path.lexists(place) and not place.is_dir()]
        found += [DamagedRecord(place, "is damaged: it is no folder") for place in files]
        return found + list(self.ledger.damaged())

    def set_aside(self, records: Iterable[DamagedRecord]) -> None:
        """Move damaged entries, and files under folders' names, into the folder "damaged".

        What says what was asked for, and the plan, are written anew in their places.
        """
        for record in records:
            path = Path(record.subject)
            entry = path.suffix == ".json" and path.parent != self.path
            if entry or (path.name in _FOLDERS and not path.is_dir()):
                aside = self.path / "damaged"
                with suppress(OSError):
                    aside.mkdir(exist_ok=True)
                    path.rename(aside / f"{path.name}.{secrets.token_hex(4)}")

    def read_plan(self) -> list[dict[str, Any]]:
        """The lines of `plan`, as `write_plan` got them; empty before the job has begun.

        Raises:
            DamagedRecord: it cannot be read, or is no plan.
            KinemacolorError: it is of another version.
        """
        return read_plan(self.plan)

    @property
    def holds_nothing(self) -> bool:
        """Whether nothing was coloured, and nothing failed that may succeed when tried again."""
        return not self.ledger.has_work and not self.ledger.failed()

    def begin(self, record: JobRecord) -> None:
        """Write the job's record unless it is there.

        Args:
            record: of the job as it goes on; with `overwrite`, what was done before is forgotten.

        Raises:
            OSError: it cannot be written.
        """
        before = self.readable_record
        if record.overwrite:
            for name in ("done", "failed", "films", "stills"):
                shutil.rmtree(self.path / name, ignore_errors=True)
        elif before is not None:
            record = replace(record, overwrite=before.overwrite)
            if record == before:
                return
        _make_way(self.path / _RECORD)
        record.write(self.path / _RECORD)

    def remove(self) -> None:
        """Remove the job's folder, and the one around it where it was the last.

        It goes under another name first, so that no driver begins in a folder that is half gone.

        Raises:
            OSError: it cannot be removed.
        """
        grave = temp_path_beside(self.path)
        self.path.rename(grave)
        shutil.rmtree(grave)
        remove_partials([self.path])  # of a removal that was killed
        with suppress(OSError):  # not empty: there are other jobs
            self.path.parent.rmdir()

    def remove_partials(self) -> None:
        """Remove files that a killed run was writing in here."""
        for place in self.path.rglob(".*.part"):
            remove(place)

    def forget_films(
        self, sources: Container[str], but: Container[str] = (), unknown: bool = False
    ) -> None:
        """Remove indexes and segments of films that are done, or have changed.

        Args:
            sources: names of the films that are meant.
            but: keys of index units whose films stay.
            unknown: those go, too, of which the ledger has no entry.
        """
        for place in self.films.glob("*"):
            entry = self.ledger.get(place.name)
            meant = unknown if entry is None else entry.get("asset") in sources
            if meant and place.name not in but:
                remove(place)

    def write_plan(self, lines: Iterable[dict[str, Any]]) -> None:
        """Store what this run will do, an asset a line, with the time of its beginning.

        Raises:
            OSError: it cannot be written.
        """
        _make_way(self.plan)
        write_plan(self.plan, lines, now(self.ledger.newest))


def _make_way(path: Path) -> None:
    """Move a folder aside that has the name of a record."""
    if path.is_dir():
        path.rename(path.with_name(f"{path.name}.{secrets.token_hex(4)}.damaged"))


def has_jobs(place: Path) -> bool:
    """Whether a folder is a job's own, or holds the results of one whose records are kept."""
    return _is_job(place) or bool(_job_folders(place))


def _is_job(place: Path) -> bool:
    """Whether a folder is a job's: its record may be lost, and the others not."""
    return any(os.path.lexists(place / name) for name in (_RECORD, "plan.jsonl"))


def _job_folders(place: Path) -> list[Path]:
    try:
        with os.scandir(place / JOBS) as entries:
            names = sorted(entry.name for entry in entries)
    except (FileNotFoundError, NotADirectoryError):
        return []
    except OSError as error:
        raise KinemacolorError(place / JOBS, f"cannot be read: {os_reason(error)}") from error
    paths = [place / JOBS / name for name in names if not is_partial(name)]
    return [path for path in paths if _is_job(path) or not os.access(path, os.R_OK | os.X_OK)]


def find_jobs(place: Path, name: str | None = None) -> list[JobFolder]:
    """The jobs whose results are in a folder, by name; or the one whose own folder it is.

    Args:
        place: folder of results, or of a job.
        name: of the one job that is meant, or how its name begins; None for all.

    Raises:
        KinemacolorError: there is none.
        SettingsError: there is none of this name, or several begin so.
    """
    if _is_job(place):
        return [JobFolder(place)]
    jobs = {path.name: JobFolder(path) for path in _job_folders(place)}
    if not jobs:
        problem = "has no records of a job (a single file leaves none once it is done)"
        raise KinemacolorError(place, problem, "give the folder of a job's results")
    if name is None:
        return list(jobs.values())
    meant = [name] if name in jobs else [job for job in jobs if job.startswith(name)]
    if len(meant) != 1:
        problem = f"{place} has {'several jobs' if meant else 'no job'} {name}"
        raise SettingsError("--job", problem, f"give one of {', '.join(meant or jobs)}")
    return [jobs[meant[0]]]


def job_name(sources: Sequence[Path], out: str, suffix: str) -> str:
    """The name of a job's folder: the same sources into the same place are the same job.

    Results whose names have a suffix are others.
    """
    places = [str(source.absolute()) for source in sources] + [str(Path(out).absolute())]
    places += [suffix] if suffix else []
    digest = hashlib.sha256(json.dumps(places).encode()).hexdigest()
    return f"{sources[0].absolute().name[:40]}-{digest[:8]}"
