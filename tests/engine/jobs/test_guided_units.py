"""Units of guided films: what their keys hold, and what they do not."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from kinemacolor.engine.jobs.execution.executor_protocol import UnitResult
from kinemacolor.engine.jobs.execution.local import LocalExecutor
from kinemacolor.engine.jobs.planning.assets import Asset
from kinemacolor.engine.jobs.planning.unit_maker import UnitMaker
from kinemacolor.engine.jobs.planning.units import Shot, Step
from kinemacolor.engine.media.index_range import IndexRange
from kinemacolor.engine.media.kinds import Kind
from kinemacolor.engine.pipeline.segmentation import plan_segments
from tests.engine.jobs.guided_reel import DARKER, RED, color, fresh
from tests.engine.jobs.program import guide
from tests.engine.media.video.films import make_film

FILM = Asset(Path("/in/reel.mkv"), Path("/out/reel.mkv"), Kind.FILM, 1)
UNGUIDED = Step.RANGES, Step.RANGE, Step.INDEX, Step.SEGMENT
STILL = Asset(Path("/in/a.png"), Path("/out/a.png"), Kind.STILL, 1)
STARTS = [0, 30, 34, 90]


@pytest.fixture
def maker() -> UnitMaker:
    return UnitMaker("fingerprint", Path("/out/films"))


def keys(maker: UnitMaker, starts: list[int], digests: str, film: Asset = FILM) -> dict[int, str]:
    """The keys of a film's segments by their first frames."""
    cut = plan_segments(120, starts, 20, 3, 6)
    shots = [Shot(*shot) for shot in zip(starts, digests, strict=True)]
    units = maker.segments(maker.exemplars(maker.first(film)), cut, shots)
    return {unit.segment.start: unit.key for unit in units}


def changed(one: dict[int, str], other: dict[int, str]) -> set[int]:
    return {start for start in one.keys() | other.keys() if one.get(start) != other.get(start)}


class TestSegments:
    @pytest.mark.parametrize("digests", ["Xbcd", "aXcd", "abXd", "abcX"])
    def test_know_of_their_shots_alone(self, maker, digests):
        cut = plan_segments(120, STARTS, 20, 3, 6)
        covering = {
            part.start
            for part in cut
            for shot, stop, digest in zip(STARTS, [*STARTS[1:], 120], digests, strict=True)
            if digest == "X" and part.start < stop and part.stop > shot
        }
        assert changed(keys(maker, STARTS, "abcd"), keys(maker, STARTS, digests)) == covering
        assert covering and covering < {part.start for part in cut}

    def test_know_nothing_else_of_the_guide(self, maker):
        guided = replace(FILM, guide="words")
        assert keys(maker, STARTS, "abcd") == keys(maker, STARTS, "abcd", guided)

    def test_know_of_cuts_within_them(self, maker):
        assert changed(keys(maker, [0, 90], "ad"), keys(maker, [0, 94], "ad")) >= {80}

    def test_of_a_film_without_exemplars_know_of_frames_alone(self, maker):
        [part] = plan_segments(20, [0, 4], 20, 3)
        [plain] = maker.segments(maker.first(FILM), [part])
        [other] = maker.segments(maker.first(replace(FILM, guide="words")), [part])
        assert plain.key == other.key and plain.exemplars is None
        assert maker.assembly([plain]).needs == (maker.first(FILM).key, plain.key)


@pytest.mark.parametrize("step", Step)
def test_what_depends_on_the_guide(maker, step):
    def key(guide: str) -> str:
        film, still = replace(FILM, guide=guide), replace(STILL, guide=guide)
        index = maker.first(film)
        exemplars = maker.exemplars(index)
        parts = maker.segments(exemplars, plan_segments(20, [0], 20, 3), [Shot(0, "a")])
        units = [index, exemplars, *parts, maker.assembly(parts), *maker.stills([still])]
        units.append(maker.first(replace(film, kind=Kind.ARCHIVE)))
        several = UnitMaker("fingerprint", Path("/out/films"), side_by_side=True)
        ranges = several.first(replace(film, frames=100_000))
        units += [ranges, *several.ranges(ranges, [IndexRange(0, 2000, 0, None, 0)])]
        return next(unit.key for unit in units if unit.step is step)

    assert (key("words") != key("")) == (step not in UNGUIDED)
    assert key("words") == key("words")


def test_a_death_is_not_taken_for_the_result_of_before(tmp_path, monkeypatch):
    """A film's assembly that dies after an edit and back has an entry, of what was there before."""
    (tmp_path / "in").mkdir()
    source = make_film(tmp_path / "in/reel.mkv", frames=45)
    for shade in (RED, DARKER):
        guide(source, {3: shade})
        assert not color(source, tmp_path).failures
    guide(source, {3: RED})
    submit, died = LocalExecutor.submit, []

    def submit_or_die(executor, unit):
        if unit.step is Step.ASSEMBLY and not died:
            died.append(unit)
            executor._result = UnitResult(unit, problem="gone", traceback="gone", died=True)
        else:
            submit(executor, unit)

    monkeypatch.setattr(LocalExecutor, "submit", submit_or_die)
    monkeypatch.setattr("kinemacolor.engine.jobs.execution.driver._FIRST_PAUSE", 0.01)
    assert not color(source, tmp_path).failures
    assert died and (tmp_path / "out/reel.mkv").read_bytes() == fresh(source, tmp_path)
