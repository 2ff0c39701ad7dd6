"""What a preview chooses: frames in the middles of shots, cheap ones; a spread of files."""

from __future__ import annotations

import zipfile
from fractions import Fraction
from itertools import pairwise
from pathlib import Path

import av
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kinemacolor.engine.media.video.numbered_frames import NumberedFrames
from kinemacolor.engine.media.video.probe import probe
from kinemacolor.engine.pipeline.segmentation import with_context
from kinemacolor.engine.preview import shots as looking
from kinemacolor.engine.preview.choice import choose_frames, share_out
from kinemacolor.engine.preview.shots import find_shots
from kinemacolor.engine.preview.subjects import choose_subjects, find_subjects, open_subjects
from kinemacolor.engine.spread import spread
from tests.engine.fakes import still, write_zip
from tests.engine.media.video.films import make_film
from tests.engine.tint import pan


class TestFrames:
    @given(
        st.lists(st.integers(1, 400), min_size=1, max_size=30),
        st.integers(1, 24),
        st.integers(1, 12),
        st.integers(0, 8),
        st.sets(st.integers(1, 5000)),
    )
    def test_lie_in_the_middle_thirds_of_shots_far_apart(self, lengths, count, every, window, keys):
        borders = [0]
        for length in lengths:
            borders.append(borders[-1] + length)
        shots = list(pairwise(borders))
        chosen = choose_frames(
            shots,
            count,
            longest=10_000,
            keyframes=[0, *sorted(keys)],
            window=window,
            every=every,
        )
        assert len(chosen) == min(count, len(shots))
        for number, (start, stop) in zip(chosen, spread(shots, count), strict=True):
            third = (stop - start) // 3
            assert start + third <= number < max(stop - third, start + third + 1)

    def test_are_the_cheapest_there(self):
        """Two key frames and what lies between, right behind where decoding begins."""
        [number] = choose_frames(
            [(0, 300)], 1, longest=1000, keyframes=[0, 120, 250], window=3, every=6
        )
        assert number == 123
        assert with_context(number, number + 1, 3, 6) == (120, 127)

    def test_a_long_shot_has_several(self):
        chosen = choose_frames([(0, 300)], 9, longest=100, keyframes=[0], window=3, every=6)
        assert [number // 100 for number in chosen] == [0, 1, 2]


@given(st.lists(st.integers(1, 20), min_size=1, max_size=12), st.integers(1, 60))
def test_shares_are_even_and_used_up(capacities, count):
    shares = share_out(capacities, count)
    assert all(1 <= share <= most for share, most in zip(shares, capacities, strict=True))
    assert sum(shares) == max(len(shares), min(count, sum(capacities)))
    below = [s for s, most in zip(shares, capacities, strict=True) if s < most]
    assert not below or max(shares) - min(below) <= 1


class TestShots:
    LENGTHS = (60, 33, 50, 41)

    @pytest.fixture
    def film(self, tmp_path):
        """Four shots, the third of them black, as H.264 with key frames at cuts."""
        frames = [f for seed, n in enumerate(self.LENGTHS) for f in pan(n, seed=seed)]
        frames[93:143] = [np.full_like(frames[0], 16)] * 50
        with av.open(str(tmp_path / "film.mkv"), "w") as film:
            video = film.add_stream("libx264", rate=25, options={"g": "25"})
            video.width, video.height, video.pix_fmt = 96, 64, "yuv420p"
            for number, grey in enumerate(frames):
                planes = np.concatenate([grey, np.full((32, 96), 128, np.uint8)])
                picture = av.VideoFrame.from_ndarray(planes, format="yuv420p")
                picture.pts, picture.time_base = number, Fraction(1, 25)
                film.mux(video.encode(picture))
            film.mux(video.encode(None))
        return probe(tmp_path / "film.mkv")

    def test_of_a_short_film_are_exact_and_not_blank(self, film):
        shots = find_shots(film, NumberedFrames(film), (0, 184), 8)
        assert shots == [(0, 60), (60, 93), (143, 184)]

    def test_of_an_excerpt(self, film):
        assert find_shots(film, NumberedFrames(film), (50, 80), 8) == [(50, 60), (60, 80)]

    def test_a_blank_film_has_one_all_the_same(self, film):
        assert find_shots(film, NumberedFrames(film), (100, 130), 8) == [(100, 130)]

    @pytest.mark.parametrize("by_rate", [False, True])
    def test_of_a_long_film_lie_in_the_true_ones(self, film, monkeypatch, by_rate):
        monkeypatch.setattr(looking, "_WHOLE", 0)
        if by_rate:
            from kinemacolor.engine.media.video import numbered_frames

            monkeypatch.setattr(numbered_frames, "LARGE", 0)
        numbers = NumberedFrames(film)
        assert numbers.exact is not by_rate
        found = find_shots(film, numbers, (0, 184), 12)
        true = [(0, 60), (60, 93), (143, 184)]
        middles = [(start + stop) // 2 for start, stop in found]
        homes = [[s for s in true if s[0] <= middle < s[1]] for middle in middles]
        assert all(len(home) == 1 for home in homes)
        assert {home[0] for home in homes} == set(true)


class TestNumbers:
    def test_by_rate_are_those_of_the_packets(self, tmp_path, monkeypatch):
        from kinemacolor.engine.media.video import numbered_frames

        film = make_film(
            tmp_path / "film.mkv", frames=60, codec="libx264", pix_fmt="yuv420p", rate=24
        )
        exact = NumberedFrames(probe(film))
        monkeypatch.setattr(numbered_frames, "LARGE", 0)
        stated = NumberedFrames(probe(film))
        assert exact.exact and not stated.exact and exact.count == stated.count == 60
        for start in (0, 1, 31, 57):
            ours = [(frame.index, frame.luma.tobytes()) for frame in stated.read(start, start + 5)]
            theirs = [(frame.index, frame.luma.tobytes()) for frame in exact.read(start, start + 5)]
            assert ours == theirs and ours[0][0] == start
        assert abs(float(stated.seconds(59) - exact.seconds(59))) < 0.002


class TestSubjects:
    def test_of_a_folder_with_archives(self, tmp_path):
        for number in range(4):
            (tmp_path / f"{number}.png").write_bytes(still(number))
        make_film(tmp_path / "reel.mkv")
        write_zip(tmp_path / "box.zip", {"a/x.png": still(7), "read.me": b"words"})
        (tmp_path / "notes.txt").write_text("words")
        found = find_subjects(tmp_path, salvage=False)
        names = ["0.png", "1.png", "2.png", "3.png", "box.zip/a/x.png", "reel.mkv"]
        assert [subject.name for subject in found.subjects] == names and not found.problems
        shares = choose_subjects([found], 8)
        assert [share.count for share in shares] == [1, 1, 1, 1, 1, 3]
        assert [share.subject.name for share in choose_subjects([found], 2)] == [
            "1.png",
            "box.zip/a/x.png",
        ]

    def test_every_source_has_one(self, tmp_path):
        sources = []
        for number in range(5):
            path = tmp_path / f"{number}.png"
            path.write_bytes(still(number))
            sources.append(find_subjects(path, salvage=False))
        assert len(choose_subjects(sources, 2)) == 5

    def test_members_are_brought_within_reach(self, tmp_path):
        film = make_film(tmp_path / "reel.mkv").read_bytes()
        with zipfile.ZipFile(tmp_path / "box.zip", "w") as archive:
            archive.writestr("a.png", still(1))
            archive.writestr("reel.mkv", film)
        scratch = tmp_path / "scratch"
        scratch.mkdir()
        problems: list[str] = []
        shares = choose_subjects([find_subjects(tmp_path / "box.zip", salvage=False)], 4)
        a, reel = open_subjects(shares, scratch, problems)
        assert a.content == still(1) and reel.path is not None and not problems
        assert reel.path.read_bytes() == film and reel.path.is_relative_to(scratch)

    @pytest.mark.parametrize(
        ("name", "content", "said"),
        [
            ("missing.mkv", None, "there is no such file or folder"),
            ("notes.txt", b"words", "is no film, still or archive of them"),
            ("cut.zip", b"PK\3\4 and no more", "is cut off or damaged"),
        ],
    )
    def test_what_cannot_be_shown_is_told(self, tmp_path: Path, name, content, said):
        if content is not None:
            (tmp_path / name).write_bytes(content)
        found = find_subjects(tmp_path / name, salvage=False)
        assert not found.subjects
        [problem] = found.problems
        assert problem.startswith(f"{tmp_path / name}: ") and said in problem
