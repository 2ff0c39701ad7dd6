"""A ledger's word on a film's exemplars against what lies in their folder."""

from __future__ import annotations

import logging

import pytest

from kinemacolor.engine.jobs.execution.exemplars_entry import is_of_exemplars

ENTRY = {"starts": [0], "digests": ["a"], "files": {"film.json": 2}}


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "film.json").write_text("{}")
    return tmp_path


def test_what_is_as_stated_is_kept(folder):
    assert is_of_exemplars(ENTRY, folder)


def test_a_file_that_cannot_be_asked_is_made_again(folder, caplog):
    """As with an error of the disk; it ended the job, each time anew."""
    (folder / "film.json").unlink()
    (folder / "film.json").symlink_to("nowhere")
    with caplog.at_level(logging.WARNING):
        assert not is_of_exemplars(ENTRY, folder)
    assert "the exemplars are made again" in caplog.text
