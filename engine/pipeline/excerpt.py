"""An excerpt of a film: the frames that the settings ask for, and those that their colours need."""

from __future__ import annotations

from bisect import bisect_left
from dataclasses import dataclass
from fractions import Fraction

from kinemacolor.engine.errors import MediaError
from kinemacolor.engine.media.video.frame_times import FrameTimes, frame_times
from kinemacolor.engine.media.video.probe import VideoInfo
from kinemacolor.engine.media.video.reader import read_frames
from kinemacolor.engine.media.video.time_span import TimeSpan
from kinemacolor.engine.pipeline.segmentation import with_context
from kinemacolor.engine.settings import Settings


@dataclass(frozen=True)
class Excerpt:
    """An excerpt of one film; numbers of frames count from the film's first, 0.

    Args:
        start, stop: the frames that it gives; `stop` is excluded.
        read_start, read_stop: the frames that are decoded for them, so that each gets the colours
            that it has in the whole film; `read_stop` is excluded.
        times: of all of the film's frames.
        seekable: whether `times` are those of the packets, so that frames can be sought.
    """

    start: int
    stop: int
    read_start: int
    read_stop: int
    times: FrameTimes
    seekable: bool

    def span(self, info: VideoInfo) -> TimeSpan:
        """When it is shown."""
        times = self.times.pts
        end = times[self.stop] if self.stop < len(times) else times[-1] + info.frame_period
        return TimeSpan(times[self.start] * info.time_base, end * info.time_base)


def find_excerpt(info: VideoInfo, settings: Settings) -> Excerpt:
    """The excerpt of a film that the settings ask for; what lies behind its end is left out.

    Reads the film's packets, not its frames, unless these do not tell their times.

    Args:
        info: of the film.
        settings: of which frames, from_time and to_time count, and what decides about context.

    Raises:
        MediaError: the excerpt lies behind the film's end, or the film cannot be read.
    """
    found = frame_times(info)
    times = found or FrameTimes([frame.pts for frame in read_frames(info, salvage=True)], [])
    start, stop = _numbers(info, settings, times)
    read_start, read_stop = with_context(
        start, stop, settings.smoothing_window, settings.key_distance
    )
    return Excerpt(start, stop, read_start, min(read_stop, len(times)), times, found is not None)


def expected_frames(info: VideoInfo, settings: Settings) -> int | None:
    """How many frames the settings ask for, by what the container states; None if it does not."""
    if not settings.is_excerpt or info.frames is None:
        return info.frames
    if settings.frame_numbers:
        first, last = settings.frame_numbers
        return max(0, min(last + 1, info.frames) - first)
    rate = float(info.rate or 0)
    begin = round((settings.from_time or 0) * rate)
    end = info.frames if settings.to_time is None else round(settings.to_time * rate)
    return max(0, min(end, info.frames) - begin) if rate else None


def _numbers(info: VideoInfo, settings: Settings, times: FrameTimes) -> tuple[int, int]:
    count = len(times)
    if settings.frame_numbers:
        first, last = settings.frame_numbers
        start, stop, option = first, min(last + 1, count), "--frames"
    else:
        option = "--from" if settings.from_time is not None else "--to"
        begin = _ticks(info, times, settings.from_time or 0)
        end = None if settings.to_time is None else _ticks(info, times, settings.to_time)
        start = times.number_at(begin) if times.pts and begin < _end(info, times) else count
        stop = count if end is None else bisect_left(times.pts, end)
    if start >= stop:
        seconds = float((_end(info, times) - times.pts[0]) * info.time_base) if times.pts else 0.0
        problem = f"has {count:,} frames ({seconds:.2f} s), none of them in what {option} asks for"
        raise MediaError(info.path, problem)
    return start, stop


def _ticks(info: VideoInfo, times: FrameTimes, seconds: float) -> int:
    """A time from the film's start as a time of presentation."""
    start = times.pts[0] if times.pts else info.start
    return start + round(Fraction(seconds).limit_denominator(10**6) / info.time_base)


def _end(info: VideoInfo, times: FrameTimes) -> int:
    return times.pts[-1] + info.frame_period if times.pts else info.start
