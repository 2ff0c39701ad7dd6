"""Results that are there already: kept, made again, or refused because they were made otherwise.

A job knows what it has made by its ledger, and how by its record: one comparison serves them all.
Of every other result its own tag tells.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from kinemacolor.engine.jobs.planning.assets import (
    KEPT_DIFFERENT,
    KEPT_OLDER,
    KEPT_UNTAGGED,
    Asset,
    look_inside,
)
from kinemacolor.engine.jobs.planning.other_source import is_of_another_source
from kinemacolor.engine.jobs.planning.result_tags import members_of, tag_of_result
from kinemacolor.engine.jobs.planning.units import place_of, version
from kinemacolor.engine.jobs.state.folder import OTHER_WAYS, JobFolder
from kinemacolor.engine.jobs.state.making import ALL_SETTINGS, Making, settings_of
from kinemacolor.engine.jobs.state.record import JobRecord
from kinemacolor.engine.media.kinds import Kind
from kinemacolor.engine.media.provenance.tag import Provenance
from kinemacolor.engine.settings import Settings
from kinemacolor.models.errors import SettingsError

_CLOCK = 2_000_000_000  # ns that times of files on simple file systems are off
_OTHER_SOURCE = "from another file, or from an earlier version of this one"
_CHANGED = "the source has changed since: made again"


def review_existing(assets: Sequence[Asset], folder: JobFolder, settings: Settings) -> list[Asset]:
    """The assets, those to be made again whose sources have changed since they were made.

    So are those that a job with --overwrite has not come to yet, when it goes on.

    Args:
        assets: all of the job; a result that is there already is not to be overwritten.
        folder: of the job; there need not be one.
        settings: that results are asked for with.

    Raises:
        SettingsError: a result was made with other settings or weights, or the job that is to go
            on was begun with others.
        KinemacolorError: the job's record cannot be read, or is of another version.
    """
    record = folder.record
    made = _made_by(folder) if record else {}
    reviewed = [_made_again(asset, record, made, settings) for asset in assets]
    media = [asset for asset in reviewed if asset.kind is not Kind.OTHER]
    if not any(asset.kept or asset.pending for asset in media):
        return reviewed
    if record is None and not any(asset.kept for asset in media):
        return reviewed  # a new job, which is not to wait for the weights
    asked = Making.asked(settings)
    reviewed = _checked(reviewed, record.making if record else None, made, asked)
    if any(asset.pending for asset in media):
        folder.check(settings, asked.weights)
    if record is None and len(reviewed) == 1:  # a single file has left no record
        return [_told_newer(reviewed[0])]
    return reviewed


def _made_by(folder: JobFolder) -> dict[str, str]:
    """The results that a job has made, with the versions of their sources."""
    return {
        place_of(target): seen
        for entry in folder.ledger.entries()
        for target, seen in entry.get("made", {}).items()
    }


def _made_again(
    asset: Asset, record: JobRecord | None, made: Mapping[str, str], settings: Settings
) -> Asset:
    if record is None or not asset.kept:
        return asset
    seen = made.get(place_of(asset.target))
    if seen == version(asset.source):
        return asset
    if seen is not None or (record.overwrite and asset.kind is not Kind.OTHER):
        return _again(asset, settings, (_CHANGED,) if seen is not None else ())
    return asset


def _told_newer(asset: Asset) -> Asset:
    """The asset of a job without records, told where its source is newer than its result.

    It is not made again: nothing says that the result is of this source, and not of another one
    with its name.
    """
    if not asset.kept or asset.kind is Kind.OTHER or asset.skipped == KEPT_UNTAGGED:
        return asset
    changed, done = asset.source.stat().st_mtime_ns, asset.target.stat().st_mtime_ns
    return replace(asset, skipped=KEPT_OLDER) if changed > done + _CLOCK else asset


def _again(asset: Asset, settings: Settings, notes: tuple[str, ...]) -> Asset:
    again = replace(asset, skipped="", kept=False, frames=0, notes=())
    again = look_inside(again, settings, overwrite=True)
    return replace(again, target=asset.target, notes=again.notes + notes)


def _checked(
    assets: Sequence[Asset], job: Making | None, made: Mapping[str, str], asked: Making
) -> list[Asset]:
    """The assets, results of unknown making told as such; refuses those of another making.

    Raises:
        SettingsError: names the first, what differs, and how many more differ.
    """
    comparison = _Comparison(asked)
    checked, found = [], []
    for asset in assets:
        if asset.kept and asset.kind is not Kind.OTHER:
            covered = place_of(asset.target) in made
            tag = None if covered else tag_of_result(asset.target, asset.kind)
            making = job if covered else comparison.by_tag(tag)
            if making is None:
                asset = _told_untagged(asset)
            elif tag is not None and is_of_another_source(asset, tag):
                found.append((asset.target, [_OTHER_SOURCE]))
            elif differences := comparison.differences(asset, making):
                found.append((asset.target, differences))
        elif asset.kept and version(asset.target) != version(asset.source):
            asset = replace(asset, skipped=KEPT_DIFFERENT)
        checked.append(asset)
    if found:
        target, differences = found[0]
        others = len(found) - 1
        more = f" (so {'was' if others == 1 else 'were'} {others:,} more)" if others else ""
        problem = f"was made {' and '.join(differences)}{more}"
        raise SettingsError(target, problem, OTHER_WAYS.format("it" if not others else "them"))
    return checked


class _Comparison:
    """A comparison of how results were made with what is asked for; one for all of a kind.

    Args:
        asked: how results are to be made.
    """

    def __init__(self, asked: Making) -> None:
        self._asked = asked
        self._last: Making | None = None  # to which what is known applies: mostly the job's
        self._known: dict[tuple[str, ...], list[str]] = {}
        self._tagged: tuple[Provenance | None, Making | None] = (None, None)

    def by_tag(self, tag: Provenance | None) -> Making | None:
        """How a result was made, by its own tag; None where it has none."""
        if tag is not self._tagged[0]:
            self._tagged = (tag, Making.tagged(tag) if tag else None)
        return self._tagged[1]

    def differences(self, asset: Asset, making: Making) -> list[str]:
        """What of a result's making differs, in words."""
        if asset.kind is not Kind.ARCHIVE:
            return self._compare(making, settings_of(asset.kind, asset.target.name))
        if not self._compare(making, ALL_SETTINGS):
            return []
        inside = [settings_of(kind, name) for kind, name in members_of(asset.source)]
        count = {setting for names in inside for setting in names}
        names = tuple(setting for setting in ALL_SETTINGS if setting in count)
        return self._compare(making, names) if names else []

    def _compare(self, making: Making, names: tuple[str, ...]) -> list[str]:
        if making is not self._last:
            self._last, self._known = making, {}
        if names not in self._known:
            self._known[names] = making.differences(self._asked, names)
        return self._known[names]


def _told_untagged(asset: Asset) -> Asset:
    """The asset of a result that nothing tells of, unless there was nothing to colour in it."""
    if asset.kind is Kind.ARCHIVE and not members_of(asset.source):
        return asset
    return replace(asset, skipped=KEPT_UNTAGGED)
