"""The stages of one film: its frames from the decoder to their new chroma, whoever writes them."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import numpy as np

from kinemacolor.engine.backends.base import Network
from kinemacolor.engine.color.geometry import working_shape
from kinemacolor.engine.color.recombination.film import LumaPlane
from kinemacolor.engine.media.video.index import FilmIndex, index_film, index_frames
from kinemacolor.engine.media.video.probe import VideoInfo, probe
from kinemacolor.engine.media.video.reader import DecodedFrame
from kinemacolor.engine.motion.frames import ColoredFrame, LumaFrame
from kinemacolor.engine.motion.shots import is_cut, thumbnail
from kinemacolor.engine.pipeline.excerpt import find_excerpt
from kinemacolor.engine.pipeline.frames import color_frames, luma_holder
from kinemacolor.engine.pipeline.output_choice import choose_output
from kinemacolor.engine.settings import Settings
from kinemacolor.models.device import pick_device


def working_shape_of(source: Path, settings: Settings) -> tuple[int, int]:
    """The (rows, columns) at which the network sees a film, which is upright.

    Raises:
        MediaError: the film cannot be read.
    """
    info = probe(source)
    shape = _stored_shape(info, settings.working_size)
    return shape[::-1] if info.rotation % 180 else shape


def _stored_shape(info: VideoInfo, short_side: int) -> tuple[int, int]:
    """The working shape of a film as it is stored; displayed, its pixels are square."""
    aspect = info.sample_aspect_ratio or Fraction(1)
    height, width = info.height, max(1, round(info.width * aspect))
    if info.rotation % 180:
        return working_shape(width, height, short_side)[::-1]
    return working_shape(height, width, short_side)


@dataclass(frozen=True)
class _HeldFrame:
    """A decoded frame, and its luma where recombination computes."""

    decoded: DecodedFrame
    luma: LumaPlane


class FilmStages:
    """A film with its output: its frames' way through the stages, turned upright for the network.

    Args:
        source: the film.
        settings: of the job; segment length and container do not count.

    Attributes:
        info, spec: of the film, and of its result.

    Raises:
        MediaError: the film cannot be read.
        SettingsError: the codec asked for cannot hold the film.
    """

    def __init__(self, source: Path, settings: Settings) -> None:
        self.info = probe(source)
        self.spec = choose_output(self.info, settings)
        self._settings = settings
        self._hold = luma_holder(
            pick_device(settings.device),
            self.info.encoding,
            self.spec.chroma_shape,
            settings.saturation,
        )
        self._shape = _stored_shape(self.info, settings.working_size)
        self._turns = self.info.rotation // 90 % 4  # counter-clockwise, as np.rot90 turns

    @property
    def notes(self) -> tuple[str, ...]:
        """What is known of the result before the work."""
        return self.info.notes + self.spec.notes

    def index(self, on_frame: Callable[[], None]) -> FilmIndex:
        """The film's frames and shots; `on_frame` is called after each frame."""
        previous: list[np.ndarray] = []

        def begins_shot(frame: DecodedFrame) -> bool:
            # Seen as the smoothing sees it: at a boundary found here it needs no context.
            here = thumbnail(self._hold(frame.luma).lightness(self._shape))
            new = not previous or is_cut(previous.pop(), here)
            previous.append(here)
            on_frame()
            return new

        if not self._settings.is_excerpt:
            return index_film(self.info, salvage=self._settings.salvage, begins_shot=begins_shot)
        excerpt = find_excerpt(self.info, self._settings)
        part = excerpt.start, excerpt.stop
        return index_frames(self.info, excerpt.read(), begins_shot=begins_shot, part=part)

    def colored(
        self,
        frames: Iterable[DecodedFrame],
        network: Network,
        wanted: Callable[[DecodedFrame], bool],
    ) -> Generator[tuple[DecodedFrame, np.ndarray, np.ndarray], None, None]:
        """Frames with their Cb and Cr; those not `wanted` are context for the others."""

        def color(batch: Sequence[LumaFrame[_HeldFrame]]) -> list[np.ndarray]:
            # Upright for the network, then turned back to how the film is stored.
            upright = [
                np.ascontiguousarray(np.rot90(frame.lightness, self._turns)) for frame in batch
            ]
            return [np.ascontiguousarray(np.rot90(ab, -self._turns)) for ab in network(upright)]

        return color_frames(
            frames,
            network,
            self._settings,
            light=self._light,
            color=color,
            wanted=lambda frame: wanted(frame.payload.decoded),
            recombine=_recombine,
        )

    def _light(self, decoded: DecodedFrame) -> LumaFrame[_HeldFrame]:
        """A decoded frame with its lightness at the working size, as it is stored."""
        luma = self._hold(decoded.luma)
        return LumaFrame(decoded.index, luma.lightness(self._shape), _HeldFrame(decoded, luma))


def _recombine(frame: ColoredFrame[_HeldFrame]) -> tuple[DecodedFrame, np.ndarray, np.ndarray]:
    """A decoded frame with its Cb and Cr."""
    cb, cr = frame.payload.luma.recombine(frame.ab, frame.lightness)
    return frame.payload.decoded, cb, cr
