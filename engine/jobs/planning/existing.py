"""Results that are there already: kept, made again, or refused because they were made otherwise.

A job knows what it has made by its ledger, and how by its record: one comparison serves them all.
Of every other result its own tag tells.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from kinemacolor.engine.jobs.planning.as_left import Recorded, has_size_left, is_cut_short
from kinemacolor.engine.jobs.planning.assets import (
    ANEW,
    IN_COLOR,
    KEPT_CHANGED,
    KEPT_DIFFERENT,
    KEPT_OLDER,
    KEPT_UNTAGGED,
    Asset,
    is_source_itself,
    look_inside,
)
from kinemacolor.engine.jobs.planning.film_sums import refuse_sums_alone, tell_missing_sums
from kinemacolor.engine.jobs.planning.other_source import is_of_another_source
from kinemacolor.engine.jobs.planning.result_tags import has_other_guide, members_of, tag_of_result
from kinemacolor.engine.jobs.planning.units import UNREADABLE, place_of, version
from kinemacolor.engine.jobs.state.folder import OTHER_WAYS, JobFolder
from kinemacolor.engine.jobs.state.making import ALL_SETTINGS, Making, settings_of
from kinemacolor.engine.jobs.state.mixing import refuse_mixing
from kinemacolor.engine.media.kinds import Kind
from kinemacolor.engine.media.provenance.tag import Provenance
from kinemacolor.engine.settings import Settings
from kinemacolor.models.errors import SettingsError

_CLOCK = 2_000_000_000  # ns that times of files on simple file systems are off
_OTHER_SOURCE = "from another file, or from an earlier version of this one"
_TAKEN = f"{{}} is there already, made {_OTHER_SOURCE}; move it away and run again"
_TOUCHED = f"{{}} is not as this job left it: it is damaged, or another file; {ANEW}"
_EMPTY = "the result was empty: made again"
_CHANGED = "the source has changed since: made again"
_GUIDED = "what is said of its colours has changed since: made again"
_WHOLE = f"{_GUIDED}, all of it, since no pieces were kept (--keep-records keeps them)"


def review_existing(assets: Sequence[Asset], folder: JobFolder, settings: Settings) -> list[Asset]:
    """The assets, those to be made again whose sources or guides have changed since they were made.

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
    record = folder.readable_record
    recorded = Recorded.by(folder.ledger) if folder.is_begun else Recorded()
    assets = [_as_given_back(asset, recorded) for asset in assets]
    if settings.framemd5:
        assets = [refuse_sums_alone(asset, recorded.made) for asset in assets]
    anew = record is not None and record.overwrite
    pieces = record is not None and record.keep_records
    reviewed = [_made_again(asset, recorded, anew, pieces, settings) for asset in assets]
    media = [asset for asset in reviewed if asset.kind is not Kind.OTHER]
    if not any(asset.kept or asset.pending for asset in media):
        return reviewed
    if not folder.is_begun and not any(asset.kept for asset in media):
        return reviewed  # a new job, which is not to wait for the weights
    asked = Making.asked(settings)
    job = record.making if record else None
    reviewed = _checked(reviewed, folder, job, recorded, asked, settings)
    if settings.framemd5:
        back = recorded.given_back.values()
        reviewed = [tell_missing_sums(asset, back) for asset in reviewed]
    if any(asset.pending for asset in media):
        refuse_mixing(folder, settings, asked.weights)
    return reviewed


def _as_given_back(asset: Asset, recorded: Recorded) -> Asset:
    """The asset, kept where its source, as it is now, was given back under its own name."""
    place = recorded.given_back.get(place_of(asset.target))
    if place is None or not asset.pending or asset.replaces:
        return asset
    if recorded.made.get(place) != version(asset.source):
        return asset
    there = replace(asset, target=Path(place)).keep_existing(overwrite=False)
    if there.kept and is_source_itself(asset, there.target):
        return replace(there, skipped=IN_COLOR)
    return there if there.kept else asset


def _made_again(
    asset: Asset, recorded: Recorded, anew: bool, pieces: bool, settings: Settings
) -> Asset:
    """The asset, to be made again where its result is of an earlier version of source or guide.

    Args:
        asset: any.
        recorded: of the job's results.
        anew: results that are not recorded are to be made again.
        pieces: of films that nobody guided were kept.
        settings: that results are asked for with.
    """
    now = version(asset.source)
    if not asset.kept or now == UNREADABLE:
        return asset
    place, made = place_of(asset.target), recorded.made
    if place in made and not asset.target.stat().st_size:
        return _again(asset, settings, (_EMPTY,))
    if made.get(place, now) != now and not recorded.is_touched(asset.target, asset.source):
        return _again(asset, settings, (_CHANGED,))
    if recorded.has_other_guide(asset.target, asset.guide) and not recorded.is_touched(
        asset.target, asset.source
    ):
        in_pieces = pieces or bool(recorded.guides[place]) or asset.kind is not Kind.FILM
        return _again(asset, settings, (_GUIDED if in_pieces else _WHOLE,))
    if anew and place not in made and asset.kind is not Kind.OTHER:
        return _again(asset, settings, ())
    return asset


def _told_newer(asset: Asset) -> Asset:
    """The asset that is in no record, told where its source is newer than its result.

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
    assets: Sequence[Asset],
    folder: JobFolder,
    job: Making | None,
    recorded: Recorded,
    asked: Making,
    settings: Settings,
) -> list[Asset]:
    """The assets, results of unknown making told as such; refuses those of another making.

    A job that has begun goes on beside results of other files under its names: those fail.

    Raises:
        SettingsError: names the first, what differs, and how many more differ.
    """
    comparison = _Comparison(asked)
    checked, found = [], []
    for asset in assets:
        if asset.kept and asset.kind is not Kind.OTHER:
            touched = recorded.is_touched(asset.target, asset.source)
            covered = job is not None and place_of(asset.target) in recorded.made and not touched
            tag = None if covered else tag_of_result(asset.target, asset.kind)
            making = job if covered else comparison.by_tag(tag)
            if making is None:
                asset = _damaged(asset) if touched else _told_untagged(asset)
            elif tag is not None and is_of_another_source(asset, tag):
                if folder.is_begun:
                    problem = _TAKEN.format(asset.target)
                    asset = replace(asset, problem=problem, skipped="", kept=False)
                else:
                    found.append((asset.target, [_OTHER_SOURCE]))
            elif differences := comparison.differences(asset, making):
                found.append((asset.target, differences))
            elif touched:
                asset = _told_touched(asset, recorded.left[place_of(asset.target)])
            elif tag is not None and has_other_guide(asset, tag):
                note = _WHOLE if asset.kind is Kind.FILM else _GUIDED
                asset = _again(asset, settings, (note,))
            elif not covered:
                asset = _told_newer(asset)
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


def _damaged(asset: Asset) -> Asset:
    """The asset, failed for its result, which is neither what was made nor tells what it is."""
    problem = _TOUCHED.format(asset.target)
    return replace(asset, problem=problem, skipped="", kept=False)


def _told_touched(asset: Asset, left: str) -> Asset:
    """The asset of a result that was changed since, though its tag is that of this very making.

    One that is longer is kept: somebody has added to its metadata. One that was cut short fails, as
    does an archive, since the tag is that of one member alone.
    """
    if has_size_left(asset.target, left):
        return asset
    if asset.kind is Kind.ARCHIVE or is_cut_short(asset.target, left):
        return _damaged(asset)
    return replace(asset, skipped=KEPT_CHANGED)


def _told_untagged(asset: Asset) -> Asset:
    """The asset of a result that nothing tells of, unless there was nothing to colour in it."""
    if asset.kind is Kind.ARCHIVE and not members_of(asset.source):
        return asset
    return replace(asset, skipped=KEPT_UNTAGGED)
