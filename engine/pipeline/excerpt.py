"""An excerpt of a film: the frames that the settings ask for, and those that their colours need."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Generator
from dataclasses import dataclass
from fractions import Fraction

from kinemacolor.engine.errors import MediaError
from kinemacolor.engine.media.video.numbered_frames import NumberedFrames
from kinemacolor.engine.media.video.probe import VideoInfo
from kinemacolor.engine.media.video.reader import DecodedFrame
from kinemacolor.engine.media.video.time_span import TimeSpan
from kinemacolor.engine.motion.shots import UNSURE
from kinemacolor.engine.pipeline.segmentation import with_context
from kinemacolor.engine.settings import Settings


@dataclass(frozen=True)
class Excerpt:
    """An excerpt of one film; numbers of frames count from the film's first, 0.

    Args:
        start, stop: the frames that it gives; `stop` is excluded.
        read_start, read_stop: the frames that are decoded for them, so that each gets the colours
            that it has in the whole film; `read_stop` is excluded.
        numbers: all of the film's frames.
    """

    start: int
    stop: int
    read_start: int
    read_stop: int
    numbers: NumberedFrames

    def span(self, info: VideoInfo) -> TimeSpan:
        """When it is shown."""
        inside = self.stop < self.numbers.count
        end = self.numbers.pts(self.stop) if inside else _end(info, self.numbers)
        return TimeSpan(self.numbers.pts(self.start) * info.time_base, end * info.time_base)

    def read(self) -> Generator[DecodedFrame, None, None]:
        """Its frames, with those that their colours need.

        Raises:
            MediaError: the film cannot be decoded.
        """
        return self.numbers.read(self.read_start, self.read_stop)


def find_excerpt(info: VideoInfo, settings: Settings) -> Excerpt:
    """The excerpt of a film that the settings ask for; what lies behind its end is left out.

    Reads the film's packets, not its frames, unless these do not tell their times.

    Args:
        info: of the film.
        settings: of which frames, from_time, to_time and salvage count, and what decides about
            context.

    Raises:
        MediaError: the film has nothing of the excerpt, is cut short, or cannot be read.
    """
    numbers = NumberedFrames(info, salvage=settings.salvage, exact=True)
    start, stop = frames_asked_for(info, numbers, settings)
    read_start, read_stop = with_context(
        start, stop, settings.smoothing_window, settings.key_distance
    )
    read_start = max(0, read_start - UNSURE)  # so that a cut at the context's beginning is seen
    return Excerpt(start, stop, read_start, min(read_stop, numbers.count), numbers)


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


def frames_asked_for(
    info: VideoInfo, numbers: NumberedFrames, settings: Settings
) -> tuple[int, int]:
    """The frames of a film that the settings ask for, as (start, stop); `stop` is excluded.

    Raises:
        MediaError: the film has none of them.
    """
    count = numbers.count
    if settings.frame_numbers:
        start, stop = settings.frame_numbers[0], min(settings.frame_numbers[1] + 1, count)
    else:
        begin = _ticks(info, numbers, settings.from_time or 0)
        end = None if settings.to_time is None else _ticks(info, numbers, settings.to_time)
        over = not count or begin >= _end(info, numbers)
        start = count if over else numbers.number_at(begin)
        stop = count if end is None else bisect_left(range(count), end, key=numbers.pts)
    if start >= stop:
        seconds = float((_end(info, numbers) - numbers.pts(0)) * info.time_base) if count else 0.0
        problem = f"has {count:,} frames ({seconds:.2f} s), and none of those that are asked for"
        raise MediaError(info.path, problem, "give other --frames, --from or --to")
    return start, stop


def _ticks(info: VideoInfo, numbers: NumberedFrames, seconds: float) -> int:
    """A time from the film's start as a time of presentation."""
    start = numbers.pts(0) if numbers.count else info.start
    return start + round(Fraction(seconds).limit_denominator(10**6) / info.time_base)


def _end(info: VideoInfo, numbers: NumberedFrames) -> int:
    return numbers.pts(numbers.count - 1) + info.frame_period
