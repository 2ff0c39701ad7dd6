"""What is built and installed has one import name, and bears a project with the same folders."""

import os
import shutil
import subprocess
import sys
import tarfile
import zipfile
from collections import Counter
from pathlib import Path, PurePosixPath

import pytest

_TREE = Path(__file__).parents[2]
_NOT_BUILT_FROM = (
    ".git",
    ".venv",
    "build",
    "dist",
    "demo",
    "runs",
    "shared",
    "tests",
    "benchmarks",
)

_BUILD = "import setuptools.build_meta as b, sys; print(getattr(b, sys.argv[1])(sys.argv[2]))"
_COLOR = """
import sys
import engine, models
import numpy as np
import kinemacolor, kinemacolor.models
assert (engine.OWNER, models.OWNER) == ("the project",) * 2
print(kinemacolor.__file__)
print(kinemacolor.colorize_image(sys.argv[1]).shape)
print(kinemacolor.colorize(sys.argv[1], "out/").ok)
print(sorted(name for name in ("trainers", "tests", "benchmarks") if name in sys.modules))
"""


def run(*command, cwd, **environment):
    clean = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    done = subprocess.run(
        [sys.executable, *map(str, command)],
        cwd=cwd,
        env=clean | environment,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr[-2000:]
    return done.stdout.splitlines()


def build(what, tree, target):
    """The file that setuptools builds, without a network."""
    target.mkdir(exist_ok=True)
    return target / run("-c", _BUILD, what, target, cwd=tree)[-1]


@pytest.fixture(scope="module")
def tree(tmp_path_factory):
    """A copy of the sources as they are, links as links."""
    copy = tmp_path_factory.mktemp("tree") / "kinemacolor"
    unwanted = shutil.ignore_patterns("__pycache__", "*.egg-info", ".*_cache", ".hypothesis")

    def ignore(folder, names):
        at_top = Path(folder) == _TREE
        return {*unwanted(folder, names), *(_NOT_BUILT_FROM if at_top else ())}

    shutil.copytree(_TREE, copy, symlinks=True, ignore=ignore)
    (copy / "tests").mkdir()
    (copy / "tests/__init__.py").touch()
    return copy


@pytest.fixture(scope="module")
def wheel(tree, tmp_path_factory):
    return build("build_wheel", tree, tmp_path_factory.mktemp("dist"))


@pytest.fixture(scope="module")
def sdist(tree, tmp_path_factory):
    return build("build_sdist", tree, tmp_path_factory.mktemp("dist"))


def names_in(wheel):
    with zipfile.ZipFile(wheel) as file:
        return file.namelist()


def sources():
    """Modules and weights of the tree, as an installation should have them."""
    found = {
        PurePosixPath("kinemacolor", path.relative_to(_TREE))
        for room in ("engine", "models", "trainers")
        for path in (_TREE / room).rglob("*.py")
    }
    found |= {
        PurePosixPath(path.relative_to(_TREE))
        for folder in (_TREE / "kinemacolor", _TREE / "kinemacolor/cli")
        for path in folder.glob("*.py")
    }
    found |= {
        PurePosixPath("kinemacolor", path.relative_to(_TREE))
        for files in ("models/weights/*", "models/fitted/*", "engine/guidance/matching/*.npz")
        for path in _TREE.glob(files)
    }
    return {str(path) for path in found} | {"kinemacolor/py.typed"}


class TestWheel:
    def test_has_one_import_name(self, wheel):
        tops = {name.split("/")[0] for name in names_in(wheel)}
        version = wheel.name.split("-")[1]
        assert tops == {"kinemacolor", f"kinemacolor-{version}.dist-info"}

    def test_has_all_of_it_once(self, wheel):
        inside = [name for name in names_in(wheel) if ".dist-info/" not in name]
        assert max(Counter(inside).values()) == 1
        assert set(inside) == sources()

    def test_has_the_version_of_the_package(self, wheel):
        [version] = run("-c", "import kinemacolor as k; print(k.__version__)", cwd=_TREE)
        assert wheel.name == f"kinemacolor-{version}-py3-none-any.whl"

    def test_works_beside_a_project_with_the_same_folders(self, wheel, tmp_path):
        from PIL import Image

        site, project = tmp_path / "site", tmp_path / "project"
        with zipfile.ZipFile(wheel) as file:
            file.extractall(site)
        for name in ("engine", "models", "trainers"):
            (project / name).mkdir(parents=True)
            (project / name / "__init__.py").write_text("OWNER = 'the project'\n")
        Image.new("L", (64, 48), 99).save(project / "photo.png")
        paths = os.pathsep.join(map(str, (project, site)))
        said = run("-c", _COLOR, "photo.png", cwd=project, PYTHONPATH=paths)
        assert said == [str(site / "kinemacolor/__init__.py"), "(48, 64, 3)", "True", "[]"]
        assert (project / "out/photo.png").is_file()


class TestSourceDistribution:
    def test_gives_the_same_wheel(self, sdist, wheel, tmp_path):
        with tarfile.open(sdist) as file:
            file.extractall(tmp_path, filter="data")
        [tree] = tmp_path.iterdir()
        again = build("build_wheel", tree, tmp_path / "again")
        assert again.name == wheel.name
        assert sorted(names_in(again)) == sorted(names_in(wheel))

    def test_has_no_tests(self, sdist):
        with tarfile.open(sdist) as file:
            assert not [name for name in file.getnames() if "/tests/" in f"{name}/"]


class TestEditableInstallation:
    def test_maps_one_name(self, tree, tmp_path):
        site = tmp_path / "site"
        editable = build("build_editable", tree, tmp_path / "dist")
        with zipfile.ZipFile(editable) as file:
            file.extractall(site)
        code = (
            "import site, sys; site.addsitedir(sys.argv[1])\n"
            "import importlib.util as u\n"
            "import kinemacolor, kinemacolor.engine.settings, kinemacolor.models.errors\n"
            "print(kinemacolor.__file__)\n"
            "print([n for n in ('engine', 'models', 'trainers', 'tests') if u.find_spec(n)])"
        )
        said = run("-S", "-c", code, site, cwd=tmp_path)
        assert said == [str(tree / "kinemacolor/__init__.py"), "[]"]
