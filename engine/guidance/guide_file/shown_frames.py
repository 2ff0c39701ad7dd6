"""The frames of a film as a guide names them: by number, or by a time at which they are shown."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass

from kinemacolor.engine.times import parse_time
from kinemacolor.models.errors import KinemacolorError


@dataclass(frozen=True)
class ShownFrames:
    """Frames of a film, or of an excerpt of it.

    Args:
        times: when each is shown, in seconds from the film's start, rising; empty where unknown.
        first: number of the first of them.
        is_whole: they are all of the film's.
    """

    times: Sequence[float] = ()
    first: int = 0
    is_whole: bool = True

    @property
    def stop(self) -> int:
        """The number behind that of the last."""
        return self.first + len(self.times)

    @property
    def end(self) -> float:
        """When the last has been shown, in seconds."""
        count = len(self.times)
        period = (self.times[-1] - self.times[0]) / (count - 1) if count > 1 else 1.0
        return self.times[-1] + period

    def number(self, frame: int | str, where: str) -> int | None:
        """The number of a frame; None where it is outside of what is known here.

        Args:
            frame: its number, or a time as text.
            where: of the guide, for the error.

        Raises:
            KinemacolorError: it is no time, or beyond the film's end.
        """
        if isinstance(frame, int):
            if self.first <= frame < self.stop:
                return frame
            if self.times and self.is_whole:
                problem = f"frame {frame} is beyond the end of a film of {self.stop:,} frames"
                raise KinemacolorError(where, problem, f"use 0 to {self.stop - 1}")
            return None
        try:
            seconds = parse_time(frame)
        except ValueError as error:
            raise KinemacolorError(where, str(error)) from None
        if not self.times:
            return None
        if seconds >= self.end and self.is_whole:
            problem = f"{frame} is beyond the end of a film of {self.end:.2f} s"
            raise KinemacolorError(where, problem, f"give a time before {self.end:.2f} s")
        if not self.is_whole and not self.times[0] <= seconds < self.end:
            return None
        # A time that was rounded down to a thousandth still means its frame.
        return self.first + max(0, bisect_right(self.times, seconds + 0.0005) - 1)
