"""Other projects' weights files run through films and archives as the default network does."""

from __future__ import annotations

import io
import zipfile

import av
import cv2
import numpy as np
import pytest
from typer.testing import CliRunner

from kinemacolor.cli.main import app
from kinemacolor.engine.backends.precompile import compile_ahead
from kinemacolor.engine.settings import Settings
from kinemacolor.models.foreign_weights import ORIGINS
from tests.engine.media.video.films import pictures_of
from tests.engine.tint import pan, photo, write_grey
from tests.models.foreign import write_published

NAMES = ("eccv16", "siggraph17", "ddcolor_tiny")


@pytest.fixture(scope="module", params=NAMES)
def weights(request, tmp_path_factory):
    path = write_published(request.param, tmp_path_factory.mktemp("weights") / "published.pth")
    yield request.param, path
    path.unlink()


@pytest.fixture(scope="module")
def sources(tmp_path_factory):
    folder = tmp_path_factory.mktemp("sources")
    write_grey(folder / "reel.mkv", pan(5))
    with zipfile.ZipFile(folder / "album.zip", "w") as album:
        album.writestr("a.png", cv2.imencode(".png", photo(70, 90))[1].tobytes())
    return folder


def chroma(rgb):
    return np.ptp(rgb.astype(int), axis=-1).mean()


def test_a_film_and_an_archive(weights, sources, tmp_path):
    name, path = weights
    words = ("--working-size", "64", "--backend", "eager", "--precision", "fp32", "--device", "cpu")
    result = CliRunner().invoke(
        app, ["colorize", str(sources), "-o", str(tmp_path), "--model", str(path), *words]
    )
    assert result.exit_code == 0, result.output
    with av.open(tmp_path / "reel.mkv") as film:
        told = {key.lower(): value for key, value in film.metadata.items()}
    assert told["network"] == name and told["published_weights_license"] == ORIGINS[name].license
    pictures = pictures_of(tmp_path / "reel.mkv")
    assert len(pictures) == 5
    with zipfile.ZipFile(tmp_path / "album.zip") as album:
        content = album.read("a.png")
    assert ORIGINS[name].license.encode() in content
    still = cv2.imdecode(np.frombuffer(io.BytesIO(content).read(), np.uint8), cv2.IMREAD_COLOR)
    assert chroma(still) > 2


@pytest.mark.slow
def test_compiled_networks_pass_the_parity_gate(weights, monkeypatch, tmp_path):
    _, path = weights
    monkeypatch.setenv("KINEMACOLOR_CACHE", str(tmp_path))
    settings = Settings(model=str(path), backend="inductor", precision="fp32", device="cpu")
    [report] = compile_ahead(settings, [(64, 96)])
    assert not report.problem
