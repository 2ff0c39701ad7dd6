"""Stills that a person said something of, through the worker: points, pictures, references."""

import json

import cv2
import numpy as np
import pytest

from kinemacolor.engine.guidance.guide_file.guide import Said, digest_of, guide_of, merged, text_of
from kinemacolor.engine.media.provenance.stills import tag_of_still
from kinemacolor.models.errors import KinemacolorError
from tests.engine.media.stills.pictures import encoded, exif
from tests.engine.pipeline.test_stills import rgb_of
from tests.engine.tint import photo, tinting_worker

SIZE = (64, 96)


class Loader:
    """An asset's content, with what a person said of it."""

    def __init__(self, content, guide=""):
        self.content, self.guide = content, guide

    def __call__(self):
        return self.content


def guide(**said):
    return text_of(merged(guide_of(json.dumps({"version": 1, **said}))))


def grey(seed=3):
    return encoded(photo(*SIZE, seed), "PNG")


def colored(worker, *loaders):
    results = list(worker.stills([(f"{n}.png", one) for n, one in enumerate(loaders)]))
    return [(content, report) for _, content, report in results]


@pytest.fixture
def worker(monkeypatch):
    return tinting_worker(monkeypatch, working_size=64)


def red_picture(path, seed=3, shape=SIZE):
    """The still in red tones."""
    light = photo(*SIZE, seed)[: shape[0], : shape[1]].astype(float)
    rgb = np.dstack([light, light * 0.45, light * 0.4]).astype(np.uint8)
    cv2.imwrite(str(path), rgb[..., ::-1])
    return str(path)


def test_without_a_guide_they_are_as_before(worker):
    [(plain, _), (empty, _)] = colored(worker, lambda: grey(), Loader(grey()))
    assert plain == empty and not tag_of_still(plain).guide


def test_a_point_has_its_color_and_the_tag_tells_of_it(worker):
    said = guide(points=[{"x": 40, "y": 20, "color": {"a": 30.0, "b": -30.0}, "radius": 3}])
    [(content, report), (plain, _)] = colored(worker, Loader(grey(), said), Loader(grey()))
    red, green, blue = rgb_of(content)[20, 40]
    assert red > green + 20 and blue > green + 20
    assert tag_of_still(content).guide == digest_of(said) and report.lightness_error_mean < 0.5
    assert content != plain


@pytest.mark.parametrize("orientation", [1, 6])
def test_points_count_in_the_upright_picture(worker, orientation):
    source = encoded(np.full(SIZE, 120, np.uint8), "PNG", exif=exif(orientation=orientation))
    said = guide(points=[{"x": 10, "y": 50, "color": {"a": 40.0, "b": 20.0}, "radius": 2}])
    [(content, _)] = colored(worker, Loader(source, said))
    if orientation == 1:
        red, green, _ = rgb_of(content)[50, 10]
    else:  # shown 64 wide: the stored row is the column from the left, reversed columns
        red, green, _ = rgb_of(content)[63 - 10, 50]
    assert red > green + 30


def test_one_beyond_the_picture_fails_alone(worker):
    said = guide(points=[{"x": 400, "y": 20, "color": "grey"}])
    [(error, report), (fine, _)] = colored(worker, Loader(grey(), said), Loader(grey()))
    assert isinstance(error, KinemacolorError) and report is None
    assert "\n" not in str(error) and "0.png" in str(error) and isinstance(fine, bytes)


def test_a_picture_of_itself_is_law(worker, tmp_path):
    said = guide(key_frames=[{"picture": red_picture(tmp_path / "red.png")}])
    [(content, _)] = colored(worker, Loader(grey(), said))
    light = photo(*SIZE, 3)
    middle = (light > 60) & (light < 200)
    rgb = rgb_of(content)[middle]
    assert (rgb[:, 0] > rgb[:, 1] + 20).mean() > 0.95


def test_a_series_shares_a_reference(worker, tmp_path):
    said = guide(references=[{"picture": red_picture(tmp_path / "set.png")}])
    made = colored(worker, *(Loader(grey(seed), said) for seed in (3, 4)), Loader(grey()))
    guided, other, plain = (rgb_of(content).astype(int) for content, _ in made)

    def redness(rgb):
        return (rgb[..., 0] - rgb[..., 1]).mean()

    assert redness(guided) > redness(plain) + 10 and redness(other) > redness(plain)


def test_the_likeliest_of_a_folder_is_named(worker, tmp_path):
    candidates = [
        {"picture": red_picture(tmp_path / f"{name}.png", seed)}
        for name, seed in (("other", 9), ("same", 3))
    ]
    [(content, report)] = colored(worker, Loader(grey(), guide(candidates=candidates)))
    assert any("takes colours from same.png" in note for note in report.notes), report.notes
    assert isinstance(content, bytes)


def test_strength_of_nothing_leaves_the_networks_colors(worker):
    points = [{"x": 40, "y": 20, "color": "#d02020"}]
    said = guide(points=points, shots=[{"shot": 0, "strength": 0.0}])
    [(content, _), (plain, _)] = colored(worker, Loader(grey(), said), Loader(grey()))
    np.testing.assert_allclose(rgb_of(content), rgb_of(plain), atol=1)


def test_company_changes_nothing(worker):
    said = guide(points=[{"x": 40, "y": 20, "color": "#2040c0"}])
    alone = colored(worker, Loader(grey(), said))[0][0]
    among = colored(worker, Loader(grey(5)), Loader(grey(), said), Loader(grey(6), said))[1][0]
    assert alone == among


@pytest.mark.parametrize(
    "said",
    [
        {"points": [{"x": 40, "y": 20, "color": "grey", "radius": 5000}]},
        {"shots": [{"shot": 0, "saturation": 0.0}]},
    ],
)
def test_grey_is_a_color(worker, monkeypatch, said):
    [(content, report)] = colored(worker, Loader(grey(), guide(**said)))
    assert report is not None and np.ptp(rgb_of(content).astype(int), axis=2).max() <= 1
    nothing = np.zeros((64, 96, 2), np.float32)
    monkeypatch.setattr(worker, "_stills", lambda batch: [nothing])
    [(error, _)] = colored(worker, Loader(grey(), guide(**said)))
    assert "the network gives no colour for it" in str(error)


def test_nothing_said_is_no_guide():
    assert text_of(Said()) == ""
