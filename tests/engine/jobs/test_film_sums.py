"""The checksums beside films: those of earlier films, of somebody else, and none at all."""

from __future__ import annotations

import os
from functools import partial

import pytest

from kinemacolor.engine.jobs.planning import film_sums
from kinemacolor.engine.jobs.reporting.events import State
from kinemacolor.engine.media.video.framemd5 import write_framemd5
from kinemacolor.engine.settings import Settings
from tests.engine.fakes import FakeWorker
from tests.engine.job_runs import run
from tests.engine.jobs.existing.tagged import properties
from tests.engine.media.video.films import make_film

SUMS = Settings(framemd5=True)
FOREIGN = "somebody's"


class Tagging(FakeWorker):
    """Its films carry the tag of a job with checksums."""

    def assemble(self, source, index, parts, target, tags=None):
        film = super().assemble(source, index, parts, target)
        make_film(target, metadata=properties(SUMS))
        return film


@pytest.fixture
def reel(tmp_path):
    (tmp_path / "in").mkdir()
    return make_film(tmp_path / "in/reel.mkv")


@pytest.fixture
def sums(tmp_path):
    (tmp_path / "out").mkdir()
    return tmp_path / "out/reel.mkv.framemd5"


@pytest.fixture
def film(sums):
    return sums.with_suffix("")


@pytest.fixture
def job(reel, film):
    """Runs the job over the film's folder."""
    return partial(run, reel.parent, out=film.parent)


def reasons(done) -> list[str]:
    return [event["reason"] for event in done.events if event["event"] in ("skipped", "failed")]


def are_of(sums, film) -> bool:
    write_framemd5(film, film.with_name("other"))
    return sums.read_text() == film.with_name("other").read_text()


class TestOfAnEarlierFilm:
    def test_go_with_it(self, job, sums, film):
        job(settings=SUMS)
        assert are_of(sums, film)
        job(settings=Settings(), overwrite=True)
        assert film.is_file() and not sums.exists()

    def test_of_the_source_stay_where_they_were_carried_over(self, job, reel, sums):
        reel.with_name(sums.name).write_text("of the source")
        for _ in range(2):
            job(settings=Settings(), overwrite=True)
            assert sums.read_text() == "of the source"

    def test_are_gone_before_the_new_film_is_there(self, job, sums, film, monkeypatch):
        """Killed at any moment, a job leaves no film beside sums of another, nor sums alone."""
        job(settings=SUMS)
        seen = []
        monkeypatch.setattr(
            "kinemacolor.engine.jobs.execution.assembly.commit",
            lambda part, target: (seen.append((target, sums.exists())), os.replace(part, target)),
        )
        job(settings=SUMS, overwrite=True)
        assert seen == [(film, False), (sums, False)]


class TestOfSomebodyElse:
    def test_are_not_written_over(self, job, sums, film):
        sums.write_text(FOREIGN)
        done = job(settings=SUMS)
        assert list(done.failures.values()) == [
            f"{sums} is there already, without its film; move it away, or --overwrite replaces it"
        ]
        assert sums.read_text() == FOREIGN and not film.exists() and not done.worker.colored

    def test_are_with_overwrite(self, job, sums, film):
        sums.write_text(FOREIGN)
        assert not job(settings=SUMS, overwrite=True).failures
        assert are_of(sums, film)

    def test_are_no_obstacle_where_none_are_written(self, job, sums, film):
        sums.write_text(FOREIGN)
        assert not job(settings=Settings()).failures
        assert sums.read_text() == FOREIGN and film.is_file()

    def test_are_not_those_of_a_film_that_this_job_made(self, job, sums, film):
        job(settings=SUMS)
        film.unlink()
        assert not job(settings=SUMS).failures
        assert are_of(sums, film)

    @pytest.mark.parametrize("make", ["folder", "link"])
    def test_that_are_no_file_fail_the_film_alone(self, job, sums, film, tmp_path, make):
        sums.mkdir() if make == "folder" else sums.symlink_to(tmp_path / "elsewhere")
        done = job(settings=SUMS, overwrite=True)
        assert [f"is a {make}, and nothing but files" in told for told in reasons(done)] == [True]
        assert not film.exists() and os.path.lexists(sums)


class TestMissing:
    @pytest.mark.parametrize("records", [True, False])
    def test_are_told_of_a_film_that_is_kept(self, job, reel, sums, film, records):
        again = job if records else partial(run, reel, out=film.parent)
        again(settings=SUMS, worker=Tagging())
        sums.unlink()
        told = again(settings=SUMS)
        assert told.names(State.SKIPPED) == [str(reel)]
        assert reasons(told) == [
            "is there already; it has no checksums, and --overwrite makes both anew"
        ]

    def test_are_not_where_they_are_there(self, job):
        job(settings=SUMS)
        assert reasons(job(settings=SUMS)) == ["is there already; --overwrite makes it anew"]


def test_links_are_left_alone(reel, sums, tmp_path):
    (tmp_path / "elsewhere").write_text(FOREIGN)
    sums.symlink_to(tmp_path / "elsewhere")
    film_sums.remove_stale_sums(reel, sums.with_suffix(""))
    assert sums.is_symlink()
