"""Times of a constant rate, out of a source that has rounded them to milliseconds.

Matroska, FLV and ASF count milliseconds: a film of 24 frames a second has frames of 41 and of 42.
In a container that can count finer, these would look like a varying rate.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from math import lcm

from av.error import FFmpegError

from kinemacolor.engine.media.video.probe import VideoInfo, open_film, video_stream

_MILLISECOND = Fraction(1, 1000)
_NEAR = Fraction(3, 1000)  # how far, in proportion, a measured rate may be from one in use
_LEAST_TICKS = 4  # in a period: with fewer, every time would seem to be on the grid
_RATES = (
    *(Fraction(rate) for rate in (12, 15, 16, 18, 20, 24, 25, 30, 48, 50, 60)),
    *(Fraction(1000 * rate, 1001) for rate in (12, 15, 24, 30, 48, 60)),
)


@dataclass(frozen=True)
class RateGrid:
    """The times at which a constant rate shows frames.

    Args:
        period: from a frame to the next, in seconds.
        start: when the first is shown, in ticks of `rounded`.
        rounded: seconds of a tick of the source.
    """

    period: Fraction
    start: int
    rounded: Fraction

    @property
    def time_base(self) -> Fraction:
        """Seconds of the longest tick that holds these times and the source's own."""
        return Fraction(1, lcm(self.period.denominator, self.rounded.denominator))

    def ticks(self, time: int) -> int:
        """A time of the source in ticks of `time_base`: on the grid, unless it is not of it."""
        apart = (time - self.start) * self.rounded
        exact = round(apart / self.period) * self.period
        if not self.holds(time):
            exact = apart
        return round((self.start * self.rounded + exact) / self.time_base)

    def holds(self, time: int) -> bool:
        """Whether a time of the source is one of the grid's, but for rounding."""
        apart = (time - self.start) * self.rounded
        exact = round(apart / self.period) * self.period
        return abs(exact - apart) <= self.rounded  # half of it for this time, half for the start


def rate_grid(info: VideoInfo) -> RateGrid | None:
    """The grid that all frames of a film are on; None where there is none, or it is told exactly.

    Args:
        info: of the film; its packets are read where it may have such a grid.
    """
    if info.rate is None or info.time_base < _MILLISECOND:
        return None
    stated = info.rate
    rates = [stated, *(rate for rate in _RATES if 0 < abs(rate - stated) <= rate * _NEAR)]
    periods = [1 / rate for rate in rates]
    grids = [
        RateGrid(period, info.start, info.time_base)
        for period in periods
        if period % info.time_base and period >= _LEAST_TICKS * info.time_base
    ]
    if not grids:
        return None
    with open_film(info.path) as film:
        try:
            for packet in film.demux(video_stream(film, info)):
                if packet.pts is not None and not packet.is_discard:
                    grids = [grid for grid in grids if grid.holds(packet.pts)]
                if not grids:
                    return None
        except FFmpegError:
            pass  # decoding tells what it is
    return grids[0]
