"""What is wrong with a training is found before PyTorch is loaded and photos are read."""

import subprocess
import sys

import pytest


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["kinemma", "--data", "photos"], "kinemma: is no network; did you mean kinema?"),
        (["kinema", "--data", "photos", "--out", "used"], "used: holds a training already"),
        (["kinema", "--data", "photos", "--out", "photos/0.png"], "--out photos/0.png: is a file"),
        (["kinema", "--data", "gone"], "gone: not found"),
        (["kinema", "--data", "photos", "--val", "gone"], "gone: not found"),
        (["kinema", "--data", "photos", "--loss", "best"], "--loss: 'best' is not possible"),
        (["kinema", "--data", "photos", "--set", "film=2"], "--set film: 2 is not possible"),
        (["kinema", "--data", "photos", "--epochs", "1", "--steps", "1"], "give one of them"),
        (["kinema", "--data", "photos", "--encoder-weights", "e.pth"], "e.pth: there is no such"),
        (["kinema", "--data", "photos", "--init", "photos/0.png"], "but a PNG picture"),
        (["kinema", "--data", "photos", "--init", "used/best.safetensors"], "has no weights yet"),
        (["kinema", "--data", "photos", "--init", "photos"], "photos: is a folder"),
        (
            ["kinema", "--data", "photos", "--init", "mine"],
            "mine: is neither a network nor a weights file",
        ),
    ],
)
def test_mistakes_are_found_before_pytorch_is_loaded(
    photo_folder, tmp_path, monkeypatch, arguments, message
):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "used").mkdir()
    (tmp_path / "used/checkpoint.pt").touch()
    words = ["train", "--out", "run", *arguments]
    code = (
        "import sys; from typer.testing import CliRunner\n"
        "from kinemacolor.cli.main import app\n"
        f"print(CliRunner().invoke(app, {words}).exception)\n"
        "print(sorted({'torch', 'cv2', 'ray'} & set(sys.modules)))"
    )
    said = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=120
    )
    problem, modules = said.stdout.splitlines()
    assert message in problem and modules == "[]"
