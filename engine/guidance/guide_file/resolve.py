"""A guide resolved for one film or still: frames to numbers, shots to frames, colours to a*, b*."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import msgspec

from kinemacolor.engine.files import sha256
from kinemacolor.engine.guidance.guide_file import film_guide as resolved
from kinemacolor.engine.guidance.guide_file.checks import (
    Subject,
    Where,
    check_said,
    frame_of,
    within,
)
from kinemacolor.engine.guidance.guide_file.film_guide import FilmGuide
from kinemacolor.engine.guidance.guide_file.given_colors import ab_of
from kinemacolor.engine.guidance.guide_file.guide import (
    Candidate,
    KeyFrame,
    Point,
    Reference,
    Said,
    guide_of,
    merged,
)
from kinemacolor.engine.guidance.guide_file.origins import IN_GUIDE
from kinemacolor.engine.guidance.guide_file.shot_edits import (
    ShotNumbers,
    count_outside,
    edited_shots,
)
from kinemacolor.engine.guidance.guide_file.shown_frames import ShownFrames
from kinemacolor.engine.media.video.index import FilmIndex
from kinemacolor.engine.media.video.probe import VideoInfo
from kinemacolor.models.errors import KinemacolorError


def resolve_film(guide_text: str, info: VideoInfo, index: FilmIndex) -> FilmGuide:
    """`resolve` for an indexed film.

    Args:
        guide_text: of the film, by `guide.text_of`.
        info, index: of the film.

    Raises:
        KinemacolorError: as `resolve` does.
    """
    start = index.pts[0] if index.first == 0 else info.start
    times = [float((pts - start) * info.time_base) for pts in index.pts]
    frames = index.first, index.stop
    is_whole = index.part is None
    return resolve(
        guide_text, info.path, info.shown_size, times, index.shots, frames, is_whole=is_whole
    )


def resolve_still(guide_text: str, name: Path | str, size: tuple[int, int]) -> FilmGuide:
    """`resolve` for a still of (width, height) pixels as it is shown; its only frame is 0."""
    return resolve(guide_text, name, size, None, [0], (0, 1))


def resolve(
    guide_text: str,
    source: Path | str,
    size: tuple[int, int],
    times: Sequence[float] | None,
    shots: Sequence[int],
    frames: tuple[int, int],
    *,
    is_whole: bool = True,
) -> FilmGuide:
    """The guide of one film or still with numbers for everything that is a name in its file.

    Args:
        guide_text: of it, by `guide.text_of`; an empty one says nothing.
        source: its file, for errors.
        size: (width, height) in pixels as it is shown: upright, its pixels square.
        times: when each of `frames` is shown, in seconds from the film's start; None for a still.
        shots: numbers of the frames that begin a shot, as they were found, rising.
        frames: (start, stop) of the frames there are; `stop` is excluded.
        is_whole: they are the whole film. Of an excerpt, what is said of other frames is left out,
            with a note.

    Returns:
        The guide; where two things are said of one frame or place, the first of them alone.

    Raises:
        KinemacolorError: a point outside the picture, a frame beyond the end, a shot or a cut that
            is not there, shots that take their colours from each other in a circle, or a picture
            that is not what it was when the job was planned.
    """
    shown = None if times is None else ShownFrames(times, frames[0], is_whole)
    knows_numbers = is_whole or frames[0] == 0
    try:
        return _resolved(
            merged(guide_of(guide_text)), Subject(size, shown), shots, knows_numbers, source
        )
    except KinemacolorError as error:
        if not error.subject.startswith(IN_GUIDE):
            raise
        # Where only the problem is told of a file, the place in its guide is part of it.
        problem = f"{error.subject}: {error.problem}"
        raise KinemacolorError(source, problem, error.remedy) from error


def _in_guide(place: str) -> str:
    return f"{IN_GUIDE}{place}"


def _resolved(
    said: Said, subject: Subject, shots: Sequence[int], knows_numbers: bool, source: Path | str
) -> FilmGuide:
    where = _in_guide
    kept = _first_of_each(said, subject, where)
    _check(said, kept, subject, where)
    key_frames = [said.key_frames[index] for index in kept["key_frames"]]
    points = [said.points[index] for index in kept["points"]]
    starts = edited_shots(shots, said.cuts, subject, where)
    numbers = ShotNumbers(starts, subject.frames, knows_numbers)
    outside = count_outside(said, subject)
    found_points, found_keys = [], []
    for point in points:
        number = frame_of(point.frame, subject, where)
        if number is None:
            outside += 1
            continue
        found_points.append(_point(point, number, subject, where))
    for key in key_frames:
        number = frame_of(key.frame, subject, where)
        if number is None:
            outside += 1
            continue
        found_keys.append(resolved.KeyFrame(number, _picture(key, source)))
    notes: tuple[str, ...] = ()
    if outside:
        what = "thing is" if outside == 1 else "things are"
        notes = (f"{outside} {what} said of frames outside of the excerpt, and not used",)
    return FilmGuide(
        shots=tuple(starts),
        points=tuple(found_points),
        key_frames=tuple(found_keys),
        references=tuple(
            resolved.Reference(
                _picture(item, source), numbers.several(item.shots, where(f"references[{index}]"))
            )
            for index, item in enumerate(said.references)
        ),
        wishes=numbers.wishes(said.shots, where),
        candidates=tuple(_picture(item, source) for item in said.candidates),
        notes=notes,
    )


def _check(said: Said, kept: dict[str, list[int]], subject: Subject, where: Where) -> None:
    """See that what counts of a guide can be; places are those in the whole of it."""
    lists = {name: tuple(getattr(said, name)[index] for index in kept[name]) for name in kept}

    def in_whole(place: str) -> str:
        name, bracket, rest = place.partition("[")
        if name not in kept:
            return where(place)
        index, _, inside = rest.partition("]")
        return where(f"{name}{bracket}{kept[name][int(index)]}]{inside}")

    check_said(msgspec.structs.replace(said, **lists), subject, in_whole)


def _first_of_each(said: Said, subject: Subject, where: Where) -> dict[str, list[int]]:
    """Which key frames and points count: the first of a frame or place, options over the file."""
    keys: dict[object, int] = {}
    for index, key in enumerate(said.key_frames):
        number = frame_of(key.frame, subject, within(where, f"key_frames[{index}]"))
        keys.setdefault(key.frame if number is None else number, index)
    points: dict[object, int] = {}
    for index, point in enumerate(said.points):
        number = frame_of(point.frame, subject, within(where, f"points[{index}]"))
        frame = point.frame if number is None else number
        points.setdefault((frame, int(point.x), int(point.y)), index)
    return {"key_frames": list(keys.values()), "points": list(points.values())}


def _point(point: Point, frame: int, subject: Subject, where: Where) -> resolved.Point:
    assert subject.size is not None
    width, height = subject.size
    until = None
    if point.until is not None:
        until = frame_of(point.until, subject, where, "until")
    return resolved.Point(
        frame,
        (int(point.x) + 0.5) / width,  # the middle of the pixel
        (int(point.y) + 0.5) / height,
        ab_of(point.color),
        point.radius / width,
        until,
        f"the point at {point.x:g},{point.y:g}"
        + (f" of frame {frame}" if subject.frames is not None else ""),
    )


def _picture(item: Candidate | KeyFrame | Reference, source: Path | str) -> Path:
    """The file of a picture, which is still what it was when the job was planned."""
    path = Path(item.picture)
    if item.sha256:
        try:
            same = sha256(path) == item.sha256
        except OSError:
            same = False
        if not same:
            problem = f"its guide's picture {path} has changed or gone since the job was planned"
            raise KinemacolorError(source, problem, "give the same command again")
    return path
