"""Weights of every family, from a file through the command, to coloured stills and films."""

from __future__ import annotations

import av
import cv2
import numpy as np
import pytest
from skimage.color import rgb2lab
from typer.testing import CliRunner

from kinemacolor.cli.main import app
from kinemacolor.models import weights
from tests.engine.tint import pan, photo, write_grey
from tests.models.variant_tester import trained_a_little

FRAMES = 3


@pytest.fixture
def sources(tmp_path):
    """A still of an odd size and a film."""
    folder = tmp_path / "sources"
    folder.mkdir()
    cv2.imwrite(str(folder / "still.png"), photo(75, 101))
    write_grey(folder / "film.mkv", pan(FRAMES))
    return folder


def planes(path) -> list[list[np.ndarray]]:
    with av.open(str(path)) as film:
        return [
            [np.frombuffer(plane, np.uint8).reshape(plane.height, -1) for plane in frame.planes]
            for frame in film.decode(video=0)
        ]


@pytest.mark.parametrize(
    "name",
    [
        "kinema",
        "kmhcnet_6",
        "msau_net",
        "hint_unet",
        "hint_attention_unet",
        "autoencoder_v1",
        "landscape_autoencoder",
        "landscape_resnet",
        "landscape_unet",
        "deep_cnn",
    ],
)
def test_its_weights_color_a_still_and_a_film(name, sources, tmp_path):
    file = tmp_path / "network.safetensors"
    weights.save(trained_a_little(name), file, name)
    out = tmp_path / "out"
    words = ["colorize", str(sources), "--out", str(out), "--model", str(file), "--quiet"]
    words += ["--working-size", "64", "--device", "cpu", "--codec", "ffv1"]
    result = CliRunner().invoke(app, words)
    assert result.exit_code == 0, result.output

    grey = cv2.imread(str(sources / "still.png"), cv2.IMREAD_GRAYSCALE)
    colored = cv2.cvtColor(cv2.imread(str(out / "still.png")), cv2.COLOR_BGR2RGB)
    assert colored.shape == (*grey.shape, 3)
    lab, before = rgb2lab(colored), rgb2lab(np.stack([grey] * 3, axis=-1))
    assert np.abs(lab[..., 0] - before[..., 0]).mean() < 0.5
    assert np.hypot(lab[..., 1], lab[..., 2]).max() > 2

    for (luma, *chroma), (source, *_) in zip(
        planes(out / "film.mkv"), planes(sources / "film.mkv"), strict=True
    ):
        columns = 96
        assert np.array_equal(luma[:, :columns], source[:, :columns])
        assert max(int(np.abs(plane.astype(int) - 128).max()) for plane in chroma) > 2
