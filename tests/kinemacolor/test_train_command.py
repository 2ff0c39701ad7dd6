"""`kinemacolor train`: what is asked for becomes a job, and what is wrong becomes one line."""

import json
import subprocess
import sys
from dataclasses import replace

import pytest
from typer.testing import CliRunner

from kinemacolor.cli.main import app
from kinemacolor.models import extras
from kinemacolor.models.catalog import CATALOG, variant
from kinemacolor.models.errors import KinemacolorError, SettingsError
from kinemacolor.models.recipe import Recipe, Stage
from kinemacolor.trainers.loss_names import LOSS_NAMES
from kinemacolor.trainers.recipe_changes import fine_tuning, overridden, reshaped
from kinemacolor.trainers.recipe_fields import FIELDS, default_text
from kinemacolor.trainers.request import Request
from kinemacolor.trainers.training.prepare import prepare
from kinemacolor.trainers.training.split import hold_out


def run(*arguments):
    return CliRunner().invoke(app, ["train", *map(str, arguments)])


def request(photo_folder, tmp_path, **changes):
    fields = {
        "variant": "landscape_autoencoder",
        "out": tmp_path / "run",
        "data": [str(photo_folder)],
        "device": "cpu",
    }
    return Request(**fields | changes)


class TestRecipe:
    TWO = Recipe(stages=(Stage(64, 8, 30), Stage(128, 4, 10)))

    @pytest.mark.parametrize(
        ("shape", "expected"),
        [
            ({}, ((64, 8, 30), (128, 4, 10))),
            ({"size": 32, "batch": 2}, ((32, 2, 30), (32, 2, 10))),
            ({"steps": 100}, ((64, 8, 75), (128, 4, 25))),
            ({"steps": 1}, ((64, 8, 1),)),
            # 240 and 40 of 280 pictures: of 56 they are 48 and 8.
            ({"epochs": 2}, ((64, 8, 6), (128, 4, 2))),
        ],
    )
    def test_stages_are_reshaped(self, shape, expected):
        stages = reshaped(self.TWO, 28, **shape).stages
        assert tuple((s.size, s.batch, s.steps) for s in stages) == expected

    def test_stages_in_epochs_follow_the_batch(self):
        recipe = Recipe(stages=(Stage(64, 8, epochs=2, rate=0.5),))
        assert reshaped(recipe, 32, batch=4).stages == (Stage(64, 4, 16, rate=0.5),)

    def test_fields_are_overridden(self):
        changes = ["clip=2", "loss=l1", "crop=[0.5, 0.9]", "stages=32x4x10,64x2x1.5e"]
        recipe = overridden(Recipe(), changes)
        assert (recipe.clip, recipe.loss, recipe.crop) == (2, "l1", (0.5, 0.9))
        assert recipe.stages == (Stage(32, 4, 10), Stage(64, 2, epochs=1.5))

    @pytest.mark.parametrize(
        ("change", "message"),
        [
            ("clip", "--set clip: names no field"),
            ("nonsense=1", "--set nonsense=1: names no field"),
            ("flop=1", "did you mean flip"),
            ("stages=64", "--set stages=64: use"),
            ("stages=64x2x0", "--set"),
            ("flip=1.5", "--set flip: 1.5 is not possible; use 0 to 1"),
            ("patience=2.5", "use a whole number, 0 or more"),
            ("patience=true", "use a whole number"),
            ("loss=best", "--loss: 'best' is not possible; use distribution, huber"),
            ("crop=0.5", "use a list such as"),
            ("crop=[0.5]", "use a list such as"),
            ("hints=[0.1,2]", "use 0 to 1"),
            ("embedding_training=1", "use true, false"),
            ("precision=fp16", "use bf16, fp32"),
        ],
    )
    def test_bad_changes_are_told(self, change, message):
        with pytest.raises(SettingsError) as error:
            overridden(Recipe(), [change])
        assert message in str(error.value)

    def test_a_text_that_looks_like_a_number_stays_a_text(self):
        assert overridden(Recipe(), ["encoder_weights=12"]).encoder_weights == "12"

    def test_the_warm_up_keeps_its_share_of_another_length(self):
        recipe = replace(self.TWO, warmup=8)
        assert reshaped(recipe, 28).warmup == reshaped(recipe, 28, size=32).warmup == 8
        assert reshaped(recipe, 28, steps=20).warmup == 4
        assert reshaped(recipe, 28, steps=20, keeps_warmup=True).warmup == 8

    def test_fine_tuning_is_gentle(self):
        recipe = fine_tuning(replace(self.TWO, learning_rate=0.01, warmup=200))
        assert [(s.size, s.batch, s.steps) for s in recipe.stages] == [(128, 4, 500)]
        assert recipe.learning_rate == pytest.approx(0.002) and recipe.warmup == 50
        assert recipe.frozen_statistics

    @pytest.mark.parametrize("shape", [{"epochs": 1, "steps": 1}, {"epochs": -1}])
    def test_bad_lengths_are_told(self, shape):
        with pytest.raises(SettingsError):
            reshaped(self.TWO, 28, **shape)


class TestJob:
    def test_the_variants_recipe_is_the_default(self, photo_folder, tmp_path):
        job = prepare(request(photo_folder, tmp_path))
        assert job.recipe == variant("landscape_autoencoder").recipe.resolved(len(job.photos))

    def test_a_tenth_is_held_out(self, photo_folder, tmp_path):
        job = prepare(request(photo_folder, tmp_path))
        assert (len(job.photos), len(job.validation)) == (6, 1)
        assert not set(job.photos.names) & set(job.validation.names)
        assert job.notes["left_out"] == {"grey": 1, "toned": 1, "unreadable": 1}

    def test_validation_is_as_asked(self, photo_folder, tmp_path):
        none = prepare(request(photo_folder, tmp_path, val=["none"]))
        assert (len(none.photos), none.validation) == (7, None)
        own = prepare(request(photo_folder, tmp_path, val=[str(photo_folder / "more")]))
        assert (len(own.photos), len(own.validation)) == (7, 1)

    def test_sources_may_be_several(self, photo_folder, tmp_path):
        sources = [str(photo_folder), str(photo_folder / "more")]
        job = prepare(request(photo_folder, tmp_path, data=sources, val=["none"]))
        assert len(job.photos) == 8 and len(set(job.photos.names)) == 8

    def test_a_variant_may_bring_its_data(self, tmp_path, monkeypatch):
        brought = replace(variant("autoencoder_v1"), data="abstract:fluid:4")
        monkeypatch.setitem(CATALOG, "autoencoder_v1", brought)
        job = prepare(request("", tmp_path, variant="autoencoder_v1", data=None))
        assert job.notes["data"] == ["abstract:fluid:4"] and len(job.photos) == 4

    def test_weights_to_begin_with_make_it_a_fine_tuning(self, photo_folder, tmp_path):
        out = tmp_path / "run"
        asked = {"variant": "kinema", "init": "kinema", "val": ["none"]}
        job = prepare(request(photo_folder, tmp_path, **asked))
        own = variant("kinema").recipe
        assert job.recipe == fine_tuning(own) and job.init == "kinema" and job.score_every == 50
        faster = request(photo_folder, tmp_path, **asked, changes=("learning_rate=0.5",))
        assert prepare(faster).recipe.learning_rate == 0.5
        short = prepare(request(photo_folder, tmp_path, **asked, stages={"steps": 100, "size": 64}))
        assert [(s.size, s.steps) for s in short.recipe.stages] == [(64, 100)]
        (out / "run.json").write_text(json.dumps(short.description()))
        bare = request(photo_folder, tmp_path, variant="kinema", resume=True, data=None)
        for again in (bare, replace(bare, init="kinema", stages={"steps": 100, "size": 64})):
            short.check_same(prepare(again).identity())

    def test_a_resumed_run_needs_nothing_said_again(self, photo_folder, tmp_path):
        out = tmp_path / "run"
        asked = {"changes": ("loss=l1", "seed=3"), "stages": {"epochs": 2, "batch": 2}}
        first = prepare(request(photo_folder, tmp_path, **asked))
        out.mkdir(exist_ok=True)
        (out / "run.json").write_text(json.dumps(first.description()))
        for again in (
            request(photo_folder, tmp_path, resume=True, data=None),
            request(photo_folder, tmp_path, resume=True, **asked),
        ):
            first.check_same(prepare(again).identity())
        other = request(photo_folder, tmp_path, resume=True, changes=("loss=l1", "seed=4"))
        assert prepare(other).identity() != first.identity()


class TestHoldOut:
    def test_it_is_drawn_by_the_seed_and_bounded(self):
        class Many:
            names = tuple(map(str, range(5000)))

            def __len__(self):
                return 5000

        learnt, scored = hold_out(Many(), 1)
        assert len(scored) == 256 and len(learnt) == 5000 - 256
        assert set(learnt.numbers) | set(scored.numbers) == set(range(5000))
        assert hold_out(Many(), 1)[1].numbers == scored.numbers != hold_out(Many(), 2)[1].numbers


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["landscape_unit"], "did you mean landscape_unet"),
        (["landscape_autoencoder"], "--data"),
        (["landscape_autoencoder", "--data", "nowhere"], "nowhere: not found"),
        (["landscape_autoencoder", "--data", "{photos}", "--size", "30"], "multiple of"),
        (["landscape_autoencoder", "--data", "{photos}", "--device", "tpu9"], "--device tpu9"),
        (["landscape_autoencoder", "--data", "{photos}", "--loss", "best"], "'best'"),
        (["landscape_autoencoder", "--data", "{photos}", "--val", "gone"], "gone: not found"),
        (
            ["landscape_autoencoder", "--data", "{photos}", "--workers", "3", "--batch", "4"],
            "multiple of 3",
        ),
        (["landscape_autoencoder", "--data", "{photos}", "--init", "absent"], "absent"),
    ],
)
def test_what_is_wrong_is_one_line(photo_folder, tmp_path, arguments, message):
    given = [argument.replace("{photos}", str(photo_folder)) for argument in arguments]
    result = run(*given, "--out", tmp_path / "run", "--loaders", 0)
    assert isinstance(result.exception, SettingsError), result.output
    assert message in str(result.exception) and "\n" not in str(result.exception)


def test_what_training_lacks_is_named(photo_folder, tmp_path, monkeypatch):
    monkeypatch.setattr(extras, "find_spec", lambda name: None)
    result = run("kinema", "--data", photo_folder, "--out", tmp_path / "run")
    assert isinstance(result.exception, KinemacolorError)
    assert str(result.exception) == (
        "train: needs matplotlib, ray, scipy, torchmetrics, not installed here; "
        "install it: pip install 'kinemacolor[train]'"
    )


def test_fine_tuning_leaves_usable_weights(photo_folder, tmp_path):
    out = tmp_path / "mine"
    words = ["kinema", "--data", photo_folder, "--init", "kinema", "--steps", 2, "--out", out]
    small = ["--size", 32, "--batch", 2, "--device", "cpu", "--loaders", 0]
    result = run(*words, *small)
    assert result.exit_code == 0, result.output
    said = result.stderr.splitlines()
    assert said[0] == (
        f"Training kinema on {photo_folder}, beginning with the weights of kinema; "
        f"results go to {out}"
    )
    assert "reading photos: 0 of 10" in said
    assert "training: 0 of 2, the first step takes longest" in said
    assert said[-1].endswith(f"colorize SOURCE -o coloured/ --model {out}/best.safetensors")
    photo = str(photo_folder / "grey.png")
    options = ["--model", str(out / "best.safetensors"), "--device", "cpu", "--working-size", "64"]
    colored = CliRunner().invoke(
        app, ["colorize", photo, "-o", str(tmp_path / "coloured.png"), *options]
    )
    assert colored.exit_code == 0, colored.output


def test_the_result_as_json(photo_folder, tmp_path):
    out = tmp_path / "run"
    words = ["autoencoder_v1", "--data", photo_folder, "--val", "none", "--out", out, "--json"]
    small = ["--size", 32, "--batch", 2, "--steps", 2, "--device", "cpu", "--loaders", 0]
    result = run(*words, *small)
    assert result.exit_code == 0, result.output
    told = json.loads(result.stdout)
    assert told.pop("seconds") > 0
    assert told == {
        "variant": "autoencoder_v1",
        "weights": str(out / "best.safetensors"),
        "step": 2,
        "steps": 2,
        "crops": 4,
        "best": None,
        "monitor": "ratio",
        "photos": 7,
        "validation_photos": 0,
        "left_out": {"grey": 1, "toned": 1, "unreadable": 1},
    }
    assert (out / "best.safetensors").is_file()


def test_help_imports_nothing_heavy():
    code = (
        "import sys; from kinemacolor.cli.main import main\n"
        "sys.argv = ['kinemacolor', 'train', '--help']\n"
        "try: main()\nexcept SystemExit: pass\n"
        "print(sorted({'torch', 'ray', 'matplotlib'} & set(sys.modules)))"
    )
    said = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=False, timeout=120
    )
    assert said.stdout.splitlines()[-1] == "[]", said.stderr
    assert "--learning-rate" in said.stdout


def test_help_lists_losses_and_fields():
    text = " ".join(run("--help").output.split())
    for name, words in LOSS_NAMES.items():
        assert f"{name} {words}" in text
    for name, field in FIELDS.items():
        assert f"{name} {field.in_words} [default: {default_text(name)}]" in text
