"""Rate and length of a film's track, as far as its container tells them."""

from __future__ import annotations

from fractions import Fraction

import av
from av.container import InputContainer
from av.video.stream import VideoStream

from kinemacolor.engine.media.video.film_track import stated_frames, tag_of


def frame_rate(film: InputContainer, video: VideoStream) -> Fraction | None:
    """Frames a second; None where nothing tells."""
    average, guessed = video.average_rate or None, video.guessed_rate or None
    if average is None or guessed is None:
        return average or guessed
    # Of raw DV, and of Matroska without durations, ticks are stated as the average; AVI may have an
    # empty chunk after every frame.
    doubtful = average * _tick(video) == 1 or film.format.name == "avi"
    return min(average, guessed) if doubtful else average


def length(film: InputContainer, video: VideoStream) -> float | None:
    """Seconds from the first frame to the end of the last."""
    if video.duration:
        return float(video.duration * _tick(video))
    if not film.duration:
        return None
    whole = film.duration / av.time_base
    start = float((video.start_time or 0) * _tick(video))
    if film.format.name == "flv":
        return whole - (start - (film.start_time or 0) / av.time_base)  # of sound as well
    if "matroska" not in film.format.name:
        return whole
    # Matroska counts from zero, and its own length is that of the longest stream.
    try:
        hours, minutes, seconds = (tag_of(video, "DURATION") or f"0:0:{whole}").split(":")
        return 3600 * int(hours) + 60 * int(minutes) + float(seconds) - start
    except ValueError:  # not as the tag's own standard has it
        return whole - start


def frame_count(
    film: InputContainer, video: VideoStream, duration: float | None, rate: Fraction | None
) -> int | None:
    """How many frames there are, by the container, its statistics, or length and rate.

    Args:
        duration: by `length`.
        rate: by `frame_rate`.
    """
    stated = stated_frames(video)
    if stated and film.format.name == "avi" and rate and video.average_rate:
        return max(1, round(stated * rate / video.average_rate))  # it counts empty chunks as well
    if stated:
        return stated
    return None if duration is None or rate is None else max(1, round(duration * rate))


def _tick(video: VideoStream) -> Fraction:
    """Seconds of a tick; every stream that has been opened has them."""
    assert video.time_base is not None
    return video.time_base
