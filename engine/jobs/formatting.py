"""Durations, sizes, counts and names of files as text for people."""

from __future__ import annotations

from collections.abc import Mapping

from kinemacolor.engine.media.kinds import Kind

_NAMES = {
    Kind.FILM: ("film", "films"),
    Kind.STILL: ("still", "stills"),
    Kind.ARCHIVE: ("archive", "archives"),
    Kind.OTHER: ("other file", "other files"),
}


def format_counts(counts: Mapping[Kind, int]) -> str:
    """Counts by kind, such as "1 film, 12 stills"; kinds with none are left out."""
    return ", ".join(
        f"{counts[kind]:,} {_NAMES[kind][counts[kind] != 1]}" for kind in Kind if counts.get(kind)
    )


def format_duration(seconds: float) -> str:
    """A duration, such as "3.2 s", "4 min 10 s" or "2 h 5 min"."""
    minutes, rest = divmod(int(seconds + 0.5), 60)
    hours, minutes = divmod(minutes, 60)
    if hours:
        return f"{hours} h {minutes} min"
    return f"{minutes} min {rest} s" if minutes else f"{seconds:.1f} s"


def format_bytes(size: float) -> str:
    """A size in decimal units, such as "512 B" or "1.25 GB"."""
    for unit in ("B", "kB", "MB", "GB"):
        if size < 1000:
            return f"{size:.3g} {unit}" if unit != "B" else f"{size:.0f} B"
        size /= 1000
    return f"{size:.3g} TB"


def printable(text: str) -> str:
    """Text with control characters escaped: file names may come from hostile archives."""
    if text.isprintable():
        return text
    return "".join(
        char if char.isprintable() else char.encode("unicode_escape", "surrogatepass").decode()
        for char in text
    )
