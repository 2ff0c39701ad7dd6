"""Links in archives to members that have other names in the result."""

from __future__ import annotations

import posixpath
from dataclasses import replace

from kinemacolor.engine.media.archives.base import ArchiveWriter, Member

_LISTED = 3  # links that a note names


class Links:
    """The links of an archive that is written anew, member by member in its order."""

    def __init__(self) -> None:
        self._renamed: dict[str, str] = {}  # by names that are in the result no more
        self._passed: dict[str, list[str]] = {}  # links that have been written, by their targets

    def settle(self, member: Member, name: str) -> None:
        """Take note of a member that is in the result.

        Args:
            member: of the source.
            name: in the result.
        """
        place = posixpath.normpath(member.name)
        if member.link:
            self._passed.setdefault(_target(member), []).append(member.name)
        if name != member.name:
            self._renamed[place] = name
        else:
            self._renamed.pop(place, None)  # an archive may have a name twice

    def copy(self, member: Member, writer: ArchiveWriter) -> Member:
        """Copy a member; a link to one that was renamed before it gets its new target.

        Args:
            member: of the source.
            writer: of the result.

        Returns:
            The member as it is in the result.

        Raises:
            MediaError: the bytes are missing or cut off in the source.
        """
        new = self._renamed.get(_target(member)) if member.link else None
        folder, slash, last = member.link.rpartition("/")
        if new is None or last in ("", ".", ".."):
            writer.copy(member)
            return member
        link = folder + slash + posixpath.basename(new)
        moved = replace(member, link=link, note=f"link to {link}, which was {member.link}")
        writer.put_link(moved)
        return moved

    def notes_on(self, member: Member, name: str) -> tuple[str, ...]:
        """What to tell of a member that is about to be renamed: links before it that miss it.

        Args:
            member: of the source.
            name: in the result.
        """
        missed = self._passed.get(posixpath.normpath(member.name), [])
        if name == member.name or not missed:
            return ()
        more = f" and {len(missed) - _LISTED:,} more" if len(missed) > _LISTED else ""
        return (f"links before it lead to its old name: {', '.join(missed[:_LISTED])}{more}",)


def _target(link: Member) -> str:
    """The name of what a link points to, from the archive's root."""
    folder = "" if link.is_hard_link else posixpath.dirname(link.name)
    return posixpath.normpath(posixpath.join(folder, link.link))
