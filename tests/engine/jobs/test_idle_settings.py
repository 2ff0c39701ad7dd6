"""Settings that have nothing to act on are told before the work."""

from __future__ import annotations

from pathlib import Path

import pytest

from kinemacolor.engine.jobs.planning.plan import make_plan
from kinemacolor.engine.settings import PURPOSES, Settings
from kinemacolor.models.errors import SettingsError
from tests.engine.fakes import tree
from tests.engine.job_runs import run


@pytest.fixture
def out(tmp_path) -> Path:
    out = tmp_path / "out"
    out.mkdir()
    return out


def refusal(*sources: Path, out: Path, **settings: object) -> str:
    """The one line that refuses a job with these settings; nothing is touched."""
    before = tree(out)
    with pytest.raises(SettingsError) as told:
        run(*sources, out=out, settings=Settings(**settings))
    assert tree(out) == before and "\n" not in str(told.value)
    return str(told.value)


class TestIdleSettings:
    @pytest.mark.parametrize(
        ("name", "settings", "said"),
        [
            ("a.png", {"quality": 12.0}, "--quality is of films, and there is none; stills take"),
            ("more.zip", {"codec": "ffv1"}, "--codec is of films, and there is none"),
            ("reel.mkv", {"still_quality": 80}, "--still-quality is of stills, and there is none"),
        ],
    )
    def test_are_told(self, box, out, name, settings, said):
        [note] = make_plan([box / name], str(out), Settings(**settings)).notes
        assert note.startswith(said)

    def test_an_excerpt_of_a_still_is_refused(self, box, out):
        assert "are of films, and there is none" in refusal(box / "a.png", out=out, frames="0-3")

    def test_are_none_where_both_kinds_are(self, box, out):
        settings = Settings(quality=12.0, codec="ffv1", still_quality=80)
        assert make_plan([box], str(out), settings).notes == ()

    @pytest.mark.parametrize("purpose", PURPOSES)
    def test_are_none_where_a_purpose_sets_them(self, box, out, purpose):
        settings = Settings.for_purpose(purpose)
        assert make_plan([box / "a.png"], str(out), settings).notes == ()
