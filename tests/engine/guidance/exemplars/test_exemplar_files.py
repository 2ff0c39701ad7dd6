"""Exemplars on disk: whole or not at all, read in part, and told where they are damaged."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from kinemacolor.engine.guidance.exemplars import exemplar_files
from kinemacolor.engine.guidance.exemplars.exemplar import (
    Authority,
    Exemplar,
    FilmExemplars,
    ShotExemplars,
)
from kinemacolor.engine.guidance.exemplars.exemplar_files import read, rounded, write
from kinemacolor.models.errors import KinemacolorError


def exemplar(seed: int, frame: int | None = None) -> Exemplar:
    random = np.random.default_rng(seed)
    return rounded(
        Exemplar(
            random.uniform(0, 100, (32, 64)).astype(np.float32),
            random.uniform(-90, 90, (32, 64, 2)).astype(np.float32),
            random.uniform(0, 1, (32, 64)).astype(np.float32),
            Authority.REFERENCE if frame is None else Authority.GIVEN,
            frame,
            f"exemplar {seed}",
        )
    )


SHARED = exemplar(0)
FILM = FilmExemplars(
    (
        ShotExemplars(0, (exemplar(1, 4), SHARED), strength=0.5),
        ShotExemplars(10),
        ShotExemplars(20, (SHARED,), saturation=1.2, warmth=-3.0),
    ),
    ("shot 3 takes its colours from set.jpg",),
)


def test_what_is_stored_is_what_is_used(tmp_path: Path) -> None:
    write(FILM, tmp_path / "film")
    found = read(tmp_path / "film", 0, 30)
    assert [shot.digest for shot in found.shots] == [shot.digest for shot in FILM.shots]
    assert found.starts == FILM.starts
    assert found.notes == FILM.notes
    assert found.given_frames == [4]
    assert found.shots[0].exemplars[1] is found.shots[2].exemplars[0]
    assert [e.name for e in found.shots[0].exemplars] == ["exemplar 1", "exemplar 0"]


def test_rounding_is_small_and_is_done_once() -> None:
    random = np.random.default_rng(5)
    rough = Exemplar(
        random.uniform(0, 100, (32, 32)).astype(np.float32),
        random.uniform(-90, 90, (32, 32, 2)).astype(np.float32),
        random.uniform(0, 1, (32, 32)).astype(np.float32),
        Authority.NETWORK,
        0,
        "frame 0",
    )
    once = rounded(rough)
    assert np.abs(once.ab - rough.ab).max() <= 0.125
    assert np.abs(once.lightness - rough.lightness).max() < 0.2
    assert np.array_equal(rounded(once).lightness, once.lightness)


@pytest.mark.parametrize(
    ("first", "stop", "starts"),
    [(0, 10, [0]), (9, 11, [0, 10]), (10, 20, [10]), (15, 21, [10, 20]), (25, 99, [20])],
)
def test_a_part_is_read_alone(tmp_path: Path, first: int, stop: int, starts: list[int]) -> None:
    write(FILM, tmp_path / "film")
    assert read(tmp_path / "film", first, stop).starts == starts


def test_shared_planes_are_stored_once(tmp_path: Path) -> None:
    write(FILM, tmp_path / "film")
    assert len(list((tmp_path / "film").glob("*.npz"))) == 2


def test_a_new_folder_takes_the_place_of_the_old(tmp_path: Path) -> None:
    write(FILM, tmp_path / "film")
    write(FilmExemplars((ShotExemplars(0),)), tmp_path / "film")
    assert [file.name for file in (tmp_path / "film").iterdir()] == ["film.json"]
    assert [place.name for place in tmp_path.iterdir()] == ["film"]


def test_a_write_that_fails_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(exemplar_files.os, "fsync", full)
    with pytest.raises(KinemacolorError, match="film: the disk is full"):
        write(FILM, tmp_path / "film")
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("name", ["film.json", "*.npz"])
@pytest.mark.parametrize("damage", ["absent", "cut off", "changed"])
def test_damage_is_told_in_one_line(tmp_path: Path, name: str, damage: str) -> None:
    folder = tmp_path / "film"
    write(FILM, folder)
    for file in folder.glob(name):
        content = bytearray(file.read_bytes())
        if damage == "absent":
            file.unlink()
            continue
        if damage == "cut off":
            del content[len(content) // 2 :]
        else:
            content[len(content) // 2] ^= 0x80
        file.write_bytes(content)
    with pytest.raises(KinemacolorError, match="is no file of a film's exemplars; remove") as told:
        read(folder, 0, 30)
    assert "\n" not in str(told.value)
