"""The provenance tags of results, where no job's record tells how they were made."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from itertools import islice
from pathlib import Path

from kinemacolor.engine.jobs.planning.assets import Asset
from kinemacolor.engine.jobs.planning.guide_texts import guide_digest, member_digests
from kinemacolor.engine.media.archives import open_archive
from kinemacolor.engine.media.archives.base import ArchiveReader, Member
from kinemacolor.engine.media.kinds import Kind
from kinemacolor.engine.media.provenance.stills import tag_of_still
from kinemacolor.engine.media.provenance.tag import Provenance
from kinemacolor.models.errors import KinemacolorError

MEMBERS = 50  # of an archive that are looked at: the first have failed, perhaps


def tag_of_result(path: Path, kind: Kind) -> Provenance | None:
    """The tag of a result; None where it has none, or cannot be read.

    Args:
        path: the result.
        kind: of its source; of an archive the tag of the first member that has one.
    """
    try:
        if kind is Kind.STILL:
            return tag_of_still(path)
        if kind is Kind.FILM:
            return _tag_of_film(path)
        with (
            tempfile.TemporaryDirectory(prefix="kinemacolor-") as scratch,
            open_archive(path, Path(scratch, "unpacked")) as archive,
        ):
            return _tag_in(archive, Path(scratch, "film"))
    except (KinemacolorError, OSError):
        return None


def has_other_guide(asset: Asset, tag: Provenance) -> bool:
    """Whether a result was made with another guide than its asset has, by its tag.

    Of an archive the tags of its first members tell.

    Args:
        asset: whose result is there.
        tag: of the result.
    """
    if asset.kind is not Kind.ARCHIVE:
        return tag.guide != guide_digest(asset.guide)
    if not (asset.guide or tag.guide):
        return False
    found, names = set[str](), []
    with (
        tempfile.TemporaryDirectory(prefix="kinemacolor-") as scratch,
        open_archive(asset.target, Path(scratch, "unpacked")) as archive,
    ):
        for member in islice(_colored_in(archive), MEMBERS):
            names.append(member.name)
            if inside := _tag_of_member(archive, member, Path(scratch, "film")):
                found.add(inside.guide)
    return found - {""} != member_digests(asset.guide, names)


def members_of(archive: Path) -> set[tuple[Kind, str]]:
    """What there is to colour in an archive: kinds, with the name of a member for each suffix.

    Empty, too, where the archive cannot be read.
    """
    try:
        with open_archive(archive) as opened:
            members = {
                (member.kind, Path(member.name).suffix.lower()): member
                for member in opened.members
                if member.to_color
            }
    except (KinemacolorError, OSError):
        return set()
    return {(kind, member.name) for (kind, _), member in members.items() if kind}


def _tag_in(archive: ArchiveReader, scratch: Path) -> Provenance | None:
    colored = islice(_colored_in(archive), MEMBERS)
    tags = (_tag_of_member(archive, member, scratch) for member in colored)
    return next(filter(None, tags), None)


def _colored_in(archive: ArchiveReader) -> Iterator[Member]:
    return (member for member in archive.members if member.to_color)


def _tag_of_member(archive: ArchiveReader, member: Member, scratch: Path) -> Provenance | None:
    try:
        if member.kind is Kind.STILL:
            return tag_of_still(archive.read(member))
        archive.extract(member, scratch)
        return _tag_of_film(scratch)
    except KinemacolorError:
        return None
    finally:
        scratch.unlink(missing_ok=True)


def _tag_of_film(path: Path) -> Provenance | None:
    from kinemacolor.engine.media.video.provenance_tag import tag_of_film  # loads slowly

    return tag_of_film(path)
