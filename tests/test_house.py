"""The rules of the tree that no other tool holds."""

from __future__ import annotations

import ast
import os
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
FOLDERS = ("engine", "models", "trainers")
LONGEST = 265  # lines of a module


def _modules(*folders: str) -> list[Path]:
    """Python files by their place in the tree; symlinks are not followed."""
    return sorted(
        Path(place, name)
        for folder in folders
        for place, _, names in os.walk(ROOT / folder)
        for name in names
        if name.endswith(".py")
    )


INSTALLED = _modules(*FOLDERS, "kinemacolor")
ALL = INSTALLED + _modules("benchmarks", "examples", "tests")


def _name(path: Path) -> str:
    return str(path.relative_to(ROOT))


@pytest.mark.parametrize("folder", FOLDERS)
def test_folders_are_installed_through_relative_links(folder: str):
    assert os.readlink(ROOT / "kinemacolor" / folder) == f"../{folder}"


def test_nothing_is_imported_by_a_folder_name_alone():
    """`import engine` from the tree's root would be a second copy of `kinemacolor.engine`."""
    wrong = []
    for path in ALL:
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            if isinstance(node, ast.ImportFrom) and not node.level:
                names = [node.module or ""]
            wrong += [f"{_name(path)}: {n}" for n in names if n.split(".")[0] in FOLDERS]
    assert not wrong


def test_modules_are_short_and_say_what_they_are():
    wrong = []
    for path in INSTALLED:
        text = path.read_text(encoding="utf-8")
        if text.count("\n") > LONGEST:
            wrong.append(f"{_name(path)}: {text.count(chr(10))} lines")
        if not ast.get_docstring(ast.parse(text)):
            wrong.append(f"{_name(path)}: no docstring")
    assert not wrong


def test_identifiers_are_spelt_color():
    """American in identifiers, British in prose, but for names in old files."""
    wrong = []
    for path in ALL:
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            named = [getattr(node, field, None) for field in ("id", "attr", "arg", "name")]
            wrong += [
                f"{_name(path)}: {name}"
                for name in named
                if isinstance(name, str)
                and "colour" in name.lower()
                and name not in ("colours", "colour_every")
            ]
    assert not wrong


def test_requirements_are_pins_and_hashes_alone():
    """No index is named, so that any mirror serves."""
    lines = (ROOT / "requirements.txt").read_text(encoding="utf-8").splitlines()
    allowed = re.compile(r"[a-z0-9._-]+==\S+( ; .+)? \\|    --hash=sha256:[0-9a-f]{64}( \\)?")
    assert lines
    assert not [line for line in lines if not allowed.fullmatch(line)]
