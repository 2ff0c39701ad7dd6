"""The frames of a film by number, from its packets alone: some are read without those before.

A container's packets tell when every frame is shown; sorted, these times number the frames as a
decoding of the whole film does. Where they do not tell, or a decoded frame has another time than
they say, the film is decoded from its beginning: slow, and right.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Generator, Iterator
from contextlib import closing
from dataclasses import dataclass

from av.error import FFmpegError

from kinemacolor.engine.media.video.frame_clock import states_presentation
from kinemacolor.engine.media.video.frame_samples import LumaExtractor
from kinemacolor.engine.media.video.probe import VideoInfo, open_film, video_stream
from kinemacolor.engine.media.video.reader import DecodedFrame, FilmReader
from kinemacolor.engine.media.video.seeking import decode_from

_SEEK_BACK = (0, 64, 512)  # frames, one attempt after the other, as `seeking` has them


@dataclass(frozen=True)
class FrameTimes:
    """When each frame of a film is shown.

    Args:
        pts: of every frame, in the film's time base, rising.
        keyframes: numbers of the frames at which decoding can begin, rising.
    """

    pts: list[int]
    keyframes: list[int]

    def __len__(self) -> int:
        return len(self.pts)

    def number_at(self, pts: float) -> int:
        """The number of the frame that is shown at a time; 0 before the first."""
        return max(0, bisect_right(self.pts, pts) - 1)


def frame_times(info: VideoInfo) -> FrameTimes | None:
    """Read a film's packets without decoding them; None where they do not tell every time.

    Args:
        info: of the film.
    """
    shown: list[tuple[int, bool]] = []
    decoded: int | None = None  # when the last was
    with open_film(info.path) as film:
        if not states_presentation(film, video_stream(film, info)):
            return None
        try:
            for packet in film.demux(video_stream(film, info)):
                if packet.size == 0 or packet.is_discard:  # the end; before an edit list's start
                    continue
                fallen = decoded is not None and packet.dts is not None and packet.dts < decoded
                if packet.pts is None or fallen:  # joined recordings each have times of their own
                    return None
                decoded = packet.dts
                shown.append((packet.pts, packet.is_keyframe))
        except FFmpegError:
            return None  # decoding the film tells what it is
    shown.sort()
    pts = [at for at, _ in shown]
    if not pts or len(set(pts)) < len(pts):
        return None
    return FrameTimes(pts, [number for number, (_, key) in enumerate(shown) if key])


def read_numbered(
    info: VideoInfo, times: FrameTimes | None, start: int, stop: int, *, salvage: bool = False
) -> Generator[DecodedFrame, None, None]:
    """The frames `start` to `stop` (excluded) of a film; fewer where it ends before.

    Args:
        info: of the film.
        times: by `frame_times`; None reads from the beginning.
        start, stop: numbers from 0.
        salvage: as `read_frames` has it.

    Raises:
        MediaError: the film cannot be decoded.
    """
    number = start
    for back in _SEEK_BACK if times is not None and 0 < start < len(times) else ():
        assert times is not None
        for frame in _read_from(info, times, number, stop, max(0, number - back), salvage):
            yield frame
            number += 1
        if number >= min(stop, len(times)):
            return
    with closing(FilmReader(info, salvage=salvage)) as whole:
        for frame in whole:
            if number <= frame.index < stop:
                yield frame
            if frame.index + 1 >= stop:
                return


def _read_from(
    info: VideoInfo, times: FrameTimes, start: int, stop: int, seek: int, salvage: bool
) -> Iterator[DecodedFrame]:
    """Frames from `start` on, as far as decoding from `seek` gives whole ones at their times."""
    extractor = LumaExtractor(info.pix_fmt, info.path)
    number = start
    with closing(decode_from(info, times.pts[seek], salvage)) as frames:
        for av_frame, damaged in frames:
            if number == start and av_frame.pts != times.pts[number]:
                if av_frame.pts is None or av_frame.pts > times.pts[number]:
                    return
                continue
            if av_frame.pts != times.pts[number]:
                return
            after = times.pts[number + 1 : number + 2] or [times.pts[number] + info.frame_period]
            yield DecodedFrame(
                number,
                times.pts[number],
                av_frame.duration or after[0] - times.pts[number],
                extractor.extract(av_frame),
                av_frame.interlaced_frame,
                av_frame,
                damaged,
            )
            number += 1
            if number >= min(stop, len(times)):
                return
