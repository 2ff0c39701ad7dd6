"""A job's folder: what was asked for, what is planned, what is done, and a log; plain files all."""

from __future__ import annotations

import hashlib
import json
import shutil
import time
from collections.abc import Container, Iterable, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from kinemacolor.engine.files import atomic_write, remove
from kinemacolor.engine.jobs.state.ledger import Ledger
from kinemacolor.engine.settings import Settings
from kinemacolor.models.errors import KinemacolorError, SettingsError

JOBS = ".kinemacolor"  # in the folder of the results
_ANEW = "give another --out, or --overwrite to make everything anew"


class JobFolder:
    """The folder of one job.

    Args:
        path: where it is, or will be.

    Attributes:
        lock, log, plan: its files.
        films: folder of unfinished films' indexes and segments.
        ledger: what is done and what has failed.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.lock, self.log, self.plan = path / "lock", path / "log.jsonl", path / "plan.jsonl"
        self.films = path / "films"
        self.ledger = Ledger(path)
        self._record = path / "job.json"

    @property
    def record(self) -> dict[str, Any] | None:
        """What was asked for; None before the job has begun.

        Raises:
            KinemacolorError: it cannot be read.
        """
        try:
            return json.loads(self._record.read_text(encoding="utf-8"))
        except FileNotFoundError:
            return None
        except (OSError, ValueError) as error:
            problem = "is no job's record"
            raise KinemacolorError(self._record, problem, "remove its folder") from error

    def read_plan(self) -> list[dict[str, Any]]:
        """What the last run was to do, an asset each."""
        try:
            lines = self.plan.read_text(encoding="utf-8").splitlines()
        except FileNotFoundError:
            return []
        return [json.loads(line) for line in lines]

    def check(self, settings: Settings, fingerprint: str) -> None:
        """See that results of two kinds are never mixed.

        Args:
            fingerprint: of settings, weights and what computes.

        Raises:
            SettingsError: the job was begun otherwise.
        """
        record = self.record
        if record is None:
            return
        wanted = asdict(settings)
        for name, value in record["settings"].items():
            if wanted.get(name) != value:
                option = f"--{name.replace('_', '-')}"
                problem = f"has results made with {option} {value}, not {wanted.get(name)}"
                raise SettingsError(record["out"], problem, _ANEW)
        if record["fingerprint"] != fingerprint:
            problem = "has results of other weights, libraries or another kind of processor"
            raise SettingsError(record["out"], problem, _ANEW)

    def begin(
        self,
        sources: Sequence[Path],
        out: str,
        settings: Settings,
        fingerprint: str,
        *,
        overwrite: bool,
    ) -> None:
        """Record what was asked for; with `overwrite` forget what was done before.

        Raises:
            OSError: it cannot be written.
        """
        if overwrite:
            for name in ("done", "failed", "films"):
                shutil.rmtree(self.path / name, ignore_errors=True)
        elif self.record is not None:
            return
        record = {
            "sources": [str(source.absolute()) for source in sources],
            "out": out if out.startswith("/") else str(Path.cwd() / out) + "/" * out.endswith("/"),
            "settings": asdict(settings),
            "fingerprint": fingerprint,
            "overwrite": overwrite,
            "began": time.time(),
        }
        with atomic_write(self._record) as part:
            part.write_text(json.dumps(record, indent=1) + "\n", encoding="utf-8")

    def sweep(self) -> None:
        """Remove files that a killed run was writing in here."""
        for place in self.path.rglob(".*.part"):
            if not place.name.startswith(f".{self.lock.name}."):  # another driver may be looking
                remove(place)

    def forget_films(self, but: Container[str] = ()) -> None:
        """Remove indexes and segments of films that are done, or have changed, by their keys."""
        for place in self.films.glob("*"):
            if place.name not in but:
                remove(place)

    def write_plan(self, lines: Iterable[dict[str, Any]]) -> None:
        """Store what this run will do, an asset a line.

        Raises:
            OSError: it cannot be written.
        """
        with atomic_write(self.plan) as part, open(part, "w", encoding="utf-8") as file:
            file.writelines(json.dumps(line) + "\n" for line in lines)


def find_job(place: Path) -> JobFolder:
    """The job whose folder, or folder of results, a user names.

    Raises:
        KinemacolorError: there is none, or more than one.
    """
    if (place / "job.json").is_file():
        return JobFolder(place)
    jobs = sorted(path.parent for path in place.glob(f"{JOBS}/*/job.json"))
    if not jobs:
        remedy = "give a job's folder, or the one that its results are in"
        raise KinemacolorError(place, "has no job", remedy)
    if len(jobs) > 1:
        raise KinemacolorError(
            place, f"has {len(jobs)} jobs", f"give one of {', '.join(map(str, jobs))}"
        )
    return JobFolder(jobs[0])


def job_name(sources: Sequence[Path], out: str) -> str:
    """What a job's folder is called: the same sources into the same place are the same job."""
    places = [str(source.absolute()) for source in sources] + [str(Path(out).absolute())]
    digest = hashlib.sha256(json.dumps(places).encode()).hexdigest()
    return f"{sources[0].absolute().name[:40]}-{digest[:8]}"
