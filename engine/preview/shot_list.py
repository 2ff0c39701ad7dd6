"""The shots of a film as a job finds them, and where its network is least sure of their colours."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass, replace
from itertools import pairwise
from pathlib import Path

import cv2
import numpy as np

from kinemacolor.engine.backends.base import Network
from kinemacolor.engine.backends.eager import EagerBackend
from kinemacolor.engine.color.planes import look_up, resize_plane
from kinemacolor.engine.guidance.guide_file.film_guide import FilmGuide
from kinemacolor.engine.guidance.guide_file.resolve import resolve_film
from kinemacolor.engine.media.video.index import FilmIndex
from kinemacolor.engine.media.video.probe import VideoInfo
from kinemacolor.engine.media.video.reader import DecodedFrame
from kinemacolor.engine.media.video.seeking import read_range
from kinemacolor.engine.motion.shots import is_blank, thumbnail
from kinemacolor.engine.pipeline.film_stages import FilmStages, working_shape_of
from kinemacolor.engine.preview.hint_places import Place, hint_places
from kinemacolor.engine.preview.networks import with_error
from kinemacolor.engine.settings import Settings
from kinemacolor.models.color.ycbcr import lightness_of_luma
from kinemacolor.models.device import pick_device
from kinemacolor.models.weights import load

_WINDOW = 13  # frames about a shot's middle, of which the sharpest is shown


@dataclass(frozen=True)
class ListedShot:
    """A shot of a film.

    Args:
        number: from 0, as a guide names it.
        start, stop: numbers of its frames; `stop` is excluded.
        begins, ends: in seconds from the film's start.
        frame, time: where a person best begins: near the middle, from where colours reach farthest.
        blank: that frame shows nothing.
        in_color: it is in colour already, and keeps its colours.
        guided: a person has said something of it.
        uncertainty: mean error that the network expects in that frame, LAB units; None where it
            does not tell, or the shot is blank or in colour.
        places: of that frame, where a hint would help most, the best first.
    """

    number: int
    start: int
    stop: int
    begins: float
    ends: float
    frame: int
    time: float
    blank: bool = False
    in_color: bool = False
    guided: bool = False
    uncertainty: float | None = None
    places: tuple[Place, ...] = ()


@dataclass(frozen=True)
class ShotList:
    """A film's shots.

    Args:
        size: (width, height) in pixels as the film is shown.
        shots: in order.
        notes: what the film's owner should know, a line each.
    """

    size: tuple[int, int]
    shots: tuple[ListedShot, ...]
    notes: tuple[str, ...]

    def least_sure(self, most: int) -> list[ListedShot]:
        """Shots of which a person has said nothing, those first that the network is least sure of.

        Args:
            most: shots, at most.
        """
        unsure = [s for s in self.shots if s.uncertainty is not None and not s.guided]
        return sorted(unsure, key=lambda shot: -(shot.uncertainty or 0))[:most]


def list_shots(
    source: Path,
    settings: Settings,
    guide: str,
    places: int,
    on_read: Callable[[], None],
    on_shot: Callable[[int, int], None],
) -> ShotList:
    """Find a film's shots as a job does, and ask the network about a frame of each.

    Decodes the film once, then for every shot what lies between a key frame and its middle.

    Args:
        source: the film.
        settings: of which model, device, precision, working size, salvage and what becomes of
            colour count; without an excerpt.
        guide: what a person said of the film, by `guide.text_of`; their edits of cuts count.
        places: where a hint would help, of a frame, at most.
        on_read: called after each frame that was decoded to find the shots.
        on_shot: called after each shot with how many are done, and how many there are.

    Raises:
        WeightsError: the model is unknown or its weights cannot be read.
        MediaError: the film cannot be read.
        KinemacolorError: the guide does not fit the film, or the device is absent.
    """
    stages = FilmStages(source, settings)
    info = stages.info
    index = stages.index(on_read)
    said = resolve_film(guide, info, index)
    network = EagerBackend(
        with_error(load(settings.model)), pick_device(settings.device), settings.precision
    )
    network.open()
    look = _Look(info, index, network, working_shape_of(source, settings), settings, places)
    shots = []
    for number, (start, stop) in enumerate(pairwise((*said.shots, index.stop))):
        shot = look.shot(number, start, stop)
        shots.append(replace(shot, guided=_is_guided(said, number, start, stop)))
        on_shot(number + 1, len(said.shots))
    return ShotList(info.shown_size, tuple(shots), index.notes + said.notes)


def _is_guided(said: FilmGuide, number: int, start: int, stop: int) -> bool:
    """Whether a person said something of a shot by itself."""
    frames = [key.frame for key in said.key_frames] + [point.frame for point in said.points]
    named = [shot for reference in said.references for shot in reference.shots or ()]
    named += [wish.shot for wish in said.wishes]
    return number in named or any(start <= frame < stop for frame in frames)


@dataclass(frozen=True)
class _Look:
    """A look at a frame of a shot; the arguments are those of `list_shots`, and what comes of them.

    Args:
        shape: (rows, columns) at which the network sees the film, upright.
    """

    info: VideoInfo
    index: FilmIndex
    network: Network
    shape: tuple[int, int]
    settings: Settings
    places: int

    def shot(self, number: int, start: int, stop: int) -> ListedShot:
        """A shot by its number and frames, with what the network says of it."""
        frame, lightness = self._sharpest(start, stop)
        blank = is_blank(thumbnail(lightness))
        runs = self.index.in_color
        in_color = any(first <= start and stop <= end for first, end in runs)
        listed = ListedShot(
            number,
            start,
            stop,
            self._seconds(start),
            self._seconds(stop),
            frame,
            self._seconds(frame),
            blank,
            in_color and self.settings.on_color == "keep",
        )
        if blank or listed.in_color:
            return listed
        [channels] = self.network([lightness])
        if channels.shape[-1] == 2:
            return listed
        error = np.ascontiguousarray(channels[..., 2])
        found = hint_places(error, lightness, self.places)
        return replace(listed, uncertainty=float(error.mean()), places=tuple(found))

    def _sharpest(self, start: int, stop: int) -> tuple[int, np.ndarray]:
        """The sharpest frame about the middle of a shot, and its L*, upright."""
        middle, reach = (start + stop) // 2, min(_WINDOW, max(1, (stop - start) // 3)) // 2
        frames = read_range(
            self.info, self.index, middle - reach, middle + reach + 1, salvage=self.settings.salvage
        )
        best = -1, np.empty(0), -1.0
        with closing(frames):
            for frame in frames:
                lightness = self._lightness(frame)
                sharp = float(cv2.Laplacian(lightness, cv2.CV_32F).var())
                if sharp > best[2]:
                    best = frame.index, lightness, sharp
        return best[:2]

    def _lightness(self, frame: DecodedFrame) -> np.ndarray:
        table = lightness_of_luma(self.info.encoding).numpy()
        upright = np.rot90(look_up(table, frame.luma), self.info.rotation // 90 % 4)
        return resize_plane(np.ascontiguousarray(upright), self.shape)

    def _seconds(self, number: int) -> float:
        """When a frame is shown, or the last one has been, in seconds from the film's start."""
        index, info = self.index, self.info
        if number < index.stop:
            pts = index.pts[number]
        else:
            pts = index.pts[-1] + max(index.durations[-1], info.frame_period)
        return float((pts - index.pts[0]) * info.time_base)
