"""Gaps between the frames of a film whose times are even elsewhere.

Matroska, streams and FLV number nothing: where a recorder or a repair has left out a part, the
times alone show that something is not there. They may as well be meant so, hence a note, and no
damage.
"""

from __future__ import annotations

from kinemacolor.engine.media.video.probe import VideoInfo

NUMBERLESS = ("mpegts", "mpeg", "flv", "matroska,webm")  # as FFmpeg has them
_WIDE = 1.5  # periods from which on an interval is a gap
_MOST = 3  # gaps; a film with more has a varying rate
_LEAST = 24  # intervals by which to tell that times are even


class TimeGaps:
    """Looks at the times of a film's frames, one after another.

    Args:
        info: of the film.
        looks: whether it is of a container that numbers nothing.
    """

    def __init__(self, info: VideoInfo, *, looks: bool) -> None:
        self._info = info
        self._looks = looks and info.frame_period > 0
        self._before: tuple[int, int] | None = None  # time and duration of the last frame
        self._even = 0
        self._gaps: list[tuple[int, int]] = []  # where they begin and end

    def add(self, time: int, duration: int) -> None:
        """The next frame, in the film's time base."""
        period, before = self._info.frame_period, self._before
        self._before = time, duration
        if not self._looks or before is None:
            return
        interval = time - before[0]
        if abs(interval - period) <= max(1, period / 10):
            self._even += 1
        elif interval >= _WIDE * period and before[1] < interval - period / 2:
            self._gaps.append((before[0] + period, time))
            self._looks = len(self._gaps) <= _MOST
        else:
            self._looks = False

    @property
    def notes(self) -> tuple[str, ...]:
        """What a user should know of them, a line."""
        if not (self._looks and self._gaps and self._even >= _LEAST):
            return ()
        base, start = self._info.time_base, self._info.start
        places = ", ".join(
            f"{float((begin - start) * base):.3f} to {float((end - start) * base):.3f} s"
            for begin, end in self._gaps
        )
        return (f"nothing is shown anew from {places}: frames may be missing in the source",)
