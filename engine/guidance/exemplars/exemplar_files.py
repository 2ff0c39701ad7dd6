"""Exemplars of a film on disk: a folder that appears whole, of which a part can be read alone.

Its `film.json` says which shot takes colours from which exemplars; an exemplar's planes lie in a
file of their own, named by their hash, however many shots share it. They are stored rounded, and
used as they are stored: `rounded` makes of an exemplar what a reader will get.
"""

from __future__ import annotations

import hashlib
import json
import os
import zipfile
import zlib
from bisect import bisect_right
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from kinemacolor.engine.errors import MediaError
from kinemacolor.engine.files import os_reason, remove, scratch_beside
from kinemacolor.engine.guidance.exemplars.exemplar import (
    Authority,
    Exemplar,
    FilmExemplars,
    ShotExemplars,
)
from kinemacolor.models.errors import KinemacolorError

SCHEMA = 1  # of film.json
FILM = "film.json"
_ROUNDED = ("lightness", "ab", "known")
# Steps to a unit: of L*, 8-bit codes, as optical flow sees it; of ab, far below what 8-bit chroma
# tells apart; of what is known, 8-bit codes.
_STEPS = {"lightness": 2.55, "ab": 4.0, "known": 255.0}
_TYPES = {"lightness": np.uint8, "ab": np.int16, "known": np.uint8}
_MOOD = ("strength", "saturation", "warmth")

Codes = dict[str, np.ndarray]
DAMAGE = (  # what reading a damaged file may raise
    OSError,
    EOFError,
    ValueError,
    TypeError,
    KeyError,
    AttributeError,
    RecursionError,
    NotImplementedError,  # a method of compression that nobody has
    zipfile.BadZipFile,
    zlib.error,
)


def rounded(exemplar: Exemplar) -> Exemplar:
    """An exemplar as a reader of its file gets it: L* by .39, ab by .25, known by .004."""
    lightness, ab, known = _planes(_codes(exemplar))
    return replace(exemplar, lightness=lightness, ab=ab, known=known)


def _codes(exemplar: Exemplar) -> Codes:
    return {
        name: np.rint(getattr(exemplar, name) * np.float32(_STEPS[name])).astype(_TYPES[name])
        for name in _ROUNDED
    }


def _planes(codes: Codes) -> list[np.ndarray]:
    """Lightness, ab and what is known."""
    return [codes[name].astype(np.float32) / np.float32(_STEPS[name]) for name in _ROUNDED]


def _digest(codes: Codes) -> str:
    found = hashlib.sha256(repr(codes["lightness"].shape).encode())
    for name in _ROUNDED:
        found.update(np.ascontiguousarray(codes[name]).data)
    return found.hexdigest()


def write(
    exemplars: FilmExemplars, folder: Path, lend: Callable[[str, Path], bool] = lambda *_: False
) -> None:
    """Store the exemplars of a film; the folder appears whole, and takes the place of an older one.

    Args:
        exemplars: `rounded` ones are read back as they are.
        folder: its parent is there.
        lend: puts a file that is there already in a place, by its name; False where there is none.

    Raises:
        MediaError: it cannot be written.
    """
    try:
        with scratch_beside(folder) as scratch:
            record = _write_into(exemplars, scratch, lend)
            _write_durably(scratch / FILM, json.dumps(record).encode())
            remove(folder)
            scratch.rename(folder)
            scratch.mkdir()  # for the end of the block to remove
    except OSError as error:
        raise MediaError(folder, os_reason(error)) from error


def _write_into(
    exemplars: FilmExemplars, folder: Path, lend: Callable[[str, Path], bool]
) -> dict[str, Any]:
    """Store planes, each once; returns the content of film.json."""
    known: dict[int, dict[str, Any]] = {}  # by the exemplar object: shots share them
    shots = []
    for shot in exemplars.shots:
        for exemplar in shot.exemplars:
            if id(exemplar) not in known:
                codes = _codes(exemplar)
                file = _digest(codes)
                place = folder / f"{file}.npz"
                if not place.exists() and not lend(place.name, place):
                    with open(place, "xb") as stream:
                        np.savez_compressed(stream, **codes)  # type: ignore[arg-type]
                        os.fsync(stream.fileno())
                known[id(exemplar)] = {
                    "file": file,
                    "authority": exemplar.authority.value,
                    "frame": exemplar.frame,
                    "name": exemplar.name,
                    "made_of": exemplar.made_of,
                    "notes": exemplar.notes,
                }
        stated = {name: getattr(shot, name) for name in ("start", *_MOOD)}
        shots.append(stated | {"exemplars": [known[id(e)] for e in shot.exemplars]})
    return {"schema": SCHEMA, "notes": exemplars.notes, "shots": shots, "found": exemplars.found}


def _write_durably(path: Path, content: bytes) -> None:
    with open(path, "xb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())


def read(folder: Path, first: int, stop: int) -> FilmExemplars:
    """The exemplars of all shots that have a frame in `first` to `stop` (excluded).

    Shots that share an exemplar get one object.

    Raises:
        KinemacolorError: a file is absent, damaged or of a later schema.
    """
    path = folder / FILM
    known: dict[tuple[str, int | None, str], Exemplar] = {}
    try:
        record = read_record(folder)
        starts = [int(shot["start"]) for shot in record["shots"]]
        begin = max(0, bisect_right(starts, first) - 1)
        shots = []
        for shot in record["shots"][begin : bisect_right(starts, stop - 1)]:
            exemplars = []
            for stated in shot["exemplars"]:
                key = str(stated["file"]), stated["frame"], str(stated["authority"])
                if key not in known:
                    path = folder / f"{stated['file']}.npz"
                    known[key] = read_exemplar(folder, stated)
                exemplars.append(known[key])
            mood = {name: float(shot[name]) for name in _MOOD}
            shots.append(ShotExemplars(int(shot["start"]), tuple(exemplars), **mood))
        notes = tuple(str(note) for note in record["notes"])
    except DAMAGE as error:
        raise KinemacolorError(
            path, "is no file of a film's exemplars", "remove its folder, and run again"
        ) from error
    return FilmExemplars(tuple(shots), notes)


def read_record(folder: Path) -> dict[str, Any]:
    """The content of a folder's film.json.

    Raises:
        one of `DAMAGE`: it is absent, damaged or of a later schema.
    """
    record: dict[str, Any] = json.loads((folder / FILM).read_text(encoding="utf-8"))
    if record["schema"] != SCHEMA:
        raise ValueError
    return record


def read_exemplar(folder: Path, stated: dict[str, Any]) -> Exemplar:
    """An exemplar of a folder, as its film.json states it.

    Raises:
        one of `DAMAGE`: it is absent or damaged.
    """
    with np.load(folder / f"{stated['file']}.npz", allow_pickle=False) as stored:
        codes = {name: stored[name] for name in _ROUNDED}
    if _digest(codes) != stated["file"]:
        raise ValueError
    lightness, ab, known = _planes(codes)
    authority, frame = Authority(stated["authority"]), stated["frame"]
    number = None if frame is None else int(frame)
    name, made_of = str(stated["name"]), str(stated.get("made_of", ""))
    notes = tuple(map(str, stated.get("notes", ())))
    return Exemplar(lightness, ab, known, authority, number, name, made_of, notes)
