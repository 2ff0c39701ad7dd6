"""Targets: where results go, and where they must not."""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence
from dataclasses import replace
from pathlib import Path

from kinemacolor.engine.files import unwritable_reason
from kinemacolor.engine.jobs.planning.scan import Found, Identity, Scan, identity_of
from kinemacolor.engine.media.kinds import ARCHIVE_FORMATS, STILL_FORMATS, Kind
from kinemacolor.engine.settings import CONTAINERS, Settings
from kinemacolor.models.errors import SettingsError
from kinemacolor.models.plain_files import is_dangling, special_kind

REPORT_SUFFIXES = (".json", ".csv", ".html")  # of the files that a report may be written to


class Sources:
    """A guard of all files and folders of the sources: nothing is written over or into them.

    Args:
        scans: what was found in each source.
    """

    def __init__(self, scans: Sequence[Scan]) -> None:
        self._files = set().union(*(scan.files for scan in scans))
        self._folders = {folder: scan.source for scan in scans for folder in scan.folders}
        self._harmless: set[str] = set()
        self._others: set[Identity] = set()

    def protect(self, paths: Iterable[Path]) -> None:
        """Guard the guide and its pictures, too."""
        found = {identity for path in paths if (identity := _identity(str(path)))}
        self._others |= found - self._files
        self._files |= found

    def refuse(self, path: Path) -> None:
        """Raise where a path to be written leads to a source, by whatever name or link.

        Raises:
            SettingsError: it is a source, or lies in a source's folder.
        """
        place = target = str(path.absolute())  # text: a job has very many targets
        identity = _identity(place)
        if identity in self._files:
            what = (
                "a source itself"
                if identity not in self._others
                else "the guide, or a picture of it"
            )
            raise SettingsError(place, f"is {what}", "give another --out")
        while place not in self._harmless:
            source = self._folders.get(identity) if identity else None
            if source is not None:
                raise SettingsError(path, f"lies in the source {source}", "give another --out")
            if place != target:
                self._harmless.add(place)
            place = os.path.dirname(place)
            identity = _identity(place)

    def refuse_report(self, path: Path) -> None:
        """Raise where a report cannot be written to a path, or must not be.

        Raises:
            SettingsError: it is a folder, of an unknown format, or among the sources.
        """
        if not path.name or path.is_dir():
            raise SettingsError(path, "is a folder", "name a file for the report")
        if path.suffix.lower() not in REPORT_SUFFIXES:
            problem = "has a name that tells no format for the report"
            raise SettingsError(path, problem, f"end it in {', '.join(REPORT_SUFFIXES)}")
        if problem := unwritable_reason(path.parent):
            raise SettingsError(path, problem, "name another place for the report")
        if is_dangling(path):
            raise SettingsError(path, "is a link to nothing", "name a file for the report")
        if special_kind(path) == "a socket":
            raise SettingsError(path, "is a socket", "name a file for the report")
        self.refuse(path)


def refuse_place(out: str) -> None:
    """Raise where results cannot go to `out`, by what it is called or what is there.

    Raises:
        SettingsError: it is empty, stands for stdout, or is neither folder nor file.
    """
    place = Path(out)
    if not out:
        raise SettingsError("out", "is empty", "name a folder or file for the results")
    if out == "-":
        raise SettingsError("out", "- is no place for results", "name a folder or file")
    if is_dangling(place):
        raise SettingsError(out, "is a link to nothing", "give another --out")
    if place.exists() and not (place.is_file() or place.is_dir()):
        problem = f"is {special_kind(place.resolve())}, and results need a folder or a file"
        raise SettingsError(out, problem, "give another --out")


def is_file_name(out: str) -> bool:
    """Whether `out` names a file: it is one, or has a suffix and is no folder."""
    path = Path(out)
    if path.is_dir() or out.endswith(("/", os.sep)):
        return False
    return path.exists() or bool(path.suffix)


def settings_for_name(out: Path, found: Found, settings: Settings) -> Settings:
    """The settings, with the container that the file name of a film's result asks for.

    Args:
        out: the file name that the user gave for the result.
        found: the one source.
        settings: those that the user asked for.

    Raises:
        SettingsError: the name asks for a format that the result does not get.
    """
    suffix, name = out.suffix.lower(), found.path.name.lower()
    if found.kind is Kind.FILM and suffix[1:] in CONTAINERS:
        if settings.container not in ("auto", suffix[1:]):
            remedy = f"name it {out.with_suffix(f'.{settings.container}')}"
            problem = f"does not go with --container {settings.container}"
            raise SettingsError(out, problem, remedy)
        return replace(settings, container=suffix[1:])
    families = {Kind.STILL: STILL_FORMATS, Kind.ARCHIVE: ARCHIVE_FORMATS}
    formats = families.get(found.kind, {}) if found.kind else {}
    for label, suffixes in formats.items():
        if name.endswith(suffixes) and not out.name.lower().endswith(suffixes):
            remedy = f"give it a name that ends in {' or '.join(suffixes)}"
            raise SettingsError(out, f"the result will be {label} like its source", remedy)
    return settings


def _identity(path: str) -> Identity | None:
    try:
        return identity_of(os.stat(path))
    except OSError:
        return None
