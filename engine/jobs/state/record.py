"""A job's record, job.json: what the user asked for when the job began."""

from __future__ import annotations

import json
import time
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Any

from kinemacolor.engine.files import atomic_write
from kinemacolor.engine.jobs.state.schema import CLEAN, SCHEMA, parse_record
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
        overwrite: results that were there already were to be made again.
    """

    sources: tuple[Path, ...]
    out: str
    settings: Settings
    recorded: frozenset[str]
    fingerprint: str
    overwrite: bool

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
            "overwrite": self.overwrite,
            "began": time.time(),
        }
        with atomic_write(path) as part:
            part.write_text(json.dumps(record, indent=1) + "\n", encoding="utf-8")

    @classmethod
    def read(cls, path: Path) -> JobRecord | None:
        """A stored record, of this version or an older one; None where there is none.

        Raises:
            KinemacolorError: it cannot be read, or is of another version.
        """
        try:
            record = parse_record(path.read_bytes(), path, "a job's record")
            values = _upgraded(record["settings"]) if record["schema"] == 0 else record["settings"]
            return cls(
                sources=tuple(Path(source) for source in record["sources"]),
                out=str(record["out"]),
                settings=_settings(values, path),
                recorded=frozenset(values),
                fingerprint=str(record["fingerprint"]) if record["schema"] else "",
                overwrite=bool(record["overwrite"]),
            )
        except FileNotFoundError:
            return None
        except (OSError, ValueError, TypeError, KeyError, AttributeError) as error:
            raise KinemacolorError(path, "is not a job's record", CLEAN) from error


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
