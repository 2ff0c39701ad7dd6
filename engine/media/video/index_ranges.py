"""Ranges of a film that can be indexed side by side, each from a key frame to the next range's.

Packets tell, without decoding, where key frames are and how many frames are shown before each. A
film of whose packets anything is unusual has no ranges, and is read from its beginning to its end.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Generator
from contextlib import closing, suppress

from av.error import FFmpegError

from kinemacolor.engine.media.index_range import RANGE_FRAMES, IndexRange
from kinemacolor.engine.media.video.frame_clock import states_presentation
from kinemacolor.engine.media.video.frame_samples import LumaExtractor
from kinemacolor.engine.media.video.joined_takes import Takes, find_takes
from kinemacolor.engine.media.video.packet_faults import TINY
from kinemacolor.engine.media.video.picture_packets import (
    PacketCount,
    gaps_of,
    is_empty,
    shows_picture,
)
from kinemacolor.engine.media.video.probe import VideoInfo, open_film, video_stream
from kinemacolor.engine.media.video.reader import DecodedFrame
from kinemacolor.engine.media.video.recordings import ONE_RECORDING, recordings_in
from kinemacolor.engine.media.video.truncation import is_cut_short
from kinemacolor.engine.media.video.watched_decoding import SuspicionError, decode_watched


class RangeError(Exception):
    """A range does not decode to the frames that its packets promise."""


def plan_ranges(info: VideoInfo, frames: int = RANGE_FRAMES) -> list[IndexRange]:
    """Cut a film at key frames.

    Args:
        info: of the film; its packets are read, but not decoded.
        frames: that a range has at least, but for the last, which may have half of it.

    Returns:
        The ranges, in order; none where there would be a single one, or where the packets do not
        tell surely which frames there are.
    """
    found = _shown_and_keys(info)
    if found is None:
        return []
    shown, keys = found
    cuts = [0]
    for key in sorted(keys):
        number = bisect_left(shown, key)
        if number >= cuts[-1] + frames and len(shown) - number >= frames / 2:
            cuts.append(number)
    if len(cuts) == 1:
        return []
    begins = [shown[cut] for cut in cuts]
    stops, ends = [*cuts[1:], len(shown)], [*begins[1:], None]
    decoded = [keys[time] for time in begins]
    return [IndexRange(*each) for each in zip(cuts, stops, begins, ends, decoded, strict=True)]


def read_index_range(info: VideoInfo, part: IndexRange) -> Generator[DecodedFrame, None, None]:
    """The frames of a range; `pts` are as the source states them.

    Args:
        info: of the film.
        part: of it, by `plan_ranges`.

    Raises:
        RangeError: they are not as the packets promise, or something tells of damage: only a
            reading of the whole film says more.
    """
    attempts: tuple[int | None, ...] = (part.begins, part.decoded) if part.first else (None,)
    number = part.first
    for seek_pts in attempts:
        with suppress(SuspicionError), closing(_frames_of(info, part, seek_pts)) as frames:
            for frame in frames:
                yield frame
                number += 1
        if number > part.first:  # it was found
            break
    if number != part.stop:
        raise RangeError


def _frames_of(
    info: VideoInfo, part: IndexRange, seek_pts: int | None
) -> Generator[DecodedFrame, None, None]:
    """Frames of a range, as far as they come; none where it is sought in vain."""
    extractor, number = LumaExtractor(info.pix_fmt, info.path), part.first
    with closing(decode_watched(info, seek_pts)) as av_frames:
        for av_frame in av_frames:
            pts = av_frame.pts
            if pts is None:
                return
            if number == part.first and pts != part.begins:
                if pts > part.begins:
                    return
                continue  # of the range before: decoded behind the key frame, or sought too early
            if part.ends is not None and pts >= part.ends:
                if pts > part.ends:
                    raise SuspicionError
                return
            yield DecodedFrame(
                number,
                pts,
                av_frame.duration,
                extractor.extract(av_frame),
                av_frame.interlaced_frame,
                av_frame,
            )
            number += 1


def _shown_and_keys(info: VideoInfo) -> tuple[list[int], dict[int, int]] | None:
    """When frames are shown, rising, and which of these are key frames, with times of decoding.

    None where anything is unusual.
    """
    if is_cut_short(info.path) or recordings_in(info.path) != ONE_RECORDING:
        return None
    shown: list[int] = []
    keys: dict[int, int] = {}
    with open_film(info.path) as film:
        video = video_stream(film, info)
        if not states_presentation(film, video):
            return None
        count, codec = PacketCount(film, video), video.codec_context.name
        try:
            for packet in film.demux(video):
                count.add(packet)
                if packet.is_corrupt or is_empty(packet):
                    return None
                if not packet.size:  # the last, which ends the film
                    continue
                # Tiny ones are mostly shown: still pictures. Where not, their range tells.
                shows = packet.size <= TINY or shows_picture(codec, packet)
                if packet.pts is None or packet.is_discard or not shows:
                    return None
                shown.append(packet.pts)
                if packet.is_keyframe:
                    keys[packet.pts] = packet.pts if packet.dts is None else packet.dts
        except FFmpegError:
            return None
        if count.missing or gaps_of(film, video):
            return None
    shown.sort()
    is_plain = bool(shown) and shown[0] in keys and len(set(shown)) == len(shown)
    return (shown, keys) if is_plain and find_takes(info) == Takes() else None
