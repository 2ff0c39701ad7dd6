"""A job's folder: its record, plan, ledger, lock and log, all of them plain files."""

from __future__ import annotations

import hashlib
import json
import shutil
from collections.abc import Container, Iterable, Sequence
from pathlib import Path
from typing import Any

from kinemacolor.engine.files import atomic_write, remove
from kinemacolor.engine.jobs.state.ledger import Ledger
from kinemacolor.engine.jobs.state.record import JobRecord
from kinemacolor.engine.jobs.state.schema import SCHEMA, parse_record
from kinemacolor.engine.settings import Settings
from kinemacolor.models.errors import KinemacolorError, SettingsError

JOBS = ".kinemacolor"  # in the folder of the results
_RECORD = "job.json"
_ANEW = "run `kinemacolor colorize` with another --out, or with --overwrite to make everything anew"


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

    def check(self, settings: Settings, fingerprint: str) -> None:
        """Refuse to mix results of different settings, weights or backends in one job.

        Args:
            settings: those that the job is to go on with.
            fingerprint: SHA-256 over settings, weights and backend.

        Raises:
            SettingsError: the job was begun with others.
            KinemacolorError: its record cannot be read, or is of another version.
        """
        record = self.record
        if record is None:
            return
        for name in sorted(record.recorded, key=list(vars(settings)).index):
            was, wanted = getattr(record.settings, name), getattr(settings, name)
            if was != wanted:
                problem = f"has results made with --{name.replace('_', '-')} {was}, not {wanted}"
                raise SettingsError(record.out, problem, _ANEW)
        if record.fingerprint != fingerprint:
            problem = "has results of other weights, libraries or another kind of processor"
            if not record.fingerprint:
                problem = "has results of an older Kinemacolor, which this one cannot go on with"
            raise SettingsError(record.out, problem, _ANEW)

    def begin(
        self,
        sources: Sequence[Path],
        out: str,
        settings: Settings,
        fingerprint: str,
        *,
        overwrite: bool,
    ) -> None:
        """Write the job's record unless there is one.

        Args:
            sources, out: as the user gave them.
            settings, fingerprint: as `check` has them.
            overwrite: forget what was done before, and write the record in any case.

        Raises:
            OSError: it cannot be written.
        """
        if overwrite:
            for name in ("done", "failed", "films"):
                shutil.rmtree(self.path / name, ignore_errors=True)
        elif self.record is not None:
            return
        place = out if out.startswith("/") else str(Path.cwd() / out) + "/" * out.endswith("/")
        record = JobRecord(
            sources=tuple(source.absolute() for source in sources),
            out=place,
            settings=settings,
            recorded=frozenset(vars(settings)),
            fingerprint=fingerprint,
            overwrite=overwrite,
        )
        record.write(self.path / _RECORD)

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


def find_job(place: Path) -> JobFolder:
    """The job whose folder, or folder of results, is `place`.

    Raises:
        KinemacolorError: there is none, or more than one.
    """
    if (place / _RECORD).is_file():
        return JobFolder(place)
    jobs = sorted(path.parent for path in place.glob(f"{JOBS}/*/{_RECORD}"))
    if not jobs:
        remedy = "give a job's folder, or the one that its results are in"
        raise KinemacolorError(place, "has no job", remedy)
    if len(jobs) > 1:
        raise KinemacolorError(
            place, f"has {len(jobs)} jobs", f"give one of {', '.join(map(str, jobs))}"
        )
    return JobFolder(jobs[0])


def job_name(sources: Sequence[Path], out: str) -> str:
    """The name of a job's folder: the same sources into the same place are the same job."""
    places = [str(source.absolute()) for source in sources] + [str(Path(out).absolute())]
    digest = hashlib.sha256(json.dumps(places).encode()).hexdigest()
    return f"{sources[0].absolute().name[:40]}-{digest[:8]}"
