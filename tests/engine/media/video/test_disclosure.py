"""What a film's own metadata becomes beside the provenance tag."""

from __future__ import annotations

import av
import pytest

from kinemacolor.engine.media.provenance.tag import (
    NAMES,
    NOTE,
    guide_properties,
    network_properties,
)
from kinemacolor.engine.media.video.disclosure import disclosed
from kinemacolor.engine.media.video.provenance_tag import tag_of_film
from kinemacolor.engine.settings import Settings
from tests.engine.media.provenance.test_tags import PROPERTIES, TAG
from tests.engine.media.video.film_pass import pass_film
from tests.engine.media.video.films import make_film

FOREIGN = {"SOURCE": "reel 12, shelf K 11/3", "Software": "Scanner 7", "touched": "1, 2"}


def metadata_of(path) -> dict[str, str]:
    with av.open(str(path)) as film:
        return {name.lower(): value for name, value in film.metadata.items()}


@pytest.mark.parametrize("suffix", [".mkv", ".mp4", ".mov"])
def test_the_sources_own_values_are_kept_and_told(tmp_path, suffix):
    muxer = {} if suffix == ".mkv" else {"movflags": "use_metadata_tags"}
    source = make_film(tmp_path / f"in{suffix}", codec="libx264", metadata=FOREIGN, muxer=muxer)
    done = pass_film(source, tmp_path, tags=PROPERTIES)
    assert done.target.suffix == suffix and tag_of_film(done.target) == TAG
    kept = metadata_of(done.target)
    assert {name: kept[f"original_{name.lower()}"] for name in FOREIGN} == FOREIGN
    assert "touched" not in kept and kept["software"] == TAG.software
    [note] = [note for note in done.writer.notes if "provenance tag" in note]
    assert note.lower().count(" as original_") == len(FOREIGN)


def test_nothing_piles_up_where_results_are_colored_again(tmp_path):
    """Whose tag somebody has removed in part, so that it is one no more."""
    source = make_film(tmp_path / "in.mkv", metadata=FOREIGN)
    first = pass_film(source, tmp_path, tags=PROPERTIES | {"guide": f"sha256:{'ab' * 32}"})
    left = metadata_of(first.target)
    del left["weights"]
    made = make_film(tmp_path / "left.mkv", metadata=left)
    assert tag_of_film(made) is None
    (tmp_path / "again").mkdir()
    again = pass_film(made, tmp_path / "again", Settings(codec="ffv1"), tags=PROPERTIES)
    assert tag_of_film(again.target) == TAG
    kept = metadata_of(again.target)
    assert {name: kept[f"original_{name.lower()}"] for name in FOREIGN} == FOREIGN
    assert sum(name.startswith("original_") for name in kept) == len(FOREIGN)
    assert kept["comment"] == NOTE
    assert not [note for note in again.writer.notes if "provenance tag" in note]


def test_a_name_that_is_taken_is_not_given_twice():
    kept = {"ORIGINAL_SOURCE": "older", "source": "newer", "comment": "Kopie"}
    told, note = disclosed(kept, PROPERTIES)
    assert told["ORIGINAL_SOURCE"] == "older" and told["original_source_2"] == "newer"
    assert note.endswith("source as original_source_2")
    assert told["comment"] == f"Kopie\n{NOTE}"


def test_without_a_tag_all_stays():
    assert disclosed(FOREIGN, {}) == (FOREIGN, "")


def test_names_are_those_of_the_tag():
    network, guide = network_properties("n", "ab", "MIT"), guide_properties("ab", [1])
    assert (PROPERTIES | network | guide).keys() == NAMES - {"libraries", "source"}
