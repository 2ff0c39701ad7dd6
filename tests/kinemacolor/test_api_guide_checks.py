"""Guides of pictures and frames in memory are checked as those of jobs are."""

import numpy as np
import pytest

import kinemacolor
from kinemacolor import colorize_frames, colorize_image
from tests.engine.media.stills.pictures import encoded, gradient
from tests.engine.tint import Tint, photo
from tests.kinemacolor.test_api_memory import SETTINGS, network_of


@pytest.fixture
def tint(monkeypatch):
    return network_of(monkeypatch, Tint())


class TestGuides:
    def test_guide_may_name_a_folder(self, tmp_path, tint):
        grey = photo(64, 96)
        (tmp_path / "set").mkdir()
        for name, seed in (("one.png", 0), ("two.png", 9)):
            light = photo(64, 96, seed)
            rgb = np.dstack([light, light // 2, light // 3])
            (tmp_path / "set" / name).write_bytes(encoded(rgb, "PNG"))
        several = [tmp_path / "set/one.png", tmp_path / "set/two.png"]
        folder, each = (
            colorize_image(
                grey,
                network=tint,
                guide={"candidates": [{"picture": path} for path in paths]},
                settings=SETTINGS,
            )
            for paths in ([tmp_path / "set"], several)
        )
        np.testing.assert_array_equal(folder, each)

    @pytest.mark.parametrize(
        ("said", "problem"),
        [
            (
                {"key_frames": [{"picture": gradient(3)[:, ::-1]}]},
                r"^guide: key_frames\[0\].picture: does not show this frame",
            ),
            (
                {"files": {"a.png": {"points": [{"x": 1, "y": 1, "color": "grey"}]}}},
                "^guide: files: are of films and stills in files",
            ),
            (
                {"references": [{"picture": np.full((64, 96, 3), 90, np.uint8)}]},
                r"^guide: references\[0\].picture: has no colours; give",
            ),
            (
                {"references": [{"picture": "nope.png"}]},
                r"^guide: references\[0\].picture: \S+nope.png: cannot be read",
            ),
        ],
    )
    def test_guide_is_checked_as_a_job_checks_it(self, tint, said, problem):
        with pytest.raises(kinemacolor.KinemacolorError, match=problem):
            colorize_image(gradient(), network=tint, guide=said, settings=SETTINGS)
        if "key_frames" in said:
            said = {"key_frames": [{"frame": 1, **said["key_frames"][0]}]}
        with pytest.raises(kinemacolor.KinemacolorError, match=problem):
            list(colorize_frames([gradient()] * 3, network=tint, guide=said, settings=SETTINGS))

    def test_guide_of_another_type_is_refused(self, tint):
        with pytest.raises(ValueError, match="a guide of int: a file or a mapping is wanted"):
            colorize_image(gradient(), network=tint, guide=5, settings=SETTINGS)

    def test_grey_reference_has_no_file_s_name(self, tint):
        grey = np.full((64, 96, 3), 90, np.uint8)
        with pytest.raises(kinemacolor.KinemacolorError, match=r"^reference: has no colours"):
            colorize_image(gradient(), network=tint, reference=grey, settings=SETTINGS)

    def test_picture_of_another_digest_is_not_the_one(self, tmp_path, tint):
        (tmp_path / "a.png").write_bytes(encoded(gradient(3), "PNG"))
        said = {"references": [{"picture": tmp_path / "a.png", "sha256": "0" * 64}]}
        with pytest.raises(kinemacolor.KinemacolorError, match="is not the picture of this SHA"):
            colorize_image(gradient(), network=tint, guide=said, settings=SETTINGS)
