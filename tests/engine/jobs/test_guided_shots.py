"""How far a person's exemplars lead in a shot, and what is said about it."""

from __future__ import annotations

import csv
import io
import json
from dataclasses import replace

import pytest

from kinemacolor.engine.guidance.exemplars.exemplar_facts import ExemplarFacts
from kinemacolor.engine.jobs.execution.exemplars_entry import entry_of_exemplars, facts_of
from kinemacolor.engine.jobs.execution.job import Job
from kinemacolor.engine.jobs.execution.local import LocalExecutor
from kinemacolor.engine.jobs.planning.plan import make_plan
from kinemacolor.engine.jobs.reporting.earlier import earlier_facts
from kinemacolor.engine.jobs.reporting.events import Outcome, State
from kinemacolor.engine.jobs.reporting.guided_shots import ENOUGH_LED, GuidedShot, guided_shots
from kinemacolor.engine.jobs.reporting.progress import Progress
from kinemacolor.engine.jobs.reporting.report import Report
from kinemacolor.engine.jobs.state.entry import is_entry
from kinemacolor.engine.media.kinds import Kind
from tests.engine.jobs.guided_reel import RED, SETTINGS
from tests.engine.jobs.made_up import Worker
from tests.engine.jobs.program import guide
from tests.engine.media.video.films import make_film

LITTLE = ENOUGH_LED / 2


def shots_of(
    *shares: float, given=(400,), names=("frame 400",), every=6, points=(), known=1.0
) -> tuple[GuidedShot, ...]:
    """The guided shots of a film whose tenth shot begins at frame 400 and has led shares."""
    led = [(400 + every * at, share) for at, share in enumerate(shares)]
    starts = [*range(20, 181, 20), 400, 600]
    exemplars = ExemplarFacts(
        starts=tuple(starts),
        digests=("",) * len(starts),
        given=given,
        touched=(9,),
        names=((),) * 9 + (names,) + ((),),
        points=points,
        known=(0.0,) * 9 + (known, 0.0),
    )
    return guided_shots(exemplars, [(0, 0.0), (700, 0.0), *reversed(led)])


class TestFading:
    @pytest.mark.parametrize(
        ("shares", "at"),
        [
            ((1, 0.9, LITTLE, 0.1), 412),
            ((1, LITTLE, 0.9, 0.31), 418),  # what comes back does not fade
            ((LITTLE, 0.2, 0.1), 400),
            ((1, 0.9, ENOUGH_LED), None),
            ((1, LITTLE, 0.8), None),
            ((), None),
        ],
    )
    def test_where(self, shares, at):
        [shot] = shots_of(*shares)
        assert shot.number == 9 and shot.start == 400 and shot.fades_at == at
        assert shot.lowest == min(shares, default=None)
        assert bool(shot.advice) == (at is not None)

    @pytest.mark.parametrize(
        ("given", "names", "said"),
        [
            ((400,), ("frame 400",), "the key frame leads to 31 % of the picture: give another"),
            ((400, 404), ("a", "b"), "the key frames lead to 31 % of the picture: give another"),
            ((), ("set.jpg",), "what was given leads to 31 % of the picture: give a key frame"),
        ],
    )
    def test_in_words(self, given, names, said):
        [shot] = shots_of(1, 0.9, 0.31, 0.3, given=given, names=names)
        assert shot.advice == f"from frame 412 of shot 9 {said}"
        assert shot.text() == f"shot 9 (from frame 400): {', '.join(names)}; at least 30 % led"

    def test_of_points_is_judged_by_what_they_know(self):
        points = {"given": (400,), "points": (400,), "names": ("points of frame 400",)}
        [shot] = shots_of(0.3, 0.2, 0.16, known=0.3, **points)
        assert (shot.advice, shot.key_frames, shot.points) == ("", 0, 1)
        [shot] = shots_of(0.3, 0.2, 0.12, known=0.3, **points)
        said = "the points lead to 12 % of the picture: give more, or a key frame"
        assert shot.advice == f"from frame 412 of shot 9 {said}"
        [both] = shots_of(0.3, given=(400, 404), points=(404,))
        assert (both.key_frames, both.points) == (1, 1) and "the key frame leads" in both.advice

    def test_nothing_leads_where_no_color_was_given(self):
        [shot] = shots_of(0, 0, given=(), names=())
        assert shot.lowest is None and not shot.advice
        assert "likeness, strength, saturation or warmth alone" in shot.text()

    def test_records(self):
        [shot] = shots_of(1, 0.2)
        assert GuidedShot.of(json.loads(json.dumps(shot.record()))) == shot
        assert GuidedShot.of(GuidedShot(3, 20).record()) == GuidedShot(3, 20)


class TestAShotInWhichAPointEnds:
    PARTED = ExemplarFacts(
        starts=(0, 10, 20, 30),
        digests=("",) * 4,
        given=(3, 25),
        touched=(0, 1, 2),
        names=(("points of frame 3", "set.jpg"), ("set.jpg",), ("frame 25",), ()),
        points=(3,),
        known=(0.4, 1.0, 1.0, 0.0),
        numbers=(0, 0, 1, 2),
    )

    def test_is_told_as_one_and_by_its_number(self, tmp_path):
        facts = facts_of(entry_of_exemplars(self.PARTED, tmp_path))
        assert facts == self.PARTED and facts.touched_shots == (0, 1)
        first, second = guided_shots(facts, [(0, 0.4), (6, 0.3), (12, 0.9), (20, 1.0), (26, 0.2)])
        assert first == GuidedShot(0, 0, ("points of frame 3", "set.jpg"), 0, 0.3, points=1)
        assert (second.number, second.start, second.key_frames) == (1, 20, 1)
        assert second.advice.startswith("from frame 26 of shot 1 the key frame leads to 20 %")

    def test_each_part_by_what_is_known_there(self):
        [first] = guided_shots(replace(self.PARTED, touched=(1,)), [(6, 0.3), (12, 0.4)])
        assert (first.fades_at, first.share) == (12, 0.4)

    def test_where_nothing_is_said_any_more_nothing_fades(self):
        facts = replace(self.PARTED, names=(("points of frame 3",), (), (), ()))
        [first, _] = guided_shots(facts, [(0, 0.4), (6, 0.3), (12, 0.0)])
        assert (first.lowest, first.advice) == (0.3, "")


def test_an_entry_that_is_none():
    assert is_entry({"at": 1, "led": [[0, 1.0], [6, 0.5]], "guided": [{}], "names": [["a"], []]})
    for wrong in ({"led": [[0]]}, {"led": [["0", 1]]}, {"guided": [1]}, {"names": ["a"]},
                  {"files": {"a": "1"}}, {"digests": [1]}, {"guides": {"a": 1}},
                  {"known": ["1"]}, {"points": [0.5]}, {"numbers": 1}):  # fmt: skip
        assert not is_entry({"at": 1, **wrong})


@pytest.fixture
def reports(tmp_path):
    """Reports of a job with a guided film, in all formats."""
    (tmp_path / "in").mkdir()
    guide(make_film(tmp_path / "in/reel.mkv", frames=25), {3: RED})
    files = [tmp_path / f"report.{suffix}" for suffix in ("json", "csv", "html")]
    plan = make_plan([tmp_path / "in"], str(tmp_path / "out"), SETTINGS, reports=files)
    report, worker = Report(None, files), Worker(SETTINGS, {})
    Job(plan, lambda c: LocalExecutor(worker, c), report, Progress(0)).run()
    report.close()
    return plan, *(file.read_text(encoding="utf-8-sig") for file in files)


def test_reports(reports):
    plan, as_json, as_csv, as_html = reports
    advice = "from frame 14 of shot 0 the key frame leads to 45 % of the picture: give another"
    shot = "shot 0 (from frame 0): frame 3; at least 20 % led"
    [event] = [e for e in json.loads(as_json) if e["event"] == State.DONE]
    assert event["shots"][0]["advice"] == advice and advice in event["notes"]
    [row] = [r for r in csv.DictReader(io.StringIO(as_csv, newline="")) if r["kind"] == "film"]
    assert row["guided_shots"] == shot and row["guide"] == event["guide"] and advice in row["notes"]
    assert shot in as_html and advice in as_html and event["guide"] in as_html
    facts = earlier_facts(plan.folder / "log.jsonl")[str(plan.assets[0].source)]
    assert facts["shots"][0].advice == advice and facts["guide"] == event["guide"]


def test_events_without_any_are_as_they_were():
    event = Outcome(asset="a", kind=Kind.FILM, state=State.DONE).event()
    assert event == {"event": "done", "asset": "a", "kind": "film", "frames": 0, "missing": 0}
