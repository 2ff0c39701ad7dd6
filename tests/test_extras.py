"""What an installation needs to colour, and what only its extras bring."""

from __future__ import annotations

import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from kinemacolor.models import catalog
from kinemacolor.models.errors import KinemacolorError
from kinemacolor.models.extras import EXTRAS, require_extra
from tests.engine.tint import pan, write_grey

ROOT = Path(__file__).parents[1]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]

# Nothing of the extras can be imported, nor what these bring along.
WITHOUT_EXTRAS = """
import sys
for name in ("matplotlib", "pandas", "pyarrow", "ray", "scipy", "skimage", "torchmetrics"):
    sys.modules[name] = None
"""


def name_of(requirement: str) -> str:
    return re.split(r"[\\[<>=;~ ]", requirement, maxsplit=1)[0]


def python(code: str, *words: object, folder: Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-c", WITHOUT_EXTRAS + code, *map(str, words)]
    environment = {"PYTHONPATH": str(ROOT), "PATH": "/usr/bin:/bin", "HOME": str(folder)}
    return subprocess.run(
        command, capture_output=True, text=True, cwd=folder, env=environment, timeout=240
    )


class TestProject:
    """pyproject.toml and its pins."""

    @pytest.mark.parametrize("extra", EXTRAS)
    def test_extras_bring_what_the_program_looks_for(self, extra):
        brought = {name_of(line) for line in PROJECT["optional-dependencies"][extra]}
        assert brought == set(EXTRAS[extra])

    def test_the_base_has_none_of_them(self):
        base = {name_of(line) for line in PROJECT["dependencies"]}
        assert "torch" in base
        assert not base & set().union(*EXTRAS.values())

    def test_pins_have_them_for_the_tests(self):
        pins = (ROOT / "requirements.txt").read_text(encoding="utf-8")
        pinned = set(re.findall(r"^([\w.-]+)==", pins, re.MULTILINE))
        wanted = set().union(*EXTRAS.values())
        assert {name.replace("_", "-") for name in wanted} <= pinned


class TestBase:
    """Colouring without the extras."""

    def test_colors_a_photo_and_a_film(self, tmp_path):
        write_grey(tmp_path / "reel.mkv", pan(4))
        code = """
import numpy as np, kinemacolor
print(kinemacolor.colorize_image(np.full((48, 64), 99, np.uint8)).shape)
print(kinemacolor.colorize("reel.mkv", "out/").ok)
"""
        done = python(code, folder=tmp_path)
        assert done.stdout.split("\n")[:2] == ["(48, 64, 3)", "True"], done.stderr
        assert (tmp_path / "out/reel.mkv").is_file()

    @pytest.mark.parametrize(
        ("words", "extra"),
        [
            (["train", "kinema", "--data", "photos", "--out", "run"], "train"),
            (["evaluate", "kinema", "--data", "photos"], "train"),
            (["pack", "photos", "-o", "photos.pack"], "train"),
            (["colorize", "reel.mkv", "-o", "out/", "--ray"], "cluster"),
        ],
    )
    def test_commands_of_an_extra_say_how_to_get_it(self, tmp_path, words, extra):
        write_grey(tmp_path / "reel.mkv", pan(4))
        done = python("from kinemacolor.cli.main import main; main()", *words, folder=tmp_path)
        assert done.returncode and not (tmp_path / "run").exists()
        *_, last = done.stderr.splitlines()
        assert last.endswith(f"not installed here; install it: pip install 'kinemacolor[{extra}]'")
        assert "Traceback" not in done.stderr

    def test_nothing_missing_is_no_error(self):
        for extra in EXTRAS:
            require_extra(extra, "a command")


def test_a_torchvision_of_another_build_is_one_line(monkeypatch):
    """As where PyTorch's CPU build is installed, but torchvision from elsewhere."""

    def fails():
        raise RuntimeError("operator torchvision::nms does not exist")

    class Odd:
        builder = staticmethod(fails)

    monkeypatch.setattr(catalog, "variant", lambda name: Odd)
    with pytest.raises(KinemacolorError, match="torch and torchvision together"):
        catalog.build("kinema")
