"""`kinemacolor pack`."""

from __future__ import annotations

import json

import cv2
import numpy as np
import pytest
from typer.testing import CliRunner

from kinemacolor.cli.main import app
from kinemacolor.models.errors import KinemacolorError


@pytest.fixture(autouse=True)
def photos(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "photos").mkdir()
    for number in range(3):
        soft = cv2.resize(np.random.default_rng(number).random((4, 5, 3)), (80, 60)) * 255
        cv2.imwrite(f"photos/{number}.png", soft.clip(0, 255).astype(np.uint8))
    cv2.imwrite("photos/grey.png", np.full((50, 60, 3), 99, np.uint8))


def packed(*words):
    return CliRunner().invoke(app, ["pack", *words])


def test_it_says_what_it_packed(tmp_path):
    result = packed("photos", "-o", "all.pack", "--size", "30")
    assert result.exit_code == 0, result.output
    assert "all.pack: 3 photos, 0.01 MB; left out: 1 grey" in result.output
    assert (tmp_path / "all.pack").stat().st_size > 3 * 30 * 40 * 3


def test_shards_and_json(tmp_path):
    result = packed("photos", "-o", "parts", "--shard", "1", "--json")
    assert result.exit_code == 0, result.output
    said = json.loads(result.stdout)
    assert said == {
        "files": ["parts/parts-0001.pack"],
        "photos": 3,
        "bytes": 3 * 60 * 80 * 3,
        "left_out": {"grey": 1},
    }


def test_a_training_scores_on_it():
    assert packed("photos", "-o", "all.pack").exit_code == 0
    result = CliRunner().invoke(app, ["evaluate", "landscape_unet", "--data", "absent.pack"])
    assert isinstance(result.exception, KinemacolorError) and "absent" in str(result.exception)
    result = CliRunner().invoke(app, ["evaluate", "--data", "all.pack", "--device", "cpu"])
    assert result.exit_code == 0 and "3 photos" in result.output


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["photos", "-o", "all.zip"], "a pack's name ends in .pack; or give --shard"),
        (["absent", "-o", "all.pack"], "absent: not found; give a folder, zip, tar, pack or film"),
        (["photos", "-o", "photos/all.pack"], "lies in what it is made of"),
        (["photos", "-o", "photos", "--shard", "1"], "lies in what it is made of"),
        (["photos", "-o", "there.pack"], "there.pack: is there already; give another name"),
        (["photos", "-o", "there.pack/all.pack"], "cannot be written (File exists)"),
    ],
)
def test_wrong_places_are_told(words, said, tmp_path):
    (tmp_path / "there.pack").touch()
    result = packed(*words)
    assert isinstance(result.exception, KinemacolorError)
    assert said in str(result.exception) and "\n" not in str(result.exception)
    assert not (tmp_path / "there.pack").read_bytes()
