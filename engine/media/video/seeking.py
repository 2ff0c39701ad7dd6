"""A range of a film's frames, read without those before, exactly as a reading of the whole.

Seeking is a promise that containers and codecs keep badly: an index may be absent or wrong, and
frames behind a key frame may refer to what lies before it. So every frame is checked against the
film's index, and where it is not the one that is wanted, decoding begins anew from further back, at
last from the beginning.
"""

from __future__ import annotations

from collections.abc import Generator, Iterator
from contextlib import closing, suppress

import av
from av.error import FFmpegError

from kinemacolor.engine.errors import MediaError
from kinemacolor.engine.media.provenance.source import state_of_file
from kinemacolor.engine.media.video.careful_decoding import CarefulDecoder, Frame
from kinemacolor.engine.media.video.damaged_range import read_damaged_range, read_from_beginning
from kinemacolor.engine.media.video.frame_samples import LumaExtractor
from kinemacolor.engine.media.video.index import FilmIndex, luma_crc32
from kinemacolor.engine.media.video.probe import VideoInfo, open_film, video_stream
from kinemacolor.engine.media.video.reader import SALVAGE, DecodedFrame, FilmReader
from kinemacolor.engine.media.video.seek_attempts import read_by_seeking
from kinemacolor.engine.media.video.watched_decoding import SuspicionError, decode_watched

# Frames before the first wanted one to which it is sought, one attempt after the other.
_SEEK_BACK = (0, 64, 512, 4096)


def read_range(
    info: VideoInfo, index: FilmIndex, start: int, stop: int, *, salvage: bool = False
) -> Generator[DecodedFrame, None, None]:
    """The frames `start` to `stop` (excluded) of a film.

    Args:
        index: of the film, by `index_film`.
        salvage: as `read_frames` has it, and as the index was made.

    Raises:
        MediaError: the film is not the one that the index is of, or its damage makes it decode
            differently each time and `salvage` is off.
    """
    if salvage and (index.damaged or index.missing):
        yield from read_damaged_range(info, index, start, stop)
        return
    number = yield from read_by_seeking(
        index,
        start,
        stop,
        _SEEK_BACK,
        lambda number, seek_pts: _read_from(info, index, number, stop, seek_pts),
    )
    if number == stop:
        return
    unchanged = state_of_file(info.path) == index.source
    if salvage and unchanged:
        yield from read_from_beginning(info, index, number, stop)
        return
    with closing(FilmReader(info, salvage=salvage)) as whole:
        for frame in whole:
            if frame.index < number:
                continue
            if luma_crc32(frame.luma) != index.luma_crc32[number - index.first]:
                break
            yield frame
            number += 1
            if number == stop:
                return
    if unchanged:
        # Where a decoder leaves a part out without a word, it shows what its memory held before.
        problem = f"is damaged: frame {number:,} decodes differently each time"
        raise MediaError(info.path, problem, SALVAGE)
    raise MediaError(info.path, "has changed since the job began", "run the same command again")


def _read_from(
    info: VideoInfo, index: FilmIndex, start: int, stop: int, seek_pts: int
) -> Iterator[DecodedFrame]:
    """Frames from `start` on, as far as decoding from `seek_pts` gives those of the index."""
    extractor = LumaExtractor(info.pix_fmt, info.path)
    number, first = start, index.first
    with closing(_decode_trusting(info, seek_pts)) as av_frames:
        for av_frame in av_frames:
            if number == start and av_frame.pts != index.source_pts[number - first]:
                if av_frame.pts is None or av_frame.pts > (index.source_pts[number - first] or 0):
                    return
                continue
            luma = extractor.extract(av_frame)
            if luma_crc32(luma) != index.luma_crc32[number - first]:
                return
            yield DecodedFrame(
                number,
                index.pts[number - first],
                index.durations[number - first],
                luma,
                av_frame.interlaced_frame,
                av_frame,
            )
            number += 1
            if number == stop:
                return


def _decode_trusting(info: VideoInfo, seek_pts: int) -> Generator[av.VideoFrame, None, None]:
    """Frames of a film that was found to be whole: who takes them checks them."""
    with open_film(info.path) as film:
        video = video_stream(film, info)
        video.codec_context.thread_type = "AUTO"
        try:
            film.seek(seek_pts, stream=video)
            for packet in film.demux(video):
                yield from video.decode(packet)
        except FFmpegError:
            return  # reading from the beginning tells what it is
        finally:
            video.codec_context.flush_buffers()  # as `listening` demands


def decode_from(info: VideoInfo, seek_pts: int, salvage: bool) -> Generator[Frame, None, None]:
    """Frames from the key frame at or before `seek_pts` on, and whether they are damaged.

    There are fewer where there is trouble, unless the film is salvaged.

    Args:
        info: of the film.
        seek_pts: a time of presentation, in the film's time base.
        salvage: as `read_frames` has it.
    """
    if salvage:
        yield from CarefulDecoder(info, seek_pts).frames()
        return
    with suppress(SuspicionError), closing(decode_watched(info, seek_pts)) as av_frames:
        for av_frame in av_frames:  # behind trouble, reading from the beginning tells what it is
            yield av_frame, False
