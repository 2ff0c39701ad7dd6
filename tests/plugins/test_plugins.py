"""Networks of other installed packages: found, used, and refused where they clash."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import av
import numpy as np
import pytest
from PIL import Image
from typer.testing import CliRunner

from kinemacolor.cli.main import app
from kinemacolor.engine.jobs.state.folder import find_jobs
from kinemacolor.models import catalog, weights, weights_files
from kinemacolor.models.catalog import Catalog
from kinemacolor.models.errors import PluginError
from tests.engine.fakes import still
from tests.engine.media.video.films import make_film
from tests.plugins.packages import TINT, install, install_tiny

ROOT = Path(__file__).parents[2]


# Two commands, one after the other, in one process: most of the time goes into loading torch.
PROGRAM = """
import json, sys
from kinemacolor.cli.main import main
for words in json.loads(sys.argv[1]):
    sys.argv = ["kinemacolor", *words]
    try:
        main()
    except SystemExit as end:
        assert not end.code, end.code
"""


def test_an_installed_package_colors_stills_and_films(tmp_path):
    """Its network by name and by weights file, its backend; known by PYTHONPATH alone."""
    file = install_tiny(tmp_path / "site")
    box = tmp_path / "box"
    box.mkdir()
    (box / "a.png").write_bytes(still(1))
    make_film(box / "reel.mkv", size=(64, 32), frames=3)
    usual = ["colorize", str(box), "--working-size", "32", "--device", "cpu", "--codec", "ffv1"]
    by_name, by_file = tmp_path / "by name", tmp_path / "by file"
    commands = [
        [*usual, "--out", str(by_name), "--model", "tiny_warm", "--backend", "pickled"],
        [*usual, "--out", str(by_file), "--model", str(file), "--backend", "eager"],
    ]
    paths = os.pathsep.join([str(ROOT), str(tmp_path / "site")])
    result = subprocess.run(
        [sys.executable, "-c", PROGRAM, json.dumps(commands)],
        env=os.environ | {"PYTHONPATH": paths},
        capture_output=True,
        text=True,
        timeout=240,
        check=False,
    )
    assert result.returncode == 0, result.stderr
    for out, backend in ((by_name, "pickled"), (by_file, "eager")):
        record = json.loads((find_jobs(out)[0].path / "job.json").read_text())
        assert record["settings"]["backend"] == backend
        check_tint(out)
    cache = Path(os.environ["KINEMACOLOR_CACHE"])
    assert len(list(cache.glob("pickled-tiny_warm-32x64-fp32-*"))) == 1


def check_tint(out: Path) -> None:
    """The still and the film have the colour of the weights: between red and blue."""
    assert TINT[0] > 0 > TINT[1]
    red, green, blue = np.asarray(Image.open(out / "a.png").convert("RGB"), int).mean((0, 1))
    assert red > green + 10 and blue > green + 10
    with av.open(str(out / "reel.mkv")) as film:
        frames = list(film.decode(video=0))
    assert len(frames) == 3
    for frame in frames:
        for plane in frame.planes[1:]:
            rows = np.frombuffer(plane, np.uint8).reshape(plane.height, plane.line_size)
            assert rows[:, : plane.width].mean() > 131  # 128 is neutral


class TestNetworks:
    @pytest.mark.parametrize(
        "value", ["VARIANTS", "VARIANTS[0]", "lambda: VARIANTS", "lambda: VARIANTS[0]"]
    )
    def test_an_entry_point_gives_variants_in_any_way(self, site, value):
        module = install_tiny(site).parent / "__init__.py"
        module.write_text(f"{module.read_text()}\nGIVEN = {value}\n")
        entry_points = site / "tiny_colors-1.0.dist-info/entry_points.txt"
        entry_points.write_text("[kinemacolor.networks]\ntiny = tiny_colors:GIVEN\n")
        assert Catalog()["tiny_warm"].source == "a test"

    def test_only_what_is_asked_for_is_imported(self, site):
        install_tiny(site)
        found = Catalog()
        assert found["kinema"].name == "kinema" and "tiny" not in found
        assert "kinema_tiny" not in found and "tiny_warm.safetensors" not in found
        install(site, "other-colors", "raise ImportError", networks={"other": "other_colors"})
        found = Catalog()
        assert found["tiny_bare"].weights is None
        assert "other_colors" not in sys.modules

    def test_they_are_listed_last(self, site):
        own = list(Catalog())
        install_tiny(site)
        found = Catalog()
        assert list(found) == [*own, "tiny_warm", "tiny_bare"] and len(found) == len(own) + 2

    def test_a_faulty_one_is_told_when_it_is_asked_for_and_left_out_of_lists(self, site, caplog):
        install_tiny(site)
        source = "raise ImportError('libbad.so is absent')"
        install(site, "bad-colors", source, version="2.1", networks={"bad": "bad_colors"})
        found = Catalog()
        with pytest.raises(PluginError) as error:
            found["bad_large"]
        assert str(error.value) == (
            "bad-colors 2.1: its network family 'bad' cannot be loaded (ImportError: libbad.so is "
            "absent); update or uninstall that package"
        )
        assert "tiny_warm" in list(found) and len(found) > 2
        assert [record.getMessage() for record in caplog.records] == [str(error.value)]

    @pytest.mark.parametrize(
        ("source", "reason"),
        [
            ("", "has no attribute 'VARIANTS'"),
            ("VARIANTS = 5", "5 is neither a Variant nor"),
            ("VARIANTS = ('tiny',)", "'tiny' is no Variant"),
            ("VARIANTS = (named('bald'),)", "'bald' is neither 'bad' nor begins with 'bad_'"),
            ("VARIANTS = (named('bad_1'),) * 2", "it has two networks 'bad_1'"),
        ],
    )
    def test_wrong_values(self, site, source, reason):
        begin = "from kinemacolor.models.variant import Variant\n"
        begin += "named = lambda name: Variant(name=name, builder=None, source='')\n"
        install(site, "bad-colors", begin + source, networks={"bad": "bad_colors"})
        with pytest.raises(PluginError, match=r"bad-colors 1\.0") as error:
            Catalog()["bad"]
        assert reason in str(error.value)

    def test_of_two_packages_with_one_name_neither_is_taken(self, site, caplog):
        install_tiny(site)
        install(site, "tiny-twin", "VARIANTS = ()", version="3.2", networks={"tiny": "tiny_twin"})
        found = Catalog()
        with pytest.raises(PluginError) as error:
            found["tiny_warm"]
        assert "tiny-colors 1.0" in str(error.value) and "tiny-twin 3.2" in str(error.value)
        assert "tiny_warm" not in list(found) and "tiny-twin" in caplog.text

    def test_our_own_families_cannot_be_replaced(self, site, caplog):
        install(site, "false-kinema", "VARIANTS = ()", networks={"kinema": "false_kinema"})
        found = Catalog()
        assert found["kinema"].source.startswith("this project")
        with pytest.raises(PluginError, match=r"by kinemacolor and by false-kinema 1\.0"):
            found["kinema_large"]
        assert list(found).count("kinema") == 1 and "false-kinema" in caplog.text

    def test_nor_can_their_variants(self, site):
        source = """
            from kinemacolor.models.variant import Variant
            VARIANTS = (Variant(name="hint_unet", builder=None, source=""),)
        """
        install(site, "hint-colors", source, networks={"hint": "hint_colors"})
        assert Catalog()["hint_unet"].source.startswith("Hint-based")
        with pytest.raises(PluginError, match=r"hint-colors 1\.0.*kinemacolor has .*'hint_unet'"):
            Catalog()["hint_new"]

    def test_the_command_lists_the_rest(self, site, monkeypatch, caplog):
        install_tiny(site)
        install(site, "bad-colors", "1 / 0", networks={"bad": "bad_colors"})
        found = Catalog()
        for name in set(found) - {"tiny_warm", "tiny_bare", "landscape_resnet"}:
            del found[name]
        monkeypatch.setattr(catalog, "CATALOG", found)
        monkeypatch.setattr(weights_files, "CATALOG", found)
        result = CliRunner().invoke(app, ["models", "--all"])
        assert result.exit_code == 0
        _, own, warm, bare = result.output.splitlines()
        assert own.startswith("landscape_resnet")
        assert warm.startswith("tiny_warm") and "included" in warm
        assert bare.startswith("tiny_bare") and "included" not in bare
        assert "bad-colors 1.0: its network family 'bad' cannot be loaded" in caplog.text

    def test_weights_of_a_faulty_package(self, site, monkeypatch):
        file = install_tiny(site)
        file.with_name("__init__.py").write_text("1 / 0")
        monkeypatch.setattr(weights_files, "CATALOG", Catalog())
        for model in ("tiny_warm", file):
            with pytest.raises(PluginError, match=r"tiny-colors 1\.0.*ZeroDivisionError"):
                weights.load(model)
