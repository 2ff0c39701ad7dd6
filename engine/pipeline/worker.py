"""The worker: one loaded network, and the films, segments and stills that it colours."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict
from functools import cached_property
from pathlib import Path
from types import MappingProxyType
from typing import Any

from kinemacolor._version import __version__
from kinemacolor.engine.backends.choice import open_networks
from kinemacolor.engine.errors import MediaError
from kinemacolor.engine.files import os_reason
from kinemacolor.engine.guidance.exemplars.earlier import EarlierExemplars
from kinemacolor.engine.guidance.exemplars.exemplar_facts import ExemplarFacts
from kinemacolor.engine.guidance.matching.encoder import Encoder
from kinemacolor.engine.machine import result_versions
from kinemacolor.engine.media.index_range import IndexRange
from kinemacolor.engine.media.provenance.source import source_of_file
from kinemacolor.engine.media.provenance.tag import network_properties
from kinemacolor.engine.media.video.index import FilmIndex
from kinemacolor.engine.pipeline.colorless import FrameColors
from kinemacolor.engine.pipeline.film import (
    FilmReport,
    assemble_film,
    color_film,
    color_segment,
    index_of,
)
from kinemacolor.engine.pipeline.film_errors import told_of
from kinemacolor.engine.pipeline.guided_film import is_guided, make_exemplars
from kinemacolor.engine.pipeline.guided_still import GuidedStills
from kinemacolor.engine.pipeline.index_parts import index_range, joined_index, ranges_of
from kinemacolor.engine.pipeline.seen_frames import SeenFrames
from kinemacolor.engine.pipeline.segmentation import Segment
from kinemacolor.engine.pipeline.stills import StillReport, color_stills
from kinemacolor.engine.process import (
    freeze_loaded,
    opencv_single_threaded,
    single_threaded,
    torch_single_threaded,
)
from kinemacolor.engine.settings import CHANGEABLE, Settings
from kinemacolor.models.device import pick_device
from kinemacolor.models.errors import KinemacolorError
from kinemacolor.models.weights import load


class Worker:
    """Colours one film, one segment or one stream of stills at a time.

    Args:
        settings: of the job.

    Attributes:
        fingerprint: SHA-256 over settings (but `CHANGEABLE`), weights, backend and versions of
            libraries: equal ones give equal files.
        provenance: what is written into every output about its making.

    Raises:
        WeightsError: the model is unknown or its weights cannot be read.
        KinemacolorError: the device is absent.
    """

    @torch_single_threaded()
    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self._seen: SeenFrames | None = None  # of the film that was indexed last
        loaded = load(settings.model)
        self._films, self._stills = open_networks(
            loaded, pick_device(settings.device), settings.backend, settings.precision
        )
        by = sorted({self._films.fingerprint, self._stills.fingerprint})
        fixed = {k: v for k, v in asdict(settings).items() if k not in CHANGEABLE}
        versions = result_versions()
        parts = {**fixed, "weights": loaded.digest, "by": by, "versions": versions}
        if settings.color_memory:  # without it, exemplars alone depend on it, and tell so
            parts["encoder"] = self._encoder.digest
        self.fingerprint = hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()
        self.provenance = {
            "software": f"Kinemacolor {__version__}",
            "libraries": ", ".join(f"{name} {version}" for name, version in versions.items()),
            **network_properties(loaded.variant, loaded.digest, loaded.license),
            "settings": json.dumps(_recorded(settings) | {"model": loaded.variant}, sort_keys=True),
        }
        freeze_loaded()

    @cached_property
    def _encoder(self) -> Encoder:
        """Finds what is alike; loaded where something is guided."""
        return Encoder()

    @single_threaded()
    def film(
        self, source: Path, target: Path, on_frame: Callable[[], None], guide: str = ""
    ) -> FilmReport:
        """Colour the film `source` into `target` in one go; it appears only when it is whole.

        Args:
            source, target, on_frame: files, and what is called after each frame.
            guide: what a person said of it, as an asset has it.

        Raises:
            MediaError: the film cannot be read, or the result not be written.
            KinemacolorError: the guide does not fit the film.
        """
        with told_of(source):
            return color_film(
                source,
                target,
                self._films,
                self.settings,
                self._tags_for(source),
                on_frame,
                guide,
                self._encoder if is_guided(guide, self.settings) else None,
            )

    @single_threaded()
    def index(self, source: Path, on_frame: Callable[[], None]) -> FilmIndex:
        """Decode a film once, to know its frames and shots; `on_frame` is called after each frame.

        Raises:
            MediaError: the film cannot be read.
        """
        self._seen = SeenFrames(source) if self.settings.color_memory else None
        return index_of(source, self.settings, on_frame, self._seen)

    def ranges(self, source: Path) -> list[IndexRange]:
        """The ranges of a film that can be indexed side by side, by `ranges_of`."""
        return ranges_of(source, self.settings)

    @single_threaded()
    def index_range(
        self, source: Path, part: IndexRange, target: Path, on_frame: Callable[[], None]
    ) -> bool:
        """Read one of a film's `ranges`, as the function of this name does."""
        with told_of(source):
            return index_range(source, self.settings, part, target, on_frame)

    def joined_index(self, source: Path, parts: Sequence[Path]) -> FilmIndex:
        """A film's index from all its ranges, as the function of this name gives it."""
        return joined_index(source, self.settings, parts)

    @single_threaded()
    def exemplars(
        self,
        source: Path,
        index: FilmIndex,
        guide: str,
        folder: Path,
        on_frame: Callable[[], None],
    ) -> ExemplarFacts:
        """Find what the frames of each shot of a film take their colours from.

        Args:
            source, index: the film.
            guide: what a person said of it, as an asset has it; may be empty.
            folder: where it is stored; it appears whole, in the place of an older one. What is the
                same in those of earlier guides, beside it, is taken from there.
            on_frame: called after each frame that was looked at.

        Raises:
            KinemacolorError: the guide does not fit the film.
            MediaError: the film or a picture cannot be read, or the folder not be written.
        """
        seen, self._seen = self._seen, None
        with told_of(source):
            return make_exemplars(
                source,
                index,
                guide,
                folder,
                self._films,
                self._encoder,
                self.settings,
                on_frame,
                EarlierExemplars.beside(folder),
                seen if seen and seen.source == source else None,
            )

    @single_threaded()
    def segment(
        self,
        source: Path,
        index: FilmIndex,
        segment: Segment,
        target: Path,
        on_frame: Callable[[], None],
        exemplars: Path | None = None,
    ) -> FrameColors:
        """Colour a segment of a film into a packet file that `assemble` takes.

        Args:
            source, index: the film.
            segment: which frames.
            target: the packet file.
            on_frame: called after each frame.
            exemplars: folder by the method of this name; None where there is none.

        Returns:
            How many of its frames have got colours, and how far a person's exemplars led.

        Raises:
            MediaError: the film cannot be read or has changed, or the result not be written.
            KinemacolorError: about a path in `exemplars`, where that cannot be read.
        """
        self._seen = None
        with told_of(source):
            return color_segment(
                source,
                index,
                segment,
                target,
                self._films,
                self.settings,
                on_frame,
                exemplars,
                self._encoder if exemplars else None,
            )

    def assemble(
        self,
        source: Path,
        index: FilmIndex,
        segments: Sequence[Path],
        target: Path,
        tags: Mapping[str, str] = MappingProxyType({}),
    ) -> FilmReport:
        """Put a film together from its coloured segments, without encoding anything again.

        Its own tag gets `tags` besides.

        Raises:
            MediaError: a segment is damaged, or the result cannot be written.
        """
        told = {**self._tags_for(source), **tags}
        return assemble_film(source, index, segments, target, self.settings, told)

    def _tags_for(self, source: Path) -> dict[str, str]:
        try:
            return self.provenance | {"source": source_of_file(source)}
        except OSError as error:
            raise MediaError(source, os_reason(error)) from error

    def stills(
        self, items: Iterable[tuple[str, Callable[[], bytes]]]
    ) -> Iterator[tuple[str, bytes | KinemacolorError, StillReport | None]]:
        """Colour stills: names and loaders in, names and file contents out, in the same order.

        A still that cannot be coloured gives its error in its place, and the rest goes on. A
        loader's `guide`, where it has one, is what a person said of the still.
        """
        with opencv_single_threaded():
            guided = GuidedStills(self._encoder, self.settings.working_size)
            yield from color_stills(items, self._stills, self.settings, self.provenance, guided)


def _recorded(settings: Settings) -> dict[str, Any]:
    """Settings for the record in every result, without what is the machine's affair alone."""
    return {name: value for name, value in asdict(settings).items() if name != "memory"}
