"""Checksums beside films: where they are, and what of those that are there already."""

from __future__ import annotations

import filecmp
import os
from collections.abc import Container
from dataclasses import replace
from pathlib import Path

from kinemacolor.engine.errors import MediaError
from kinemacolor.engine.jobs.planning.assets import ANEW, KEPT_UNTAGGED, Asset
from kinemacolor.engine.jobs.planning.units import place_of
from kinemacolor.engine.media.kinds import Kind
from kinemacolor.models.plain_files import special_kind

_OF_SOURCE = "holds the checksums of the source's frames; the result has its own under this name"
_ALONE = "{} is there already, without its film; move it away, or --overwrite replaces it"
_MISSING = "it has no checksums, and --overwrite makes both anew"


def framemd5_path(film: Path) -> Path:
    """The file of checksums beside a film: "reel.mkv.framemd5"."""
    return film.with_name(film.name + ".framemd5")


def without_source_sums(assets: list[Asset]) -> list[Asset]:
    """The assets, but for checksums of films' sources: those of their results get these names."""
    ours = {framemd5_path(asset.target) for asset in assets if asset.kind is Kind.FILM}
    return [
        replace(asset, skipped=_OF_SOURCE, kept=False)
        if asset.kind is Kind.OTHER and asset.target in ours and not asset.problem
        else asset
        for asset in assets
    ]


def refuse_sums_alone(asset: Asset, made: Container[str]) -> Asset:
    """The asset, failed where its film is not there, but a file with the name of its checksums.

    Args:
        asset: any, whose result is to have checksums and is not to be overwritten.
        made: places where the job has put films, and so checksums.
    """
    sums = framemd5_path(asset.target)
    if asset.kind is not Kind.FILM or not asset.pending or asset.target.is_file():
        return asset
    if place_of(asset.target) in made or not os.path.lexists(sums):
        return asset
    return replace(asset, problem=_ALONE.format(sums))


def tell_missing_sums(asset: Asset, given_back: Container[str]) -> Asset:
    """The asset, told where its film is kept, and the checksums that it should have are not there.

    Args:
        asset: any, whose result is to have checksums.
        given_back: places of sources that were not coloured, and have none.
    """
    if asset.kind is not Kind.FILM or not asset.kept or asset.skipped == KEPT_UNTAGGED:
        return asset
    if place_of(asset.target) in given_back or framemd5_path(asset.target).is_file():
        return asset
    return replace(asset, skipped=asset.skipped.replace(ANEW, _MISSING))


def remove_stale_sums(source: Path, film: Path) -> None:
    """Remove the checksums of a film that another has replaced; those of its source stay.

    Args:
        source: of the film; checksums beside it may have been carried over.
        film: which is new.

    Raises:
        OSError: they cannot be read or removed.
    """
    sums, carried = framemd5_path(film), framemd5_path(source)
    if not sums.is_file() or special_kind(sums):
        return
    if not (carried.is_file() and filecmp.cmp(sums, carried, shallow=False)):
        sums.unlink()


def make_way_for_sums(film: Path) -> None:
    """Remove the checksums that stand where those of a new film go.

    Raises:
        MediaError: it is no regular file, and not ours to remove.
        OSError: it cannot be removed.
    """
    sums = framemd5_path(film)
    if kind := special_kind(sums):
        raise MediaError(sums, f"is {kind}, and nothing but files is replaced", "move it away")
    sums.unlink(missing_ok=True)
