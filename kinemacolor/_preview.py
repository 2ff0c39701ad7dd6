"""`preview`: a look at what a job would do, before it is done."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from kinemacolor._compare import common_settings, ways_of
from kinemacolor._job import Progress, guide_request
from kinemacolor._preview_pictures import PreviewPicture, facts_of, sections_of
from kinemacolor._version import __version__
from kinemacolor.engine.errors import MediaError
from kinemacolor.engine.files import os_reason
from kinemacolor.engine.guidance.guide_file.request import GuideRequest
from kinemacolor.engine.jobs.planning.scan import scan
from kinemacolor.engine.jobs.planning.targets import Sources
from kinemacolor.engine.media.provenance.tag import SOFTWARE
from kinemacolor.engine.preview.run import Shown, run_preview
from kinemacolor.engine.settings import Settings
from kinemacolor.models.errors import SettingsError
from kinemacolor.models.plain_files import special_kind

PathLike = str | os.PathLike[str]

PAGES = (".html", ".htm")
KINDS = (".png", ".jpg", ".jpeg", ".webp", *PAGES)


@dataclass(frozen=True, slots=True, kw_only=True)
class Preview:
    """A look at what a job would do.

    Attributes:
        pictures: in the order of the sources.
        columns: what stands over each of `PreviewPicture.after`: "after", or a setting's value.
        problems: what cannot be read, one line each.
        frames: that the job would colour, a still counting as one; with films that were not opened,
            concluded from their sizes.
        seconds: that it would take on this machine, roughly; None where that is not known.
        summary: both in words.

    Example:
        >>> import kinemacolor
        >>> look = kinemacolor.preview(["reel.mkv", "photo.png"], count=2)
        >>> [(picture.name, picture.frame) for picture in look.pictures]
        [('reel.mkv', 4), ('photo.png', None)]
        >>> look.frames, look.columns, look.problems
        (9, ('after',), ())
        >>> look.write("look.html")
    """

    pictures: tuple[PreviewPicture, ...]
    columns: tuple[str, ...]
    problems: tuple[str, ...]
    frames: int
    seconds: float | None
    summary: str
    _sources: Sources = field(repr=False)
    _facts: Mapping[Path, str] = field(repr=False)
    _credit: str = field(repr=False)

    def write(self, path: PathLike) -> None:
        """Write the sheet, which appears whole or not at all.

        Args:
            path: ends in .png, .jpg or .webp, or in .html for a page that needs no other file.

        Raises:
            SettingsError: the name ends otherwise, or leads into a source.
            MediaError: there is nothing to show, or the file cannot be written.
        """
        target = Path(path)
        _check_name(target)
        self._sources.refuse(target)
        if not self.pictures:
            raise MediaError(target, "is not written, since there is nothing to show")
        sections = sections_of(self.pictures, self.columns, self._facts)
        footer = self.summary, self._credit
        try:
            if target.suffix.lower() in PAGES:
                from kinemacolor.engine.preview.page import write_page

                write_page(sections, footer, target)
            else:
                from kinemacolor.engine.preview.sheet import draw_sheet, write_sheet

                write_sheet(draw_sheet(sections, footer), target)
        except OSError as error:
            raise MediaError(target, f"cannot be written: {os_reason(error)}") from error


def preview(
    sources: PathLike | Iterable[PathLike],
    *,
    settings: Settings | None = None,
    guide: PathLike | None = None,
    hints: Iterable[str] = (),
    key_frames: Mapping[int | str, PathLike] | None = None,
    references: PathLike | Iterable[PathLike] = (),
    compare: Mapping[str, Sequence[object]] | None = None,
    count: int = 12,
    on_progress: Callable[[Progress], None] | None = None,
) -> Preview:
    """Colour a few pictures of a job, to see what it would do before it is done.

    Of a film one frame from the middle of each shot, of long shots several; of folders and archives
    a spread of their films and stills. Only what is shown is decoded and coloured, so this takes
    seconds. A frame has the very planes that it has in the coloured film; frames of films over
    1 GiB are numbered by their times, for which this holds where the rate is constant.

    Nothing is written and nothing printed.

    Args:
        sources: one path, or several: films, stills, archives and folders.
        settings: how; None is the command's defaults. The backend "auto" is eager here. With
            `frames`, `from_time` or `to_time` the pictures are of that excerpt of each film.
        guide, hints, key_frames, references: what is known of the colours, as of `colorize`.
        compare: values by the name of a setting, such as {"saturation": [0.8, 1.3]}: a column for
            each, or for each combination where there are several settings.
        count: pictures, at most; but each source has one.
        on_progress: called after every picture, in this thread.

    Raises:
        SettingsError: a setting that cannot be used or compared, or a guide that is wrong.
        KinemacolorError: the network cannot be loaded.

    Example:
        >>> import kinemacolor
        >>> look = kinemacolor.preview("reel.mkv", compare={"saturation": [0.8, 1.3]})
        >>> look.columns
        ('saturation 0.8', 'saturation 1.3')
        >>> [picture.after[1].shape for picture in look.pictures]
        [(48, 64, 3)]
        >>> look.write("look.png")
    """
    if isinstance(sources, (str, os.PathLike)):
        sources = [sources]
    request = guide_request(guide, hints, key_frames, references)
    return preview_with(
        request,
        sources,
        settings=settings,
        compare=compare,
        count=count,
        on_progress=on_progress,
    )


def preview_with(
    guide: GuideRequest,
    sources: Iterable[PathLike],
    *,
    settings: Settings | None,
    compare: Mapping[str, Sequence[object]] | None,
    count: int,
    on_progress: Callable[[Progress], None] | None,
) -> Preview:
    """`preview` with what was given of guidance in one."""
    paths = list(dict.fromkeys(Path(source) for source in sources))
    if not paths:
        raise SettingsError("sources", "there are none", "give a film, still, folder or archive")
    if count < 1:
        raise SettingsError("--count", f"{count} is not possible", "use 1 or more")
    settings = settings or Settings()
    columns = ways_of(settings, compare)

    def told(done: int, expected: int, name: str) -> None:
        if on_progress is not None:
            on_progress(Progress(done, expected, name))

    made = run_preview(paths, [way for _, way in columns], count, told, guide)
    whole = made.whole
    return Preview(
        pictures=tuple(map(_picture, made.shown)),
        columns=tuple(heading for heading, _ in columns),
        problems=tuple(made.problems),
        frames=whole.frames if whole else 0,
        seconds=whole.seconds if whole else None,
        summary=whole.line() if whole else "Nothing to show",
        _sources=Sources([found.scan for found in made.found]),
        _facts={found.source: facts_of(found, made.films) for found in made.found},
        _credit=", ".join((f"Kinemacolor {__version__}", *common_settings(settings, compare))),
    )


def check_sheet_place(target: Path, sources: Sequence[Path]) -> None:
    """See that a sheet can be written, before there is one.

    Raises:
        SettingsError: the name has another ending than a sheet can have, its folder does not exist,
            it leads into a source, or is a file that is no preview, or no file at all.
    """
    _check_name(target)
    if not target.parent.is_dir():
        raise SettingsError(target, f"there is no folder {target.parent}")
    Sources([scan(source) for source in sources]).refuse(target)
    if kind := special_kind(target):
        raise SettingsError(target, f"is {kind}", "name a file for the sheet")
    if target.exists() and SOFTWARE.encode() not in target.read_bytes():
        problem = "is there already, and is no sheet of ours"
        raise SettingsError(target, problem, "give another --out")


def _check_name(target: Path) -> None:
    if target.suffix.lower() not in KINDS:
        remedy = "give a name that ends in .png, .jpg, .webp or .html"
        raise SettingsError(target, "is no name for a preview", remedy)


def _picture(shown: Shown) -> PreviewPicture:
    return PreviewPicture(
        source=shown.share.found.source,
        name=shown.share.subject.name,
        frame=shown.frame,
        time=shown.time,
        before=shown.colored.before,
        after=shown.colored.after,
        uncertainty=shown.colored.uncertainty,
        in_color=shown.colored.in_color,
    )
