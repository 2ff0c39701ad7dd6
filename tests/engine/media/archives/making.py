"""Takes archives through our reader and writer for tests."""

from __future__ import annotations

import io
from pathlib import Path

from kinemacolor.engine.media.archives import open_archive


def rewrite(source: Path, target: Path, new: dict[str, bytes], names: dict[str, str] | None = None):
    """Through our reader and writer, with new content for some members."""
    scratch = target.with_name(target.name + ".scratch")
    with open_archive(source, scratch) as archive:
        writer = archive.writer(target)
        for member in archive.members:
            if member.name in new:
                data = new[member.name]
                name = (names or {}).get(member.name, member.name)
                writer.put(member, io.BytesIO(data), len(data), name)
            else:
                writer.copy(member)
        writer.close()
