"""The shots of a film, roughly: of a short one all frames are looked at, of a long one a few."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Iterator
from contextlib import closing
from itertools import islice

import av
import numpy as np
from av.error import FFmpegError

from kinemacolor.engine.color.planes import halved, resize_plane
from kinemacolor.engine.concurrency import prefetch
from kinemacolor.engine.media.video.frame_samples import LumaExtractor
from kinemacolor.engine.media.video.numbered_frames import NumberedFrames, shown_at
from kinemacolor.engine.media.video.probe import VideoInfo, open_film, video_stream
from kinemacolor.engine.motion.shots import is_blank, is_cut, thumbnail
from kinemacolor.engine.preview.choice import Run
from kinemacolor.engine.spread import spread

_WHOLE = 250_000_000  # luma pixels of a film, or of its excerpt, that is looked at frame by frame
_SHAPE = (72, 96)  # rows, columns at which frames are compared
_AHEAD = 2.0  # seconds that a shot is taken to last behind a lone key frame, at most
_PATIENCE = 64  # packets in which a key frame should come


def find_shots(info: VideoInfo, numbers: NumberedFrames, part: Run, looks: int) -> list[Run]:
    """The shots of a part of a film, in order; blank ones only where there is nothing else.

    Args:
        info: of the film.
        numbers: its frames.
        part: the frames that count.
        looks: key frames, at most, that are looked at of a long film; between two that look alike
            no shot is found.

    Raises:
        MediaError: the film cannot be decoded.
    """
    if is_short(info, part):
        shots = list(_every_shot(numbers, part))
    else:
        shots = list(_shots_by_key_frames(info, numbers, part, looks))
    return [run for run, blank in shots if not blank] or [run for run, _ in shots] or [part]


def is_short(info: VideoInfo, part: Run) -> bool:
    """Whether a part of a film is short enough to be read whole for a preview."""
    start, stop = part
    return (stop - start) * info.width * info.height <= _WHOLE


def _every_shot(numbers: NumberedFrames, part: Run) -> Iterator[tuple[Run, bool]]:
    with closing(prefetch(numbers.read(*part), 8)) as frames:
        yield from _runs(((frame.index, _look(frame.luma)) for frame in frames), part[1])


def _look(luma: np.ndarray) -> np.ndarray:
    small = resize_plane(halved(luma, _SHAPE), _SHAPE)
    return thumbnail(small.astype(np.float32))


def _runs(looks: Iterable[tuple[int, np.ndarray]], stop: int) -> Iterator[tuple[Run, bool]]:
    """Runs of frames that look alike, from the first to where the next begins; whether blank."""
    begun: int | None = None
    before = np.empty(0)
    for number, look in looks:
        if begun is None:
            begun = number
        elif is_cut(before, look):
            yield (begun, number), is_blank(before)
            begun = number
        before = look
    if begun is not None:
        yield (begun, stop), is_blank(before)


def _shots_by_key_frames(
    info: VideoInfo, numbers: NumberedFrames, part: Run, looks: int
) -> Iterator[tuple[Run, bool]]:
    """Shots as far as some key frames tell, each to halfway from its last one to the next."""
    seen = list(_key_frames(info, numbers, _targets(numbers, part, looks)))
    stops = [*[number for number, _ in seen][1:], part[1]]
    ahead = max(1, round(_AHEAD * (info.rate or 25)))
    ends = {}
    for (number, _), following in zip(seen, stops, strict=True):
        place = bisect_right(numbers.keyframes, number)
        known = numbers.keyframes[place : place + 1] or [following]
        # A cut before the next key frame is likelier in the further half of the way there.
        half = number + max(1, (known[0] - number) // 2)
        ends[number] = min(following, half, number + ahead)
    runs = list(_runs(iter(seen), part[1]))
    for (start, stop), blank in runs:
        last = max(number for number, _ in seen if start <= number < stop)
        yield (start, ends[last]), blank


def _targets(numbers: NumberedFrames, part: Run, looks: int) -> list[int]:
    """Frames to look at, spread over a part of a film; key frames where these are known."""
    start, stop = part
    keys = [number for number in numbers.keyframes if start <= number < stop]
    known = keys if len(keys) > 1 else list(range(start, stop, max(1, (stop - start) // looks)))
    return spread(known, looks)


def _key_frames(
    info: VideoInfo, numbers: NumberedFrames, wanted: Iterable[int]
) -> Iterator[tuple[int, np.ndarray]]:
    """The looks of key frames at or before some frames, by their numbers, each once."""
    extractor = LumaExtractor(info.pix_fmt, info.path)
    last = -1
    with open_film(info.path) as film:
        video = video_stream(film, info)
        video.codec_context.thread_type = "SLICE"  # frame threads hold back what is asked for
        video.codec_context.skip_frame = "NONKEY"
        for number in wanted:
            try:
                film.seek(numbers.pts(number), stream=video)
                packets = islice(film.demux(video), _PATIENCE)
                key = next((packet for packet in packets if packet.is_keyframe), None)
                # Ended at once, the decoder gives what it would hold back for later frames.
                frames = [*video.decode(key), *video.decode(None)] if key else []
            except FFmpegError:
                continue  # the rest is looked at
            frame = frames[0] if frames else None
            at = None if frame is None else shown_at(frame)
            if frame is None or at is None or not _fits(info, frame):
                continue
            found = numbers.number_at(at)
            if found > last:
                last = found
                yield found, _look(extractor.extract(frame))


def _fits(info: VideoInfo, frame: av.VideoFrame) -> bool:
    return (frame.width, frame.height, frame.format.name) == (
        info.width,
        info.height,
        info.pix_fmt,
    )
