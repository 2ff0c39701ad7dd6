"""Checks of an archive's members for hazards: unsafe names and links, decompression bombs."""

from __future__ import annotations

import os
import re
from pathlib import Path, PurePosixPath

from kinemacolor.engine.errors import MediaError
from kinemacolor.engine.media.kinds import Kind
from kinemacolor.engine.media.still_file import MAX_STILL

LARGE = 64 << 20  # below this many bytes nothing counts as a decompression bomb
MAX_RATIO = 200  # pictures shrink 2 to 20 times, blank ones 1000 times
_LONGEST_SUFFIX = 16  # bytes
MAX_MEMBERS = 500_000  # each takes a kilobyte or two of memory, and a header of almost nothing


def unsafe_name_reason(name: str) -> str:
    """Reason why a member's name is unsafe as a path: absolute, or leading outside; else empty."""
    parts = name.replace("\\", "/").split("/")
    if (parts[0] == "" and name) or re.match(r"[A-Za-z]:", name):
        return "has an absolute path as its name"
    depth = 0
    for part in parts:
        depth += {"..": -1, ".": 0, "": 0}.get(part, 1)
        if depth < 0:
            return "has a name that leads outside the archive"
    return ""


def unsafe_link_reason(name: str, target: str, *, from_root: bool = False) -> str:
    """Reason why a link is unsafe: it points outside the archive; else empty.

    Args:
        name: of the link.
        target: where it points.
        from_root: `target` is relative to the archive, as of hard links, not to the link's folder.
    """
    folder = "" if from_root else name.replace("\\", "/").rpartition("/")[0]
    absolute = re.match(r"[/\\]|[A-Za-z]:", target)
    if absolute or unsafe_name_reason(f"{folder}/{target}" if folder else target):
        return f"is a link that leads outside the archive ({target})"
    return ""


def short_suffix(name: str) -> str:
    """A member's suffix, for a file on disk; empty where it is too long to mean anything."""
    suffix = PurePosixPath(name).suffix
    return suffix if len(os.fsencode(suffix)) <= _LONGEST_SUFFIX else ""


def bomb_reason(kind: Kind, size: int, stored: int) -> str:
    """Reason why a member is taken for a decompression bomb, or is too large; else empty.

    Args:
        kind: of the member.
        size: declared bytes of the unpacked content; no more than these are ever unpacked.
        stored: bytes in the archive.
    """
    if kind is Kind.STILL and size > MAX_STILL:
        return f"claims {size:,} bytes, more than a still may have ({MAX_STILL:,})"
    if size > max(LARGE, MAX_RATIO * stored):
        return f"looks like a decompression bomb ({stored:,} bytes claim to hold {size:,})"
    return ""


def check_count(path: Path, count: int) -> None:
    """Check the number of an archive's members.

    Raises:
        MediaError: there are more than `MAX_MEMBERS`.
    """
    if count > MAX_MEMBERS:
        problem = f"has more than {MAX_MEMBERS:,} members"
        raise MediaError(path, problem, "split it into several archives")
