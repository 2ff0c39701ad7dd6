"""Writing of packs (`kinemacolor.trainers.pictures.pack`): photos made small, once and for all.

Grey, toned and unreadable photos, which training would leave out, are not packed. A pack appears
under its name when it is whole; what it takes in memory does not grow with it.
"""

from __future__ import annotations

import json
import os
import shutil
import tempfile
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import IO

import cv2
import numpy as np

from kinemacolor.engine.files import CHUNK, atomic_write
from kinemacolor.engine.machine import cores
from kinemacolor.trainers.photos import color_kind
from kinemacolor.trainers.pictures.base import DataError, Pictures
from kinemacolor.trainers.pictures.pack import KIND, NAMES, PACK, SIZE, SUFFIX, packs_in
from kinemacolor.trainers.progress_line import ProgressLine

_AHEAD = 64  # photos that are decoded before they are asked for
_ALIGNMENT = 8  # bytes, of a safetensors file's header
_LARGEST_HEADER = 99_000_000  # bytes: safetensors reads 100 million


@dataclass
class Packed:
    """What became of a source's photos.

    Attributes:
        files: packs that were written, in the order of the photos.
        photos: number of photos in them.
        bytes: their size.
        left_out: number of the others by reason: "grey", "toned", "unreadable".
    """

    files: list[Path] = field(default_factory=list)
    photos: int = 0
    bytes: int = 0
    left_out: Counter[str] = field(default_factory=Counter)


def pack(pictures: Pictures, target: Path, size: int, shard: int = 0) -> Packed:
    """Write the photos of a source that are in colour.

    Args:
        pictures: the source.
        target: the pack; with `shard` a folder for NAME-0001.pack and so on, NAME being its own.
        size: largest short side in pixels; larger photos are reduced to it, smaller ones kept.
        shard: largest bytes of a pack's photos; 0 for one pack of any size.

    Raises:
        DataError: no photo is in colour, there are more than a pack can name, or there is something
            under a pack's name.
        OSError: a pack cannot be written. What was written before is removed.
    """
    if not shard and sum(map(_header_bytes, pictures.names)) > _LARGEST_HEADER:
        raise DataError(target, "one pack cannot name so many photos", "give --shard, such as 4000")
    if os.path.lexists(target) and (not shard or not target.is_dir() or packs_in(target)):
        problem = "has packs already" if shard and target.is_dir() else "is there already"
        raise DataError(target, problem, "give another name")
    target.parent.mkdir(parents=True, exist_ok=True)
    if not shard:
        return _write(pictures, target, lambda _: target, size, shard)
    place = target.resolve()
    title = place.name or "photos"
    # Some of the packs would pass for all of them.
    with tempfile.TemporaryDirectory(".part", f".{title}-", place.parent) as part:

        def file_of(number: int) -> Path:
            return Path(part, f"{title}-{number:04d}{SUFFIX}")

        done = _write(pictures, target, file_of, size, shard)
        target.mkdir(exist_ok=True)
        done.files = [Path(shutil.move(file, target / file.name)) for file in done.files]
    return done


def _write(
    pictures: Pictures, subject: Path, file_of: Callable[[int], Path], size: int, shard: int
) -> Packed:
    """Write packs, of which `file_of` names the first, second and so on; errors name `subject`."""
    done = Packed()
    writer: _Writer | None = None
    try:
        with ProgressLine("packing photos", len(pictures)) as line:
            line.show(0)
            for number, picture in enumerate(_small(pictures, size, done.left_out), start=1):
                line.show(number)
                if picture is None:
                    continue
                name = pictures.names[number - 1]
                if writer is not None and shard and writer.is_full(name, picture, shard):
                    done.files.append(writer.finish())
                    writer = None
                if writer is None:
                    writer = _Writer(file_of(len(done.files) + 1), size)
                writer.add(name, picture)
                done.photos += 1
                done.bytes += picture.nbytes
            if writer is not None:
                done.files.append(writer.finish())
    finally:
        if writer is not None:
            writer.close()
    if not done.photos:
        counts = ", ".join(f"{count} {kind}" for kind, count in done.left_out.items())
        problem = f"none of {len(pictures)} pictures teaches colour: {counts}"
        raise DataError(subject, problem, "give photos in colour")
    return done


def _header_bytes(name: str) -> int:
    """The most that a photo takes in a pack's header: its name, written twice as JSON, and more."""
    return len(json.dumps(json.dumps(name))) + 120


def _small(pictures: Pictures, size: int, left_out: Counter[str]) -> Iterator[np.ndarray | None]:
    """The photos in order, reduced; None for one that is left out, which is counted."""

    def read(number: int) -> np.ndarray | str:
        try:
            picture = pictures.read(number)
        except DataError:
            return "unreadable"
        kind = color_kind(picture)
        return _reduced(picture, size) if kind == "colour" else kind

    pool = ThreadPoolExecutor(cores())
    try:
        numbers = iter(range(len(pictures)))
        waiting = [pool.submit(read, number) for number in islice(numbers, _AHEAD)]
        while waiting:
            found = waiting.pop(0).result()
            waiting += [pool.submit(read, number) for number in islice(numbers, 1)]
            if isinstance(found, str):
                left_out[found] += 1
            yield None if isinstance(found, str) else found
    finally:
        pool.shutdown(cancel_futures=True)


def _reduced(picture: np.ndarray, size: int) -> np.ndarray:
    """A picture whose short side is at most `size`, by averages over areas."""
    height, width = picture.shape[:2]
    scale = size / min(height, width)
    if scale >= 1:
        return np.ascontiguousarray(picture)
    shape = (max(size, round(width * scale)), max(size, round(height * scale)))
    return cv2.resize(picture, shape, interpolation=cv2.INTER_AREA)


class _Writer:
    """Writer of one pack: photos go to a file without a name, and below its header at the end."""

    def __init__(self, target: Path, size: int) -> None:
        self._target, self._size = target, size
        self._body: IO[bytes] = tempfile.TemporaryFile(dir=target.parent)  # noqa: SIM115
        self._header: dict[str, object] = {}
        self._names: list[str] = []
        self._header_bytes = 0
        self.bytes = 0

    def is_full(self, name: str, picture: np.ndarray, shard: int) -> bool:
        """Whether a pack of at most `shard` bytes has no room for one more photo."""
        header = self._header_bytes + _header_bytes(name)
        return self.bytes + picture.nbytes > shard or header > _LARGEST_HEADER

    def add(self, name: str, picture: np.ndarray) -> None:
        start, self.bytes = self.bytes, self.bytes + picture.nbytes
        self._header[str(len(self._names))] = {
            "dtype": "U8",
            "shape": list(picture.shape),
            "data_offsets": [start, self.bytes],
        }
        self._names.append(name)
        self._header_bytes += _header_bytes(name)
        self._body.write(picture.tobytes())

    def finish(self) -> Path:
        about = {KIND: PACK, SIZE: str(self._size), NAMES: json.dumps(self._names)}
        header = json.dumps({"__metadata__": about} | self._header).encode()
        header += b" " * (-len(header) % _ALIGNMENT)
        try:
            with atomic_write(self._target) as part, part.open("wb") as file:
                file.write(len(header).to_bytes(8, "little") + header)
                self._body.seek(0)
                shutil.copyfileobj(self._body, file, CHUNK)
        finally:
            self.close()
        return self._target

    def close(self) -> None:
        self._body.close()
