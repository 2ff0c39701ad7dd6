"""Stills and archives that are guided: what reaches the worker, and what an edit makes anew."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from kinemacolor.engine.guidance.exemplars.exemplar_facts import ExemplarFacts
from kinemacolor.engine.guidance.guide_file.guide import guide_of
from kinemacolor.engine.jobs.planning.result_tags import has_other_guide
from kinemacolor.engine.jobs.state.folder import find_jobs
from kinemacolor.engine.jobs.state.journal import Journal
from kinemacolor.engine.jobs.state.ledger import Ledger
from kinemacolor.engine.media.kinds import Kind
from kinemacolor.engine.media.provenance.tag import Provenance, guide_properties
from tests.engine.fakes import FakeWorker, still, write_zip
from tests.engine.job_runs import run
from tests.engine.jobs.program import guide
from tests.engine.media.video.films import make_film

DIGEST = "ab" * 32
PROPERTIES = {"software": "Kinemacolor 1", "network": "x", "weights": f"sha256:{DIGEST}"}


class Told(FakeWorker):
    """Keeps what it is told of each still and film in one piece."""

    def __init__(self) -> None:
        super().__init__()
        self.told: dict[str, str] = {}

    def stills(self, items):
        def taken():
            for name, load in items:
                self.told[Path(name).name] = color_in(load.guide)
                yield name, load

        yield from super().stills(taken())

    def film(self, source, target, on_frame, guide=""):
        self.told["film"] = color_in(guide)
        facts = ExemplarFacts((0, 4), ("a", "b"), (3,), (0,), names=(("frame 3",), ()))
        film = super().film(source, target, on_frame, guide)
        return replace(film, exemplars=facts, led=((0, 0.2), (3, 0.3), (4, 0.1)))


def color_in(guide: str) -> str:
    """The colour of a guide's first point; empty where there is none."""
    return next((str(point.color) for point in guide_of(guide).points), "")


@pytest.fixture
def box(tmp_path) -> Path:
    box = tmp_path / "box"
    box.mkdir()
    for name in "abc":
        (box / f"{name}.png").write_bytes(still(ord(name)))
    make_film(tmp_path / "reel.mkv")
    film = (tmp_path / "reel.mkv").read_bytes()
    write_zip(box / "more.zip", {"x.png": still(7), "sub/reel.mkv": film, "y.png": still(8)})
    said = {"version": 1, "files": {"y.png": point("#00ff00"), "sub/reel.mkv": point("#0000ff", 3)}}
    (box / "more.zip.colours.json").write_text(json.dumps(said))
    still_guide(box / "a.png", "#ff0000")
    return box


def point(color: str, frame: int | None = None) -> dict:
    said = {"x": 1, "y": 1, "color": color}
    return {"points": [said if frame is None else said | {"frame": frame}]}


def still_guide(path: Path, color: str) -> None:
    place = path.with_name(f"{path.name}.colours.json")
    place.write_text(json.dumps({"version": 1} | point(color)))


def told(box: Path, out: Path) -> dict[str, str]:
    worker = Told()
    done = run(box, out=out, worker=worker)
    assert not done.failures, done.failures
    return worker.told


def test_each_has_its_own(box, tmp_path):
    assert told(box, tmp_path / "out") == {
        "a.png": "#ff0000", "b.png": "", "c.png": "",
        "x.png": "", "film": "#0000ff", "y.png": "#00ff00",
    }  # fmt: skip
    assert told(box, tmp_path / "out") == {}


def test_an_edit_makes_its_still_anew(box, tmp_path):
    told(box, tmp_path / "out")
    still_guide(box / "a.png", "#ff0001")
    still_guide(box / "c.png", "#ff0002")
    assert told(box, tmp_path / "out") == {"a.png": "#ff0001", "c.png": "#ff0002"}
    (box / "a.png.colours.json").unlink()
    assert told(box, tmp_path / "out") == {"a.png": ""}
    assert told(box, tmp_path / "out") == {}


def test_an_edit_makes_its_archive_anew(box, tmp_path):
    told(box, tmp_path / "out")
    (box / "more.zip.colours.json").unlink()
    assert told(box, tmp_path / "out") == {"x.png": "", "film": "", "y.png": ""}
    assert told(box, tmp_path / "out") == {}


def test_a_report_tells_of_it(box, tmp_path):
    events = run(box, out=tmp_path / "out", worker=Told()).events
    guided = {e.get("member", Path(e["asset"]).name) for e in events if e.get("guide")}
    assert guided == {"a.png", "more.zip", "y.png", "sub/reel.mkv"}
    [film] = [event for event in events if event.get("shots")]
    assert film["member"] == "sub/reel.mkv"
    [shot] = film["shots"]
    assert (shot["lowest"], shot["fades_at"]) == (0.2, 0) and shot["advice"] in film["notes"]


def test_a_kill_amid_stills_leaves_it(tmp_path):
    ledger = Ledger(tmp_path)
    ledger.journal("key").add("a.png", "/out/a.png", "1-2", "3-4", 0, DIGEST)
    ledger.journal("key").add("b.png", "/out/b.png", "1-2", "3-4")
    assert [made.guide for made in Journal(tmp_path / "stills/key.jsonl").read()] == [DIGEST, ""]
    [entry] = ledger.entries()
    assert entry["guides"] == {"/out/a.png": DIGEST}


def test_an_entry_that_is_brought_up_to_date(tmp_path):
    """What it says of other results stays; of those made again the last counts."""
    ledger = Ledger(tmp_path)
    made = {"a": "1-2", "b": "1-2", "c": "1-2"}
    ledger.add("key", {"made": made, "guides": dict.fromkeys(made, DIGEST)})
    ledger.add("key", {"made": {"a": "1-2", "b": "1-2"}, "guides": {"b": "cd" * 32}})
    assert ledger.get("key")["guides"] == {"b": "cd" * 32, "c": DIGEST}
    ledger.add("key", {"made": made})
    assert "guides" not in ledger.get("key") or not ledger.get("key")["guides"]


class TestTags:
    @pytest.mark.parametrize("touched", [(), (0,), (3, 12)])
    def test_tell_of_it(self, touched):
        tag = Provenance.of({**PROPERTIES, **guide_properties(DIGEST, touched)})
        assert (tag.guide, tag.touched) == (DIGEST, touched)

    def test_without(self):
        assert guide_properties("", (1,)) == {}
        tag = Provenance.of(PROPERTIES)
        assert (tag.guide, tag.touched) == ("", ())

    def test_of_an_archive_are_those_of_its_members(self, box, tmp_path):
        """None of what the fake worker makes has a tag: what was said is not in them."""
        done = run(box, out=tmp_path / "out", worker=Told())
        [asset] = [asset for asset in done.plan.assets if asset.kind is Kind.ARCHIVE]
        assert has_other_guide(asset, Provenance.of(PROPERTIES))


def test_a_single_still_keeps_its_records(box, tmp_path):
    run(box / "a.png", out=f"{tmp_path}/out/", worker=Told())
    assert len(find_jobs(tmp_path / "out")) == 1
    guide(box / "b.png", {})
    (box / "b.png.colours.json").unlink()
    run(box / "b.png", out=f"{tmp_path}/plain/", worker=Told())
    assert [path.name for path in (tmp_path / "plain").iterdir()] == ["b.png"]
