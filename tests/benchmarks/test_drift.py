"""Drift: patches are followed, and the change of their colours measured."""

from __future__ import annotations

from pathlib import Path

import av
import numpy as np
import pytest

from benchmarks.drift import bars, changed, flicker, lumas_of, mean, spans_of, table
from benchmarks.patch_tracks import follow
from tests.engine.tint import pan, photo

LUMAS = pan(30, 96, 128)


def test_patches_follow_a_camera():
    first, last = follow(LUMAS, 0, 20)
    assert len(first) > 10
    assert np.abs(last - first - (-20, 0)).max() < 2


def test_patches_do_not_survive_a_cut():
    first, last = follow([LUMAS[0], photo(96, 128, 9)], 0, 1)
    assert len(first) == len(last) < 5


def test_drift_is_measured_within_shots():
    lumas = [*LUMAS, *pan(26, 96, 128, seed=3), *pan(10, 96, 128, seed=4)]
    assert spans_of(lumas, 100) == [(0, 29), (30, 55)]
    assert spans_of(pan(140, 96, 128), 100) == [(0, 100)]
    assert spans_of(pan(160, 96, 128), 100) == [(0, 100), (50, 150)]


def test_change_is_along_the_motion():
    first, last = follow(LUMAS, 0, 20)
    ramp = np.repeat(np.arange(148, dtype=np.float32)[None], 96, axis=0)
    ab = {n: np.dstack([ramp[:, n : n + 128], 0 * ramp[:, :128]]) for n in (0, 20)}
    assert changed(ab, [((0, 20), first, last)]) < 1
    ab[20] = ab[20] + np.float32((3, 4))
    assert changed(ab, [((0, 20), first, last)]) == pytest.approx(5, abs=1)
    assert np.isnan(changed(ab, [((0, 20), first[:0], last[:0])]))


def write_film(path: Path, lumas: list[np.ndarray], tints: list[int]) -> Path:
    """A lossless film of plain chroma, `tints` codes off neutral."""
    with av.open(str(path), "w") as film:
        video = film.add_stream("ffv1", rate=25)
        video.height, video.width = lumas[0].shape
        video.pix_fmt = "yuv444p"
        for luma, tint in zip(lumas, tints, strict=True):
            chroma = np.full_like(luma, 128 + tint)
            planes = np.stack([luma, chroma, chroma])
            film.mux(
                video.encode(
                    av.VideoFrame.from_ndarray(planes, format="yuv444p", channel_last=False)
                )
            )
        film.mux(video.encode(None))
    return path


def test_flicker_is_of_neighbours_within_shots(tmp_path):
    lumas = [*LUMAS[:4], *pan(4, 96, 128, seed=3)]
    tints = {"still": [20] * 8, "cut": [20] * 4 + [0] * 4, "every": [20, 10] * 4}
    films = {name: write_film(tmp_path / f"{name}.mkv", lumas, t) for name, t in tints.items()}
    found = flicker(lumas_of(films["still"]), films)
    assert found["cut"] < found["still"] < 2 < 5 < found["every"]


def test_bars_compare_with_no_memory():
    row = {
        "none": {"drift": 4.0, "colorfulness": 10.0},
        "memory": {"drift": 1.0, "colorfulness": 9.0},
    }
    film = {
        **row,
        "none": {**row["none"], "ciede2000": 9.0},
        "memory": row["memory"] | {"ciede2000": 9.0},
    }
    overall = mean([row, film])
    assert overall["memory"]["drift"] == 1.0 and overall["memory"]["ciede2000"] == 9.0
    assert [(bar["of"], bar["holds"]) for bar in bars(overall)] == [
        ("drift", True),
        ("ciede2000", True),
        ("colorfulness", False),
    ]
    assert "memory" in table("mean", overall)
