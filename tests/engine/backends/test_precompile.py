"""`kinemacolor compile`, and what compiled networks mean for a job."""

from __future__ import annotations

import json
import math

import av
import pytest
from typer.testing import CliRunner

import kinemacolor.engine.pipeline.worker
from kinemacolor.cli.main import app, main
from kinemacolor.engine.jobs.state.folder import find_jobs
from kinemacolor.models import weights
from kinemacolor.models.errors import KinemacolorError, SettingsError, WeightsError
from tests.engine.backends.doubles import Keeping, only_backend
from tests.engine.fakes import still
from tests.engine.tint import Tint, pan, tinting_worker, write_grey

COMMAND = ["compile", "kinema", "--backend", "inductor", "--working-size", "32"]


@pytest.fixture
def compiler(tmp_path, monkeypatch):
    monkeypatch.setenv("KINEMACOLOR_CACHE", str(tmp_path / "cache"))
    compiler = Keeping()
    only_backend(monkeypatch, compiler)
    return compiler


def call(*words: str):
    return CliRunner().invoke(app, [*COMMAND, *words])


class TestCommand:
    def test_compiles_once(self, compiler, tmp_path):
        first, again = call("--size", "64x64"), call("--size", "64x64", "--size", "64x32")
        assert first.exit_code == again.exit_code == 0
        assert first.stdout.startswith("keeping bf16 32x32: ab off by 0.000")
        assert str(tmp_path / "cache") in first.stdout
        known, new = again.stdout.splitlines()
        assert "there already" in known and "there already" not in new
        assert compiler.compiled == [(32, 32), (32, 64)]

    def test_usual_films(self, compiler):
        result = CliRunner().invoke(app, ["compile"])
        assert result.exit_code == 0, result.stdout
        assert compiler.compiled == [(256, 352), (256, 448)]

    def test_for_machines(self, compiler):
        row = json.loads(call("--size", "64x32", "--precision", "fp32", "--json").output)
        assert row["shape"] == [32, 64] and row["precision"] == "fp32" and row["fresh"]
        assert row["problem"] == "" and row["p99"] < 0.1 and row["seconds"] > 0 and row["ms"] > 0

    def test_wrong_colors_are_a_failure_that_is_tried_again(self, compiler):
        compiler.damage = lambda ab: ab * math.nan
        result = call("--size", "32x32")
        assert result.exit_code == 1 and "NOT USED" in result.stdout and "NaN" in result.output
        compiler.damage = lambda ab: ab
        result = call("--size", "32x32")
        assert result.exit_code == 0 and len(compiler.compiled) == 2

    @pytest.mark.parametrize(
        ("words", "error"),
        [
            (["--size", "large"], SettingsError),
            (["--size", "0x5"], SettingsError),
            (["--backend", "eager"], SettingsError),
            (["--precision", "int3"], SettingsError),
            (["--device", "cuda:99"], KinemacolorError),
        ],
    )
    def test_wrong_usage(self, compiler, words, error):
        assert isinstance(call(*words).exception, error)

    def test_a_network_without_weights(self, compiler):
        result = CliRunner().invoke(app, ["compile", "kmhcnet_6"])
        assert isinstance(result.exception, WeightsError) and "train it" in str(result.exception)

    def test_it_is_told_as_wrong_usage(self, compiler, monkeypatch, capsys):
        monkeypatch.setattr("sys.argv", ["kinemacolor", "compile", "kmhcnet_6"])
        with pytest.raises(SystemExit) as end:
            main()
        assert end.value.code == 2
        assert capsys.readouterr().err.startswith("kinemacolor: --model: kmhcnet_6: no weights")

    def test_nothing_that_could(self, compiler):
        compiler.reason = "needs a C++ compiler"
        result = CliRunner().invoke(app, ["compile"])
        assert "inductor needs a C++ compiler" in str(result.exception)


class TestColoring:
    @pytest.fixture
    def box(self, tmp_path):
        box = tmp_path / "box"
        box.mkdir()
        write_grey(box / "film.mkv", pan(3))
        (box / "a.png").write_bytes(still(1))
        return box

    @pytest.fixture
    def tint(self, monkeypatch):
        """Instead of the default network."""
        monkeypatch.setattr(
            kinemacolor.engine.pipeline.worker,
            "load",
            lambda _: weights.Loaded(Tint, "tint", "0" * 64, {}),
        )

    def test_a_job_by_compiled_code(self, compiler, tint, box, tmp_path):
        words = ["colorize", str(box), "--out", str(tmp_path / "out"), "--working-size", "32"]
        words += ["--device", "cpu", "--codec", "ffv1"]
        result = CliRunner().invoke(app, [*words, "--backend", "inductor"])
        assert result.exit_code == 0, result.output
        assert compiler.compiled == [(32, 64)]  # the film's: of stills it is no common size
        record = find_jobs(tmp_path / "out")[0].record
        assert record.settings.backend == "inductor"
        (tmp_path / "out/film.mkv").unlink()
        result = CliRunner().invoke(app, [*words, "--backend", "eager"])
        assert isinstance(result.exception, SettingsError)
        result = CliRunner().invoke(app, words)  # goes on as it began
        assert result.exit_code == 0 and (tmp_path / "out/film.mkv").is_file()

    def test_results_of_two_kinds_have_two_fingerprints(self, compiler, monkeypatch):
        kinds = [{"backend": "eager"}, {"backend": "inductor"}]
        kinds += [kind | {"precision": "fp32"} for kind in kinds]
        prints = {tinting_worker(monkeypatch, **kind).fingerprint for kind in kinds}
        compiler.version = "2"
        prints.add(tinting_worker(monkeypatch, backend="inductor").fingerprint)
        assert len(prints) == 5

    def test_broken_code_leaves_films_as_eager_makes_them(
        self, compiler, monkeypatch, box, tmp_path
    ):
        compiler.damage = lambda ab: ab.flip(1)
        films = []
        for kind in ({"backend": "eager", "precision": "fp32"}, {"backend": "inductor"}):
            worker = tinting_worker(monkeypatch, **kind)
            target = tmp_path / f"{kind['backend']}.mkv"
            worker.film(box / "film.mkv", target, lambda: None)
            with av.open(str(target)) as film:
                films.append([bytes(p) for f in film.decode(video=0) for p in f.planes])
        assert compiler.compiled and films[0] == films[1] and len(films[0]) == 9
