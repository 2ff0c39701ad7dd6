"""Whether what a job says of a file is so, by readers that share nothing with the engine's."""

from __future__ import annotations

import io
import tarfile
import warnings
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import av
import numpy as np
from av.error import FFmpegError
from PIL import Image, UnidentifiedImageError

_HARMLESS = ("co located POCs unavailable", "Overread VUI")  # said of whole films, too
_ENDS = ("done", "carried", "skipped", "failed")


def judge(source: Path, events: list[dict[str, Any]], whole: Path) -> str:
    """What is false in the events about a source; empty where nothing is.

    Args:
        source: the damaged file.
        whole: what it was before.
        events: of the job, as `--json` prints them; those about other files are passed over.
    """
    own = [e for e in events if e.get("asset") == str(source) and e["event"] in _ENDS]
    ends = [e for e in own if "member" not in e]
    if len(ends) != 1:
        return f"ended {len(ends)} times"
    [end] = ends
    if "unexpected" in end.get("reason", ""):
        return f"a fault of ours: {end['reason']}"
    target = Path(end["target"]) if end.get("target") else None
    if end["event"] == "failed":
        return "failed without a reason" if not end.get("reason") else ""
    if target is None or not target.is_file():
        return f"{end['event']}, but there is no result"
    if end["event"] == "carried":
        same = target.read_bytes() == source.read_bytes()
        return "" if same else "carried over, but changed"
    if end["event"] == "skipped":
        return "" if end.get("reason") else "skipped without a reason"
    if end["kind"] == "still":
        return _still(target.read_bytes(), source.read_bytes(), bool(end.get("notes")))
    if end["kind"] == "film":
        return _film(target, source, end["frames"], whole)
    return _archive(target, [e for e in own if "member" in e])


def _still(result: bytes, source: bytes, noted: bool = False) -> str:
    """What is false of a still.

    Args:
        noted: something of the source was told: Pillow need not read it, then.
    """
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of damaged EXIF; what our own process says is checked
            with Image.open(io.BytesIO(result)) as picture:
                picture.load()
                size = picture.size
            try:
                with Image.open(io.BytesIO(source)) as picture:
                    before = picture.size
            except UnidentifiedImageError:
                if not noted:
                    raise
                before = size
    except Exception as error:  # Pillow's decoders raise anything
        return f"the still does not decode: {error}"
    return "" if size == before else f"of {before} became {size}"


def _film(result: Path, source: Path, frames: int, whole: Path) -> str:
    made, problem = _lumas(result)
    if problem:
        return f"the result does not decode: {problem}"
    if len(made) != frames:
        return f"decodes to {len(made)} frames, not to {frames}"
    given, problem = _lumas(source)
    if problem and not _same(made, _lumas(whole)[0]):
        return f"a damaged film was called coloured: {problem}"
    if len(given) != frames:
        return f"{frames} frames of {len(given)}"
    differ = sum(not np.array_equal(*pair) for pair in zip(made, given, strict=True))
    return f"{differ} frames have another luma" if differ else ""


def _same(some: list[np.ndarray], others: list[np.ndarray]) -> bool:
    return len(some) == len(others) and all(map(np.array_equal, some, others))


def _lumas(path: Path) -> tuple[list[np.ndarray], str]:
    """The luma of every frame that one thread decodes, and the first error on the way."""
    lumas, problem, said = [], "", []
    av.logging.set_level(av.logging.ERROR)
    with (
        av.logging.Capture(local=False) as log,
        av.open(str(path), metadata_errors="surrogateescape") as film,
    ):
        video = film.streams.video[0]
        video.codec_context.thread_type, video.codec_context.thread_count = "NONE", 1
        for packet in _packets(film.demux(video)):
            if isinstance(packet, FFmpegError):
                problem = problem or str(packet)
                continue
            heard = len(log)
            try:
                for frame in video.decode(packet):
                    plane = frame.planes[0]
                    rows = np.frombuffer(plane, np.uint8).reshape(plane.height, plane.line_size)
                    lumas.append(rows[:, : plane.width].copy())
            except FFmpegError as error:
                problem = problem or ("" if packet.is_discard else str(error))
            if not packet.is_discard:  # a picture that an edit list cuts away is nobody's loss
                said += log[heard:]
    av.logging.set_level(None)
    codec = video.codec_context.name  # others complain of sound that is damaged, and copied so
    told = (
        words.strip()
        for _, name, words in said
        if name == codec and not any(w in words for w in _HARMLESS)
    )
    return lumas, problem or next(told, "")


def _packets(packets: Iterator[av.Packet]) -> Iterator[av.Packet | FFmpegError]:
    """Packets as far as there are any, and the error that ended them."""
    try:
        yield from packets
    except FFmpegError as error:
        yield error


def _archive(result: Path, members: list[dict[str, Any]]) -> str:
    content = result.read_bytes()
    names: dict[str, bytes] = {}
    try:
        if content.startswith(b"PK"):
            with zipfile.ZipFile(result) as archive:
                names = {info.filename: archive.read(info) for info in archive.infolist()}
        else:
            with tarfile.open(result) as archive:
                files = [info for info in archive if info.isreg()]
                names = {info.name: archive.extractfile(info).read() for info in files}  # type: ignore[union-attr]
    except Exception as error:
        if all(member["event"] == "done" for member in members):
            return f"the archive cannot be read: {error}"
    for member in members:
        if member["event"] == "done" and member["kind"] == "still" and member["target"] in names:
            still = names[member["target"]]
            if problem := _still(still, still):
                return f"{member['member']}: {problem}"
    return ""
