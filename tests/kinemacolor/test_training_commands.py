"""The commands that measure and list, as a user calls them."""

import json

import numpy as np
import pytest
import torch
from typer.testing import CliRunner

from kinemacolor.cli.main import app
from kinemacolor.cli.models import describe_loss
from kinemacolor.models import weights, weights_files
from kinemacolor.models.catalog import CATALOG, build
from kinemacolor.models.errors import SettingsError
from kinemacolor.models.recipe import Recipe
from kinemacolor.trainers.publish import publish


@pytest.fixture
def model(tmp_path):
    path = tmp_path / "model.safetensors"
    weights.save(build("kinema"), path, "kinema", metadata={"recipe": {}, "photos": 3})
    return path


def run(*arguments: object):
    return CliRunner().invoke(app, [str(argument) for argument in arguments])


def test_evaluate_prints_a_table_and_writes_a_report(photo_folder, model, tmp_path):
    target, sheet = tmp_path / "scores.json", tmp_path / "sheet.png"
    arguments = ("--data", photo_folder, "--device", "cpu", "--every", 3, "--hints", "0.5%")
    result = run("evaluate", model, *arguments, "--report", target, "--sheet", sheet)
    assert result.exit_code == 0, result.output
    scores = json.loads(target.read_text())
    assert scores["photos"] == len(scores["each"]) and scores["ciede2000_grey"] > 0
    assert scores["variant"] == "kinema" and scores["hints_asked"] == "0.5%"
    assert scores["psnr"] == pytest.approx(np.mean([photo["psnr"] for photo in scores["each"]]))
    assert {"ssim_nearest", "hint_error", "colorfulness_difference"} <= scores.keys()
    assert scores["psnr_guided"] > scores["psnr_grey"] and "guided" in result.stdout
    assert scores["photos"] + len(scores["unreadable"]) == 4
    assert f"{scores['ratio']:.3f}" in result.stdout and "nearest hints" in result.stdout
    assert sheet.read_bytes().startswith(b"\x89PNG")


def test_evaluate_prints_json(photo_folder, model, tmp_path):
    target = tmp_path / "scores.json"
    arguments = ("--data", photo_folder, "--device", "cpu", "--every", 4)
    result = run("evaluate", model, *arguments, "--json", "--report", target)
    assert result.exit_code == 0, result.output
    assert json.loads(result.stdout) == json.loads(target.read_text())
    assert "NaN" not in result.stdout


def test_evaluate_in_mixed_precision(photo_folder, model):
    arguments = ("--data", photo_folder, "--device", "cpu", "--every", 4)
    fine, coarse = (
        run("evaluate", model, *arguments, "--precision", p).stdout for p in ("fp32", "bf16")
    )
    assert fine.splitlines()[:2] == coarse.splitlines()[:2] and fine != coarse


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["absent"], "neither a network nor a weights file"),
        (["kinema", "--data", "nowhere"], "nowhere"),
        (["kinema"], "no source of pictures"),
        (["kinema", "--hints", "many"], "--hints many: is neither a number of points nor a share"),
        (["kinema", "--hints", "1.0"], "--hints 1.0: is neither a number of points nor a share"),
        (["kinema", "--report", "nowhere/scores.json"], "there is no folder nowhere"),
        (["kinema", "--sheet", "sheet.gif"], "--sheet sheet.gif: give a name that ends in .png"),
        (["kinema", "--data", "abstract:fluid:2", "--device", "abacus"], "--device abacus"),
    ],
)
def test_evaluate_says_what_is_wrong(options, message):
    result = run("evaluate", *options)
    assert isinstance(result.exception, SettingsError)
    assert message in str(result.exception) and "\n" not in str(result.exception)


def test_a_network_without_hints_refuses_them(tmp_path):
    path = tmp_path / "small.safetensors"
    weights.save(build("landscape_resnet"), path, "landscape_resnet")
    result = run("evaluate", path, "--data", "abstract:fluid:2", "--hints", "10")
    assert isinstance(result.exception, SettingsError)
    assert str(result.exception) == "--hints: landscape_resnet takes none; leave the option out"


def test_train_says_what_is_wrong(photo_folder, tmp_path):
    result = run("train", "nonsense", "--data", photo_folder, "--out", tmp_path / "run")
    assert isinstance(result.exception, SettingsError)
    assert str(result.exception) == "nonsense: is no network; `kinemacolor models` lists all"


@pytest.fixture
def few(monkeypatch):
    """The catalog with networks enough to tell columns apart."""
    kept = ("kinema", "hint_unet", "autoencoder_v1", "landscape_resnet")
    for name in set(CATALOG) - set(kept):
        monkeypatch.delitem(CATALOG, name)
    return list(CATALOG)


def test_models_lists_what_there_is_to_know(few, tmp_path):
    target = tmp_path / "models.json"
    result = run("models", "--all", "--report", target)
    head, *lines = result.stdout.splitlines()
    assert [line.split()[0] for line in lines] == few
    listed = json.loads(run("models", "--json").stdout)
    assert listed == json.loads(target.read_text())
    rows = {row["name"]: row for row in listed}
    assert list(rows) == few
    v1 = rows["autoencoder_v1"]
    assert v1["parameters"] == 6_219_410 and v1["size_multiple"] == 8 and not v1["takes_hints"]
    assert rows["kinema"]["weights"] and not v1["weights"] and rows["hint_unet"]["takes_hints"]
    for column, cell in (("M params", "6.22"), ("loss", "mse"), ("weights", "none")):
        line = lines[few.index("autoencoder_v1")]
        start = head.index(column)
        assert line[start : start + len(column)].strip() == cell


def test_models_counts_a_multiply_add_as_two(few):
    rows = json.loads(run("models", "--json").stdout)
    [row] = [r for r in rows if r["name"] == "landscape_resnet"]
    network, operations = build("landscape_resnet"), []

    def count(module, inputs, output):
        operations.append(2 * output.numel() * module.weight[0].numel())

    for module in network.modules():
        if isinstance(module, torch.nn.Conv2d):
            module.register_forward_hook(count)
    with torch.inference_mode():
        network(torch.zeros(1, 1, 256, 256))
    assert row["flops"] == sum(operations) > 0


def test_models_shows_where_a_loss_compares():
    rgb = Recipe(loss="ms_ssim", loss_space="rgb")
    both = Recipe(loss="ms_ssim_mse", embedding="vgg16")
    assert [describe_loss(r) for r in (rgb, both)] == ["ms_ssim rgb", "ms_ssim_mse + vgg16"]


def test_publish_stores_half_precision_with_scores(photo_folder, model, tmp_path, monkeypatch):
    (photo_folder / "broken.jpg").unlink()
    monkeypatch.setattr(weights_files, "WEIGHTS_FOLDER", tmp_path / "shipped")
    target = publish(model, [str(photo_folder)], "nine small pictures")
    assert target == tmp_path / "shipped" / "kinema.safetensors"
    loaded = weights.load("kinema")
    assert loaded.metadata["data"] == "nine small pictures"
    assert loaded.metadata["photos"] == 3 and loaded.metadata["scores"]["photos"] == 9
    assert target.stat().st_size < 0.55 * model.stat().st_size
