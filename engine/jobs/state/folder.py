"""A job's folder: its record, plan, ledger, lock and log, all of them plain files."""

from __future__ import annotations

import hashlib
import json
import shutil
from collections.abc import Container, Iterable, Sequence
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

from kinemacolor.engine.files import (
    atomic_write,
    is_partial,
    remove,
    remove_partials,
    temp_path_beside,
)
from kinemacolor.engine.jobs.state.ledger import Entry, Ledger
from kinemacolor.engine.jobs.state.making import Making, difference
from kinemacolor.engine.jobs.state.record import JobRecord
from kinemacolor.engine.jobs.state.schema import SCHEMA, parse_record
from kinemacolor.engine.settings import Settings
from kinemacolor.models.errors import KinemacolorError, SettingsError

JOBS = ".kinemacolor"  # in the folder of the results
_RECORD = "job.json"
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
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.lock, self.log, self.plan = path / "lock", path / "log.jsonl", path / "plan.jsonl"
        self.films = path / "films"
        self.ledger = Ledger(path)

    @property
    def record(self) -> JobRecord | None:
        """What was asked for; None before the job has begun.

        Raises:
            KinemacolorError: it cannot be read, or is of another version.
        """
        return JobRecord.read(self.path / _RECORD)

    def read_plan(self) -> list[dict[str, Any]]:
        """The lines of `plan`, as `write_plan` got them; empty before the job has begun.

        Raises:
            KinemacolorError: it cannot be read, or is of another version.
        """
        try:
            lines = self.plan.read_bytes().splitlines()
        except FileNotFoundError:
            return []
        return [parse_record(line, self.plan, "a job's plan") for line in lines]

    @property
    def holds_nothing(self) -> bool:
        """Whether nothing was coloured, and nothing failed that may succeed when tried again."""
        return not any(map(_is_work, self.ledger.entries())) and not self.ledger.failed()

    def check(self, settings: Settings, weights: str, fingerprint: str | None = None) -> None:
        """Refuse to mix results of different settings, weights or software in one job.

        A job that has nothing done yet may go on with any. Of the settings that are `CHANGEABLE`,
        `touch` may always change, and `salvage` be added: with it, a job goes on after files have
        failed.

        Args:
            settings: those that the job is to go on with; its backend may still be "auto".
            weights: SHA-256 of the weights that it is to go on with.
            fingerprint: SHA-256 over settings, weights and backend; None where it is not known yet.

        Raises:
            SettingsError: the job was begun with others.
            KinemacolorError: its record cannot be read, or is of another version.
        """
        record = self.record
        if record is None or not any(map(_is_work, self.ledger.entries())):
            return
        made = record.making
        differences = [
            difference(name, made.settings[name], wanted)
            for name, wanted in vars(settings).items()
            if name in made.settings and not _may_become(name, made.settings[name], wanted)
        ]
        differences += made.other_weights(Making(vars(settings), settings.model, weights))
        if differences:
            differences = list(dict.fromkeys(differences))  # the model may be in both
        elif fingerprint not in (None, record.fingerprint):
            differences = ["by other software, or on another kind of processor"]
            if not record.fingerprint:
                differences = ["by an older Kinemacolor, which this one cannot go on with"]
        if differences:
            problem = f"has results made {' and '.join(differences)}"
            raise SettingsError(record.out, problem, OTHER_WAYS.format("everything"))

    def begin(self, record: JobRecord) -> None:
        """Write the job's record unless it is there.

        Args:
            record: of the job as it goes on; with `overwrite`, what was done before is forgotten.

        Raises:
            OSError: it cannot be written.
        """
        before = self.record
        if record.overwrite:
            for name in ("done", "failed", "films"):
                shutil.rmtree(self.path / name, ignore_errors=True)
        elif before is not None:
            record = replace(record, overwrite=before.overwrite)
            if record == before:
                return
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
            if not place.name.startswith(f".{self.lock.name}."):  # another driver may be looking
                remove(place)

    def forget_films(self, but: Container[str] = ()) -> None:
        """Remove indexes and segments of films that are done, or have changed.

        Args:
            but: keys of index units whose films stay.
        """
        for place in self.films.glob("*"):
            if place.name not in but:
                remove(place)

    def write_plan(self, lines: Iterable[dict[str, Any]]) -> None:
        """Store what this run will do, an asset a line.

        Raises:
            OSError: it cannot be written.
        """
        with atomic_write(self.plan) as part, open(part, "w", encoding="utf-8") as file:
            file.writelines(json.dumps({"schema": SCHEMA, **line}) + "\n" for line in lines)


def has_jobs(place: Path) -> bool:
    """Whether a folder is a job's own, or holds the results of one whose records are kept."""
    return (place / _RECORD).is_file() or bool(_job_folders(place))


def _job_folders(place: Path) -> list[Path]:
    folders = sorted(path.parent for path in place.glob(f"{JOBS}/*/{_RECORD}"))
    return [path for path in folders if not is_partial(path.name)]


def find_jobs(place: Path, name: str | None = None) -> list[JobFolder]:
    """The jobs whose results are in a folder, by name; or the one whose own folder it is.

    Args:
        place: folder of results, or of a job.
        name: of the one job that is meant, or how its name begins; None for all.

    Raises:
        KinemacolorError: there is none.
        SettingsError: there is none of this name, or several begin so.
    """
    if (place / _RECORD).is_file():
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


def _is_work(entry: Entry) -> bool:
    """Whether something was coloured by a unit: an index serves any settings."""
    return bool(entry.get("made") or entry.get("frames"))


def _may_become(setting: str, was: object, wanted: object) -> bool:
    """Whether a job that has results may go on with another value of a setting."""
    if setting == "salvage":
        return wanted is True or was is False
    return was == wanted or setting == "touch" or (setting == "backend" and wanted == "auto")
