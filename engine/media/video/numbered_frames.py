"""A film's frames by number, at a cost that does not grow with its length.

Packets number the frames exactly, and reading them takes a second for a gigabyte. In larger files,
and in long films whose packets tell no times, frames are numbered by their times and the rate that
the film states: exact where that is constant.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Generator, Iterable, Iterator
from contextlib import closing
from fractions import Fraction
from itertools import chain

import av

from kinemacolor.engine.media.video.frame_samples import LumaExtractor
from kinemacolor.engine.media.video.frame_times import FrameTimes, frame_times, read_numbered
from kinemacolor.engine.media.video.probe import VideoInfo
from kinemacolor.engine.media.video.reader import DecodedFrame, read_frames
from kinemacolor.engine.media.video.seeking import decode_from

LARGE = 1 << 30  # bytes, from which on packets are not read
_SHORT = 500_000_000  # luma pixels of all frames
_SEEK_BACK = (0, 64, 512)  # frames, one attempt after the other


class NumberedFrames:
    """The frames of a film, numbered from 0.

    Args:
        info: of the film.
        salvage: as `read_frames` has it.
        exact: whatever it costs, number the frames as decoding the whole film does.

    Attributes:
        count: frames of the film; stated, where they are numbered by rate.
        keyframes: numbers at which decoding can begin, rising; empty where they are not known.
        exact: the numbers are those that decoding the whole film gives.

    Raises:
        MediaError: the file is cut short and `salvage` is off, or it cannot be read.
    """

    def __init__(self, info: VideoInfo, *, salvage: bool = False, exact: bool = False) -> None:
        read_frames(info, salvage=salvage).close()  # a job would refuse what is cut short
        self._info, self._salvage = info, salvage
        self._times: FrameTimes | None = None
        stated = info.frames if info.rate and not exact else None
        small = info.path.stat().st_size < LARGE
        if stated is None or small:
            self._times = frame_times(info)
        self._seekable = self._times is not None
        if not self._seekable and (stated is None or (small and _is_short(info))):
            self._times = _decoded_times(info, salvage)
        self.exact = self._times is not None
        self.count, self.keyframes = stated or 0, []
        if self._times is not None:
            self.count, self.keyframes = len(self._times), self._times.keyframes

    def pts(self, number: int) -> int:
        """When a frame is shown, in the film's time base; estimated where not `exact`."""
        if self._times is not None:
            return self._times.pts[number]
        return self._info.start + round(number * self._period)

    def number_at(self, pts: float) -> int:
        """The number of the frame that is shown at a time; 0 before the first."""
        if self._times is not None:
            return self._times.number_at(pts)
        return min(max(0, round(Fraction(pts - self._info.start) / self._period)), self.count - 1)

    def seconds(self, number: int) -> Fraction:
        """When a frame is shown, in seconds from the film's first."""
        return (self.pts(number) - self.pts(0)) * self._info.time_base

    def keyframe_before(self, number: int) -> int:
        """The frame from which decoding begins for another; that one itself where not known."""
        place = bisect_right(self.keyframes, number)
        return self.keyframes[place - 1] if place else (0 if self.exact else number)

    def read(self, start: int, stop: int) -> Generator[DecodedFrame, None, None]:
        """The frames `start` to `stop` (excluded); fewer where the film ends before.

        Raises:
            MediaError: the film cannot be decoded.
        """
        if self._times is None:
            return self._read_by_rate(start, stop)
        times = self._times if self._seekable else None
        return read_numbered(self._info, times, start, stop, salvage=self._salvage)

    @property
    def _period(self) -> Fraction:
        """Ticks from a frame to the next."""
        assert self._info.rate
        return 1 / self._info.rate / self._info.time_base

    def _read_by_rate(self, start: int, stop: int) -> Generator[DecodedFrame, None, None]:
        extractor = LumaExtractor(self._info.pix_fmt, self._info.path)
        for back in _SEEK_BACK:
            seek = self.pts(max(0, start - back))
            with closing(decode_from(self._info, seek, self._salvage)) as frames:
                numbered = self._numbered(av_frame for av_frame, _ in frames)
                first = next((item for item in numbered if item[0] >= start), None)
                if first is None:
                    return
                if first[0] > start and back != _SEEK_BACK[-1]:
                    continue  # sought too far
                for number, av_frame in chain([first], numbered):
                    if number >= stop:
                        return
                    at = shown_at(av_frame)
                    yield DecodedFrame(
                        number,
                        self.pts(number) if at is None else at,
                        av_frame.duration or round(self._period),
                        extractor.extract(av_frame),
                        av_frame.interlaced_frame,
                        av_frame,
                    )
                return

    def _numbered(self, av_frames: Iterable[av.VideoFrame]) -> Iterator[tuple[int, av.VideoFrame]]:
        """Frames with their numbers, which rise whatever their times are."""
        number = -1
        for av_frame in av_frames:
            at = shown_at(av_frame)
            number = number + 1 if at is None else max(number + 1, self.number_at(at))
            yield number, av_frame


def shown_at(av_frame: av.VideoFrame) -> int | None:
    """When a decoded frame is shown, as far as its container tells."""
    return av_frame.dts if av_frame.pts is None else av_frame.pts


def _is_short(info: VideoInfo) -> bool:
    """Whether decoding the whole film takes seconds."""
    return (info.frames or 0) * info.width * info.height <= _SHORT


def _decoded_times(info: VideoInfo, salvage: bool) -> FrameTimes:
    """The times that decoding the whole film gives."""
    with closing(read_frames(info, salvage=salvage)) as frames:
        return FrameTimes([frame.pts for frame in frames], [])
