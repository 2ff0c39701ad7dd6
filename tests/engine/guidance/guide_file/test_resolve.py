"""Guides resolved: frames to numbers, cuts edited, shots found, places to fractions."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import pytest

from kinemacolor.engine.files import sha256
from kinemacolor.engine.guidance.guide_file import film_guide
from kinemacolor.engine.guidance.guide_file.film_guide import FilmGuide, ShotWish
from kinemacolor.engine.guidance.guide_file.guide import (
    Ab,
    AddCut,
    Candidate,
    DropCut,
    KeyFrame,
    MoveCut,
    Point,
    Reference,
    Said,
    Shot,
    text_of,
)
from kinemacolor.engine.guidance.guide_file.resolve import resolve, resolve_film, resolve_still
from kinemacolor.engine.media.video.probe import probe
from kinemacolor.engine.pipeline.film import index_of
from kinemacolor.engine.settings import Settings
from kinemacolor.models.errors import KinemacolorError
from tests.engine.media.video.films import make_film

SOURCE = Path("reel.mkv")
SHOTS = [0, 10, 20, 30]
TIMES = [number / 25 for number in range(40)]


def resolved(said: Said, **changes) -> FilmGuide:
    """The guide of a film of 40 frames, 64x48, 25 a second, with four shots."""
    facts = {"times": TIMES, "shots": SHOTS, "frames": (0, 40), **changes}
    return resolve(text_of(said), SOURCE, (64, 48), **facts)


def refused(said: Said, **changes) -> str:
    with pytest.raises(KinemacolorError) as caught:
        resolved(said, **changes)
    assert caught.value.subject == "reel.mkv" and "\n" not in str(caught.value)
    return str(caught.value).removeprefix("reel.mkv: guide: ")


class TestFramesAndPlaces:
    def test_nothing_said(self):
        found = resolved(Said())
        assert found == FilmGuide(shots=(0, 10, 20, 30)) and found.is_empty

    def test_points(self):
        points = (
            Point(frame=3, x=0, y=47, color="grey", until="0:01.2"),
            Point(frame="0:01", x=32.7, y=24, radius=16, color=Ab(a=-20, b=15)),
            Point(frame=3, x=5, y=5, color="#ff0000"),
        )
        first, second, third = resolved(Said(points=points)).points
        assert (first.frame, first.until, first.ab) == (3, 30, (0, 0))
        assert (first.x, first.y, first.radius) == (0.5 / 64, 47.5 / 48, 0)
        assert (second.frame, second.ab, second.radius) == (25, (-20, 15), 0.25)
        assert second.x == 32.5 / 64 and second.name == "the point at 32.7,24 of frame 25"
        assert third.ab == pytest.approx((80.1, 67.2), abs=0.1)  # CIE LAB of sRGB red

    @pytest.mark.parametrize(("time", "number"), [("0:00", 0), ("0:00.119", 2), ("0:00.12", 3)])
    def test_times_are_of_the_frame_that_is_shown(self, time, number):
        # A time of milliseconds, as players print it, still is of its frame.
        key = KeyFrame(frame=time, picture="a.png")
        assert resolved(Said(key_frames=(key,))).key_frames[0].frame == number

    def test_what_comes_first_is_over_the_rest(self):
        said = Said(
            points=tuple(
                Point(frame=f, x=5, y=5, color=c) for f, c in ((5, "grey"), (5, "#ff0000"))
            ),
            key_frames=tuple(
                KeyFrame(frame=f, picture=p) for f, p in (("0:00.2", "a.png"), (5, "b.png"))
            ),
        )
        found = resolved(said)
        assert [point.ab for point in found.points] == [(0, 0)]
        assert found.key_frames == (film_guide.KeyFrame(5, Path("a.png")),)

    def test_places_count_what_is_not_used(self):
        points = [Point(frame=5, x=5, y=5, color=c) for c in ("grey", "#ff0000")]
        late = Point(frame=5, x=99, y=5, color="grey")
        assert refused(Said(points=(*points, late))).startswith("points[2].x: 99 is outside")

    @pytest.mark.parametrize(
        ("said", "problem"),
        [
            (
                Said(points=(Point(frame=1, x=1, y=48, color="grey"),)),
                "points[0].y: 48 is outside a picture of 64x48 pixels; use 0 to 47",
            ),
            (
                Said(points=(Point(frame=40, x=1, y=1, color="grey"),)),
                "points[0].frame: frame 40 is beyond the end of a film of 40 frames; use 0 to 39",
            ),
            (
                Said(points=(Point(frame=9, x=1, y=1, color="grey", until=8),)),
                "points[0].until: 8 is before its frame, 9",
            ),
            (
                Said(points=(Point(x=1, y=1, color="grey"),)),
                "points[0]: has no frame; say which frame or time of the film it is of",
            ),
            (
                Said(key_frames=(KeyFrame(frame="0:02", picture="a"),)),
                "key_frames[0].frame: 0:02 is beyond the end of a film of 1.60 s; give a time",
            ),
        ],
    )
    def test_what_cannot_be(self, said, problem):
        assert refused(said).startswith(problem)

    def test_outside_of_an_excerpt_is_left_out(self):
        said = Said(
            points=(
                Point(frame=3, x=1, y=1, color="grey"),
                Point(frame=15, x=1, y=1, color="grey"),
            ),
            key_frames=(KeyFrame(frame="0:01.5", picture="a.png"),),
        )
        part = {"times": TIMES[10:20], "shots": [10], "frames": (10, 20), "is_whole": False}
        found = resolved(said, **part)
        assert [point.frame for point in found.points] == [15] and not found.key_frames
        assert found.notes == ("2 things are said of frames outside of the excerpt, and not used",)

    def test_outside_of_an_excerpt_counts_shots_and_cuts(self):
        part = {"times": TIMES[10:20], "shots": [10], "frames": (10, 20), "is_whole": False}
        said = Said(
            cuts=(DropCut(frame=5), AddCut(frame=15), MoveCut(frame=12, to=30)),
            shots=(Shot(shot="0:01.5", warmth=3), Shot(shot="0:00.5", warmth=3)),
            references=(
                Reference(picture="a", shots=("0:01.5",)),
                Reference(picture="b", shots=("0:01.5", "0:00.5")),
                Reference(picture="c"),
            ),
        )
        found = resolved(said, **part)
        assert found.shots == (10, 15) and [wish.shot for wish in found.wishes] == [0]
        assert found.notes == ("4 things are said of frames outside of the excerpt, and not used",)


class TestShots:
    def test_edits_follow_one_another(self):
        cuts = (
            AddCut(frame=5),
            DropCut(frame=10),
            MoveCut(frame="0:00.8", to=22),
            MoveCut(frame=5, to=6),
        )
        assert resolved(Said(cuts=cuts)).shots == (0, 6, 22, 30)

    @pytest.mark.parametrize(
        ("cut", "problem"),
        [
            (AddCut(frame=10), "cuts[0].frame: a shot begins at frame 10 already"),
            (
                DropCut(frame=12),
                "cuts[0].frame: no shot begins at frame 12; the nearest that does begins at "
                "frame 10",
            ),
            (DropCut(frame=0), "cuts[0].frame: frame 0 is the first, where no cut is; leave"),
            (AddCut(frame="0:00.01"), "cuts[0].frame: frame 0 is the first, where no cut is"),
            (MoveCut(frame=10, to=0), "cuts[0].to: frame 0 is the first, where no cut is"),
            (MoveCut(frame=10, to=20), "cuts[0].to: a shot begins at frame 20 already"),
            (AddCut(frame=99), "cuts[0].frame: frame 99 is beyond the end of a film of 40 fra"),
        ],
    )
    def test_edits_that_cannot_be(self, cut, problem):
        assert refused(Said(cuts=(cut,))).startswith(problem)

    def test_are_counted_after_edits(self):
        said = Said(
            cuts=(DropCut(frame=10),),
            references=(Reference(picture="a", shots=(1, "0:00.1")), Reference(picture="b")),
            shots=(Shot(shot="0:00.9", like=0), Shot(shot=0, strength=0.5, warmth=3)),
            candidates=(Candidate(picture="c"),),
        )
        found = resolved(said)
        assert [reference.shots for reference in found.references] == [(0, 1), None]
        assert found.wishes == (ShotWish(0, None, 0.5, 1, 3), ShotWish(1, 0))
        assert found.candidates == (Path("c"),) and not found.is_empty

    @pytest.mark.parametrize(
        ("said", "problem"),
        [
            (
                Said(shots=(Shot(shot=4),)),
                "shots[0].shot: there is no shot 4 among 4; use 0 to 3",
            ),
            (
                Said(references=(Reference(picture="a", shots=(0, 9)),)),
                "references[0].shots[1]: there is no shot 9 among 4",
            ),
            (
                Said(shots=(Shot(shot=1, like=2), Shot(shot=2, like=3), Shot(shot=3, like=1))),
                "shots[2].like: leads from shot 3 back to itself",
            ),
            (Said(shots=(Shot(shot=1, like=1),)), "shots[0].like: is the shot itself"),
            (
                Said(references=(Reference(picture="a"), Reference(picture="a", shots=("0:09",)))),
                "references[1].shots[0]: 0:09 is beyond the end of a film",
            ),
            (
                Said(shots=(Shot(shot=1), Shot(shot="0:00.5"))),
                "shots[1].shot: shot 1 is there twice; put all of it into one",
            ),
        ],
    )
    def test_that_cannot_be(self, said, problem):
        assert refused(said).startswith(problem)

    def test_of_an_excerpt_go_by_times(self):
        part = {"times": TIMES[10:30], "shots": [10, 20], "frames": (10, 30), "is_whole": False}
        assert refused(Said(shots=(Shot(shot=1),)), **part).startswith(
            "shots[0].shot: numbers of shots count from the film's start, which this excerpt lacks"
        )
        shots = (Shot(shot="0:01", like="0:00.5"), Shot(shot="0:00.1", warmth=2))
        assert resolved(Said(shots=shots), **part).wishes == (ShotWish(1, 0),)


class TestPictures:
    def test_must_be_what_they_were(self, tmp_path):
        picture = tmp_path / "a.png"
        picture.write_bytes(b"one")
        key = KeyFrame(frame=0, picture=str(picture), sha256=sha256(picture))
        assert resolved(Said(key_frames=(key,))).key_frames[0].picture == picture
        for change in (lambda: picture.write_bytes(b"two"), picture.unlink):
            change()
            with pytest.raises(KinemacolorError) as caught:
                resolved(Said(key_frames=(key,)))
            assert str(caught.value) == (
                f"reel.mkv: its guide's picture {picture} has changed or gone since the job was "
                "planned; give the same command again"
            )


class TestOfSources:
    def test_a_still_has_one_frame(self):
        said = Said(points=(Point(x=3, y=4, color="grey"),), shots=(Shot(shot=0, warmth=1),))
        found = resolve_still(text_of(said), "a.png", (24, 16))
        [point] = found.points
        assert (point.frame, point.x, point.y) == (0, 3.5 / 24, 4.5 / 16)
        assert found.shots == (0,) and found.wishes == (ShotWish(0, warmth=1),)

    @pytest.mark.parametrize(
        ("said", "problem"),
        [
            (
                Said(points=(Point(frame=3, x=3, y=4, color="grey"),)),
                "points[0].frame: is of films",
            ),
            (Said(cuts=(AddCut(frame=3),)), "cuts[0]: is of films, and this is a still"),
            (Said(shots=(Shot(shot=1),)), "shots[0].shot: is of films"),
            (
                Said(references=(Reference(picture="a", shots=(2,)),)),
                "references[0].shots: are of f",
            ),
        ],
    )
    def test_a_still_is_no_film(self, said, problem):
        with pytest.raises(KinemacolorError) as caught:
            resolve_still(text_of(said), "a.png", (24, 16))
        assert str(caught.value).startswith(f"a.png: guide: {problem}")

    @pytest.mark.parametrize(
        ("rotation", "aspect", "size"),
        [(0, None, (64, 48)), (0, Fraction(16, 15), (68, 48)), (90, Fraction(2), (48, 128))],
    )
    def test_a_film_is_as_large_as_it_is_shown(self, tmp_path, rotation, aspect, size):
        film = make_film(tmp_path / "reel.mov", codec="mpeg4", pix_fmt="yuv420p",
                         rotation=rotation, aspect=aspect)  # fmt: skip
        assert probe(film).shown_size == size

    def test_a_film_is_seen_as_it_is_shown(self, tmp_path):
        film = make_film(tmp_path / "reel.mkv")
        info, index = probe(film), index_of(film, Settings(device="cpu"), lambda: None)
        width, height = info.shown_size
        said = Said(points=(Point(frame="0:00.1", x=width - 1, y=0, color="grey"),))
        [point] = resolve_film(text_of(said), info, index).points
        assert (point.x, point.y) == ((width - 0.5) / width, 0.5 / height)
        assert index.pts[point.frame] * info.time_base <= 0.1 + 1e-3
