"""`colorize`: from files to files, as the command does it, for a program."""

from __future__ import annotations

import logging
import os
import threading
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from kinemacolor._report import Report, report_of
from kinemacolor.engine.guidance.guide_file.request import GuideRequest
from kinemacolor.engine.jobs.execution.executor_protocol import Stop
from kinemacolor.engine.jobs.execution.ray_options import RayOptions
from kinemacolor.engine.jobs.planning.backend import resolve_backend
from kinemacolor.engine.jobs.planning.plan import make_plan
from kinemacolor.engine.jobs.planning.request import check_request
from kinemacolor.engine.jobs.reporting.progress import Progress as FrameCounter
from kinemacolor.engine.jobs.reporting.report import Report as Collector
from kinemacolor.engine.jobs.run import run_plan
from kinemacolor.engine.settings import Settings
from kinemacolor.models.errors import SettingsError

log = logging.getLogger(__name__)

PathLike = str | os.PathLike[str]


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a job is.

    Attributes:
        frames: settled so far; a still counts as one.
        expected: in all, as far as is known; corrected as the truth comes out.
        name: of the file that is worked on; empty before the first.
    """

    frames: int
    expected: int
    name: str


def colorize(
    sources: PathLike | Iterable[PathLike],
    out: PathLike,
    *,
    settings: Settings | None = None,
    guide: PathLike | None = None,
    hints: Iterable[str] = (),
    key_frames: Mapping[int | str, PathLike] | None = None,
    references: PathLike | Iterable[PathLike] = (),
    overwrite: bool = False,
    keep_records: bool = False,
    ray: RayOptions | None = None,
    on_progress: Callable[[Progress], None] | None = None,
    report_file: PathLike | Iterable[PathLike] | None = None,
    stop: threading.Event | None = None,
) -> Report:
    """Colour films, stills, folders and archives.

    A folder gives a folder with the same names, an archive an archive with the same members; what
    is neither film nor still is carried over unchanged, and so is what Kinemacolor has coloured
    already. Results that are there already are kept, so the same call again does what is missing;
    those made with other settings or weights are refused. Sources are never changed.

    Nothing is printed, and settings of the process that the work changes are put back. FFmpeg's
    AV1 encoder is an exception: it writes to stderr unless SVT_LOG is set in the environment.

    Args:
        sources: one path, or several.
        out: where results go. A single file goes to `out` if that has a suffix or is a file; else
            `out` is a folder, made where it is missing.
        settings: how; None is the command's defaults.
        guide: a file of what is known of the colours (docs/guide-file.md); None takes those that
            lie beside the sources.
        hints: colours of places, such as "120:310,95=#2f5d34", as the command has them.
        key_frames: pictures of frames in their right colours, by number, or by a time such as
            "00:01:02.5".
        references: colour pictures of other framing; of a folder each shot takes the likeliest.
        overwrite: make results again that are there already.
        keep_records: keep the records of a single file when it is done, as those of other jobs; and
            the coloured pieces of films, so that a guide that comes later makes anew only the shots
            that it reaches.
        ray: of the Ray cluster that does the work; None does it in this process.
        on_progress: called after every frame, in this thread. An error that it raises stops the
            job at once and is raised here.
        report_file: one file, or several, that tell what became of every file, with SHA-256 of both
            sides: a page with pictures (.html), a table (.csv) or all events (.json).
        stop: to be set by another thread: what is begun comes to its end, the rest is left.

    Returns:
        What became of every file: those that failed are in it, and cost no other.

    Raises:
        SettingsError: the job must not or cannot be done as it is asked for, or results that are
            there already were made with other settings or weights.
        KinemacolorError: the job cannot begin, another process works on it, or the report file
            cannot be written.

    Example:
        >>> import kinemacolor
        >>> report = kinemacolor.colorize(["photo.png", "reel.mkv"], "results")
        >>> for outcome in report.outcomes:
        ...     print(outcome.asset, outcome.state, outcome.target, outcome.frames)
        photo.png done results/photo.png 1
        reel.mkv done results/reel.mkv 8
    """
    paths = _paths(sources)
    if not paths:
        raise SettingsError("sources", "there are none", "give a film, still, folder or archive")
    files = [] if report_file is None else _paths(report_file)
    settings = settings or Settings()
    check_request(settings, here=ray is None)
    plan = make_plan(
        paths,
        os.fspath(out),
        settings,
        overwrite=overwrite,
        keep_records=keep_records,
        reports=files,
        guide=guide_request(guide, hints, key_frames, references),
    )
    plan.check_place()
    for note in plan.notes:
        log.warning("%s", note)
    plan = resolve_backend(plan, lambda decision: log.info("%s", decision))
    collector = Collector(files=files)
    try:
        run_plan(plan, ray, collector, _Callback(plan.frames, on_progress), Stop(stop))
    except KeyboardInterrupt:
        collector.stopped = "Stopped"
        if stop is None or not stop.is_set():  # the user's Ctrl-C, not ours to keep
            collector.close()
            raise
    except _CallbackFailed as failure:
        collector.stopped = "Stopped"
        collector.close()
        raise failure.error from None
    collector.close()
    return report_of(collector)


def _paths(given: PathLike | Iterable[PathLike]) -> list[Path]:
    """One path, or several, as a list; SettingsError where one is empty."""
    several = [given] if isinstance(given, (str, os.PathLike)) else list(given)
    if "" in several:  # which would be the current folder
        raise SettingsError("path", "is empty", "name a file or folder")
    return [Path(path) for path in several]


def guide_request(
    guide: PathLike | None,
    hints: Iterable[str],
    key_frames: Mapping[int | str, PathLike] | None,
    references: PathLike | Iterable[PathLike],
) -> GuideRequest:
    """What a program says of colours, as the command's options say it; see `colorize`.

    Raises:
        SettingsError: a hint or a key frame is of another form.
    """
    pictures = _paths(references)
    return GuideRequest(
        None if guide is None else Path(guide),
        (hints,) if isinstance(hints, str) else tuple(hints),
        tuple(f"{frame}={os.fspath(path)}" for frame, path in (key_frames or {}).items()),
        tuple(path for path in pictures if not path.is_dir()),
        tuple(path for path in pictures if path.is_dir()),
    )


class _CallbackFailed(BaseException):
    """Carries an error of the host's callback past those who would take it for a file's."""

    def __init__(self, error: Exception) -> None:
        super().__init__()
        self.error = error


class _Callback(FrameCounter):
    """Counts frames, and tells a callback."""

    def __init__(self, expected: int, callback: Callable[[Progress], None] | None) -> None:
        super().__init__(expected)
        self._callback = callback

    def show(self) -> None:
        if self._callback is None:
            return
        try:
            name = self.phase.name if self.phase else ""
            self._callback(Progress(self.done, max(self.total, self.done), name))
        except Exception as error:
            self._callback = None  # cleaning up is not reported
            raise _CallbackFailed(error) from error
