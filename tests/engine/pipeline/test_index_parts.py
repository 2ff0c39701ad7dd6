"""A film's index put together from its ranges is that of a single reading."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from kinemacolor.engine.errors import MediaError
from kinemacolor.engine.media.video.index_ranges import plan_ranges
from kinemacolor.engine.media.video.probe import probe
from kinemacolor.engine.pipeline.film import index_of
from kinemacolor.engine.pipeline.index_parts import (
    IndexPart,
    index_range,
    joined_index,
    ranges_of,
)
from kinemacolor.engine.settings import Settings
from kinemacolor.models.errors import KinemacolorError
from tests.engine.in_color import GREY, SEPIA, colored_shot, tinted_shot, write_color
from tests.engine.tint import pan, write_grey

SETTINGS = Settings(working_size=32, device="cpu")
# Cuts at 0, 17, 18, 24 and 40: also at the first, second and third frame of a range.
SHOTS = [*pan(17), *pan(1, seed=1), *pan(6, seed=2), *pan(16, seed=3), *pan(24, seed=4)]


def in_colors(folder):
    """A film of which some shots are in colour and some of one hue, cut within its ranges."""
    shots = tinted_shot(17, SEPIA), colored_shot(8), tinted_shot(16, GREY, 5), colored_shot(23, 9)
    return write_color(folder / "film.mkv", [frame for shot in shots for frame in shot])


def parts_of(source, folder, settings=SETTINGS, frames=8):
    ranges, seen = plan_ranges(probe(source), frames), []
    places = [folder / f"{part.first}.npz" for part in ranges]
    for part, place in zip(ranges, places, strict=True):
        assert index_range(source, settings, part, place, lambda: seen.append(1))
        assert len(seen) == part.stop
    return places


@pytest.mark.parametrize("frames", [6, 8, 17])
@pytest.mark.parametrize("in_color", [False, True])
def test_is_the_index_of_one_reading(tmp_path, frames, in_color):
    source = in_colors(tmp_path) if in_color else write_grey(tmp_path / "film.mkv", SHOTS)
    whole = index_of(source, SETTINGS, lambda: None)
    places = parts_of(source, tmp_path, frames=frames)
    assert len(places) > 2
    found = joined_index(source, SETTINGS, places)
    assert found == whole
    assert len(whole.shots) >= 4
    assert bool(whole.in_color) == bool(whole.hues) == in_color


def test_a_part_survives_its_file(tmp_path):
    source = write_grey(tmp_path / "film.mkv", SHOTS)
    place, *_ = parts_of(source, tmp_path)
    part = IndexPart.read(place)
    part.write(tmp_path / "again.npz")
    again = IndexPart.read(tmp_path / "again.npz")
    assert np.array_equal(part.thumbnails, again.thumbnails) and part.chroma == again.chroma


@pytest.mark.parametrize("damage", ["cut", "flipped", "gone", "words"])
def test_a_damaged_part_is_named(tmp_path, damage):
    source = write_grey(tmp_path / "film.mkv", SHOTS)
    places = parts_of(source, tmp_path)
    if damage == "cut":
        places[1].write_bytes(places[1].read_bytes()[:-30])
    elif damage == "flipped":
        content = bytearray(places[1].read_bytes())
        content[len(content) // 2] ^= 1
        places[1].write_bytes(content)
    elif damage == "gone":
        places[1].unlink()
    else:
        places[1].write_bytes(b"words")
    with pytest.raises(KinemacolorError) as error:
        joined_index(source, SETTINGS, places)
    assert error.value.subject == str(places[1])


@pytest.mark.parametrize("change", [{"salvage": True}, {"frames": "3-40"}])
def test_what_is_decoded_in_other_ways_is_read_in_one_go(tmp_path, change):
    source = write_grey(tmp_path / "film.mkv", SHOTS)
    assert ranges_of(source, replace(SETTINGS, **change)) == []


def test_a_range_that_is_not_as_promised_leaves_no_file(tmp_path):
    source = write_grey(tmp_path / "film.mkv", SHOTS)
    part, *_ = plan_ranges(probe(source), 8)
    wrong = replace(part, stop=part.stop + 1)
    assert not index_range(source, SETTINGS, wrong, tmp_path / "0.npz", lambda: None)
    assert not (tmp_path / "0.npz").exists()


def test_a_film_in_color_is_refused_as_by_one_reading(tmp_path):
    source = in_colors(tmp_path)
    settings = replace(SETTINGS, on_color="fail")
    with pytest.raises(MediaError, match="is in colour already"):
        joined_index(source, settings, parts_of(source, tmp_path, settings))
