"""The league: one budget for all, rows that are kept, a table that can be read."""

import json
import sys

import cv2
import numpy as np
import pytest

from benchmarks import league
from benchmarks.league import Budget, cut
from benchmarks.league_table import markdown
from kinemacolor.models.catalog import variant


@pytest.fixture
def photos(tmp_path):
    folder = tmp_path / "photos"
    folder.mkdir()
    for i in range(6):
        noise = np.random.default_rng(i).random((6, 8, 3), np.float32)
        picture = cv2.resize(noise, (80, 64), interpolation=cv2.INTER_CUBIC).clip(0, 1) * 255
        cv2.imwrite(str(folder / f"{i}.png"), picture.astype(np.uint8))
    return folder


def test_a_recipe_is_cut_in_length_and_size_alone():
    own = variant("kmhcnet_12").recipe
    recipe = cut(own, Budget(seconds=10, size=64, batch=16, every=1), 7)
    assert recipe.steps == 7 and recipe.stages[0].size == 64 and recipe.stages[0].batch == 4
    assert (recipe.optimizer, recipe.learning_rate, recipe.eps) == ("adam", 1e-4, 1e-5)
    assert (recipe.loss, recipe.embedding) == ("ms_ssim_mse", "resnet50")
    assert recipe.encoder_weights == recipe.embedding_weights == "none"


def test_rows_are_kept_and_missing_ones_added(photos, tmp_path, monkeypatch, capsys):
    table = tmp_path / "league.json"

    def call(*variants: str) -> dict:
        arguments = ["league", "--train", str(photos), "--val", str(photos), "--json", str(table)]
        arguments += ["--seconds", "0.2", "--size", "32", "--batch", "2", "--every", "3"]
        monkeypatch.setattr(sys, "argv", [*arguments, "--variants", *variants])
        league.main()
        return json.loads(table.read_text())

    first = call("landscape_resnet")
    assert [row["variant"] for row in first["rows"]] == ["landscape_resnet"]
    row = first["rows"][0]
    assert row["steps"] >= 1 and row["pictures"] == 2 * row["steps"]
    assert row["parameters"] == 52_338 and row["scores"]["photos"] == 2
    second = call("landscape_resnet", "hint_unet")
    assert second["rows"][0] == row
    assert second["rows"][1]["hint_rate"] == 0.005
    printed = capsys.readouterr().out.splitlines()
    assert printed[-1].startswith("| hint_unet (hints 0.5%) | 7.24 |")

    monkeypatch.setattr(sys, "argv", [*sys.argv, "--seconds", "9"])
    with pytest.raises(SystemExit):
        league.main()
    assert "another budget" in capsys.readouterr().err


def test_the_table_puts_the_best_first_and_hinted_ones_last():
    scores = {
        "ratio": 0.9, "psnr": 23.0, "psnr_gain": 1.0, "ssim": 0.9, "ssim_gain": 0.01,
        "colorfulness": 10.0, "colorfulness_true": 40.0, "ms_ssim": 0.94, "ms_ssim_grey": 0.93,
        "agreement": 0.7, "agreement_grey": 0.3, "ab_mse": 0.004, "ab_mse_grey": 0.005,
    }  # fmt: skip
    base = {
        "parameters": 1e6, "flops": 2e9, "ms_per_frame": 12.0, "steps": 5, "hint_rate": 0.0,
        "published": {"accuracy": "94 %"},
    }  # fmt: skip
    rows = [
        base | {"variant": "guided", "hint_rate": 0.005, "scores": scores | {"ratio": 0.2}},
        base | {"variant": "worse", "scores": scores},
        base | {"variant": "better", "scores": scores | {"ratio": 0.8}},
    ]
    lines = markdown(rows).splitlines()
    assert [line.split(" | ")[0][2:] for line in lines[2:]] == [
        "better", "worse", "guided (hints 0.5%)",
    ]  # fmt: skip
    assert "23.00 (+1.00)" in lines[2] and "accuracy 94 %" in lines[2]
    assert "0.00400 (0.00500)" in lines[2]
