"""When the frames of a film are shown, where its container tells wrongly or not at all."""

from __future__ import annotations

from dataclasses import dataclass

from av.container import InputContainer
from av.error import FFmpegError
from av.video.stream import VideoStream

from kinemacolor.engine.media.video.joined_takes import Takes, find_takes
from kinemacolor.engine.media.video.monotonic_timestamps import RESTART, MonotonicTimestamps
from kinemacolor.engine.media.video.probe import VideoInfo, open_film, video_stream
from kinemacolor.engine.media.video.time_gaps import NUMBERLESS, TimeGaps
from kinemacolor.engine.media.video.untimed_lead import untimed_lead

# Whose frames may be shown in another order than they are stored in, and whose order AVI, which has
# no times of presentation, leaves FFmpeg's demuxer to guess.
_REORDERED = ("h264", "hevc", "vvc")


def states_presentation(film: InputContainer, video: VideoStream) -> bool:
    """Whether a container tells when frames are shown, and not only when they are decoded."""
    return film.format.name != "avi" or video.codec_context.name not in _REORDERED


class FrameClock:
    """Tells when each frame of a film is shown, asked in the order of their presentation.

    Args:
        info: of the film.

    Attributes:
        takes: the recordings that the film was joined from.
    """

    def __init__(self, info: VideoInfo) -> None:
        self.takes: Takes = find_takes(info)
        self._info = info
        self._timestamps = MonotonicTimestamps(round(RESTART / info.time_base))
        with open_film(info.path) as film:
            is_numberless = film.format.name in NUMBERLESS
        self._gaps = TimeGaps(info, looks=is_numberless and len(self.takes) == 1)
        self._slots = _slots(info)
        self._lead = list(reversed(untimed_lead(info)))  # the first is the last
        self._untimed = len(self._lead)
        self._take = 0
        self._stated: int | None = None  # of the take's last frame
        self._time = info.start - info.frame_period

    @property
    def notes(self) -> tuple[str, ...]:
        """What a user should know of the film's times."""
        lines = []
        if len(self.takes) > 1:
            lines.append(f"joined from {len(self.takes)} recordings: each goes on behind the last")
        if self._untimed:
            lines.append("its first frames state no time: they are shown before those that do")
        if moved := self._timestamps.corrected:
            lines.append(f"{moved} frames had impossible times: each is behind the one before")
        return (*lines, *self._gaps.notes)

    def show(self, pts: int | None, dts: int | None, duration: int) -> tuple[int, int]:
        """When the next frame is shown and for how long, in the film's time base.

        Args:
            pts, dts: when it is shown, and was decoded, as the source states it.
            duration: the same; 0 where it does not state it.
        """
        period = self._info.frame_period
        if self._slots:
            time, duration = self._slots.of(pts, self._time + period), period
        elif self._lead:
            time, duration = self._in_its_take(self._lead.pop()), period
        else:
            stated = dts if pts is None else pts  # neither need be there
            time = self._time + period if stated is None else self._in_its_take(stated)
            duration = duration or period
        self._time = time + self._timestamps.shift(time, duration)
        self._gaps.add(self._time, duration)
        return self._time, duration

    def _in_its_take(self, stated: int) -> int:
        """The time of a frame, moved as its take is; it begins the next where times fall back."""
        base, takes = self._info.time_base, self.takes
        if self._stated is not None and stated <= self._stated:
            following = range(self._take + 1, len(takes))
            of_them = (take for take in following if stated in takes.shown[take])
            self._take = next(of_them, self._take)
        self._stated = stated
        return stated + round(takes.offsets[self._take] / base)


@dataclass
class _Slots:
    """The times of a film that has only those of decoding: they are those of presentation, too.

    The frames are shown in another order, one at each of these times. After frames that were lost,
    a key frame tells how many: none that is decoded before it is shown later.
    """

    times: list[int]
    key_numbers: dict[int | None, int]  # of key frames, by what the demuxer guesses for them
    next: int = 0

    def of(self, guessed: int | None, otherwise: int) -> int:
        """The time of the next frame."""
        number = max(self.next, self.key_numbers.get(guessed, 0))
        self.next = number + 1
        return self.times[number] if number < len(self.times) else otherwise


def _slots(info: VideoInfo) -> _Slots | None:
    with open_film(info.path) as film:
        video = video_stream(film, info)
        if states_presentation(film, video):
            return None
        slots = _Slots([], {})
        try:
            for packet in film.demux(video):
                if packet.size and packet.dts is not None:
                    if packet.is_keyframe:
                        slots.key_numbers[packet.pts] = len(slots.times)
                    slots.times.append(packet.dts)
        except FFmpegError:
            pass  # decoding tells what it is
        slots.times.sort()
        return slots
