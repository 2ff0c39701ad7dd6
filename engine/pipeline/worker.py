"""The worker: one loaded network, and the films, segments and stills that it colours."""

from __future__ import annotations

import gc
import hashlib
import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path

import torch

from kinemacolor._version import __version__
from kinemacolor.engine.backends.choice import open_networks
from kinemacolor.engine.errors import MediaError
from kinemacolor.engine.files import os_reason
from kinemacolor.engine.media.provenance.source import source_of_file
from kinemacolor.engine.media.video.index import FilmIndex
from kinemacolor.engine.pipeline.film import (
    FilmReport,
    assemble_film,
    color_film,
    color_segment,
    index_of,
)
from kinemacolor.engine.pipeline.segmentation import Segment
from kinemacolor.engine.pipeline.stills import StillReport, color_stills
from kinemacolor.engine.process import freeze_loaded, opencv_single_threaded, single_threaded
from kinemacolor.engine.settings import CHANGEABLE, Settings
from kinemacolor.models.device import pick_device
from kinemacolor.models.errors import KinemacolorError
from kinemacolor.models.weights import load


class Worker:
    """Colours one film, one segment or one stream of stills at a time.

    Args:
        settings: of the job.

    Attributes:
        fingerprint: SHA-256 over settings (but `CHANGEABLE`), weights and backend: equal ones give
            equal pictures.
        provenance: what is written into every output about its making.

    Raises:
        WeightsError: the model is unknown or its weights cannot be read.
        KinemacolorError: the device is absent.
    """

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        loaded = load(settings.model)
        self._films, self._stills = open_networks(
            loaded, pick_device(settings.device), settings.backend, settings.precision
        )
        by = sorted({self._films.fingerprint, self._stills.fingerprint})
        fixed = {k: v for k, v in asdict(settings).items() if k not in CHANGEABLE}
        parts = {**fixed, "weights": loaded.digest, "by": by}
        self.fingerprint = hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()
        self.provenance = {
            "software": f"Kinemacolor {__version__}",
            "network": loaded.variant,
            "weights": f"sha256:{loaded.digest}",
            "settings": json.dumps(asdict(settings) | {"model": loaded.variant}, sort_keys=True),
        }
        freeze_loaded()

    @single_threaded()
    def film(self, source: Path, target: Path, on_frame: Callable[[], None]) -> FilmReport:
        """Colour the film `source` into `target` in one go; it appears only when it is whole.

        Raises:
            MediaError: the film cannot be read, or the result not be written.
        """
        with _translate_oom(source):
            return color_film(
                source, target, self._films, self.settings, self._tags_for(source), on_frame
            )

    @single_threaded()
    def index(self, source: Path, on_frame: Callable[[], None]) -> FilmIndex:
        """Decode a film once, to know its frames and shots; `on_frame` is called after each frame.

        Raises:
            MediaError: the film cannot be read.
        """
        return index_of(source, self.settings, on_frame)

    @single_threaded()
    def segment(
        self,
        source: Path,
        index: FilmIndex,
        segment: Segment,
        target: Path,
        on_frame: Callable[[], None],
    ) -> None:
        """Colour a segment of a film into a packet file that `assemble` takes.

        Raises:
            MediaError: the film cannot be read or has changed, or the result not be written.
        """
        with _translate_oom(source):
            color_segment(source, index, segment, target, self._films, self.settings, on_frame)

    def assemble(
        self, source: Path, index: FilmIndex, segments: Sequence[Path], target: Path
    ) -> FilmReport:
        """Put a film together from its coloured segments, without encoding anything again.

        Raises:
            MediaError: a segment is damaged, or the result cannot be written.
        """
        return assemble_film(source, index, segments, target, self.settings, self._tags_for(source))

    def _tags_for(self, source: Path) -> dict[str, str]:
        try:
            return self.provenance | {"source": source_of_file(source)}
        except OSError as error:
            raise MediaError(source, os_reason(error)) from error

    def stills(
        self, items: Iterable[tuple[str, Callable[[], bytes]]]
    ) -> Iterator[tuple[str, bytes | KinemacolorError, StillReport | None]]:
        """Colour stills: names and loaders in, names and file contents out, in the same order.

        A still that cannot be coloured gives its error in its place, and the rest goes on.
        """
        with opencv_single_threaded():
            yield from color_stills(items, self._stills, self.settings, self.provenance)


@contextmanager
def _translate_oom(source: Path) -> Iterator[None]:
    """Raise a lack of memory, the machine's or the GPU's, as a `MediaError` about `source`."""
    try:
        yield
    except (MemoryError, torch.OutOfMemoryError) as error:
        raise MediaError(
            source, "too large for this machine's memory", "use a smaller --working-size"
        ) from error
    finally:
        # PyAV's output and its stream hold each other, and with them an encoder full of frames.
        gc.collect()
