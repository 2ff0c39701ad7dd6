"""The demo from samples to sheet, by the real command, with a network that has learnt nothing."""

from __future__ import annotations

import shutil
import subprocess
import zipfile
from pathlib import Path

import av
import numpy as np
import pytest
import torch
from PIL import Image

from examples import sample_reel
from examples.demo import MARK, claim, demo, main
from kinemacolor.models.catalog import build
from kinemacolor.models.errors import SettingsError
from kinemacolor.models.weights import save

SHOT = 3


@pytest.fixture(scope="module")
def untrained(tmp_path_factory) -> Path:
    torch.manual_seed(1)
    path = tmp_path_factory.mktemp("weights") / "untrained.safetensors"
    save(build("kinema"), path, "kinema")
    return path


@pytest.fixture
def short_shots(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sample_reel, "SHOT", SHOT)


def _lumas(film: Path) -> list[np.ndarray]:
    with av.open(str(film)) as content:
        return [frame.to_ndarray(format="yuv420p")[:480] for frame in content.decode(video=0)]


def _sound(film: Path) -> list[bytes]:
    with av.open(str(film)) as content:
        return [bytes(packet) for packet in content.demux(audio=0) if packet.size]


def test_colors_the_samples_and_shows_them(
    tmp_path: Path, untrained: Path, short_shots: None, capfd: pytest.CaptureFixture
) -> None:
    folder = tmp_path / "demo"
    assert demo(folder, str(untrained)) == 0
    said = capfd.readouterr().out
    reel, archive, sheet = (
        folder / name for name in ("coloured/reel.mp4", "coloured/photos.zip", "contact-sheet.png")
    )
    assert f"$ kinemacolor colorize {folder}/samples/reel.mp4" in said
    for path in (reel, archive, sheet):
        assert str(path) in said
    assert "aac sound, 3 chapters, title: Kinemacolor sample reel" in said

    source = folder / "samples" / "reel.mp4"
    assert _sound(reel) == _sound(source)
    before, after = _lumas(source), _lumas(reel)
    assert len(before) == len(after) == 3 * SHOT
    for old, new in zip(before, after, strict=True):
        assert np.abs(old.astype(int) - new).mean() < 2  # H.264 at visually lossless quality

    with zipfile.ZipFile(folder / "samples" / "photos.zip") as old, zipfile.ZipFile(archive) as new:
        assert new.namelist() == old.namelist()
        assert new.read("CREDITS.txt") == old.read("CREDITS.txt")
    with Image.open(sheet) as picture:
        assert picture.format == "PNG" and picture.width == 1600


class TestAgain:
    """A demo where an earlier one has been, with a stand-in for the command."""

    @pytest.fixture
    def folder(self, tmp_path: Path, short_shots: None, monkeypatch: pytest.MonkeyPatch) -> Path:
        self._command(monkeypatch, 0)
        assert demo(tmp_path / "demo") == 0
        (tmp_path / "demo" / "mine.txt").write_text("mine")
        (tmp_path / "demo" / "coloured" / "mine.jpg").write_text("mine")
        return tmp_path / "demo"

    def _command(self, monkeypatch: pytest.MonkeyPatch, status: int) -> None:
        def run(command: list[str]) -> subprocess.CompletedProcess:
            assert command[1:4] == ["-m", "kinemacolor", "colorize"]
            out = Path(command[command.index("-o") + 1])
            assert [path.name for path in out.iterdir() if path.name != "mine.jpg"] == []
            if status == 0:
                for source in command[4:6]:
                    shutil.copy(source, out)
            return subprocess.CompletedProcess(command, status)

        monkeypatch.setattr(subprocess, "run", run)

    def _others(self, folder: Path) -> None:
        assert (folder / "mine.txt").read_text() == "mine"
        assert (folder / "coloured" / "mine.jpg").read_text() == "mine"

    def test_results_are_made_anew(self, folder: Path) -> None:
        sheet = folder / "contact-sheet.png"
        content = sheet.read_bytes()
        sheet.write_text("old")
        assert demo(folder) == 0
        assert sheet.read_bytes() == content
        self._others(folder)

    def test_a_failed_job_fails_the_demo(
        self, folder: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        self._command(monkeypatch, 3)
        assert demo(folder, "missing.safetensors") == 3
        assert not (folder / "contact-sheet.png").exists()
        self._others(folder)


class TestFolder:
    def test_a_new_one_is_marked(self, tmp_path: Path) -> None:
        claim(tmp_path / "a" / "b")
        assert {path.name for path in (tmp_path / "a" / "b").iterdir()} == {
            MARK,
            "samples",
            "coloured",
        }
        claim(tmp_path / "a" / "b")

    def test_somebodys_files_are_left_alone(self, tmp_path: Path) -> None:
        (tmp_path / "contact-sheet.png").write_text("mine")
        with pytest.raises(SettingsError, match="no demo made"):
            claim(tmp_path)
        assert [path.name for path in tmp_path.iterdir()] == ["contact-sheet.png"]

    def test_a_file_is_no_folder(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        (tmp_path / "demo").write_text("mine")
        monkeypatch.setattr("sys.argv", ["demo", str(tmp_path / "demo")])
        with pytest.raises(SystemExit, match="is not a folder"):
            main()
        assert (tmp_path / "demo").read_text() == "mine"
