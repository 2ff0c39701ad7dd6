"""Parts of a Matroska film or a stream that are gone without a trace: its times show it."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import pytest

from kinemacolor.engine.media.video.probe import probe
from kinemacolor.engine.media.video.reader import read_frames
from tests.engine.media.video.films import make_film

COUNT = 72
CLUSTER = b"\x1f\x43\xb6\x75"


def notes(path: Path) -> tuple[str, ...]:
    reader = read_frames(probe(path))
    list(reader)
    return reader.notes


@pytest.mark.parametrize("live", ["0", "1"])
def test_are_told(tmp_path, live):
    muxer = {"live": live, "cluster_time_limit": "250"}
    path = make_film(tmp_path / "film.mkv", frames=COUNT, options={"g": "1"}, muxer=muxer)
    assert notes(path) == ()
    head, *clusters = path.read_bytes().split(CLUSTER)
    if live == "0":  # as a repair leaves it, with the length and the places of the others
        clusters[3] = b"\xec" + (len(clusters[3]) + 4 - 9 | 1 << 56).to_bytes(8, "big")
        path.write_bytes(_joined(head, clusters, path.read_bytes()))
    else:
        path.write_bytes(CLUSTER.join([head, *clusters[:3], *clusters[4:]]))
    [note] = notes(path)
    assert note.startswith("nothing is shown anew from ")
    assert note.endswith(" s: frames may be missing in the source")


@pytest.mark.parametrize("lost", [(), (30,), (40, 41, 42)])
def test_a_picture_that_a_stream_lacks_is_told(tmp_path, lost):
    """Whoever cut or repaired it has numbered its packets anew."""
    pts = [n for n in range(COUNT) if n not in lost]
    base = Fraction(1, 25)
    film = {"codec": "mpeg2video", "pix_fmt": "yuv420p", "rate": 25, "time_base": base}
    path = make_film(tmp_path / "film.ts", pts=pts, **film)
    assert len(list(read_frames(probe(path)))) == len(pts)
    assert any("may be missing" in note for note in notes(path)) == bool(lost)


def _joined(head: bytes, clusters: list[bytes], whole: bytes) -> bytes:
    before = CLUSTER.join([head, *clusters[:3]])
    behind = CLUSTER.join([b"", *clusters[4:]])
    room = len(whole) - len(before) - len(behind) - len(clusters[3])
    return before + clusters[3] + bytes(room) + behind


@pytest.mark.parametrize(
    "pts",
    [
        [40 * n + 400 * (n // 8) for n in range(COUNT)],  # gaps all along
        [37 * n + n * n for n in range(COUNT)],
        [*range(0, 800, 40), 1600],
    ],
    ids=["held", "slower", "short"],
)
def test_a_rate_that_varies_has_none(tmp_path, pts):
    path = make_film(tmp_path / "film.mkv", rate=25, pts=pts)
    assert not any("missing" in note for note in notes(path))


def test_a_frame_that_says_how_long_it_is_shown_leaves_none(tmp_path):
    pts = [*range(0, 1600, 40), *range(2400, 4000, 40)]
    durations = [*[40] * 39, 840, *[40] * 40]
    path = make_film(tmp_path / "film.mkv", rate=25, pts=pts, durations=durations)
    assert notes(path) == ()
