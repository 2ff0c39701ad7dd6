"""Whether a result was made from another file of the same name, as scanners give them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from itertools import islice

from kinemacolor.engine.errors import MediaError
from kinemacolor.engine.jobs.planning.assets import Asset
from kinemacolor.engine.jobs.planning.result_tags import MEMBERS, tag_of_result
from kinemacolor.engine.media.archives import open_archive
from kinemacolor.engine.media.kinds import Kind
from kinemacolor.engine.media.provenance.source import source_of, source_of_file
from kinemacolor.engine.media.provenance.tag import Provenance
from kinemacolor.models.errors import KinemacolorError


def is_of_another_source(asset: Asset, tag: Provenance) -> bool:
    """Whether a result was made from a file with other content.

    Args:
        asset: whose result is there.
        tag: of the result; of an archive that of the first member that has one.
    """
    if not tag.source:
        return False
    try:
        if asset.kind is not Kind.ARCHIVE:
            return tag.source != source_of_file(asset.source)
        found = False
        for source in _still_sources(asset):
            if source == tag.source:  # mostly the first
                return False
            found = True
        return found
    except (KinemacolorError, OSError):  # as the work would find, and tell
        return False


def refuse_taken(asset: Asset) -> None:
    """Refuse to put a result where another job has put another file's since this one was planned.

    Raises:
        MediaError: the name is taken.
    """
    if asset.replaces or not asset.target.is_file():
        return
    tag = tag_of_result(asset.target, asset.kind)
    if tag is not None and is_of_another_source(asset, tag):
        problem = "has been made meanwhile by another job, from another file of this name"
        raise MediaError(asset.target, problem, "give another --out")


def _still_sources(asset: Asset) -> Iterator[str]:
    """The identities of the first stills of an archive; none where a film comes before them."""
    with open_archive(asset.source) as archive:
        colored = [member for member in archive.members if member.to_color]
        for member in islice(colored, MEMBERS):
            if member.kind is not Kind.STILL:
                return
            with suppress(KinemacolorError):
                yield source_of(archive.read(member))
