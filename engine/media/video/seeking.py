"""Reads some frames of a film without those before, exactly as a reading of the whole gives them.

Seeking is a promise that containers and codecs keep badly: an index may be absent or wrong, and
frames behind a key frame may refer to what lies before it. So every frame is held against the
film's index, and where it is not the one that is wanted, decoding begins anew from further back, at
last from the beginning.
"""

from __future__ import annotations

from collections.abc import Generator, Iterator
from contextlib import closing
from typing import Any

from av.error import FFmpegError

from kinemacolor.engine.errors import MediaError
from kinemacolor.engine.media.video.index import FilmIndex, check
from kinemacolor.engine.media.video.probe import FilmInfo, open_film
from kinemacolor.engine.media.video.reader import FilmReader, Frame, LumaReader, decoder_threads

_BACK = (0, 64, 512, 4096)  # frames before the first wanted one at which decoding begins, in turn


def read_part(
    info: FilmInfo, index: FilmIndex, start: int, stop: int, *, salvage: bool = False
) -> Generator[Frame, None, None]:
    """The frames `start` to `stop` (excluded) of a film.

    Raises:
        MediaError: the film is not the one that the index is of.
    """
    at = start
    for back in _BACK if start else ():
        place = index.stated[max(0, at - back)]
        if at == stop or place is None:
            break
        for frame in _sought(info, index, at, stop, place, salvage):
            yield frame
            at += 1
    if at == stop:
        return
    with closing(FilmReader(info, salvage=salvage, cut_short=False)) as whole:
        for frame in whole:
            if frame.index < at:
                continue
            if check(frame.luma) != index.checks[at]:
                break
            yield frame
            at += 1
            if at == stop:
                return
    raise MediaError(info.path, "has changed since the job began", "run the same command again")


def _sought(
    info: FilmInfo, index: FilmIndex, at: int, stop: int, place: int, salvage: bool
) -> Iterator[Frame]:
    """Frames from `at` on, as far as decoding from `place` gives those of the index."""
    luma_of = LumaReader(info)
    first = at
    with closing(_pictures_from(info, place, salvage)) as pictures:
        for picture in pictures:
            if at == first and picture.pts != index.stated[at]:
                if picture.pts is None or picture.pts > (index.stated[at] or 0):
                    return
                continue
            luma = luma_of.read(picture)
            if check(luma) != index.checks[at]:
                return
            time, duration = index.times[at], index.durations[at]
            yield Frame(at, time, duration, luma, picture.interlaced_frame, picture)
            at += 1
            if at == stop:
                return


def _pictures_from(info: FilmInfo, place: int, salvage: bool) -> Generator[Any, None, None]:
    """Pictures from the key frame at or before `place` on; fewer where there is trouble."""
    with open_film(info.path) as film:
        video: Any = film.streams[info.stream]
        video.codec_context.thread_type = decoder_threads(salvage)
        try:
            film.seek(place, stream=video)
            for packet in film.demux(video):
                yield from video.decode(packet)
        except FFmpegError:
            return  # reading from the beginning tells what it is
