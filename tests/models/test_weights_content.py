"""Files given as weights are told by their content; what is missing is told with what is there."""

import json
import logging
import pickle
import subprocess
import sys
import tarfile
import zipfile

import cv2
import numpy as np
import pytest
import torch

from kinemacolor.models import weights
from kinemacolor.models.catalog import build
from kinemacolor.models.errors import WeightsError
from kinemacolor.models.weights_content import check_content, missing_file


@pytest.fixture(scope="module")
def network():
    return build("landscape_autoencoder")


def checkpoint_of(network, variant="landscape_autoencoder"):
    return {
        "identity": {"variant": variant, "learning_rate": 0.1},
        "course": {"step": 7, "best": float("-inf"), "waited": 0, "lowered": 0},
        "learner": {
            "network": {name: value + 1 for name, value in network.state_dict().items()},
            "average": network.state_dict(),
            "optimizer": {"state": {}, "param_groups": [{"lr": 0.0}]},
        },
    }


def test_a_weights_file_may_have_any_name(network, tmp_path):
    path = tmp_path / "weights.jpg"
    weights.save(network, path, "landscape_autoencoder")
    assert weights.load(path).variant == "landscape_autoencoder"


def test_a_checkpoint_gives_its_averaged_weights_with_a_note(network, tmp_path, caplog):
    path = tmp_path / "any.safetensors"
    torch.save(checkpoint_of(network), path)
    with caplog.at_level(logging.WARNING):
        loaded = weights.load(path)
    assert "checkpoint" in caplog.text and str(path) in caplog.text
    assert loaded.metadata == {"step": 7}
    assert weights.identify(path) == ("landscape_autoencoder", loaded.digest)
    for name, value in loaded.network().state_dict().items():
        assert torch.equal(value, network.state_dict()[name]), name


def test_a_checkpoint_runs_no_code(tmp_path):
    class Trap:
        def __reduce__(self):
            return print, ("sprung",)

    path = tmp_path / "checkpoint.pt"
    torch.save({"identity": Trap()}, path)
    with pytest.raises(WeightsError, match="holds more than tensors"):
        weights.load(path)


@pytest.mark.parametrize("state", [{"w": torch.zeros(1)}, [1, 2], {"identity": {}, "course": {}}])
def test_other_files_of_pytorch_are_told(state, tmp_path):
    path = tmp_path / "net.pth"
    torch.save(state, path)
    with pytest.raises(WeightsError, match="does not say which network it is for"):
        weights.load(path)


def test_a_checkpoint_of_an_unknown_network_is_told(network, tmp_path):
    path = tmp_path / "checkpoint.pt"
    torch.save(checkpoint_of(network, "alien"), path)
    with pytest.raises(WeightsError, match="'alien'"):
        weights.load(path)


def write_tar(path):
    with tarfile.open(path, "w") as archive:
        archive.add(__file__, "a.py")


def write_zip(path):
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("a.txt", "a")


def write_picture(kind):
    return lambda path: path.write_bytes(
        cv2.imencode(kind, np.zeros((8, 8, 3), np.uint8))[1].tobytes()
    )


@pytest.mark.parametrize(
    ("write", "words"),
    [
        (write_picture(".jpg"), "a JPEG photo"),
        (write_picture(".png"), "a PNG picture"),
        (write_zip, "a zip archive"),
        (write_tar, "a tar archive"),
        (lambda path: path.write_bytes(pickle.dumps({"a": 1})), "a pickle"),
        (lambda path: path.write_text("die Gewichte: größer"), "a text"),
        (lambda path: path.write_text("version https://git-lfs.github.com/spec/v1"), "Git LFS"),
        (lambda path: path.write_bytes(b""), "an empty one"),
        (lambda path: path.write_bytes(bytes(range(256)) * 4), "of no kind that is known"),
        (lambda path: path.write_bytes(b"\x40\0\0\0\0\0\0\0{"), "of no kind that is known"),
    ],
)
def test_what_else_a_file_is_stands_in_one_line(write, words, tmp_path):
    path = tmp_path / "best.safetensors"
    write(path)
    with pytest.raises(WeightsError) as error:
        weights.load(path)
    assert words in str(error.value) and ".safetensors file" in str(error.value)
    assert str(error.value).startswith(f"{path}: is not a weights file")
    assert "\n" not in str(error.value)


def test_a_cut_off_weights_file_is_told(network, tmp_path):
    path = tmp_path / "best.safetensors"
    weights.save(network, path, "landscape_autoencoder")
    path.write_bytes(path.read_bytes()[:20_000])
    check_content(path)  # it begins as it should
    with pytest.raises(WeightsError, match=r"is a damaged safetensors file .*; fetch or copy"):
        weights.load(path)


class TestMissingFile:
    @pytest.fixture
    def run(self, tmp_path):
        folder = tmp_path / "runs"
        folder.mkdir()
        (folder / "run.json").write_text(json.dumps({"variant": "kinema"}))
        return folder

    def test_a_plain_name_is_none_of_its_business(self):
        assert missing_file("kinemma") is None

    def test_a_folder_that_is_not_there(self, tmp_path):
        error = missing_file(str(tmp_path / "nowhere/best.safetensors"))
        assert f"there is no folder {tmp_path / 'nowhere'}" in str(error)

    def test_weights_of_another_name_are_pointed_at(self, run):
        (run / "last.safetensors").touch()
        error = missing_file(str(run / "best.safetensors"))
        assert str(error).endswith(f"{run / 'last.safetensors'} is there")

    @pytest.mark.parametrize("has_checkpoint", [True, False])
    def test_a_run_without_weights_can_go_on(self, run, has_checkpoint):
        if has_checkpoint:
            (run / "checkpoint.pt").touch()
        text = str(missing_file(str(run / "best.safetensors")))
        assert "the run has no weights yet" in text
        assert f"`kinemacolor train kinema --out {run} --resume`" in text
        assert (f"give {run / 'checkpoint.pt'}" in text) == has_checkpoint

    def test_it_is_what_loading_says(self, run):
        with pytest.raises(WeightsError, match="the run has no weights yet"):
            weights.load(run / "best.safetensors")


def test_nothing_heavy_is_loaded():
    code = (
        "import sys, kinemacolor.models.weights_content as c\n"
        "print(c.missing_file('a/b.pt'), sorted({'torch', 'safetensors'} & set(sys.modules)))"
    )
    said = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=120
    )
    assert said.stdout.strip() == "a/b.pt: there is no folder a []"
