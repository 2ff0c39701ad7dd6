"""Damaged films through the whole pipeline: refused with their frames named, or salvaged."""

from __future__ import annotations

import zlib
from pathlib import Path

import pytest

from kinemacolor.engine.errors import MediaError
from kinemacolor.engine.pipeline.segmentation import Segment
from tests.engine.media.video.damaging import H264, damage_packet, flip, zeros
from tests.engine.media.video.films import make_film, pictures_of
from tests.engine.tint import tinting_worker

FFV1 = {"codec": "ffv1", "options": {"slices": "4", "g": "1"}}


def nothing() -> None:
    """What a job does after a frame, here."""


def damaged(folder: Path, kind: dict, number: int, how) -> Path:
    path = make_film(folder / "in.mkv", **kind, frames=24)
    damage_packet(path, number, how)
    return path


@pytest.mark.parametrize(
    ("kind", "number", "how", "told"),
    [
        (FFV1, 9, flip, "1 frame is damaged: 9 (0.375 s)"),
        (H264, 23, zeros, "1 frame is missing: "),
    ],
)
def test_is_refused_and_nothing_left(tmp_path, monkeypatch, kind, number, how, told):
    source = damaged(tmp_path, kind, number, how)
    with pytest.raises(MediaError) as error:
        tinting_worker(monkeypatch).film(source, tmp_path / "out.mkv", nothing)
    assert told in str(error.value)
    assert [path.name for path in tmp_path.iterdir()] == ["in.mkv"]


@pytest.mark.parametrize(
    ("kind", "number", "how", "frames"), [(FFV1, 9, flip, 24), (H264, 23, zeros, 23)]
)
def test_is_salvaged(tmp_path, monkeypatch, kind, number, how, frames):
    source = make_film(tmp_path / "in.mkv", **kind, frames=24)
    before = {zlib.crc32(picture.planes[0].tobytes()) for picture in pictures_of(source)}
    damage_packet(source, number, how)
    report = tinting_worker(monkeypatch, salvage=True, codec="ffv1").film(
        source, tmp_path / "out.mkv", nothing
    )
    after = pictures_of(tmp_path / "out.mkv")
    assert (report.frames, report.missing) == (len(after), 24 - frames) == (frames, 24 - frames)
    assert len(report.notes) == len(set(report.notes))
    assert sum("missing" in note or "damaged" in note for note in report.notes) == 1
    kept = sum(zlib.crc32(picture.planes[0].tobytes()) in before for picture in after)
    assert kept >= frames - 1


def test_that_decodes_otherwise_each_time_is_salvaged_and_told(tmp_path, monkeypatch):
    source = make_film(tmp_path / "in.mkv", **FFV1, frames=24)
    worker = tinting_worker(monkeypatch, salvage=True, codec="ffv1")
    index = worker.index(source, nothing)
    index.luma_crc32[9] ^= 1
    colors = worker.segment(source, index, Segment(0, 24, 0, 24), tmp_path / "part", nothing)
    (note,) = colors.notes
    assert note.startswith("1 frame is damaged: ")
    worker.assemble(source, index, [tmp_path / "part"], tmp_path / "out.mkv")
    assert len(pictures_of(tmp_path / "out.mkv")) == 24


def test_tells_of_damage_in_an_excerpt(tmp_path, monkeypatch):
    source = damaged(tmp_path, FFV1, 9, flip)
    excerpts = {"0-5": 0, "6-12": 1}
    for frames, told in excerpts.items():
        worker = tinting_worker(monkeypatch, salvage=True, frames=frames)
        report = worker.film(source, tmp_path / f"{frames}.mkv", nothing)
        notes = [note for note in report.notes if note == "1 frame is damaged: 9 (0.375 s)"]
        assert len(notes) == told
