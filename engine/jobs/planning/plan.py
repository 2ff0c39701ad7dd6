"""The plan of a job: every asset, its target, its frames; made before anything is touched.

The settings that a user asked for are replaced twice on the way to those that the job is done
with, and nowhere else: `make_plan` sets the container where the name of the result asks for one,
and `planning.backend.resolve_backend` replaces the backend "auto" by the one that is taken.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

from kinemacolor.engine.errors import MediaError
from kinemacolor.engine.files import unwritable_reason
from kinemacolor.engine.guidance.guide_file.request import NO_GUIDE, GuideRequest
from kinemacolor.engine.jobs.planning.assets import Asset, colored_name, look_inside
from kinemacolor.engine.jobs.planning.existing import review_existing
from kinemacolor.engine.jobs.planning.film_sums import without_source_sums
from kinemacolor.engine.jobs.planning.guides import Guides
from kinemacolor.engine.jobs.planning.idle_settings import idle_notes, refuse_excerpt_without_films
from kinemacolor.engine.jobs.planning.scan import Scan, scan
from kinemacolor.engine.jobs.planning.targets import (
    Sources,
    is_file_name,
    refuse_place,
    settings_for_name,
)
from kinemacolor.engine.jobs.state.folder import JOBS, JobFolder, job_name
from kinemacolor.engine.media.kinds import Kind
from kinemacolor.engine.settings import Settings
from kinemacolor.models.errors import SettingsError
from kinemacolor.models.facts import NEED_HINTS


@dataclass(frozen=True)
class Plan:
    """The plan of a job.

    Args:
        assets: every file of the job, in the order of the sources and of the paths in each.
        folders: empty folders that are made because the sources have them.
        out: the folder that all results go into or below.
        settings: the job's; see the module about what has been replaced in them.
        sources: films, stills, archives and folders, as the user gave them.
        asked: the --out, as the user gave it.
        overwrite: results that are there already are made again.
        keep_records: the records of a single file stay when it is done, and the pieces of films.
        guide: what was given of guidance, as the user gave it; each asset has what is said of it.
    """

    assets: tuple[Asset, ...]
    folders: tuple[Path, ...]
    out: Path
    settings: Settings
    sources: tuple[Path, ...]
    asked: str
    overwrite: bool
    keep_records: bool = False
    guide: GuideRequest = NO_GUIDE

    @property
    def folder(self) -> Path:
        """The folder in which the job keeps its state."""
        return self.out / JOBS / job_name(self.sources, self.asked, self.settings.suffix)

    @property
    def notes(self) -> tuple[str, ...]:
        """What its user should know before it begins, a line each."""
        notes = idle_notes(self.settings, self.assets)
        if self.settings.model not in NEED_HINTS:
            return notes
        problem = (
            "colours around given colours, which only the Python API takes, and stays grey here"
        )
        return (f"{self.settings.model} {problem}; use kinema", *notes)

    @property
    def frames(self) -> int:
        """Frames and stills to be coloured, as far as they are known."""
        return sum(asset.frames for asset in self.assets if asset.pending)

    @property
    def frame_count_unknown(self) -> bool:
        """Whether there will be more frames than are known."""
        return any(asset.frame_count_unknown for asset in self.assets if asset.pending)

    def check_place(self) -> None:
        """See that the results may be written, where there is something to do.

        Raises:
            MediaError: they may not.
        """
        problem = unwritable_reason(self.out)
        if problem and any(asset.pending for asset in self.assets):
            raise MediaError(self.out, problem, "give another --out")


def make_plan(
    sources: Sequence[Path],
    out: str,
    settings: Settings,
    *,
    overwrite: bool = False,
    keep_records: bool = False,
    reports: Sequence[Path] = (),
    guide: GuideRequest = NO_GUIDE,
    on_look: Callable[[int, int], None] = lambda seen, of: None,
) -> Plan:
    """Plan a job: look at every source and decide what becomes of it; nothing is written.

    Args:
        sources: films, stills, archives, folders.
        out: where the results go: a file's name for a single file where it has a suffix or is a
            file already, else a folder. With several sources each gets its own name in it.
        settings: those that the user asked for.
        overwrite: make results again that are there already.
        keep_records: of a single file keep the records, too, when it is done; and the pieces of
            films, so that a guide that comes later makes anew only what it reaches.
        reports: files that the job will write as well.
        guide: what was given of guidance; guides that lie beside sources are found.
        on_look: called as files are looked at, with how many have been; and with how many there
            are, once all are found, which is 0 before.

    Returns:
        The plan, in whose settings the container may be replaced, and the backend is not yet.

    Raises:
        SettingsError: the job would touch its own sources, two results would have one name, a
            setting has nothing to act on, results that are there were made with others, or what
            was given of guidance is wrong.
    """
    refuse_place(out)
    scans: list[Scan] = []
    count = 0
    for source in sources:
        scans.append(scan(source, partial(_count_on, on_look, count)))
        count += len(scans[-1].found)
    ours = Sources(scans)
    place = Path(out)
    as_file = len(scans) == 1 and not sources[0].is_dir() and is_file_name(out)
    if not as_file and place.exists() and not place.is_dir():
        raise SettingsError(out, "is a file, and the results need a folder", "give another --out")
    ours.refuse(place)
    for report in reports:
        ours.refuse_report(report)
    if as_file:
        if settings.suffix:
            raise SettingsError("--suffix", f"does not go with --out {out}, which names a file")
        settings = settings_for_name(place, scans[0].found[0], settings)
    guides = Guides(guide, scans, settings)

    assets, folders = [], []
    for scanned in scans:
        base = place
        if scanned.source.is_dir() and len(scans) > 1:
            base = place / scanned.source.resolve().name
        if not scanned.found:
            problem = "the folder is empty"
            assets.append(Asset(scanned.source, base, Kind.OTHER, 0, problem=problem))
        for found in scanned.found:
            target = place if as_file else base / found.inside
            if settings.suffix and found.kind not in (None, Kind.OTHER):
                target = target.with_name(colored_name(target.name, settings.suffix))
            if found.kind is None:
                folders.append(target)
                continue
            asset = Asset(
                found.path,
                target,
                found.kind,
                found.size,
                problem=found.problem,
                skipped=found.skipped_reason,
                is_colored=found.is_colored,
            )
            asset = look_inside(asset, settings, overwrite=overwrite)
            assets.append(guides.applied(asset, found))
            on_look(len(assets), count)

    guides.check_all_used()
    ours.protect(guides.paths)
    assets = _without_clashes(assets, overwrite)
    if settings.framemd5:
        assets = without_source_sums(assets)
    if as_file and assets[0].kind is Kind.FILM and assets[0].target != place:
        remedy = f"name it {assets[0].target.name}, or choose another --codec"
        raise SettingsError(out, "cannot hold a film of this codec", remedy)
    for asset in assets:
        ours.refuse(asset.target)
        if asset.pending and asset.target.is_dir():
            raise SettingsError(asset.target, "is a folder, and a result needs this name")
    out_folder = place.parent if as_file else place
    refuse_excerpt_without_films(settings, assets)
    given = settings, tuple(sources), out, overwrite, keep_records, guide
    plan = Plan((), tuple(folders), out_folder, *given)
    assets = _worth_it(assets)
    if not overwrite:
        assets = review_existing(assets, JobFolder(plan.folder), settings)
    return replace(plan, assets=tuple(assets))


def _count_on(on_look: Callable[[int, int], None], before: int, count: int) -> None:
    on_look(before + count, 0)


def _without_clashes(assets: list[Asset], overwrite: bool) -> list[Asset]:
    """Give films whose new container makes two names one a longer name; refuse other clashes."""
    names = Counter(asset.target for asset in assets)
    for index, asset in enumerate(assets):
        if names[asset.target] > 1 and asset.target.suffix != asset.source.suffix:
            names[asset.target] -= 1
            target = asset.target.with_name(asset.source.name + asset.target.suffix)
            assets[index] = replace(asset, target=target, skipped="", kept=False)
            assets[index] = assets[index].keep_existing(overwrite)
            names[target] += 1
    for asset in assets:
        if names[asset.target] > 1:
            both = " and ".join(other.name for other in assets if other.target == asset.target)
            raise SettingsError(asset.target, f"would come from {both}", "do them one by one")
    return assets


def _worth_it(assets: list[Asset]) -> list[Asset]:
    """The assets, all of them with a problem where the job has nothing to colour."""
    if any(asset.kind is not Kind.OTHER for asset in assets):
        return assets
    problem = "is no film, still or archive, and the job has nothing else"
    if any(asset.is_colored for asset in assets):
        problem = "is carried over beside what is coloured, and there is nothing to colour"
    return [_without_work(asset, problem) for asset in assets]


def _without_work(asset: Asset, problem: str) -> Asset:
    if asset.is_colored:
        return asset.refused()
    return asset if asset.problem or asset.skipped else replace(asset, problem=problem)
