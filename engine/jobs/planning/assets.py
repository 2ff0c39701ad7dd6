"""Assets: the files of a job, each with what it is, what is made of it, and what it holds."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from kinemacolor.engine.faults import Fault
from kinemacolor.engine.files import os_reason
from kinemacolor.engine.jobs.formatting import format_counts
from kinemacolor.engine.media.archives import open_archive
from kinemacolor.engine.media.kinds import ARCHIVE_FORMATS, Kind
from kinemacolor.engine.settings import Settings
from kinemacolor.models.errors import KinemacolorError

if TYPE_CHECKING:
    from kinemacolor.engine.guidance.guide_file.origins import Origins

ANEW = "--overwrite makes it anew"
KEPT = f"is there already; {ANEW}"  # the reasons that reports give for a kept asset
KEPT_CHANGED = f"is there already, changed since it was made; {ANEW}"
KEPT_DIFFERENT = f"is there already, with another size or date; {ANEW}"
KEPT_OLDER = f"is there already, and older than its source; {ANEW}"
KEPT_UNTAGGED = f"is there already, and has no tag of Kinemacolor; {ANEW}"
_KEPT_IN_SCHEMA_0 = "is there already"
CARRIED = "was coloured by Kinemacolor already: carried over as it is"
IN_COLOR = "is in colour already; nothing was made; --on-color recolor colours it anew"
_COLORED = "was coloured by Kinemacolor already; give the file that it was made from"


@dataclass(frozen=True, slots=True)
class Asset:
    """One file of a job and what is to become of it.

    Args:
        source: the file, as the user's own spelling leads to it.
        target: the file that is made of it.
        kind: how it is made.
        size: bytes of the source.
        frames: what is known to be coloured: a film's frames, 1 for a still, an archive's stills.
        frame_count_unknown: there are more frames than are known before the work.
        contents: what an archive holds, in words.
        problem: why it cannot be done; empty where nothing is wrong.
        traceback: of a fault of ours that is the problem.
        skipped: why nothing is done about it, for a person; empty where something is.
        kept: it is skipped because its result is there already.
        is_colored: it carries the tag of this program, and is not coloured again.
        notes: what the user should know.
        replaces: a result that is there already is to be made again.
        guide: what a person said of it, as `guidance.guide.text_of` has it; empty for nothing.
        origins: where it was said, for errors; None for nothing.
    """

    source: Path
    target: Path
    kind: Kind
    size: int
    frames: int = 0
    frame_count_unknown: bool = False
    contents: str = ""
    problem: str = ""
    traceback: str = ""
    skipped: str = ""
    kept: bool = False
    is_colored: bool = False
    notes: tuple[str, ...] = ()
    replaces: bool = False
    guide: str = ""
    origins: Origins | None = field(default=None, compare=False)

    @property
    def name(self) -> str:
        """The name that reports give it: its source's path."""
        return str(self.source)

    @property
    def pending(self) -> bool:
        """Whether there is something to do for it."""
        return not self.problem and not self.skipped

    def facts(self) -> dict[str, Any]:
        """The asset as JSON has it in events."""
        return {
            "asset": self.name,
            "kind": self.kind,
            "bytes": self.size,
            "frames": self.frames,
            "more_frames": self.frame_count_unknown,
            "target": str(self.target),
            "contents": self.contents,
            "problem": self.problem,
            "skipped": self.skipped,
            "notes": self.notes,
        }

    def record(self) -> dict[str, Any]:
        """The asset as a line of a job's plan on disk has it."""
        place = {"target": str(self.target.absolute())}
        return self.facts() | place | {"kept": self.kept, "replaces": self.replaces}

    def keep_existing(self, overwrite: bool) -> Asset:
        """The asset, skipped where its target is there already and is not to be overwritten."""
        if not self.pending or not self.target.is_file():
            return self
        if overwrite:
            return replace(self, replaces=True)
        return replace(self, skipped=KEPT, kept=True)

    def carried(self) -> Asset:
        """The asset, found to be coloured already: it keeps its name and is copied."""
        target = self.target.with_name(self.source.name)
        return replace(
            self, target=target, kind=Kind.OTHER, is_colored=True, frames=0, notes=(CARRIED,)
        )

    def refused(self) -> Asset:
        """The asset, which the job has nothing beside, found to be coloured already."""
        return replace(self.carried(), target=self.target, problem=_COLORED, notes=())


def is_source_itself(asset: Asset, place: Path) -> bool:
    """Whether a place holds an asset's source, by whatever name or link."""
    return place.is_file() and place.samefile(asset.source)


def is_kept(record: Mapping[str, Any]) -> bool:
    """Whether a line of a plan on disk is of an asset whose result was there already."""
    if record["schema"] == 0:  # 0.1.0 recorded the sentence alone
        return bool(record["skipped"] == _KEPT_IN_SCHEMA_0)
    return bool(record["kept"])


def look_inside(asset: Asset, settings: Settings, *, overwrite: bool) -> Asset:
    """The asset with frames, contents, notes and problems filled in; a film's name, too.

    What cannot be read becomes the asset's `problem`; nothing is raised.

    Args:
        asset: as it was found.
        settings: the job's.
        overwrite: results that are there already are made again.
    """
    if asset.is_colored:
        return asset.carried().keep_existing(overwrite)
    if asset.kind is not Kind.FILM:  # a film's container, and so its name, may yet change
        asset = asset.keep_existing(overwrite)
    if not asset.pending:
        return asset
    try:
        if asset.kind is Kind.FILM:
            from kinemacolor.engine.media.video.provenance_tag import tag_of_film

            if tag_of_film(asset.source):
                return asset.carried().keep_existing(overwrite)
            return _film(asset, settings).keep_existing(overwrite)
        if asset.kind is Kind.ARCHIVE:
            return _archive(asset, settings, overwrite)
    except (KinemacolorError, OSError) as error:
        return replace(asset, problem=error_reason(error))
    except Exception as error:  # it must not cost the other files
        fault = Fault.of(asset.source, error, "please report it; --json has the traceback")
        return replace(asset, problem=error_reason(fault), traceback=fault.traceback)
    return replace(asset, frames=1) if asset.kind is Kind.STILL else asset


def error_reason(error: KinemacolorError | OSError) -> str:
    """Problem and remedy of an error, without its subject."""
    if isinstance(error, OSError):
        return os_reason(error)
    return error.problem + (f"; {error.remedy}" if error.remedy else "")


def colored_name(name: str, suffix: str) -> str:
    """A file's name with a suffix before its extension, "a.tar.gz" as "a (coloured).tar.gz"."""
    endings = [end for ends in ARCHIVE_FORMATS.values() for end in ends if name.endswith(end)]
    ending = max(endings, key=len, default=Path(name).suffix)
    return name.removesuffix(ending) + suffix + ending


def film_name(name: str, suffix: str, settings: Settings) -> tuple[str, tuple[str, ...]]:
    """The name of a film's result, and a note where its suffix is not the source's.

    Args:
        name: of the source, with slashes as an archive's member has it.
        suffix: of the result's container, with its dot.
        settings: the job's, which may ask for that container.
    """
    if name.lower().endswith(suffix):
        return name, ()
    folder, slash, last = name.rpartition("/")
    new = folder + slash + str(Path(last).with_suffix(suffix))
    if settings.container != "auto":
        return new, (f"stored as {suffix[1:]}",)
    return new, (f"stored as {suffix[1:]}, the default for this film; --container chooses another",)


def film_notes(notes: Iterable[str], *before: str) -> tuple[str, ...]:
    """All notes on a coloured film, each once.

    Args:
        notes: those of the worker.
        before: notes that come first.
    """
    return tuple(dict.fromkeys((*before, *notes)))


def _film(asset: Asset, settings: Settings) -> Asset:
    from kinemacolor.engine.media.video.probe import probe  # the codecs load slowly
    from kinemacolor.engine.pipeline.excerpt import expected_frames
    from kinemacolor.engine.pipeline.output_choice import choose_container, choose_output

    info = probe(asset.source)
    spec = choose_output(info, settings)
    name, notes = film_name(asset.target.name, choose_container(info, spec, settings), settings)
    frames = expected_frames(info, settings) or 0
    return replace(
        asset,
        target=asset.target.with_name(name),
        frames=frames,
        frame_count_unknown=not frames,
        notes=(*info.notes, *spec.notes, *notes),
    )


def _archive(asset: Asset, settings: Settings, overwrite: bool) -> Asset:
    with open_archive(asset.source) as archive:
        members, damage = archive.members, archive.damage
    if damage and not settings.salvage:
        return replace(asset, problem=f"{damage}; --salvage keeps what is whole")
    if not members:
        return replace(asset, problem="the archive is empty")
    kinds = Counter(member.kind for member in members if member.kind)
    contents = format_counts(kinds)
    notes: tuple[str, ...] = (damage,) if damage else ()
    if not any(member.to_color or member.problem for member in members):
        notes += ("holds nothing to colour",)
        asset = replace(asset, kind=Kind.OTHER, contents=contents, notes=notes)
        if not settings.suffix:
            return asset
        plain = asset.target.with_name(asset.source.name)
        return replace(asset, target=plain, replaces=False).keep_existing(overwrite)
    colored = Counter(member.kind for member in members if member.to_color)
    return replace(
        asset,
        frames=colored[Kind.STILL],
        frame_count_unknown=bool(colored[Kind.FILM]),
        contents=contents,
        notes=notes,
    )
