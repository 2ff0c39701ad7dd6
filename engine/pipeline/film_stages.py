"""The stages of one film: its frames from the decoder to their new chroma, whoever writes them."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterable, Sequence
from contextlib import closing
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import numpy as np

from kinemacolor.engine.backends.base import Network
from kinemacolor.engine.color.geometry import working_shape
from kinemacolor.engine.color.recombination.film import LumaPlane
from kinemacolor.engine.media.video.index import FilmIndex, index_film, index_frames
from kinemacolor.engine.media.video.own_chroma import has_chroma
from kinemacolor.engine.media.video.probe import VideoInfo, probe
from kinemacolor.engine.media.video.reader import DecodedFrame, FilmReader
from kinemacolor.engine.motion.frames import ColoredFrame, LumaFrame
from kinemacolor.engine.motion.shots import ShotFinder, thumbnail
from kinemacolor.engine.pipeline.color_runs import Sample
from kinemacolor.engine.pipeline.colorless import FrameColors
from kinemacolor.engine.pipeline.excerpt import find_excerpt
from kinemacolor.engine.pipeline.frames import color_frames, luma_holder
from kinemacolor.engine.pipeline.guided_colors import GuidedColors
from kinemacolor.engine.pipeline.output_choice import choose_output
from kinemacolor.engine.pipeline.own_colors import (
    ColorSampler,
    OwnColors,
    refuse_in_color,
    with_colors,
)
from kinemacolor.engine.pipeline.seen_frames import SeenFrames
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
        self._output = self.spec.encoding(self.info)
        self._hold = luma_holder(
            pick_device(settings.device),
            self.info.encoding,
            self.spec.chroma_shape,
            settings.saturation,
            self._output,
        )
        self._shape = _stored_shape(self.info, settings.working_size)
        self._turns = self.info.rotation // 90 % 4  # counter-clockwise, as np.rot90 turns

    @property
    def notes(self) -> tuple[str, ...]:
        """What is known of the result before the work."""
        return self.info.notes + self.spec.notes

    def counted(
        self, colors: FrameColors, frame: DecodedFrame, cb: np.ndarray, cr: np.ndarray
    ) -> FrameColors:
        """Some frames' colours, and those of one more with its chroma of the result."""
        return colors.counting(frame.luma, cb, cr, self.info.encoding, self._output)

    def index(self, on_frame: Callable[[], None], seen: SeenFrames | None = None) -> FilmIndex:
        """The film's frames and shots; `on_frame` is called after each, and `seen` takes it.

        Raises:
            MediaError: the film cannot be read, or is in colour where that is refused.
        """
        shots = ShotFinder()
        sampler = ColorSampler(self.info) if has_chroma(self.info) else None

        def begins_shot(frame: DecodedFrame) -> bool:
            lightness = self.lightness(frame)
            new = shots.begins_shot(thumbnail(lightness))
            if seen is not None:
                seen.see(frame.index, lightness, begins_shot=new)
            if sampler is not None:
                sampler.look(frame, always=new)
            on_frame()
            return new

        index = self._index(begins_shot)
        if seen is not None:
            seen.end(index)
        if sampler is None:
            return index
        return self.told_colors(index, sampler.samples)

    def told_colors(self, index: FilmIndex, samples: Sequence[Sample]) -> FilmIndex:
        """The film's index with what samples of its frames tell of their own colours.

        Raises:
            MediaError: the film is in colour, where that is refused.
        """
        index = with_colors(index, samples)
        refuse_in_color(self.info, index, self._settings)
        return index

    def _index(self, begins_shot: Callable[[DecodedFrame], bool]) -> FilmIndex:
        if not self._settings.is_excerpt:
            return index_film(self.info, salvage=self._settings.salvage, begins_shot=begins_shot)
        excerpt = find_excerpt(self.info, self._settings)
        part = excerpt.start, excerpt.stop
        return index_frames(self.info, excerpt.read(), begins_shot=begins_shot, part=part)

    def pictures(
        self,
        frames: Generator[DecodedFrame, None, None] | FilmReader,
        network: Network,
        part: tuple[int, int],
        in_color: Sequence[tuple[int, int]],
        shots: Sequence[int] | None = None,
        guided: GuidedColors | None = None,
    ) -> Generator[tuple[DecodedFrame, np.ndarray, np.ndarray], None, None]:
        """Frames with the Cb and Cr of the result: new ones, or their own where they keep these.

        Args:
            frames: those of `part`, and their context.
            network: colours single frames.
            part: numbers of the frames that are given, as (start, stop); `stop` is excluded.
            in_color: runs of frames that are in colour already, of the film's index.
            shots, guided: as of `colored`.
        """

        def wanted(frame: DecodedFrame) -> bool:
            return part[0] <= frame.index < part[1]

        if not in_color or self._settings.on_color != "keep":
            yield from self.colored(frames, network, wanted, shots, guided)
            return
        own = OwnColors(self.info, in_color, self.spec)
        if own.keeps(*part):
            with closing(frames):
                for frame in frames:
                    if wanted(frame):
                        yield frame, *own.planes(frame)
            return
        with closing(self.colored(frames, network, wanted, shots, guided)) as colored:
            for frame, cb, cr in colored:
                yield frame, *(own.planes(frame) if own.keeps(frame.index) else (cb, cr))

    def colored(
        self,
        frames: Iterable[DecodedFrame],
        network: Network,
        wanted: Callable[[DecodedFrame], bool],
        shots: Sequence[int] | None = None,
        guided: GuidedColors | None = None,
    ) -> Generator[tuple[DecodedFrame, np.ndarray, np.ndarray], None, None]:
        """Frames with their Cb and Cr.

        Args:
            frames: in order of presentation.
            network: colours single frames.
            wanted: whether a frame is given; the others are context for these.
            shots: numbers of the frames that begin a shot, of the film's index; None looks for
                them, from the film's first frame on.
            guided: the colours that their shots take from exemplars; None is the network's alone.
        """

        def color(batch: Sequence[LumaFrame[_HeldFrame]]) -> list[np.ndarray]:
            automatic = network([frame.lightness for frame in batch])
            return guided(batch, automatic) if guided else automatic

        return color_frames(
            frames,
            network,
            self._settings,
            light=self._light,
            color=color,
            wanted=lambda frame: wanted(frame.payload.decoded),
            recombine=self._recombine,
            starts=guided.starts if guided else shots,
            given=guided.given if guided else (),
        )

    def lightness(self, decoded: DecodedFrame) -> np.ndarray:
        """(h, w) float32 L* of a decoded frame, upright at the working size."""
        return self._light(decoded).lightness

    def _light(self, decoded: DecodedFrame) -> LumaFrame[_HeldFrame]:
        """A decoded frame with its lightness at the working size, upright."""
        luma = self._hold(decoded.luma)
        lightness = _turned(luma.lightness(self._shape), self._turns)
        return LumaFrame(decoded.index, lightness, _HeldFrame(decoded, luma))

    def _recombine(
        self, frame: ColoredFrame[_HeldFrame]
    ) -> tuple[DecodedFrame, np.ndarray, np.ndarray]:
        """A decoded frame with its Cb and Cr, as the film is stored."""
        ab, lightness = (_turned(plane, -self._turns) for plane in (frame.ab, frame.lightness))
        cb, cr = frame.payload.luma.recombine(ab, lightness)
        return frame.payload.decoded, cb, cr


def _turned(planes: np.ndarray, turns: int) -> np.ndarray:
    """(h, w) or (h, w, 2) by so many quarter turns counter-clockwise, contiguous."""
    return np.ascontiguousarray(np.rot90(planes, turns))
