"""The choice of a film's frames for a preview: no network, and PyTorch, is needed for it."""

from __future__ import annotations

from pathlib import Path

from kinemacolor.engine.media.video.numbered_frames import NumberedFrames
from kinemacolor.engine.media.video.probe import probe
from kinemacolor.engine.pipeline.excerpt import frames_asked_for
from kinemacolor.engine.preview.choice import choose_frames
from kinemacolor.engine.preview.shots import find_shots
from kinemacolor.engine.settings import Settings

_LONG_SHOT = 4.0  # seconds, beyond which more than one frame of a shot is shown
_LOOKS = 4  # key frames of a long film that are looked at for every frame that is shown


class ChosenFrames:
    """A film, and those of its frames that are shown.

    Args:
        path: the film.
        settings: of which excerpt and salvage count, and what decides which frames are cheap.
        count: frames that are shown, at most.

    Attributes:
        info: of the film.
        numbers: its frames.
        part: those that a job would colour.
        chosen: numbers of those that are shown, rising.

    Raises:
        MediaError: the film cannot be read, or has nothing of the excerpt that is asked for.
    """

    def __init__(self, path: Path, settings: Settings, count: int) -> None:
        self.info = probe(path)
        self.numbers = NumberedFrames(self.info, salvage=settings.salvage)
        self.part = frames_asked_for(self.info, self.numbers, settings)
        self.chosen = choose_frames(
            find_shots(self.info, self.numbers, self.part, _LOOKS * count),
            count,
            longest=max(1, round(_LONG_SHOT * (self.info.rate or 25))),
            keyframes=self.numbers.keyframes,
            window=settings.smoothing_window,
            every=settings.key_distance,
        )

    @property
    def seconds(self) -> float:
        """How long the frames last that a job would colour."""
        start, stop = self.part
        last = self.numbers.seconds(stop - 1) + self.info.frame_period * self.info.time_base
        return float(last - self.numbers.seconds(start))
