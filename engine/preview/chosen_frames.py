"""The choice of a film's frames for a preview: no network, and PyTorch, is needed for it."""

from __future__ import annotations

from bisect import bisect_left
from fractions import Fraction
from pathlib import Path

from kinemacolor.engine.errors import MediaError
from kinemacolor.engine.media.video.numbered_frames import NumberedFrames
from kinemacolor.engine.media.video.probe import VideoInfo, probe
from kinemacolor.engine.preview.choice import Run, choose_frames
from kinemacolor.engine.preview.shots import find_shots
from kinemacolor.engine.settings import Settings

_LONG_SHOT = 4.0  # seconds, beyond which more than one frame of a shot is shown
_LOOKS = 4  # key frames of a long film that are looked at for every frame that is shown


class ChosenFrames:
    """A film, and those of its frames that are shown.

    Args:
        path: the film.
        settings: of which excerpt and salvage count, and what decides which frames are cheap.
        count: frames that are shown, at most.

    Attributes:
        info: of the film.
        numbers: its frames.
        part: those that a job would colour.
        chosen: numbers of those that are shown, rising.

    Raises:
        MediaError: the film cannot be read, or has nothing of the excerpt that is asked for.
    """

    def __init__(self, path: Path, settings: Settings, count: int) -> None:
        self.info = probe(path)
        self.numbers = NumberedFrames(self.info, salvage=settings.salvage)
        self.part = _part(self.info, self.numbers, settings)
        self.chosen = choose_frames(
            find_shots(self.info, self.numbers, self.part, _LOOKS * count),
            count,
            longest=max(1, round(_LONG_SHOT * (self.info.rate or 25))),
            keyframes=self.numbers.keyframes,
            window=settings.smoothing_window,
            every=settings.key_distance,
        )

    @property
    def seconds(self) -> float:
        """How long the frames last that a job would colour."""
        start, stop = self.part
        last = self.numbers.seconds(stop - 1) + self.info.frame_period * self.info.time_base
        return float(last - self.numbers.seconds(start))


def _part(info: VideoInfo, numbers: NumberedFrames, settings: Settings) -> Run:
    """The frames that the settings ask for, as (start, stop).

    Raises:
        MediaError: the film has none of them.
    """
    count = numbers.count
    if settings.frame_numbers:
        start, stop = settings.frame_numbers[0], min(settings.frame_numbers[1] + 1, count)
    else:
        begin = _ticks(info, numbers, settings.from_time or 0)
        end = None if settings.to_time is None else _ticks(info, numbers, settings.to_time)
        over = begin >= numbers.pts(count - 1) + info.frame_period
        start = count if over else numbers.number_at(begin)
        stop = count if end is None else bisect_left(range(count), end, key=numbers.pts)
    if start >= stop:
        length = f"{float(numbers.seconds(count - 1)):.1f} s" if count else "none"
        problem = f"has {count:,} frames ({length}), and none of those that are asked for"
        raise MediaError(info.path, problem, "give other --frames, --from or --to")
    return start, stop


def _ticks(info: VideoInfo, numbers: NumberedFrames, seconds: float) -> int:
    """A time from the film's start as a time of presentation."""
    return numbers.pts(0) + round(Fraction(seconds).limit_denominator(10**6) / info.time_base)
