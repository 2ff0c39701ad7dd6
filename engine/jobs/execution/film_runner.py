"""The steps of one film, each a unit: index, exemplars, segments, assembly."""

from __future__ import annotations

import logging
import os
import time
from dataclasses import astuple
from pathlib import Path
from typing import TYPE_CHECKING

from kinemacolor.engine.files import remove
from kinemacolor.engine.jobs.execution.assembly import (
    assemble_in_place,
    colors_before,
    exemplars_before,
    led_before,
    work_before,
)
from kinemacolor.engine.jobs.execution.context import JobContext
from kinemacolor.engine.jobs.execution.exemplars_entry import entry_of_exemplars
from kinemacolor.engine.jobs.execution.given_back import give_back
from kinemacolor.engine.jobs.execution.index_entry import entry_of_index
from kinemacolor.engine.jobs.execution.worker_protocol import Worker
from kinemacolor.engine.jobs.planning.assets import film_notes
from kinemacolor.engine.jobs.planning.guide_texts import guide_digest
from kinemacolor.engine.jobs.planning.other_source import refuse_taken
from kinemacolor.engine.jobs.planning.units import Unit, place_of, version
from kinemacolor.engine.jobs.reporting.events import Started
from kinemacolor.engine.jobs.reporting.guided_shots import advice_on, guided_shots
from kinemacolor.engine.jobs.state.entry import Entry
from kinemacolor.engine.media.provenance.tag import guide_properties
from kinemacolor.engine.pipeline.colorless import FrameColors, refuse_colorless_film
from kinemacolor.engine.pipeline.given_back import given_back_notes, is_given_back
from kinemacolor.models.errors import KinemacolorError

if TYPE_CHECKING:
    from kinemacolor.engine.media.video.index import FilmIndex

log = logging.getLogger(__name__)


class FilmRunner:
    """A runner of the units of films; each method does one, and gives its entry in the ledger.

    Args:
        worker: colours films.
        context: of the job.

    Raises, in each method:
        KinemacolorError: it cannot be done.
        OSError: something cannot be read or written.
    """

    def __init__(self, worker: Worker, context: JobContext) -> None:
        self._worker, self._context = worker, context
        self._report, self._progress = context.report, context.progress

    def ranges(self, unit: Unit) -> Entry:
        """Find the ranges of a film that can be read side by side."""
        ranges = self._worker.ranges(unit.asset.source)
        return {"ranges": [list(astuple(one)) for one in ranges]}

    def range(self, unit: Unit) -> Entry:
        """Read a range of a film for the index; one that is not as promised is told."""
        assert unit.range is not None
        place = unit.range_file
        place.parent.mkdir(parents=True, exist_ok=True)
        whole = self._worker.index_range(unit.asset.source, unit.range, place, self._progress.step)
        return {"whole": whole}

    def index(self, unit: Unit) -> Entry:
        """Know a film's frames and shots; one that is in colour already is given back."""
        self._report.add(Started(unit.asset.name, unit.asset.kind))
        seen = version(unit.asset.source)
        index = self._index(unit)
        if is_given_back(index, self._context.settings):
            notes = given_back_notes(unit.asset.guide) + index.notes
            own = place_of(give_back(unit.asset, self._context, notes))
            return {
                "made": {own: seen},
                "given_back": {place_of(unit.asset.target): own},
                "count": 0,
                "shots": [],
            }
        _write_index(unit, index)
        return entry_of_index(index)

    def exemplars(self, unit: Unit) -> Entry:
        """Find what the frames of each shot take their colours from."""
        assert unit.exemplars is not None
        return self._find_exemplars(unit, self._read_index(unit), unit.exemplars)

    def segment(self, unit: Unit) -> Entry:
        """Colour a segment; exemplars that are damaged are made again, and are the same."""
        index = self._read_index(unit)
        _make_way(unit.part)
        with self._progress.share(unit.frames):
            try:
                colors = self._color(unit, index)
            except KinemacolorError as error:
                if unit.exemplars is None or not _is_inside(error.subject, unit.exemplars):
                    raise
                log.warning("%s; the exemplars are made again", error)
                self._find_exemplars(unit, index, unit.exemplars)
                colors = self._color(unit, index)
        entry: Entry = {
            "frames": unit.frames,
            "colored": colors.colored,
            "grey": colors.grey,
            "unstable": colors.unstable,
        }
        if colors.led:
            entry["led"] = [(frame, round(share, 4)) for frame, share in colors.led]
        return entry

    def assembly(self, unit: Unit) -> Entry:
        """Put a film together, and in its place."""
        asset, began = unit.asset, time.perf_counter()
        seen = version(asset.source)
        asset.target.parent.mkdir(parents=True, exist_ok=True)
        index = self._read_index(unit)
        refuse_taken(asset)
        ledger, settings = self._context.folder.ledger, self._context.settings
        colors = colors_before(unit, ledger)
        grey = refuse_colorless_film(asset.source, colors, settings)
        exemplars = exemplars_before(unit, ledger)
        shots = guided_shots(exemplars, led_before(unit, ledger))
        tags = guide_properties(guide_digest(asset.guide), exemplars.touched_shots)
        film = assemble_in_place(unit, index, self._worker, tags, framemd5=settings.framemd5)
        self._context.date_result(asset.target, asset.source)
        stages, peak = work_before(unit, ledger)
        stages["assemble"] = time.perf_counter() - began
        told = (*film.notes, *colors.notes, *grey, *exemplars.notes, *advice_on(shots))
        self._context.settle_made(
            asset,
            notes=film_notes(told, *asset.notes),
            frames=film.frames,
            missing=film.missing,
            seconds=round(sum(stages.values()), 3),
            stages={name: round(seconds, 3) for name, seconds in stages.items()},
            peak_memory=peak,
            shots=shots,
        )
        entry: Entry = {"made": {place_of(asset.target): seen}}
        if shots:
            entry["guided"] = [shot.record() for shot in shots]
        return entry

    def _color(self, unit: Unit, index: FilmIndex) -> FrameColors:
        assert unit.segment is not None
        return self._worker.segment(
            unit.asset.source,
            index,
            unit.segment,
            unit.part,
            self._progress.advance,
            unit.exemplars,
        )

    def _find_exemplars(self, unit: Unit, index: FilmIndex, folder: Path) -> Entry:
        if not folder.is_dir():
            remove(folder)
        asset, step = unit.asset, self._progress.step
        try:
            facts = self._worker.exemplars(asset.source, index, asset.guide, folder, step)
        except KinemacolorError as error:
            raise asset.origins.told(error) if asset.origins else error from error
        return entry_of_exemplars(facts, folder)

    def _index(self, unit: Unit) -> FilmIndex:
        """The index from a film's ranges, or by reading the whole where a range is damaged."""
        if unit.ranges:
            try:
                return self._worker.joined_index(unit.asset.source, unit.ranges)
            except KinemacolorError as error:
                if Path(str(error.subject)) not in unit.ranges:
                    raise
                log.warning("%s; the film is read again", error)
        return self._worker.index(unit.asset.source, self._progress.step)

    def _read_index(self, unit: Unit) -> FilmIndex:
        """The index of a unit's film; one that is damaged is made again, and is the same."""
        from kinemacolor.engine.media.video.index import FilmIndex  # the codecs load slowly

        try:
            return FilmIndex.read(unit.index)
        except (KinemacolorError, OSError) as error:
            log.warning("%s; the film is read again", error)
            index = self._worker.index(unit.asset.source, self._progress.step)
            _write_index(unit, index)
            return index


def _is_inside(subject: object, folder: Path) -> bool:
    """Whether an error is about a folder, or about something in it."""
    return Path(str(subject)).is_relative_to(folder)


def _make_way(place: Path) -> None:
    """Remove what stands in the place of a record and is no file, such as a folder or a pipe."""
    if os.path.lexists(place) and not place.is_file():
        remove(place)


def _write_index(unit: Unit, index: FilmIndex) -> None:
    unit.index.parent.mkdir(parents=True, exist_ok=True)
    _make_way(unit.index)
    index.write(unit.index)
