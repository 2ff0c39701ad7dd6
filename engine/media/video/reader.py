"""A film's frames in order: the luma plane as it was decoded, at its exact time."""

from __future__ import annotations

from collections.abc import Generator, Iterator
from contextlib import closing, suppress
from dataclasses import dataclass, replace
from itertools import islice

import av
import numpy as np
from av.error import FFmpegError

from kinemacolor.engine.errors import MediaError
from kinemacolor.engine.media.video.careful_decoding import CarefulDecoder, Frame, survey
from kinemacolor.engine.media.video.damage import Damage
from kinemacolor.engine.media.video.frame_clock import FrameClock
from kinemacolor.engine.media.video.frame_samples import LumaExtractor
from kinemacolor.engine.media.video.probe import VideoInfo, open_film, video_stream
from kinemacolor.engine.media.video.recordings import ONE_RECORDING, Recordings, recordings_in
from kinemacolor.engine.media.video.truncation import is_cut_short
from kinemacolor.engine.media.video.watched_decoding import SuspicionError, decode_watched

SALVAGE = "--salvage keeps what can be decoded"


@dataclass
class DecodedFrame:
    """One frame of a film.

    Args:
        index: 0 for the film's first.
        pts, duration: in the film's time base.
        luma: (height, width), contiguous; uint8, or uint16 where the depth is over 8 bits; the
            decoder's code values.
        interlaced: this frame consists of two fields.
        av_frame: PyAV's frame, which the encoder needs for its alpha, its field order and its
            captions. Not to be changed.
        damaged: the source is, here or in what the frame builds on; another decoding may mend it
            otherwise.
    """

    index: int
    pts: int
    duration: int
    luma: np.ndarray
    interlaced: bool
    av_frame: av.VideoFrame
    damaged: bool = False


class FilmReader(Iterator[DecodedFrame]):
    """A film's frames in the order of their presentation.

    Args:
        info: of the film.
        salvage: give what can be decoded of a damaged film, instead of raising.
        recordings: that the file holds.
        promised: frames, by its container, of a file that ends before that says; None elsewhere.
    """

    def __init__(
        self,
        info: VideoInfo,
        *,
        salvage: bool,
        recordings: Recordings = ONE_RECORDING,
        promised: int | None = None,
    ) -> None:
        self._info = info
        self._clock: FrameClock | None = None
        self._salvage = salvage
        self._recordings = recordings
        self._promised = promised
        self._count = 0
        self._careful: CarefulDecoder | None = None
        self._luma = LumaExtractor(info.pix_fmt, info.path)
        self._frames = self._read()

    def __iter__(self) -> FilmReader:
        return self

    def __next__(self) -> DecodedFrame:
        """The next frame.

        Raises:
            MediaError: the film is damaged and `salvage` is off, or it changes in size or format.
        """
        return next(self._frames)

    def close(self) -> None:
        """Stop reading and close the file."""
        self._frames.close()

    @property
    def damage(self) -> Damage:
        """What a damaged film has suffered, once it is read."""
        damage = self._careful.damage if self._careful else Damage()
        if self._promised is None:
            return damage
        told = max(0, self._promised - self._count - len(damage.lost))
        return replace(damage, unnamed=max(told, damage.unnamed), cut_off=True)

    @property
    def missing(self) -> int:
        """Frames, as far as one can know, that a damaged film has lost; once it is read."""
        return self.damage.missing

    @property
    def notes(self) -> tuple[str, ...]:
        """What a user should be told of the film, once it is read."""
        of_times = self._clock.notes if self._clock else ()
        return (*self.damage.notes, *self._recordings.notes, *of_times)

    def _read(self) -> Generator[DecodedFrame, None, None]:
        info = self._info
        self._clock = FrameClock(info)
        for av_frame, damaged in self._decode():
            yield DecodedFrame(
                self._count,
                *self._clock.show(av_frame.pts, av_frame.dts, av_frame.duration),
                self._luma.extract(av_frame),
                av_frame.interlaced_frame,
                av_frame,
                damaged,
            )
            self._count += 1

    def _decode(self) -> Iterator[Frame]:
        if self._salvage:
            yield from self._decode_carefully()
            return
        given = 0
        try:
            with closing(decode_watched(self._info)) as av_frames:
                for av_frame in av_frames:
                    given += 1
                    yield av_frame, False
        except SuspicionError:
            if damage := survey(self._info):
                problem = "; ".join(damage.lines)
                raise MediaError(self._info.path, f"is damaged: {problem}", SALVAGE) from None
            yield from islice(self._decode_carefully(), given, None)

    def _decode_carefully(self) -> Iterator[Frame]:
        self._careful = CarefulDecoder(self._info)
        return self._careful.frames()


def read_frames(info: VideoInfo, *, salvage: bool = False) -> FilmReader:
    """Start reading a film.

    Args:
        salvage: keep what can be decoded of a damaged film; `FilmReader.missing` counts the rest.

    Raises:
        MediaError: the file is cut short or holds several recordings (now), or a frame cannot be
            decoded (while reading), and `salvage` is off; recordings that nobody can read.
    """
    recordings = recordings_in(info.path)
    recordings.check(info.path, salvage=salvage)
    if not is_cut_short(info.path):
        return FilmReader(info, salvage=salvage, recordings=recordings)
    left, empty = _count_packets(info)
    promised = max(0, (info.frames or 0) - empty)
    if not salvage:
        whole = f" of {promised}" if promised > left else ""
        raise MediaError(info.path, f"is cut short: {left}{whole} frames are left", SALVAGE)
    return FilmReader(info, salvage=salvage, recordings=recordings, promised=promised)


def _count_packets(info: VideoInfo) -> tuple[int, int]:
    """Packets of pictures in the file, and the empty ones, which AVI counts among its frames."""
    count = slots = 0
    with open_film(info.path) as film:
        is_avi = film.format.name == "avi"
        with suppress(FFmpegError):
            for packet in film.demux(video_stream(film, info)):
                count += bool(packet.size)
                if is_avi and packet.dts is not None:
                    slots = packet.dts + 1
    return count, max(0, slots - count)
