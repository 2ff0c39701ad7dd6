"""The Python snippets of the documentation compile, and those of the API run."""

from __future__ import annotations

import zipfile

import cv2
import pytest

from tests.docs import pages
from tests.docs.pages import PAGES, ROOT
from tests.engine.tint import pan, photo, write_grey

SNIPPETS = [
    pytest.param(block.text, id=f"{page.stem}-{number}")
    for page in PAGES
    for number, block in enumerate(pages.blocks(page, "python"))
]
API_PAGES = [ROOT / "README.md", ROOT / "docs/python.md"]


@pytest.fixture
def sources(tmp_path, monkeypatch):
    """A folder with the files that the snippets name, as the current one."""
    write_grey(tmp_path / "reel.mkv", pan(6))
    cv2.imwrite(str(tmp_path / "photo.jpg"), photo(48, 64))
    cv2.imwrite(str(tmp_path / "set.jpg"), cv2.applyColorMap(photo(48, 64), cv2.COLORMAP_JET))
    with zipfile.ZipFile(tmp_path / "photos.zip", "w") as archive:
        archive.write(tmp_path / "photo.jpg", "photo.jpg")
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.mark.parametrize("snippet", SNIPPETS)
def test_compiles(snippet):
    compile(snippet, "snippet", "exec")


@pytest.mark.parametrize("page", API_PAGES, ids=lambda page: page.stem)
def test_runs(page, sources):
    names: dict[str, object] = {"__name__": "snippet"}
    for block in pages.blocks(page, "python"):
        exec(compile(block.text, str(page), "exec"), names)
    assert (sources / "coloured/photos.zip").is_file()
    rgb = names["rgb"]
    assert rgb.shape[-1] == 3


def test_plugin_example_keeps_the_contract():
    """The network of docs/plugins.md: right shape, and no dependence on the rest of a batch."""
    import torch

    [network] = pages.blocks(ROOT / "docs/plugins.md", "python")
    names: dict[str, object] = {"__name__": "tinynet"}
    exec(compile(network.text, "plugins.md", "exec"), names)
    [variant] = names["VARIANTS"]
    model = variant.builder().eval()
    lightness = torch.rand(3, 1, 32, 48) * 100
    with torch.no_grad():
        together, alone = model(lightness), model(lightness[1:2])
    assert together.shape == (3, 2, 32, 48)
    assert torch.allclose(together[1:2], alone, atol=1e-4)
    assert together.abs().max() <= 110
