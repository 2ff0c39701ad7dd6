"""The commands that measure and list, as a user calls them."""

import json

import pytest
from typer.testing import CliRunner

from engine.cli import app
from models import weights
from models.catalog import CATALOG, build
from trainers.commands import CommandError
from trainers.publish import publish


@pytest.fixture
def model(tmp_path):
    path = tmp_path / "model.safetensors"
    weights.save(build("kinema"), path, "kinema", metadata={"recipe": {}, "photos": 3})
    return path


def run(*arguments: object):
    return CliRunner().invoke(app, [str(argument) for argument in arguments])


def test_evaluate_prints_a_table_and_writes_json(photo_folder, model, tmp_path):
    (photo_folder / "broken.jpg").unlink()
    target = tmp_path / "scores.json"
    result = run(
        "evaluate", model, "--data", photo_folder, "--device", "cpu", "--every", 4, "--json", target
    )
    assert result.exit_code == 0, result.output
    scores = json.loads(target.read_text())
    assert scores["photos"] == 3 and scores["ciede2000_grey"] > 0
    assert f"{scores['ratio']:.3f}" in result.stdout


def test_evaluate_says_what_is_wrong(photo_folder, tmp_path):
    for arguments in (["absent"], ["kinema", "--data", tmp_path / "nowhere"]):
        result = run("evaluate", *arguments)
        assert result.exit_code != 0 and isinstance(result.exception, CommandError)


def test_train_says_what_is_wrong(photo_folder, tmp_path):
    result = run("train", "nonsense", "--data", photo_folder, "--out", tmp_path / "run")
    assert isinstance(result.exception, CommandError)
    assert "kinema" in str(result.exception)


def test_models_lists_them_all():
    listed = run("models").stdout.splitlines()
    assert [line.split(":")[0] for line in listed] == list(CATALOG)


def test_publish_stores_half_precision_with_scores(photo_folder, model, tmp_path, monkeypatch):
    (photo_folder / "broken.jpg").unlink()
    monkeypatch.setattr(weights, "WEIGHTS_FOLDER", tmp_path / "shipped")
    target = publish(model, photo_folder, "nine small pictures")
    assert target == tmp_path / "shipped" / "kinema.safetensors"
    loaded = weights.load("kinema")
    assert loaded.metadata["data"] == "nine small pictures"
    assert loaded.metadata["photos"] == 3 and loaded.metadata["scores"]["photos"] == 9
    assert target.stat().st_size < 0.55 * model.stat().st_size
