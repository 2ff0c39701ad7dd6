"""Gaps in a fragmented MP4: fragments that are missing by their sequence numbers."""

from __future__ import annotations

from pathlib import Path

from kinemacolor.engine.media.video.mp4_boxes import boxes, first_box, top_boxes

_MOST_BYTES = 1 << 26  # of a fragment's header that is read


def fragment_gaps(path: Path) -> list[int]:
    """Places in the file before which fragments are missing.

    Fragments of several tracks may be numbered together or each track by itself: only a number that
    follows neither on the fragment before nor on the track's last one is a gap.

    Args:
        path: of an MP4 or QuickTime file (ISO/IEC 14496-12, 8.8.5).
    """
    gaps: list[int] = []
    before: int | None = None
    of_tracks: dict[bytes, int] = {}
    with path.open("rb") as file:
        for kind, start, size in top_boxes(file):
            if kind != b"moof" or size > _MOST_BYTES:
                continue
            file.seek(start)
            content = file.read(size)
            header = first_box(content, b"mfhd") or b""
            number = int.from_bytes(header[4:8], "big")
            runs = [inner for name, inner in boxes(content) if name == b"traf"]
            tracks = [(first_box(run, b"tfhd") or b"")[4:8] for run in runs]
            followed = [of_tracks.get(track, before) for track in tracks]
            known = [one for one in (before, *followed) if one is not None]
            if known and all(number > one + 1 for one in known):
                gaps.append(start)
            before = number
            of_tracks.update(dict.fromkeys(tracks, number))
    return gaps
