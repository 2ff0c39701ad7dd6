"""The benchmark of propagation: its baselines, what it tells the command, its sums and its file."""

import json
import sys
from dataclasses import replace
from itertools import islice

import numpy as np
import pytest
from scipy.stats import spearmanr

from benchmarks import propagation
from benchmarks.clips import Clip, film_frames
from benchmarks.color_measures import Seen
from benchmarks.propagation_bars import bars
from benchmarks.propagation_methods import BASELINES, COMMANDS, color, told
from benchmarks.propagation_scores import TRUTH, score_clip
from benchmarks.propagation_summary import (
    Protocol,
    by_distance,
    overall,
    summary,
    told_score,
    with_seeds,
    worst,
)
from kinemacolor.engine.errors import MediaError
from kinemacolor.models.errors import KinemacolorError
from tests.benchmarks.color_clips import color_pan, write_pictures

FRAMES = 8


@pytest.fixture(scope="module")
def clip(tmp_path_factory):
    place = write_pictures(tmp_path_factory.mktemp("clips") / "pan", color_pan(FRAMES))
    return Clip(place, most=6)


@pytest.fixture(scope="module")
def scores(clip):
    return score_clip(
        clip.frames(), {name: make(clip.frames()) for name, make in BASELINES.items()}
    )


class TestBaselines:
    @pytest.mark.parametrize("name", ["held", "chained"])
    def test_lightness_is_the_truths(self, clip, name):
        for rgb, true in zip(BASELINES[name](clip.frames()), clip.frames(), strict=True):
            error = Seen.of(rgb).lab[0] - Seen.of(true).lab[0]
            assert error.abs().median() < 0.01  # but where clipping moves it

    def test_frame_0_is_the_truth_where_it_is_given(self, scores):
        for name in ("held", "chained"):
            assert scores[name]["frames"][0]["de_l"] < 0.01
        assert scores["grey"]["frames"][0]["de_l"] > 5

    def test_a_pan_is_followed_by_flow_alone(self, scores):
        last = {name: scores[name]["frames"][-1]["de_l"] for name in BASELINES}
        assert last["chained"] < 0.5 * last["held"] < last["grey"]

    def test_flicker(self, scores):
        assert scores["grey"]["flicker"] < 0.01
        assert scores["chained"]["flicker"] < 0.5 * scores["held"]["flicker"]
        assert scores[TRUTH]["flicker"] < scores["held"]["flicker"]

    def test_cdc_and_colorfulness_are_of_the_truth_too(self, scores):
        assert scores[TRUTH]["cdc"] > 0 and scores[TRUTH]["frames"][3].keys() == {"colorfulness"}


def test_only_wanted_frames_are_measured_and_alike(clip, scores):
    few = score_clip(
        clip.frames(), {"held": BASELINES["held"](clip.frames())}, wanted={0, 3}.__contains__
    )
    assert [bool(row) for row in few["held"]["frames"]] == [True, False, False, True, False, False]
    assert few["held"]["frames"][3] == scores["held"]["frames"][3]
    assert few["held"]["cdc"] == scores["held"]["cdc"]
    pair = score_clip(
        islice(clip.frames(), 2, 4), {"held": islice(BASELINES["held"](clip.frames()), 2, 4)}
    )
    assert few["held"]["flicker"] == pair["held"]["flicker"] != scores["held"]["flicker"]


def test_versions_must_have_all_frames_in_their_size(clip):
    for name, wrong, said in (
        ("short", list(clip.frames())[:2], "frame 2 is missing"),
        ("small", [rgb[:-2] for rgb in clip.frames()], "frame 0 has another size"),
    ):
        with pytest.raises(MediaError, match=f"{name}: {said}"):
            score_clip(clip.frames(), {name: iter(wrong)})


class TestCommand:
    def test_is_told_of_key_frames_and_the_reference(self, clip, tmp_path):
        assert told(clip, COMMANDS["automatic"], tmp_path) == []
        first, last = f"0={tmp_path}/frame0.png", f"5={tmp_path}/frame5.png"
        assert told(clip, COMMANDS["keys"], tmp_path) == [
            "--key-frame", first, "--key-frame", last,
        ]  # fmt: skip
        assert told(clip, COMMANDS["reference"], tmp_path) == [
            "--reference", str(tmp_path / "reference.png"),
        ]  # fmt: skip
        written = Clip(tmp_path)  # frame0, frame5, reference
        for rgb, number in zip(written.frames(), (0, 5, FRAMES - 1), strict=True):
            np.testing.assert_array_equal(rgb, color_pan(FRAMES)[number].astype(np.float32) / 255)

    def test_is_told_of_points_by_their_seed(self, clip, tmp_path):
        options = [told(clip, COMMANDS[f"points {seed}"], tmp_path) for seed in (0, 0, 1)]
        assert options[0] == options[1] != options[2]
        codes = color_pan(FRAMES)[0]
        assert options[0][::2] == ["--hint"] * 10
        for hint in options[0][1::2]:
            place, value = hint.removeprefix("0:").split("=")
            x, y = map(int, place.split(","))
            assert value == "#" + "".join(f"{code:02x}" for code in codes[y, x])

    def test_colors_a_clip(self, clip, tmp_path):
        small = Clip(clip.path, most=3)
        options = ("--working-size", "32", "--device", "cpu")
        made = color(small, COMMANDS["automatic"], tmp_path, options)
        frames = list(film_frames(made.film))
        assert made.cpu > 0 and [rgb.shape for rgb in frames] == [(64, 96, 3)] * 3
        assert max(np.ptp(rgb, axis=2).max() for rgb in frames) > 0.02

    def test_that_fails_is_told_in_a_line(self, clip, tmp_path):
        with pytest.raises(KinemacolorError, match=r"pan: the command failed and said: .*--model"):
            color(clip, COMMANDS["automatic"], tmp_path, ("--model", ""))


PROTOCOL = Protocol(None, 1, (1, 2), ("good", "grey"), "tests")


def made(*de_l, **more):
    return {"frames": [{"de_l": value} for value in de_l], "flicker": 1.0, "cdc": None, **more}


class TestSums:
    clips = {  # noqa: RUF012
        "one": {"good": made(0, 1, 3, flicker=2.0), "grey": made(9, 2, 4), TRUTH: made(0, 0, 0)},
        "two": {
            "good": made(0, 5, 5, 7),
            "grey": made(9, 9, 4.5, 9),
            "held": made(0, 5, 5, 5),
            TRUTH: made(0, 0, 0, 0),
        },
    }

    def test_means_are_over_frames_then_clips_without_what_was_given(self):
        found = overall(self.clips, PROTOCOL)
        assert found["good"]["de_l"] == pytest.approx((2 + 17 / 3) / 2)
        assert "held" not in found  # which one clip lacks
        assert "cdc" not in found["good"]
        counted = Protocol(None, 0, (1, 2), (), "tests")
        assert overall(self.clips, counted)["good"]["de_l"] == pytest.approx((4 / 3 + 17 / 4) / 2)

    def test_every_third_frame_stands_for_its_neighbours(self):
        protocol = replace(PROTOCOL, every=3)
        counted = [number for number in range(25) if protocol.counts(number)]
        assert counted == [2, 5, 8, 11, 14, 17, 20, 23] and np.mean(counted) == 12.5
        assert [n for n in range(25) if protocol.scores(n, 24)] == [0, 1, *counted, 24]
        rows = [{}, {"de_l": 1}, {"de_l": 3}, {}, {}, {"de_l": 5}, {"de_l": 9}]
        clips = {"one": {m: made() | {"frames": rows} for m in ("good", "grey", TRUTH)}}
        clips["one"]["good"]["led"] = [(3, 0.5)]
        found = summary(clips, protocol)
        assert found["mean"]["good"]["de_l"] == 4 and found["told"] == {}
        assert found["by_distance"]["last"]["good"]["de_l"] == 9
        assert found["worst"]["good"]["grey"]["more_de_l"] == 0

    def test_distances_are_those_of_all_clips_and_the_last_of_each(self):
        found = by_distance(self.clips, PROTOCOL)
        assert {at: rows["good"]["de_l"] for at, rows in found.items()} == {
            "0": 0, "1": 3, "2": 4, "last": 5,
        }  # fmt: skip

    def test_seeds_of_points_have_a_mean(self):
        rows = {"key": {"de_l": 1.0}, "points 0": {"de_l": 4.0}, "points 1": {"de_l": 6.0}}
        assert with_seeds(rows) == rows | {"points": {"de_l": 5.0}}
        del rows["points 1"]
        assert with_seeds(rows) == rows

    def test_the_worst_frame_is_named(self):
        found = worst(self.clips, PROTOCOL, "good")
        assert found["grey"] == {"more_de_l": 0.5, "clip": "two", "frame": 2}
        assert found["held"] == {"more_de_l": 2, "clip": "two", "frame": 3}
        assert "grey" not in worst(self.clips, PROTOCOL, "grey")

    def test_the_told_score_is_ranked_against_the_error(self):
        assert told_score(self.clips, "good") is None
        one = self.clips["one"] | {"good": made(0, 1, 3, led=[(0, 1.0), (1, 0.7), (2, 0.8)])}
        two = self.clips["two"] | {"good": made(0, 5, 5, 7, led=[(0, 1.0), (1, 0.5), (3, 0.1)])}
        found = told_score({"one": one, "two": two}, "good")
        expected = spearmanr([0, 1, 3, 0, 5, 7], [0, 0.3, 0.2, 0, 0.5, 0.9]).statistic
        assert found == {"rank_correlation": pytest.approx(expected), "frames": 6}


class TestBars:
    @pytest.fixture
    def clips(self):
        """Clips of 25 frames that reach every bar."""

        def scores(de_l, colorfulness=30.0, **more):
            row = {"de_l": de_l, "ab_psnr": 40.0, "cm_ssim": 0.995, "colorfulness": colorfulness}
            frames = [row | {"de_l": de_l * min(1, number)} for number in range(25)]
            return {"frames": frames, "flicker": 1.0, "cdc": None, **more}

        led = [(0, 1.0), (12, 0.8), (24, 0.5)]
        key = scores(1.5, cpu=12.0, led=led)
        for number, row in enumerate(key["frames"]):
            row["de_l"] *= 1 + number / 100
        methods = {
            "grey": scores(9.0), "automatic": scores(8.0, cpu=10.0), "held": scores(5.0),
            "key": key, "points 0": scores(5.0), "points 1": scores(5.5), TRUTH: scores(0.0),
        }  # fmt: skip
        return {"one": methods, "two": methods}

    def held(self, clips, name="vpn"):
        protocol = propagation.PROTOCOLS[name]
        found = bars(name, protocol, clips, summary(clips, protocol))
        return {bar["of"]: bar["holds"] for bar in found}

    def test_all_are_told_and_hold(self, clips):
        found = self.held(clips)
        assert all(found.values()) and len(found) == 16
        assert self.held(clips, "colormnet").keys() >= {"key, de_l at the last"}

    @pytest.mark.parametrize(
        ("spoil", "fails"),
        [
            (lambda m: m["key"]["frames"][24].update(de_l=3.0), {"key, de_l at 24"}),
            (lambda m: m["key"]["frames"][0].update(de_l=0.4), {"key, de_l at 0"}),
            (lambda m: m["key"].update(flicker=1.1), {"key, flicker"}),
            (lambda m: m["key"].update(cpu=13.1), {"key, seconds a frame beyond automatic's"}),
            (
                lambda m: m["key"]["frames"][24].update(colorfulness=26.0),
                {"key, colourfulness at 24 off the truth's"},
            ),
            (
                lambda m: m["held"]["frames"][3].update(de_l=1.0),
                {"key, worst de_l beyond held's"},
            ),
            (
                lambda m: m["key"].update(led=[(0, 0.1), (12, 0.8), (24, 0.9)]),
                {"key, rank correlation"},
            ),
        ],
    )
    def test_each_can_fail(self, clips, spoil, fails):
        spoil(clips["one"])
        assert {of for of, holds in self.held(clips).items() if not holds} == fails

    def test_two_key_frames_are_held_against_one_at_half_the_distance(self, clips):
        clips["one"]["keys"] = clips["one"]["key"]
        assert self.held(clips, "between") == {"two key frames, de_l at 24": False}


class TestProgram:
    @pytest.fixture
    def call(self, clip, tmp_path, monkeypatch, capsys):
        table = tmp_path / "table.json"

        def call(*words):
            arguments = ["propagation", str(clip.path.parent), "--json", str(table), *words]
            monkeypatch.setattr(sys, "argv", arguments)
            propagation.main()
            return json.loads(table.read_text()), capsys.readouterr().out

        return call

    def test_results_are_kept_and_missing_ones_added(self, call):
        first, _ = call("--methods", "held")
        record = first["results"]["clips"]["pan"]["methods"]
        assert list(record) == ["held", TRUTH] and len(record["held"]["frames"]) == FRAMES
        record["held"]["frames"][1]["de_l"] = 77.0  # would be lost if it were made again
        second, out = call("--methods", "grey", "held")
        assert list(second["results"]["clips"]["pan"]["methods"]) == ["grey", "held", TRUTH]
        assert second["results"]["protocol"]["name"] == "vpn" and "processor" in second["machine"]
        mean = second["results"]["summary"]["mean"]["held"]["de_l"]
        assert f"| {mean:.2f} |" in out and "held against grey, at worst: de_l " in out
        with pytest.raises(SystemExit, match="is of the protocol vpn"):
            call("--methods", "held", "--protocol", "colormnet")
        with pytest.raises(SystemExit, match="was made with --every 1"):
            call("--methods", "held", "--every", "2")

    def test_colored_films_are_left_where_asked(self, call, tmp_path):
        call(
            "--methods",
            "automatic",
            "--every",
            "4",
            "--option=--working-size=32",
            "--keep",
            str(tmp_path),
        )
        assert len(list(film_frames(tmp_path / "pan.automatic.mkv"))) == FRAMES

    def test_wrong_usage_is_told(self, call, capsys):
        with pytest.raises(SystemExit):
            call("--clips", "bear")
        assert "no clips ['bear']" in capsys.readouterr().err
