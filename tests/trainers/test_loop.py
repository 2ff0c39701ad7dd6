"""A whole training in one process: what it leaves behind, scores, early stop."""

import csv
import json
import math
from dataclasses import asdict, dataclass

import cv2
import pytest
import torch

from kinemacolor.models import weights
from kinemacolor.models.recipe import Recipe, Stage
from kinemacolor.trainers.training import Job, TrainingError, train
from kinemacolor.trainers.training.job import scoring_interval
from tests.trainers import tiny


@pytest.fixture
def job(tmp_path, monkeypatch):
    tiny.register(monkeypatch)

    def make(**changes):
        recipe = Recipe.from_dict(tiny.RECIPE.to_dict() | changes.pop("recipe", {}))
        fields = {
            "variant": "tiny",
            "recipe": recipe,
            "photos": tiny.Noise(),
            "validation": tiny.Noise(3),
            "folder": tmp_path / "run",
            "loaders": 0,
            "score_every": 5,
        }
        return Job(**fields | changes)

    return make


@dataclass(frozen=True)
class Figures:
    """Scores by hand."""

    psnr: float
    ratio: float
    psnr_grey: float = 20.0
    colorfulness: float = 1.0
    colorfulness_true: float = 2.0

    def to_dict(self):
        return asdict(self)


@pytest.fixture
def scored(monkeypatch):
    """Has validations give these figures, one after the other."""

    def give(*figures):
        left = iter(figures)

        def evaluate(*_, **__):
            return Figures(*next(left))

        monkeypatch.setattr("kinemacolor.trainers.training.loop.evaluate", evaluate)

    return give


def rows(path):
    with path.open(newline="") as file:
        return list(csv.DictReader(file))


def test_a_run_leaves_weights_curves_samples_and_records(job):
    one = job(notes={"left_out": {"grey": 2}})
    train(one)
    folder = one.folder
    log = rows(folder / "log.csv")
    assert [int(row["step"]) for row in log] == list(range(1, 11))
    assert [int(row["size"]) for row in log] == [16] * 6 + [32] * 4
    assert all(math.isfinite(float(row["loss"])) for row in log)
    assert [int(row["step"]) for row in rows(folder / "scores.csv")] == [5, 10]
    assert json.loads((folder / "run.json").read_text())["left_out"] == {"grey": 2}
    metadata = weights.load(folder / "last.safetensors").metadata
    assert Recipe.from_dict(metadata["recipe"]) == tiny.RECIPE
    assert metadata["photos"] == 6 and metadata["validation_photos"] == 3
    assert metadata["step"] == 10 and metadata["scores"]["ratio"] > 0
    assert cv2.imread(str(folder / "curves.png")).std() > 0
    # Three validation photos, each given, predicted and true, 256 pixels wide.
    assert cv2.imread(str(folder / "samples" / "0000010.png")).shape == (768, 768, 3)
    assert not list(folder.rglob("*.part*"))


def test_training_lowers_the_loss(job):
    recipe = {"stages": [{"size": 16, "batch": 2, "steps": 60}], "learning_rate": 0.1}
    one = job(photos=tiny.Noise(1), recipe=recipe, validation=None)
    train(one)
    losses = [float(row["loss"]) for row in rows(one.folder / "log.csv")]
    assert sum(losses[-6:]) < 0.8 * sum(losses[:6])


def test_without_validation_the_last_weights_are_the_best(job):
    one = job(validation=None)
    train(one)
    best, last = (weights.load(one.folder / f"{n}.safetensors") for n in ("best", "last"))
    assert best.metadata == last.metadata and "scores" not in best.metadata
    for value, other in zip(best.network().parameters(), last.network().parameters(), strict=True):
        assert torch.equal(value, other)
    assert not rows(one.folder / "scores.csv")


@pytest.mark.parametrize(("monitor", "best"), [("ratio", 4), ("psnr", 6)])
def test_the_best_weights_are_the_best_by_what_is_monitored(job, scored, monitor, best):
    scored((21, 0.9), (22, 0.7), (25, 0.8), (24, 0.75), (20, 0.95))
    one = job(recipe={"monitor": monitor}, score_every=2)
    train(one)
    assert weights.load(one.folder / "best.safetensors").metadata["step"] == best
    assert weights.load(one.folder / "last.safetensors").metadata["step"] == 10
    told = [float(row["psnr"]) for row in rows(one.folder / "scores.csv")]
    assert told == [21, 22, 25, 24, 20]


def test_it_stops_early_without_gain(job, scored):
    scored((20, 0.9), (20, 0.8), (20, 0.85), (20, 0.8), (20, 0.9))
    one = job(recipe={"patience": 3}, score_every=1)
    course = train(one)
    assert (course.step, course.waited) == (5, 3)
    assert len(rows(one.folder / "log.csv")) == 5
    assert train(job(recipe={"patience": 3}, score_every=1, resume=True)).step == 5


def test_validations_below_the_floor_lower_the_rate(job, scored):
    scored((32, 1), (33, 1), (31, 1), (32, 1))
    one = job(recipe={"psnr_floor": 33.0, "floor_drop": 0.25}, score_every=3)
    assert train(one).lowered == 3
    rates = [float(row["rate"]) for row in rows(one.folder / "log.csv")]
    assert rates == pytest.approx([0.01] * 3 + [0.0075] * 6 + [0.005])


def test_stages_have_their_own_rate_and_epochs(job):
    stages = [
        {"size": 16, "batch": 4, "epochs": 2.0, "rate": 1.0},
        {"size": 32, "batch": 2, "epochs": 1.0, "rate": 0.1},
    ]
    one = job(recipe={"stages": stages}, validation=None)
    train(one)  # six photos: three steps, and three
    rates = [float(row["rate"]) for row in rows(one.folder / "log.csv")]
    assert rates == pytest.approx([0.01] * 3 + [0.001] * 3)


def test_starting_weights_are_taken_and_must_fit(job, tmp_path):
    train(job())
    first = tmp_path / "run" / "last.safetensors"
    still = job(recipe={"learning_rate": 0.0}, init=str(first), folder=tmp_path / "two")
    train(still)
    again = weights.load(tmp_path / "two" / "last.safetensors").network().state_dict()
    for name, value in weights.load(first).network().state_dict().items():
        assert (again[name] == value).all()


def test_starting_weights_that_stay_the_best_are_kept(job, scored, tmp_path):
    train(job(validation=None))
    first = tmp_path / "run" / "last.safetensors"
    scored((25, 0.8), (21, 0.9), (22, 0.85))
    two = tmp_path / "two"
    train(job(init=str(first), folder=two))
    assert [int(row["step"]) for row in rows(two / "scores.csv")] == [0, 5, 10]
    assert weights.load(two / "best.safetensors").metadata["step"] == 0
    for value, own in zip(
        weights.load(two / "best.safetensors").network().parameters(),
        weights.load(first).network().parameters(),
        strict=True,
    ):
        assert torch.equal(value, own)


@pytest.mark.parametrize(
    ("recipe", "message"),
    [
        ({"stages": [{"size": 17, "batch": 2, "steps": 1}]}, "size 17: tiny needs a multiple of 2"),
        ({"learning_rate": 1e30}, "step [23]: the loss is .* --learning-rate"),
    ],
)
def test_what_cannot_go_on_is_one_line(job, recipe, message):
    with pytest.raises(TrainingError, match=message) as error:
        train(job(recipe=recipe))
    assert "\n" not in str(error.value)


def test_a_loss_that_is_no_number_keeps_the_last_checkpoint(job):
    one = job(recipe={"learning_rate": 1e30}, save_every=1)
    with pytest.raises(TrainingError):
        train(one)
    log = rows(one.folder / "log.csv")
    assert all(math.isfinite(float(row["loss"])) for row in log)
    again = job(recipe={"learning_rate": 1e30}, resume=True)
    with pytest.raises(TrainingError, match=f"step {len(log) + 1}:"):
        train(again)


def test_a_used_folder_is_not_overwritten(job):
    train(job())
    with pytest.raises(TrainingError, match="--resume"):
        train(job())
    assert train(job(resume=True)).step == 10


@pytest.mark.parametrize(
    ("steps", "photos", "expected"),
    [
        (1000, 320, 20),  # an epoch of batch 16
        (10_000, 32, 50),  # epochs too short: one in two hundred steps
        (100, 100_000, 10),  # too long: ten scores
        (3, 100_000, 1),
    ],
)
def test_scores_come_about_once_an_epoch(steps, photos, expected):
    assert scoring_interval(Recipe(stages=(Stage(64, 16, steps),)), photos) == expected
