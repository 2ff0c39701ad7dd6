"""Parts of a container that are gone without a trace, but for numbers and tables: they tell."""

from __future__ import annotations

from pathlib import Path

import pytest

from kinemacolor.engine.errors import MediaError
from kinemacolor.engine.media.video.probe import probe
from kinemacolor.engine.media.video.reader import read_frames
from kinemacolor.engine.media.video.truncation import is_cut_short
from tests.engine.media.video.damaging import film_in
from tests.engine.media.video.test_recordings import ogg

COUNT = 48


def counted(path: Path) -> int:
    return len(list(read_frames(probe(path))))


def refused(path: Path, *words: str) -> None:
    with pytest.raises(MediaError) as error:
        counted(path)
    assert all(word in str(error.value) for word in words), error.value


def open_ended(path: Path) -> bytes:
    """The content of a film whose media go to the end of the file, wherever that is."""
    content = path.read_bytes()
    at = content.index(b"mdat") - 4
    return content[:at] + bytes(4) + content[at + 4 :]


def boxes(content: bytes) -> list[bytes]:
    parts, at = [], 0
    while at < len(content):
        length = int.from_bytes(content[at : at + 4], "big")
        parts.append(content[at : at + length])
        at += length
    return parts


def pages(content: bytes) -> list[bytes]:
    return [b"OggS" + rest for rest in content.split(b"OggS")[1:]]


@pytest.mark.parametrize("suffix", [".mp4", ".mov"])
@pytest.mark.parametrize("sound", [(), ("aac",)])
def test_media_without_a_length_that_are_cut_are_told(tmp_path, suffix, sound):
    path = film_in(tmp_path, suffix, muxer={"movflags": "faststart"}, audio=sound)
    content = open_ended(path)
    path.write_bytes(content)
    assert counted(path) == COUNT
    path.write_bytes(content[: len(content) * 7 // 10])
    refused(path, "missing", "breaks off")
    reader = read_frames(probe(path), salvage=True)
    assert len(list(reader)) + reader.missing == COUNT


def fragments(folder: Path) -> tuple[Path, list[bytes]]:
    muxer = {"movflags": "frag_keyframe+empty_moov+default_base_moof"}
    path = film_in(folder, ".mp4", muxer=muxer)
    assert counted(path) == COUNT
    return path, boxes(path.read_bytes())


def test_a_fragment_that_is_gone_is_told(tmp_path):
    path, parts = fragments(tmp_path)
    second = [place for place, part in enumerate(parts) if part[4:8] == b"moof"][1]
    path.write_bytes(b"".join(parts[:second] + parts[second + 2 :]))
    refused(path, "11 frames are missing: 11 to 21")


@pytest.mark.parametrize("sound", [(), ("aac",)])
@pytest.mark.parametrize(
    "flags",
    [
        "frag_keyframe+empty_moov",  # with a list at the end
        "frag_keyframe+empty_moov+dash+global_sidx",
        "frag_keyframe+empty_moov+dash",
    ],
)
def test_a_last_fragment_that_is_gone_is_told_where_it_is_listed(tmp_path, flags, sound):
    path = film_in(tmp_path, ".mp4", muxer={"movflags": flags}, audio=sound)
    assert counted(path) == COUNT
    parts = boxes(path.read_bytes())
    last = [place for place, part in enumerate(parts) if part[4:8] == b"moof"][-1]
    path.write_bytes(b"".join(parts[:last] + parts[last + 2 :]))
    refused(path, "is cut short")
    assert 0 < len(list(read_frames(probe(path), salvage=True))) < COUNT


@pytest.mark.parametrize("numbers", [[0, 0, 0, 0], [9, 10, 11, 12], [5, 3, 2, 2]])
def test_fragments_with_other_numbers_are_no_damage(tmp_path, numbers):
    path, parts = fragments(tmp_path)
    left = iter([*numbers, *numbers])
    for place, part in enumerate(parts):
        if part[4:8] == b"moof":
            parts[place] = part[:20] + next(left).to_bytes(4, "big") + part[24:]
    path.write_bytes(b"".join(parts))
    assert counted(path) == COUNT


@pytest.mark.parametrize("length", [1, 512])
@pytest.mark.parametrize("number", [0, 3, 10])
def test_bytes_that_are_gone_from_a_raw_frame_are_told(tmp_path, number, length):
    """The frame goes on in the next, whose beginning is not where it should be."""
    path = film_in(tmp_path, ".y4m", frames=12)
    content = path.read_bytes()
    frame = content.index(b"FRAME", content.index(b"FRAME") + 5) - content.index(b"FRAME")
    at = content.index(b"FRAME") + number * frame + frame // 2
    path.write_bytes(content[:at] + content[at + length :])
    refused(path, "damaged: " + str(number))
    reader = read_frames(probe(path), salvage=True)
    assert len(list(reader)) > number
    assert any(f"damaged: {number} (" in note for note in reader.notes)


@pytest.mark.parametrize("suffix", [".wmv", ".mxf"])
def test_lengths_that_no_file_has_are_damage(tmp_path, suffix):
    """64 bits hold places that a file cannot be asked for."""
    path = film_in(tmp_path, suffix)
    content = bytearray(path.read_bytes())
    at = {".wmv": 16, ".mxf": 17 + 24 + 3}[suffix]  # of the header's end; of the footer
    content[at : at + 8] = b"\xfd" * 8
    path.write_bytes(content)
    assert is_cut_short(path)
    with pytest.raises(MediaError):
        counted(path)


def test_a_page_of_an_ogg_that_is_gone_is_told(tmp_path):
    path = ogg(tmp_path, COUNT)
    assert counted(path) == COUNT
    parts = pages(path.read_bytes())
    middle = len(parts) // 2
    path.write_bytes(b"".join(parts[:middle] + parts[middle + 1 :]))
    refused(path, "is damaged: ", "missing")


def test_an_ogg_that_is_cut_between_pages_is_told(tmp_path):
    path = ogg(tmp_path, COUNT)
    parts = pages(path.read_bytes())
    path.write_bytes(b"".join(parts[: len(parts) // 2]))
    assert is_cut_short(path)
    refused(path, "is cut short")
