"""What a preview's pictures take colours from: the very exemplars that a job would make."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from threading import Lock

from kinemacolor.engine.backends.base import Pictures
from kinemacolor.engine.guidance.matching.encoder import Encoder
from kinemacolor.engine.media.stills import Still
from kinemacolor.engine.media.video.index import FilmIndex
from kinemacolor.engine.pipeline.film import index_of
from kinemacolor.engine.pipeline.guided_colors import GuidedColors
from kinemacolor.engine.pipeline.guided_film import is_guided, make_exemplars
from kinemacolor.engine.pipeline.guided_still import GuidedStills
from kinemacolor.engine.preview.chosen_frames import ChosenFrames
from kinemacolor.engine.preview.coloring import Column
from kinemacolor.engine.preview.networks import Listener
from kinemacolor.engine.preview.shots import is_short
from kinemacolor.engine.settings import Settings


class Guidance:
    """What finds likeness for a preview; loaded where something is guided.

    Args:
        scratch: an empty folder, for exemplars.
    """

    def __init__(self, scratch: Path) -> None:
        self.scratch = scratch
        self._lock = Lock()
        self._encoder: Encoder | None = None
        self._stills: dict[int, GuidedStills] = {}

    @property
    def encoder(self) -> Encoder:
        """Finds what is alike."""
        with self._lock:
            self._encoder = self._encoder or Encoder()
            return self._encoder

    def for_still(
        self, network: Listener, still: Still, settings: Settings, guide: str
    ) -> Callable[[Pictures], Pictures]:
        """A network that colours a still as its guide says.

        Raises:
            KinemacolorError: the guide does not fit the still.
        """
        encoder, size = self.encoder, settings.working_size
        with self._lock:
            stills = self._stills.setdefault(size, GuidedStills(encoder, size))
        return stills.network(network, guide, still)


class FilmGuidance:
    """What the frames of one film take colours from; may be asked from several threads at once.

    Args:
        film: whose frames are shown.
        guide: what a person said of it, as an asset has it.
        guidance: of the preview.
    """

    def __init__(self, film: ChosenFrames, guide: str, guidance: Guidance) -> None:
        self._film, self._guide, self._guidance = film, guide, guidance
        self._lock = Lock()
        self._indexes: dict[int, FilmIndex] = {}
        self._colors: dict[tuple[Settings, int], tuple[GuidedColors, int]] = {}

    def colors(self, column: Column) -> tuple[GuidedColors, int] | None:
        """The guided colours in a column, and the number behind the film's last frame.

        The film is read whole for them, once. What only remembers colours over a long film, where
        nobody said anything, is left out: None, as where nothing is guided.

        Raises:
            KinemacolorError: the guide does not fit the film.
            MediaError: the film or a picture cannot be read.
        """
        settings, film = column.settings, self._film
        if not is_guided(self._guide, settings):
            return None
        if not self._guide and not is_short(film.info, film.part):
            return None
        key = settings, id(column.network)
        with self._lock:
            if key not in self._colors:
                path, size = film.info.path, settings.working_size
                if size not in self._indexes:
                    self._indexes[size] = index_of(path, settings, lambda: None)
                index, encoder = self._indexes[size], self._guidance.encoder
                network = column.network.for_picture("film")
                folder = self._guidance.scratch / f"exemplars-{id(self)}-{len(self._colors)}"
                facts = make_exemplars(path, index, self._guide, folder, network, encoder, settings)
                found = GuidedColors.stored(folder, facts.starts, facts.given, encoder)
                self._colors[key] = found, index.stop
            return self._colors[key]
