"""The files of a report: the table, the page, several at once, and what is refused."""

from __future__ import annotations

import csv
import io
import json
import os
import re
from html.parser import HTMLParser
from pathlib import Path

import pytest

from kinemacolor.engine.errors import MediaError
from kinemacolor.engine.jobs.execution.job import Job
from kinemacolor.engine.jobs.execution.local import LocalExecutor
from kinemacolor.engine.jobs.planning.plan import make_plan
from kinemacolor.engine.jobs.reporting.progress import Progress
from kinemacolor.engine.jobs.reporting.report import Report
from kinemacolor.engine.jobs.state.folder import JobFolder
from kinemacolor.engine.media.video.framemd5 import write_framemd5
from kinemacolor.engine.settings import Settings
from kinemacolor.models.errors import SettingsError
from tests.engine.fakes import FRAMES, FakeWorker, still, write_zip
from tests.engine.media.video.films import make_film

HOSTILE = "=1+1<script>x<b>.png"


@pytest.fixture
def box(tmp_path):
    box = tmp_path / "box"
    box.mkdir()
    (box / HOSTILE).write_bytes(still(1))
    (box / "broken.png").write_bytes(still()[:40])
    write_zip(box / "photos.zip", {"-x.png": still(2), "words.txt": b"words"})
    make_film(box / "reel.mkv")
    return box


def colored(box, out, *files, **settings):
    plan = make_plan([box], str(out), Settings(**settings), reports=files)
    report = Report(None, files)
    Job(plan, lambda c: LocalExecutor(FakeWorker(), c), report, Progress(0)).run()
    report.close()
    return report


@pytest.fixture
def table(box, tmp_path, monkeypatch):
    monkeypatch.chdir(box.parent)
    colored(Path("box"), tmp_path / "out", tmp_path / "r.csv")
    text = (tmp_path / "r.csv").read_bytes()
    assert text.startswith(b"\xef\xbb\xbf")
    return list(csv.DictReader(io.StringIO(text.decode("utf-8-sig"), newline="")))


def test_table_has_a_row_for_each_file_and_member(table):
    rows = {(row["source"], row["member"]): row for row in table}
    assert len(table) == len(rows) == 6
    film = rows["box/reel.mkv", ""]
    stages = [float(film[f"{name}_seconds"]) for name in ("index", "color", "assemble")]
    assert float(film["seconds"]) == pytest.approx(sum(stages), abs=0.002)
    assert film["frames"] == str(FRAMES) and len(film["sha256_out"]) == 64
    assert rows["box/broken.png", ""]["status"] == "failed"
    assert rows["box/broken.png", ""]["reason"]
    assert "kinemacolor=" in film["versions"] and int(film["peak_memory"]) > 1_000_000


def test_no_cell_is_a_formula(table):
    assert "'-x.png" in {row["member"] for row in table}
    assert not [cell for row in table for cell in row.values() if re.match(r"\s*[=+@-]", cell)]


class _Tags(HTMLParser):
    def __init__(self):
        super().__init__()
        self.tags, self.sources = [], []

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)
        self.sources += [value for name, value in attrs if name in ("src", "href")]


def test_page_stands_alone_and_escapes_names(box, tmp_path):
    colored(box, tmp_path / "out", tmp_path / "r.html")
    text = (tmp_path / "r.html").read_text()
    page = _Tags()
    page.feed(text)
    assert not {"script", "link", "iframe", "b"} & set(page.tags)
    # The still and the member before and after; the film twice; a broken one has none.
    assert len(page.sources) == 6
    assert all(source.startswith("data:image/jpeg;base64,") for source in page.sources)
    assert text.index("broken.png") < text.index("reel.mkv")


def test_several_files_at_once_and_json_as_events(box, tmp_path):
    files = [tmp_path / name for name in ("new/r.html", "r.CSV", "r.json")]
    colored(box, tmp_path / "out", *files)
    events = json.loads(files[2].read_text())
    assert events[0]["event"] == "planned" and events[0]["sources"] == [str(box)]
    assert events[-1]["event"] == "summary" and events[-1]["machine"]["cores"] > 0
    [film] = [e for e in events if e["event"] == "done" and e["kind"] == "film"]
    assert set(film["stages"]) == {"index", "color", "assemble"} and film["fps"] > 0
    assert all(file.stat().st_size for file in files)


@pytest.mark.parametrize("name", ["report", "report.txt", "box/r.csv"])
def test_reports_of_other_formats_or_among_sources_are_refused(box, tmp_path, name):
    with pytest.raises(SettingsError):
        make_plan([box], str(tmp_path / "out"), Settings(), reports=[tmp_path / name])


def test_stages_of_an_earlier_run_count(box, tmp_path):
    """A run that broke down before the assembly; the next one has only that to do."""

    class Breaking(FakeWorker):
        def assemble(self, *arguments):
            raise MediaError(arguments[0], "breaks down")

    def once(worker):
        plan = make_plan([box / "reel.mkv"], str(tmp_path / "out/"), Settings())
        report = Report()
        Job(plan, lambda context: LocalExecutor(worker, context), report, Progress(0)).run()
        return plan, report.outcomes[-1]

    plan, broken = once(Breaking())
    assert broken.state == "failed"
    before = {e["step"]: e["seconds"] for e in JobFolder(plan.folder).ledger.entries()}
    worker = FakeWorker()
    _, film = once(worker)
    assert film.state == "done" and worker.colored == []
    reading = before["index"] + before["exemplars"]
    assert film.stages["index"] == pytest.approx(reading) and reading > 0
    assert film.stages["color"] == before["segment"]
    assert film.seconds >= before["index"] + before["segment"]


class TestFramemd5:
    def test_stands_beside_the_film_and_is_no_clash(self, box, tmp_path):
        (box / "reel.mkv.framemd5").write_text("of the source")
        for state in ("done", "skipped"):
            report = colored(box, tmp_path / "out", framemd5=True)
            [film] = [o for o in report.outcomes if o.asset.endswith("reel.mkv")]
            assert film.state == state
        text = (tmp_path / "out/reel.mkv.framemd5").read_text()
        lines = [line for line in text.splitlines() if not line.startswith("#")]
        assert len(lines) == FRAMES and text.startswith("#format: frame checksums\n")
        assert not list((tmp_path / "out").glob(".*.part"))

    def test_a_frame_too_few_fails_the_film(self, box, tmp_path):
        make_film(box / "reel.mkv", frames=FRAMES - 1)  # which the worker copies
        report = colored(box, tmp_path / "out", framemd5=True)
        [film] = [o for o in report.outcomes if o.asset.endswith("reel.mkv")]
        assert film.state == "failed" and "frames" in film.reason
        assert not list((tmp_path / "out").glob("reel*"))

    def test_equal_frames_have_equal_sums(self, tmp_path):
        one, two = make_film(tmp_path / "a.mkv"), make_film(tmp_path / "b.mkv")
        assert write_framemd5(one, tmp_path / "x") == write_framemd5(two, tmp_path / "y") == FRAMES
        assert (tmp_path / "x").read_text() == (tmp_path / "y").read_text()


def test_suffix_and_touch(box, tmp_path):
    (box / "words.txt").write_bytes(b"words")
    os.utime(box / "reel.mkv", (1, 1))
    for _ in range(2):  # the second time they are found
        report = colored(box, tmp_path / "out", suffix=" (new)", touch=True)
    names = {path.name for path in (tmp_path / "out").iterdir() if path.suffix != ".kinemacolor"}
    assert {"reel (new).mkv", "photos (new).zip", "words.txt"} <= names
    assert (tmp_path / "out/reel (new).mkv").stat().st_mtime > 1e9
    assert {str(o.state) for o in report.outcomes} == {"skipped", "failed"}
