"""A worker without a network, small sources, and what tests ask of results."""

from __future__ import annotations

import hashlib
import io
import json
import os
import shutil
import sys
import tarfile
import zipfile
from bisect import bisect_right
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType

import numpy as np
from PIL import Image, UnidentifiedImageError

from kinemacolor.engine.backends.decision import Decision
from kinemacolor.engine.errors import MediaError
from kinemacolor.engine.files import scratch_beside
from kinemacolor.engine.guidance.exemplars.exemplar_facts import ExemplarFacts
from kinemacolor.engine.guidance.guide_file.guide import Point, Said, guide_of, text_of
from kinemacolor.engine.jobs.state.folder import JOBS
from kinemacolor.engine.media.index_range import IndexRange
from kinemacolor.engine.media.video.index import FilmIndex
from kinemacolor.engine.pipeline.colorless import FrameColors
from kinemacolor.models.errors import KinemacolorError

FRAMES = 12  # of every film that `film` gives


@dataclass(frozen=True)
class FilmReport:
    frames: int
    missing: int = 0
    notes: tuple[str, ...] = ()
    given_back: bool = False
    exemplars: ExemplarFacts | None = None
    led: tuple[tuple[int, float], ...] = ()


@dataclass(frozen=True)
class StillReport:
    lightness_error_mean: float = 0.1
    lightness_error_max: float = 0.4
    notes: tuple[str, ...] = ()
    given_back: bool = False


def without_torch(worker: type[FakeWorker]) -> None:
    """Put a worker's class in the place of the modules that load torch."""
    work, choice = (
        ModuleType("kinemacolor.engine.pipeline.worker"),
        ModuleType("kinemacolor.engine.backends.choice"),
    )
    work.Worker = worker
    choice.Work = lambda *_work: None
    choice.choose = lambda settings, films: Decision("eager", "cpu", ("inductor is for films",))
    sys.modules.update({module.__name__: module for module in (work, choice)})


class FakeWorker:
    """Paints stills red and copies films; what Pillow cannot read fails, as does "bad" in a name.

    Reads every still when asked for it, two of them ahead, as the real one does. A film is one
    segment, for which `film` stands.
    """

    fingerprint = "fake"

    def __init__(self) -> None:
        self.colored: list[str] = []
        self.closed = 0

    def film(
        self, source: Path, target: Path, on_frame: Callable[[], None], guide=""
    ) -> FilmReport:
        if "bad" in source.name:
            raise MediaError(source, "is damaged")
        self.colored.append(source.name)
        for _ in range(FRAMES):
            on_frame()
        shutil.copyfile(source, target)
        return FilmReport(FRAMES)

    def index(self, source: Path, on_frame: Callable[[], None]) -> FilmIndex:
        for _ in range(FRAMES):
            on_frame()
        return FilmIndex(list(range(FRAMES)), [1] * FRAMES, [None] * FRAMES, [], [0], 0, ())

    def ranges(self, source: Path) -> list[IndexRange]:
        return []

    def index_range(self, source, part, target, on_frame) -> bool:
        return False

    def joined_index(self, source, parts) -> FilmIndex:
        return self.index(source, lambda: None)

    def exemplars(self, source, index, guide, folder, on_frame) -> ExemplarFacts:
        return write_exemplars(index.shots, guide, folder)

    def segment(self, source, index, segment, target, on_frame, exemplars=None) -> FrameColors:
        return FrameColors(self.film(source, target, on_frame).frames)

    def assemble(self, source, index, segments, target, tags=None) -> FilmReport:
        [part] = segments
        shutil.copyfile(part, target)
        return FilmReport(FRAMES)

    def stills(
        self, items: Iterable[tuple[str, Callable[[], bytes]]]
    ) -> Iterator[tuple[str, bytes | KinemacolorError, StillReport | None]]:
        waiting: list[tuple[str, bytes | KinemacolorError]] = []
        try:
            for name, load in items:
                waiting.append((name, self._still(name, load)))
                if len(waiting) > 2:
                    yield self._result(*waiting.pop(0))
            for item in waiting:
                yield self._result(*item)
        finally:
            self.closed += 1

    def _still(self, name: str, load: Callable[[], bytes]) -> bytes | KinemacolorError:
        try:
            return painted(load())
        except KinemacolorError as error:
            return error
        except (UnidentifiedImageError, OSError) as error:
            return MediaError(name, f"is no picture ({type(error).__name__})")

    def _result(
        self, name: str, result: bytes | KinemacolorError
    ) -> tuple[str, bytes | KinemacolorError, StillReport | None]:
        if isinstance(result, KinemacolorError):
            return name, result, None
        self.colored.append(name)
        return name, result, StillReport()


def said_of(points: Mapping[int, str]) -> str:
    """A guide that gives colours, such as "#ff0000", for frames of a film."""
    return text_of(Said(points=tuple(Point(frame=f, x=1, y=1, color=c) for f, c in points.items())))


def write_exemplars(starts: Sequence[int], guide: str, folder: Path) -> ExemplarFacts:
    """Store made-up exemplars of a film, and give their facts.

    Args:
        starts: of the film's shots.
        guide: by `said_of`, or none.
        folder: gets a file for each shot.
    """
    given = {int(point.frame): str(point.color) for point in guide_of(guide).points}
    shots: list[dict[int, str]] = [{} for _ in starts]
    for frame, color in given.items():
        shots[bisect_right(starts, frame) - 1][frame] = color
    with scratch_beside(folder) as scratch:
        for number, shot in enumerate(shots):
            (scratch / f"{number:04}").write_text(json.dumps(shot))
        shutil.rmtree(folder, ignore_errors=True)
        scratch.rename(folder)
    return ExemplarFacts(
        starts=tuple(starts),
        digests=tuple(sha(json.dumps(shot).encode()) for shot in shots),
        given=tuple(sorted(given)),
        touched=tuple(number for number, shot in enumerate(shots) if shot),
        notes=tuple(f"frame {frame} is {color}" for frame, color in sorted(given.items())),
        names=tuple(tuple(f"frame {frame}" for frame in sorted(shot)) for shot in shots),
    )


def read_exemplars(folder: Path, starts: Sequence[int], frame: int) -> dict[int, str]:
    """The colours that are given for frames of a frame's shot, as they are stored.

    Raises:
        KinemacolorError: the file is missing or damaged.
    """
    path = folder / f"{bisect_right(starts, frame) - 1:04}"
    try:
        return {int(frame): color for frame, color in json.loads(path.read_text()).items()}
    except (OSError, ValueError) as error:
        raise KinemacolorError(path, "is damaged") from error


def painted(data: bytes) -> bytes:
    """What the fake worker makes of a still: red, and larger than before."""
    picture = Image.open(io.BytesIO(data))
    target = io.BytesIO()
    Image.new("RGB", picture.size, "red").save(target, picture.format, comment=b"fake" * 100)
    return target.getvalue()


def still(seed: int = 0, format: str = "PNG") -> bytes:
    """A grey picture that differs by its seed."""
    target = io.BytesIO()
    noise = np.random.default_rng(seed).integers(0, 256, (16, 24), np.uint8)
    Image.fromarray(noise).save(target, format)
    return target.getvalue()


def is_red(data: bytes) -> bool:
    """Whether a still has been through the fake worker."""
    red, green, _ = Image.open(io.BytesIO(data)).convert("RGB").getpixel((3, 3))
    return red > 200 > 60 > green


def write_zip(path: Path, members: dict[str, bytes], method: int = zipfile.ZIP_DEFLATED) -> Path:
    """A zip whose members have times and modes of their own."""
    with zipfile.ZipFile(path, "w", method) as file:
        file.comment = b"an archive's comment"
        for index, (name, data) in enumerate(members.items()):
            info = zipfile.ZipInfo(name, (1998, 1 + index % 12, 3, 4, 5, 6))
            info.compress_type = method
            info.comment = f"comment {index}".encode()
            info.external_attr = (0o600 + index % 64) << 16
            info.create_system = 3
            file.writestr(info, data)
    return path


def break_member(path: Path, name: str) -> None:
    """Flip bits inside a zip member's packed bytes, so that its CRC does not fit."""
    with zipfile.ZipFile(path) as file:
        info = file.getinfo(name)
    content = bytearray(path.read_bytes())
    at = info.header_offset + 30 + len(name.encode()) + info.compress_size // 2
    content[at] ^= 0x55
    path.write_bytes(bytes(content))


def tar_member(name: str, size: int = 0, **fields: object) -> tarfile.TarInfo:
    """A tar header."""
    info = tarfile.TarInfo(name)
    info.size, info.mtime = size, 800_000_000
    for field, value in fields.items():
        setattr(info, field, value)
    return info


def tree(folder: Path) -> dict[str, bytes]:
    """Every file below a folder by its path, hidden ones too, and what it holds.

    The records of jobs are left out.
    """
    return {
        str((Path(path) / name).relative_to(folder)): (Path(path) / name).read_bytes()
        for path, _, names in os.walk(folder)
        if JOBS not in Path(path).parts
        for name in names
    }


def read_archive(path: Path) -> dict[str, bytes]:
    """Every file of an archive by its name, in order."""
    if path.read_bytes().startswith(b"PK"):
        with zipfile.ZipFile(path) as file:
            return {info.filename: file.read(info) for info in file.infolist()}
    with tarfile.open(path) as file:
        return {info.name: file.extractfile(info).read() for info in file if info.isreg()}


def sha(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()
