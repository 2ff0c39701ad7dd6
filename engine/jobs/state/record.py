"""A job's record, job.json: what the user asked for when the job began."""

from __future__ import annotations

import json
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field, fields
from pathlib import Path
from typing import Any

from kinemacolor.engine.files import atomic_write
from kinemacolor.engine.guidance.guide_file.request import NO_GUIDE, GuideRequest
from kinemacolor.engine.jobs.state.making import Making
from kinemacolor.engine.jobs.state.schema import CLEAN, SCHEMA, DamagedRecord, read_record
from kinemacolor.engine.machine import result_versions
from kinemacolor.engine.settings import Settings
from kinemacolor.models.errors import KinemacolorError, SettingsError

_RENAMED = {"colour_every": "color_every"}  # settings of schema 0 and their names of today


@dataclass(frozen=True)
class JobRecord:
    """What a job was begun with.

    Args:
        sources: absolute paths.
        out: absolute path of the results; ends in a slash where it was given so.
        settings: the job's, container and backend resolved.
        recorded: names of the settings that the record states; the others did not exist yet.
        fingerprint: SHA-256 over settings, weights and backend; empty where it is of an older
            version, which made it in another way.
        weights: SHA-256 of the weights; empty where they were not recorded yet.
        overwrite: results that were there already were to be made again.
        keep_records: this record stays when a single file is done, and so do the pieces of films.
        versions: of the software that it was begun with, as `result_versions` gives them; empty
            where they were not recorded yet.
        guide: what was given of guidance.
    """

    sources: tuple[Path, ...]
    out: str
    settings: Settings
    recorded: frozenset[str]
    fingerprint: str
    weights: str
    overwrite: bool
    keep_records: bool = False
    versions: dict[str, str] = field(default_factory=dict)
    guide: GuideRequest = NO_GUIDE

    @classmethod
    def of(cls, sources: Sequence[Path], out: str, settings: Settings, **facts: Any) -> JobRecord:
        """The record of a job as it begins.

        Args:
            sources, out: as the user gave them.
            settings: all of which it states.
            facts: the other fields.
        """
        place = out if out.startswith("/") else str(Path.cwd() / out) + "/" * out.endswith("/")
        absolute = tuple(source.absolute() for source in sources)
        return cls(
            absolute,
            place,
            settings,
            frozenset(vars(settings)),
            **facts,
            versions=result_versions(),
        )

    @property
    def making(self) -> Making:
        """How the job's results are made, as far as the record states it."""
        stated = {name: getattr(self.settings, name) for name in sorted(self.recorded)}
        return Making(stated, self.settings.model, self.weights)

    def write(self, path: Path) -> None:
        """Store the record; it appears whole.

        Raises:
            OSError: it cannot be written.
        """
        record = {
            "schema": SCHEMA,
            "sources": [str(source) for source in self.sources],
            "out": self.out,
            "settings": asdict(self.settings),
            "fingerprint": self.fingerprint,
            "weights": self.weights,
            "overwrite": self.overwrite,
            "keep_records": self.keep_records,
            "versions": self.versions,
            "guide": self.guide.record(),
            "began": time.time(),
        }
        with atomic_write(path) as part:
            part.write_text(json.dumps(record, indent=1) + "\n", encoding="utf-8")

    @classmethod
    def read(cls, path: Path) -> JobRecord | None:
        """A stored record, of this version or an older one; None where there is none.

        Raises:
            DamagedRecord: it cannot be read, or is no job's record.
            KinemacolorError: it is of another version.
        """
        try:
            record = read_record(path, "a job's record")
            values = _upgraded(record["settings"]) if record["schema"] == 0 else record["settings"]
            return cls(
                sources=tuple(Path(source) for source in record["sources"]),
                out=str(record["out"]),
                settings=_settings(values, path),
                recorded=frozenset(values),
                fingerprint=str(record["fingerprint"]) if record["schema"] else "",
                weights=str(record.get("weights", "")),
                overwrite=bool(record["overwrite"]),
                keep_records=bool(record.get("keep_records", False)),
                versions={str(k): str(v) for k, v in record.get("versions", {}).items()},
                guide=GuideRequest.of_record(record.get("guide", {})),
            )
        except FileNotFoundError:
            return None
        except (ValueError, TypeError, KeyError, AttributeError) as error:
            raise DamagedRecord(path, "is damaged: it is not a job's record") from error


def _upgraded(values: dict[str, Any]) -> dict[str, Any]:
    """Settings of schema 0 in today's terms; before there were backends, all was eager."""
    return {"backend": "eager"} | {_RENAMED.get(name, name): v for name, v in values.items()}


def _settings(values: dict[str, Any], path: Path) -> Settings:
    unknown = sorted(values.keys() - {field.name for field in fields(Settings)})
    remedy = f"go on with the version that began the job; {CLEAN}"
    if unknown:
        problem = f"has settings that this version does not know: {', '.join(unknown)}"
        raise KinemacolorError(path, problem, remedy)
    try:
        return Settings(**values)
    except SettingsError as error:
        problem = f"has a setting of another version: {error.subject}: {error.problem}"
        raise KinemacolorError(path, problem, remedy) from error
