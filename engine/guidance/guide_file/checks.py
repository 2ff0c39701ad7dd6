"""What can be known to be wrong with a guide by its film or still, before anything is coloured."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from kinemacolor.engine.guidance.guide_file.guide import KeyFrame, Point, Said, Shot
from kinemacolor.engine.guidance.guide_file.shown_frames import ShownFrames
from kinemacolor.models.errors import KinemacolorError

Where = Callable[[str], str]  # from a place such as "points[2].x" to an error's subject
_NO_CUT = "frame 0 is the first, where no cut is"
_OF_FILMS = "is of films, and this is a still"


@dataclass(frozen=True)
class Subject:
    """What is known of the film or still that a guide is of.

    Args:
        size: (width, height) in pixels as it is shown; None where it is not known yet.
        frames: of a film; None for a still.
    """

    size: tuple[int, int] | None
    frames: ShownFrames | None = None


def check_said(said: Said, subject: Subject, where: Where) -> None:
    """See that what was said can be of a film or still.

    Args:
        said: of it.
        subject: what is known of it.
        where: names places of the guide.

    Raises:
        KinemacolorError: a point is outside the picture, a frame beyond the end; two key frames are
            of the same frame, or two points of the same place of it; a shot takes its colours from
            itself or cannot be there; a cut is edited at frame 0; or films' affairs are said of a
            still.
    """
    for index, point in enumerate(said.points):
        _check_point(point, subject, within(where, f"points[{index}]"))
    _check_places(said.points, subject, where)
    _check_key_frames(said.key_frames, subject, where)
    for index, cut in enumerate(said.cuts):
        at = within(where, f"cuts[{index}]")
        if subject.frames is None:
            raise KinemacolorError(at(""), _OF_FILMS, "leave it out")
        for name in ("frame", "to"):
            if (frame := getattr(cut, name, None)) is None:
                continue
            if 0 in (frame, subject.frames.number(frame, at(name))):
                raise KinemacolorError(at(name), _NO_CUT, "leave it out")
    for index, reference in enumerate(said.references):
        if subject.frames is None and reference.shots not in ("all", (0,)):
            problem = "are of films, and this is a still"
            raise KinemacolorError(where(f"references[{index}].shots"), problem, "leave them out")
        if subject.frames is not None and reference.shots != "all":
            for number, shot in enumerate(reference.shots):
                _check_shot(shot, subject.frames, where(f"references[{index}].shots[{number}]"))
    _check_shots(said.shots, subject, where)


def frame_of(
    frame: int | str | None, subject: Subject, where: Where, name: str = "frame"
) -> int | None:
    """The number of a frame that a guide names; 0 for a still, None where it is not known yet.

    Raises:
        KinemacolorError: it is missing of a film, given of a still, or beyond the end.
    """
    if subject.frames is None:
        if frame not in (None, 0):
            raise KinemacolorError(where(name), _OF_FILMS, "leave it out")
        return 0
    if frame is None:
        problem, remedy = f"has no {name}", "say which frame or time of the film it is of"
        raise KinemacolorError(where(""), problem, remedy)
    return subject.frames.number(frame, where(name))


def _check_point(point: Point, subject: Subject, at: Where) -> None:
    begin = frame_of(point.frame, subject, at)
    if point.until is not None:
        end = frame_of(point.until, subject, at, "until")
        if begin is not None and end is not None and end < begin:
            problem = f"{point.until} is before its frame, {point.frame}"
            raise KinemacolorError(at("until"), problem)
    if subject.size is None:
        return
    for name, length in zip("xy", subject.size, strict=True):
        value = getattr(point, name)
        if value >= length:
            width, height = subject.size
            problem = f"{value:g} is outside a picture of {width}x{height} pixels"
            raise KinemacolorError(at(name), problem, f"use 0 to {length - 1}")


def _check_places(points: tuple[Point, ...], subject: Subject, where: Where) -> None:
    seen: dict[object, int] = {}
    for index, point in enumerate(points):
        at = within(where, f"points[{index}]")
        number = frame_of(point.frame, subject, at)
        place = (point.frame if number is None else number), int(point.x), int(point.y)
        first = seen.setdefault(place, index)
        if first != index:
            other = where(f"points[{first}]").removeprefix(where(""))
            raise KinemacolorError(at(""), f"is where {other} is", "leave one of them out")


def _check_key_frames(key_frames: tuple[KeyFrame, ...], subject: Subject, where: Where) -> None:
    seen: dict[int, int] = {}
    for index, key_frame in enumerate(key_frames):
        at = within(where, f"key_frames[{index}]")
        number = frame_of(key_frame.frame, subject, at)
        if number is None:
            continue
        if number in seen:
            other = where(f"key_frames[{seen[number]}]").removeprefix(where(""))
            problem = f"is of frame {number}, as {other} is"
            raise KinemacolorError(at(""), problem, "leave one of them out")
        seen[number] = index


def _check_shots(shots: tuple[Shot, ...], subject: Subject, where: Where) -> None:
    for index, shot in enumerate(shots):
        at = within(where, f"shots[{index}]")
        if subject.frames is None and (shot.shot != 0 or shot.like is not None):
            raise KinemacolorError(at("shot" if shot.shot != 0 else "like"), _OF_FILMS)
        for name in ("shot", "like"):
            named = getattr(shot, name)
            if named is not None and subject.frames is not None:
                _check_shot(named, subject.frames, at(name))
        if shot.like == shot.shot:
            raise KinemacolorError(at("like"), "is the shot itself", "name another")
        if any(other.shot == shot.shot for other in shots[:index]):
            problem = f"{shot.shot} is there twice"
            raise KinemacolorError(at("shot"), problem, "put all of it into one")


def _check_shot(shot: int | str, frames: ShownFrames, place: str) -> None:
    """See that a shot can be there; by its number, as far as that is known before its film is read.

    Raises:
        KinemacolorError: it cannot.
    """
    if isinstance(shot, str):
        frames.number(shot, place)
    elif frames.is_whole and frames.times and shot >= len(frames.times):
        problem = f"there is no shot {shot} in a film of {frames.stop:,} frames"
        raise KinemacolorError(place, problem, "name one by a time within it")


def within(where: Where, place: str) -> Where:
    """The names of places inside a place of the guide; an empty one is that place itself."""
    return lambda name: where(f"{place}.{name}" if name else place)
