"""The provenance tag of films, in their container's metadata."""

from __future__ import annotations

from pathlib import Path

from kinemacolor.engine.media.provenance.tag import Provenance
from kinemacolor.engine.media.video.probe import open_film


def tag_of_film(path: Path) -> Provenance | None:
    """The tag of a film; None where it carries none. No frame is decoded.

    Beside cover art, MP4 keeps no keys of ours: there they are lines of the comment.

    Raises:
        MediaError: it cannot be opened as a film.
    """
    with open_film(path) as film:
        metadata = dict(film.metadata)
    lines = metadata.get("comment", metadata.get("COMMENT", "")).splitlines()
    inside = dict(line.split("=", 1) for line in lines if "=" in line)
    return Provenance.of(metadata) or Provenance.of(inside)
