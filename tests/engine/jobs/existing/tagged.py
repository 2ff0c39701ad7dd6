"""Results with tags as the worker makes them, and refusals of jobs over them."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path

import pytest

from kinemacolor.engine.settings import Settings
from kinemacolor.models.errors import SettingsError
from kinemacolor.models.weights_files import weights_digest
from tests.engine.fakes import still, tree, write_zip
from tests.engine.job_runs import run
from tests.engine.media.provenance.test_tags import colored
from tests.engine.media.video.films import make_film

DEFAULTS = Settings()


def properties(settings: Settings = DEFAULTS, weights: str = "") -> dict[str, str]:
    """A tag as the worker makes it."""
    return {
        "software": "Kinemacolor 0.2.0",
        "network": "kinema",
        "weights": f"sha256:{weights or weights_digest('kinema')}",
        "settings": json.dumps(asdict(settings)),
    }


def put_tagged(out: Path, settings: Settings = DEFAULTS, weights: str = "") -> None:
    """The results of the fixture `box`, as they are where no record of their job is left."""
    tag = properties(settings, weights)
    (out / "sub/empty").mkdir(parents=True)
    for name, format in (("a.png", "PNG"), ("sub/b.jpg", "JPEG"), ("sub/c.png", "PNG")):
        (out / name).write_bytes(colored(still(format=format), tag))
    make_film(out / "reel.mkv", metadata=tag)
    write_zip(out / "more.zip", {"x.png": still(), "y.png": colored(still(), tag)})
    (out / "sub/notes.txt").write_bytes(b"words")


def refusal(*sources: Path, out: Path, **settings: object) -> str:
    """The one line that refuses a job with these settings; nothing is touched."""
    before = tree(out)
    with pytest.raises(SettingsError) as told:
        run(*sources, out=out, settings=Settings(**settings))
    assert tree(out) == before and "\n" not in str(told.value)
    return str(told.value)
