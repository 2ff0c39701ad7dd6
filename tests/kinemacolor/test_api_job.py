"""`kinemacolor.colorize`: a job for a program; it prints nothing and raises for no single file."""

import json
import signal
import threading
from dataclasses import replace

import pytest

import kinemacolor
from kinemacolor import Progress, Settings, colorize
from kinemacolor.engine.jobs.reporting.report import State
from tests.engine.fakes import FRAMES, FakeWorker, is_red, still, tree
from tests.engine.media.video.films import make_film

SETTINGS = Settings(backend="eager", device="cpu")


@pytest.fixture(autouse=True)
def worker(monkeypatch):
    """No network is loaded."""
    monkeypatch.setattr("kinemacolor.engine.jobs.run.load_worker", lambda settings: FakeWorker())


@pytest.fixture
def box(tmp_path):
    """Two stills, a broken one, a film, and words."""
    box = tmp_path / "box"
    box.mkdir()
    for index, name in enumerate(("a.png", "b.png")):
        (box / name).write_bytes(still(index))
    (box / "broken.png").write_bytes(still()[:40])
    (box / "words.txt").write_bytes(b"words")
    make_film(box / "reel.mkv")
    return box


def test_report_tells_of_every_file(box, tmp_path, capfd):
    report = colorize(box, tmp_path / "out", settings=SETTINGS)
    by_name = {outcome.asset.split("/")[-1]: outcome.state for outcome in report.outcomes}
    assert by_name == {
        "a.png": State.DONE,
        "b.png": State.DONE,
        "broken.png": State.FAILED,
        "reel.mkv": State.DONE,
        "words.txt": State.CARRIED,
    }
    assert report.counts == {State.DONE: 3, State.FAILED: 1, State.CARRIED: 1}
    [failed] = report.failed
    assert failed.asset.endswith("broken.png") and failed.reason
    assert not report.ok and not report.stopped and report.frames == FRAMES + 2
    assert "Failed: 1" in report.summary()
    assert is_red(tree(tmp_path / "out")["a.png"])
    assert capfd.readouterr() == ("", "")


def test_several_sources_and_a_second_call_that_finds_all_done(box, tmp_path):
    sources = [str(box / "a.png"), box / "b.png"]
    for state in (State.DONE, State.SKIPPED):
        report = colorize(sources, str(tmp_path / "out"), settings=SETTINGS)
        assert report.ok and report.counts == {state: 2}
    assert colorize(sources, tmp_path / "out", settings=SETTINGS, overwrite=True).frames == 2


def test_other_settings_and_records_of_single_files(box, tmp_path):
    out = tmp_path / "out"
    for keep_records in (False, True):
        colorize(box / "a.png", out, settings=SETTINGS, overwrite=True, keep_records=keep_records)
        assert (out / ".kinemacolor").exists() is keep_records
    with pytest.raises(kinemacolor.SettingsError, match=r"was made with --saturation 1\.0, not 0"):
        colorize(box / "a.png", out, settings=replace(SETTINGS, saturation=0.5))


def test_progress_is_told_in_this_thread(box, tmp_path):
    told, threads = [], set()

    def on_progress(progress):
        told.append(progress)
        threads.add(threading.get_ident())

    report = colorize(box, tmp_path / "out", settings=SETTINGS, on_progress=on_progress)
    frames = [progress.frames for progress in told]
    assert frames == sorted(frames) and all(p.frames <= p.expected for p in told)
    assert told[-1].frames == told[-1].expected == report.frames + 1  # the broken one
    assert "reel.mkv" in {progress.name for progress in told}
    assert threads == {threading.get_ident()} and isinstance(told[0], Progress)


def test_an_error_of_the_callback_stops_the_job(box, tmp_path):
    def on_progress(progress):
        if progress.frames == 2:
            raise LookupError("enough")

    record = tmp_path / "report.json"
    with pytest.raises(LookupError, match="enough"):
        colorize(
            box, tmp_path / "out", settings=SETTINGS, on_progress=on_progress, report_file=record
        )
    assert json.loads(record.read_text())[-1]["stopped"] == "Stopped"
    assert colorize(box, tmp_path / "out", settings=SETTINGS).frames >= FRAMES  # it goes on


def test_an_event_stops_it_and_the_same_call_goes_on(box, tmp_path):
    stop = threading.Event()
    stop.set()
    report = colorize(box, tmp_path / "out", settings=SETTINGS, stop=stop)
    assert report.stopped and not report.ok and not report.frames
    stop.clear()
    assert colorize(box, tmp_path / "out", settings=SETTINGS, stop=stop).frames == FRAMES + 2


def test_ctrl_c_is_the_hosts(box, tmp_path):
    def on_progress(progress):
        signal.raise_signal(signal.SIGINT)

    before = signal.getsignal(signal.SIGINT)
    with pytest.raises(KeyboardInterrupt):
        colorize(box, tmp_path / "out", settings=SETTINGS, on_progress=on_progress)
    assert signal.getsignal(signal.SIGINT) is before


def test_may_be_called_from_another_thread(box, tmp_path):
    reports = []
    thread = threading.Thread(
        target=lambda: reports.append(colorize(box / "a.png", tmp_path / "out", settings=SETTINGS))
    )
    thread.start()
    thread.join()
    assert reports[0].ok


def test_report_file_has_digests(box, tmp_path):
    record = tmp_path / "report.json"
    report = colorize(box / "a.png", tmp_path / "out/", settings=SETTINGS, report_file=record)
    assert report.outcomes[0].sha256_out
    assert [event["event"] for event in json.loads(record.read_text())][-1] == "summary"


def test_a_report_file_that_cannot_be_written_is_an_error(box, tmp_path):
    (tmp_path / "file").touch()
    record = tmp_path / "file/report.json"
    with pytest.raises(kinemacolor.SettingsError, match="which is no folder"):
        colorize(
            box / "a.png",
            tmp_path / "out/",
            settings=SETTINGS,
            report_file=record,
        )
    assert not (tmp_path / "out").exists()  # told before the work


@pytest.mark.parametrize("sources", [[], ["absent"]])
def test_what_cannot_be_asked_for(tmp_path, sources):
    out = tmp_path / "out"
    if sources:
        assert "absent" in colorize(sources, out, settings=SETTINGS).failed[0].asset
    else:
        with pytest.raises(kinemacolor.SettingsError, match="sources"):
            colorize(sources, out, settings=SETTINGS)
    assert not out.exists()


class TestNames:
    def test_are_all_there(self):
        assert {name for name in kinemacolor.__all__ if not hasattr(kinemacolor, name)} == set()
        assert set(kinemacolor.__all__) <= set(dir(kinemacolor))

    def test_of_errors_stand_under_one(self):
        for name in ("MediaError", "SettingsError", "WeightsError"):
            assert issubclass(getattr(kinemacolor, name), kinemacolor.KinemacolorError)

    def test_that_are_none_are_no_attributes(self):
        with pytest.raises(AttributeError, match="colorize_misspelt"):
            kinemacolor.colorize_misspelt  # noqa: B018


def test_results_and_reports_need_a_name(tmp_path):
    with pytest.raises(kinemacolor.SettingsError, match="out: is empty"):
        kinemacolor.colorize(tmp_path / "photo.png", "")
    with pytest.raises(kinemacolor.SettingsError, match="is a folder; name a file for the report"):
        kinemacolor.colorize(tmp_path / "photo.png", tmp_path / "out", report_file=tmp_path)
