"""The examples of docs/guide-file.md: guides that fit what they are of, and refusals."""

from __future__ import annotations

import json
import zipfile
from pathlib import Path

import av
import cv2
import numpy as np
import pytest
from PIL import Image

from kinemacolor.engine.guidance.guide_file.guide import Guide, guide_of, text_of
from kinemacolor.engine.guidance.guide_file.request import GuideRequest
from kinemacolor.engine.guidance.guide_file.resolve import resolve
from kinemacolor.engine.jobs.planning.plan import make_plan
from kinemacolor.engine.settings import Settings
from tests.docs import pages
from tests.docs.pages import ROOT
from tests.docs.test_commands import run
from tests.engine.media.video.films import make_film
from tests.engine.tint import photo

PAGE = ROOT / "docs/guide-file.md"
FRAMES = 260


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """The current folder, with the files that the page names; frames of the film are alike."""
    monkeypatch.chdir(tmp_path)
    rgb = np.dstack([photo(480, 640)] * 3) // 4 * 3 + 20

    def shown(index, pix_fmt, size):
        return av.VideoFrame.from_ndarray(rgb, format="rgb24").reformat(format=pix_fmt)

    make_film(tmp_path / "reel.mkv", size=(640, 480), frames=FRAMES, codec="mpeg4",
              pix_fmt="yuv420p", draw=shown)  # fmt: skip
    colored = Image.fromarray((rgb * (1.0, 0.8, 0.6)).astype(np.uint8))
    (tmp_path / "photographs").mkdir()
    for name in ("set.jpg", "frame120.png", "frame150.png", "garden.jpg", "two.png",
                 "photographs/1.jpg"):  # fmt: skip
        colored.save(tmp_path / name)
    cv2.imwrite(str(tmp_path / "photo.jpg"), photo(480, 640))
    (tmp_path / "garden").mkdir()
    for name in ("garden/1.jpg", "garden/2.jpg"):
        cv2.imwrite(str(tmp_path / name), cv2.cvtColor(rgb, cv2.COLOR_RGB2GRAY))
    with zipfile.ZipFile(tmp_path / "photos.zip", "w") as archive:
        for name in ("garden/1.jpg", "garden/2.jpg"):
            archive.write(name, name)
        archive.write("reel.mkv", "street.mkv")
    return tmp_path


def planned(source: str, text: str) -> Guide:
    Path("colours.json").write_text(text, encoding="utf-8")
    request = GuideRequest(Path("colours.json"))
    plan = make_plan([Path(source)], "coloured/", Settings(), guide=request)
    [asset] = plan.assets
    assert not asset.problem and not [note for note in asset.notes if "likeness" in note]
    return guide_of(asset.guide)


def test_the_guide_of_a_film(folder):
    whole, _ = pages.blocks(PAGE, "json")
    guide = planned("reel.mkv", whole.text)
    assert all(getattr(guide, name) for name in ("points", "key_frames", "references", "cuts"))
    times = [number / 24 for number in range(FRAMES)]
    found = resolve(text_of(guide), "reel.mkv", (640, 480), times, [0, 200], (0, FRAMES))
    assert found.shots == (0, 202) and found.references[0].shots == (0, 1)
    assert (found.points[1].frame, found.points[1].until) == (180, 230)


def test_the_guide_of_an_archive(folder):
    _, files = pages.blocks(PAGE, "json")
    assert len(planned("photos.zip", files.text).files) == 3


def test_refusals(folder):
    refused = pages.refusals(PAGE)
    assert len(refused) == 3
    for words, said in refused.items():
        run(list(words), said)


def test_all_fields_are_described():
    schema = json.loads((ROOT / "docs/guide.schema.json").read_text(encoding="utf-8"))["$defs"]
    text = pages.text_of(PAGE)
    fields = {name for struct in schema.values() for name in struct.get("properties", ())}
    told = {name for name in fields if f'"{name}"' in text or f"`{name}`" in text}
    assert fields and told == fields
