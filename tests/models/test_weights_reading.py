"""Damaged, hostile and odd weights files end in one line, whatever PyTorch makes of them."""

from __future__ import annotations

import os
import random

import pytest
import torch
from safetensors.torch import save_file

from kinemacolor.models import weights
from kinemacolor.models.errors import WeightsError
from kinemacolor.models.weights_content import describe_content

MARK = {"model_out.weight": torch.zeros(2, 313, 1, 1)}  # of eccv16


def told(path):
    """The one line that a file ends in."""
    with pytest.raises(WeightsError) as caught:
        weights.load(path).network()
    line = str(caught.value)
    assert line.startswith(str(path)) and "\n" not in line and "\x1b" not in line, line
    assert "weights_only" not in line
    return line


@pytest.mark.parametrize("old", [True, False])
def test_every_damage_is_one_line(old, tmp_path):
    path = tmp_path / "w.pth"
    torch.save(MARK, path, _use_new_zipfile_serialization=not old)
    whole = path.read_bytes()
    draw = random.Random(1)
    for _ in range(300):
        content = bytearray(whole)
        for _ in range(draw.randint(1, 4)):
            content[draw.randrange(len(content))] = draw.randrange(256)
        path.write_bytes(content)
        told(path)
    for length in (1, 20, 100, 300, len(whole) - 1):
        path.write_bytes(whole[:length])
        told(path)


def test_code_is_not_run_and_nobody_is_told_to_run_it(tmp_path):
    class Trap:
        def __reduce__(self):
            return os.system, (f"touch {tmp_path}/sprung",)

    path = tmp_path / "w.pth"
    torch.save(MARK | {"trap": Trap()}, path)
    assert "holds more than tensors" in told(path)
    assert not (tmp_path / "sprung").exists()


@pytest.mark.parametrize(
    ("value", "words"),
    [
        (torch.zeros(1).expand(10**6, 10**6), "of a kind that is not read"),
        (torch.zeros(2, 2).to_sparse(), "of a kind that is not read"),
        (torch.zeros(2, dtype=torch.complex64), "of a kind that is not read"),
        (torch.tensor([1e300], dtype=torch.float64), "are no numbers"),
        (torch.tensor([float("nan")]), "are no numbers"),
    ],
)
def test_odd_tensors(value, words, tmp_path):
    path = tmp_path / "w.pth"
    torch.save(MARK | {"odd": value}, path)
    assert words in told(path)


def test_whole_numbers_are_no_weights(tmp_path):
    path = tmp_path / "w.pth"
    torch.save({"model_out.weight": MARK["model_out.weight"].long()}, path)
    assert "of whole numbers, not 2x313x1x1" in told(path)


def test_a_float8_file(tmp_path):
    path = tmp_path / "w.safetensors"
    save_file(MARK | {"odd": torch.zeros(4).to(torch.float8_e4m3fn)}, path)
    assert "odd (float8_e4m3fn)" in told(path)


@pytest.mark.parametrize(
    "header",
    [
        b'{"__metadata__": [1, 2]}',
        b'{"__metadata__": 5}',
        b'{"__metadata__": {"variant": []}}',
        b'{"a": 5}',
        b"[" * 50_000,
        b'{"a":' * 50_000,
    ],
)
def test_odd_headers(header, tmp_path):
    path = tmp_path / "w.safetensors"
    path.write_bytes(len(header).to_bytes(8, "little") + header)
    told(path)


def test_a_part_of_a_download_is_named(tmp_path):
    path = tmp_path / "w.pth"
    torch.save(MARK, path)
    path.write_bytes(path.read_bytes()[:1000])
    assert describe_content(path).startswith("a part of a PyTorch file, which is cut off")
    assert "cut off" in told(path)
