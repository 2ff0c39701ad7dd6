"""A range of a damaged film's frames, as many as its index has, and at the same times.

Decoders mend damage from what they have decoded before, so a damaged frame comes out otherwise from
one starting point than from another: it is known by its number and its time, the others by their
content as well. Decoding is careful, and begins where the range and the index say, so that the same
range has the same frames every time.
"""

from __future__ import annotations

from collections.abc import Generator, Iterator
from contextlib import closing
from dataclasses import replace

from kinemacolor.engine.errors import MediaError
from kinemacolor.engine.media.video.careful_decoding import CarefulDecoder
from kinemacolor.engine.media.video.frame_samples import LumaExtractor
from kinemacolor.engine.media.video.index import FilmIndex, luma_crc32
from kinemacolor.engine.media.video.probe import VideoInfo
from kinemacolor.engine.media.video.reader import DecodedFrame, FilmReader
from kinemacolor.engine.media.video.seek_attempts import read_by_seeking

# Frames before the first wanted one to which it is sought, one attempt after the other.
_SEEK_BACK = (0, 64, 512)


def read_damaged_range(
    info: VideoInfo, index: FilmIndex, start: int, stop: int
) -> Generator[DecodedFrame, None, None]:
    """The frames `start` to `stop` (excluded) of a film that is salvaged.

    Args:
        info: of the film.
        index: of the film, by `index_film` with salvage.
        start, stop: numbers of frames.

    Raises:
        MediaError: nothing of the film can be decoded any more.
    """
    number = yield from read_by_seeking(
        index,
        start,
        stop,
        _SEEK_BACK,
        lambda number, seek_pts: _attempt(info, index, number, stop, seek_pts),
    )
    if number < stop:
        yield from read_from_beginning(info, index, number, stop)


def _attempt(
    info: VideoInfo, index: FilmIndex, start: int, stop: int, seek_pts: int
) -> Iterator[DecodedFrame]:
    """Frames from `start` on, as far as they come as the index has them."""
    extractor = LumaExtractor(info.pix_fmt, info.path)
    damaged = frozenset(index.damaged)
    number, first = start, index.first
    with closing(CarefulDecoder(info, seek_pts).frames()) as frames:
        for av_frame, _ in frames:
            due = index.source_pts[number - first]
            if av_frame.pts is None or due is None or av_frame.pts > due:
                return
            if av_frame.pts < due:
                continue
            luma = extractor.extract(av_frame)
            mended = number in damaged
            if not mended and luma_crc32(luma) != index.luma_crc32[number - first]:
                return
            times = index.pts[number - first], index.durations[number - first]
            yield DecodedFrame(
                number, *times, luma, av_frame.interlaced_frame, av_frame, damaged=mended
            )
            number += 1
            if number == stop:
                return


def read_from_beginning(
    info: VideoInfo, index: FilmIndex, start: int, stop: int
) -> Iterator[DecodedFrame]:
    """Frames by their numbers alone; the last one again where a decoder gives fewer this time.

    Those that are not as the index has them are damaged, though no decoder may say so.
    """
    number, last = start, None
    with closing(FilmReader(info, salvage=True)) as whole:
        for frame in whole:
            last = frame
            if frame.index < number:
                continue
            frame.damaged |= luma_crc32(frame.luma) != index.luma_crc32[number - index.first]
            yield frame
            number += 1
            if number == stop:
                return
    if last is None:
        raise MediaError(info.path, "not one of its frames could be decoded")
    for again in range(number, stop):
        pts = index.pts[again - index.first]
        yield replace(last, index=again, pts=pts, duration=info.frame_period)
