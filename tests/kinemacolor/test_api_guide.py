"""Guides of frames in memory: what they may say, and what they may not."""

import json
from pathlib import Path

import cv2
import numpy as np
import pytest

import kinemacolor
from kinemacolor._frames import colorize_frames
from kinemacolor._guide import guide_text
from kinemacolor.engine.guidance.guide_file.guide import guide_of
from kinemacolor.engine.media.video.probe import probe
from kinemacolor.engine.pipeline import guided_colors, guided_film
from tests.engine.media.video.films import pictures_of
from tests.engine.pipeline.carriers import TellingCarrier
from tests.engine.pipeline.test_guided_film import built, painted
from tests.engine.tint import Tint, pan, tinting_worker, write_grey
from tests.kinemacolor.test_api_memory import SETTINGS, network_of

RED = np.full((64, 96, 3), (200, 40, 30), np.uint8)


def tinted(grey):
    """(H, W, 3): a grey picture in orange tones."""
    return np.dstack([grey, grey // 2, grey // 3])


class TestGuideText:
    def test_of_a_mapping_is_that_of_the_file(self, tmp_path):
        said = {"points": [{"frame": 3, "x": 5, "y": 6, "color": "#2f5d34"}]}
        file = tmp_path / "colors.json"
        file.write_text(json.dumps({"version": 1, **said}))
        with guide_text(said) as text, guide_text(file) as of_file, guide_text(str(file)) as named:
            assert text == of_file == named

    def test_has_arrays_as_files_while_it_lasts(self):
        deep = RED.astype(np.uint16) * 257
        said = {
            "key_frames": [{"frame": np.int64(2), "picture": RED}],
            "references": [{"picture": deep}],
        }
        with guide_text(said) as text:
            guide = guide_of(text)
            [key], [reference] = guide.key_frames, guide.references
            for path, expected in ((key.picture, RED), (reference.picture, deep)):
                found = cv2.imread(path, cv2.IMREAD_UNCHANGED)[..., ::-1]
                np.testing.assert_array_equal(found, expected)
            assert key.frame == 2
        assert not Path(key.picture).exists()
        assert said["key_frames"][0]["picture"] is RED

    def test_has_absolute_paths(self, tmp_path, monkeypatch):
        monkeypatch.chdir(tmp_path)
        with guide_text({"references": [{"picture": Path("set.png")}]}) as text:
            assert guide_of(text).references[0].picture == str(tmp_path / "set.png")

    @pytest.mark.parametrize(
        ("said", "error"),
        [
            ({"points": [{"x": 1, "y": 1}]}, "guide: points[0]: has no color"),
            ({"pionts": []}, "is no field; did you mean points?"),
            ({"key_frames": [{"frame": "0:01.5", "picture": RED}]}, "key_frames[0].frame: frames"),
            ({"cuts": [{"edit": "add", "frame": "0:02"}]}, "cuts[0].frame: frames in memory have"),
            ({"references": [{"picture": "a", "shots": ["0:01"]}]}, "references[0].shots[0]: fr"),
        ],
    )
    def test_of_what_is_not_possible_is_refused(self, said, error):
        with pytest.raises(kinemacolor.KinemacolorError) as caught, guide_text(said):
            pass
        assert error in str(caught.value)
        assert "\n" not in str(caught.value)

    @pytest.mark.parametrize("picture", [RED[..., 0], RED.astype(np.float32)])
    def test_of_no_picture_is_refused(self, picture):
        said = {"key_frames": [{"frame": 0, "picture": picture}]}
        with pytest.raises(ValueError, match=r"wanted|uint8"), guide_text(said):
            pass


class TestFrames:
    @pytest.fixture(autouse=True)
    def standing_in(self, monkeypatch):
        monkeypatch.setattr(guided_colors, "Carrier", TellingCarrier)
        monkeypatch.setattr(guided_film, "build_exemplars", built)
        monkeypatch.setattr(guided_film, "exemplars_of", lambda _, *rest: built(None, None, *rest))
        for module in ("kinemacolor._frames", "kinemacolor.engine.pipeline.worker"):
            monkeypatch.setattr(f"{module}.Encoder", Unused)

    def test_have_the_planes_of_the_film(self, tmp_path, monkeypatch):
        frames = [*pan(13), *pan(5, seed=7)]
        source, target = write_grey(tmp_path / "in.mkv", frames), tmp_path / "out.mkv"
        cv2.imwrite(str(tmp_path / "key.png"), tinted(frames[8])[..., ::-1])
        key = {"frame": 8, "picture": str(tmp_path / "key.png")}
        said = {"version": 1, "key_frames": [key]}
        tinting_worker(monkeypatch).film(source, target, lambda: None, json.dumps(said))
        tint = network_of(monkeypatch, Tint())
        given = {"key_frames": [{"frame": 8, "picture": tinted(frames[8])}]}
        colored = colorize_frames(
            frames, guide=given, network=tint, settings=SETTINGS, encoding=probe(source).encoding
        )
        for chroma, picture in zip(colored, pictures_of(target), strict=True):
            for ours, theirs in zip(chroma, picture.planes[1:3], strict=True):
                np.testing.assert_array_equal(ours, theirs)

    def test_take_what_is_known_of_later_ones(self, monkeypatch):
        tint = network_of(monkeypatch, Tint())
        said = {"key_frames": [{"frame": 7, "picture": tinted(pan(8)[7])}]}
        first, *rest = colorize_frames(pan(8), guide=said, network=tint, settings=SETTINGS)
        plain = next(colorize_frames(pan(8), network=tint, settings=SETTINGS))
        assert len(rest) == 7 and not np.array_equal(first, plain)

    def test_beyond_the_last_are_refused_before_any_is_colored(self, monkeypatch):
        tint = network_of(monkeypatch, Tint())
        said = {"key_frames": [{"frame": 8, "picture": painted()}]}
        colored = colorize_frames(pan(8), guide=said, network=tint, settings=SETTINGS)
        with pytest.raises(kinemacolor.KinemacolorError, match="frame 8 is beyond the end"):
            next(colored)

    def test_errors_name_the_file(self, tmp_path, monkeypatch):
        point = {"frame": 8, "x": 1, "y": 1, "color": "grey"}
        guide = tmp_path / "g.json"
        guide.write_text(json.dumps({"version": 1, "points": [point]}))
        tint = network_of(monkeypatch, Tint())
        for given, name in ((guide, str(guide)), ({"points": [point]}, "guide")):
            with pytest.raises(kinemacolor.KinemacolorError) as caught:
                next(colorize_frames(pan(8), guide=given, network=tint, settings=SETTINGS))
            assert str(caught.value).startswith(f"{name}: points[0].frame: frame 8 is beyond")

    def test_of_no_film_are_none(self, monkeypatch):
        tint = network_of(monkeypatch, Tint())
        assert list(colorize_frames([], guide={}, network=tint, settings=SETTINGS)) == []


class Unused:
    digest = "0" * 64
