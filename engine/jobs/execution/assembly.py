"""A film's assembly: put in its place whole, with what its index and segments have told before."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

from kinemacolor.engine.errors import MediaError
from kinemacolor.engine.files import commit, scratch_beside
from kinemacolor.engine.guidance.exemplars.exemplar_facts import ExemplarFacts
from kinemacolor.engine.jobs.execution.exemplars_entry import facts_of
from kinemacolor.engine.jobs.execution.worker_protocol import FilmReport, Worker
from kinemacolor.engine.jobs.planning.film_sums import (
    framemd5_path,
    make_way_for_sums,
    remove_stale_sums,
)
from kinemacolor.engine.jobs.planning.units import Step, Unit
from kinemacolor.engine.jobs.state.entry import Entry
from kinemacolor.engine.jobs.state.ledger import Ledger
from kinemacolor.engine.machine import peak_memory
from kinemacolor.engine.pipeline.colorless import FrameColors

if TYPE_CHECKING:
    from kinemacolor.engine.media.video.index import FilmIndex


def assemble_in_place(
    assembly: Unit,
    index: FilmIndex,
    worker: Worker,
    tags: Mapping[str, str],
    *,
    framemd5: bool,
) -> FilmReport:
    """Put a film in its place: with its checksums, if they are asked for, or not at all.

    Args:
        assembly: the unit.
        index: of the film.
        worker: puts it together.
        tags: properties that its tag has besides.
        framemd5: whether a file of MD5 sums is written beside it.

    Raises:
        MediaError: a segment is damaged, or the result cannot be written or decoded.
        OSError: checksums of an earlier film cannot be removed.
    """
    source, target = assembly.asset.source, assembly.asset.target
    if not framemd5:
        replaced = target.is_file()
        film = worker.assemble(source, index, assembly.parts, target, tags)
        if replaced:
            remove_stale_sums(source, target)
        return film
    from kinemacolor.engine.media.video.framemd5 import write_framemd5  # loads the codecs

    with scratch_beside(target) as scratch:
        whole, sums = scratch / target.name, scratch / "framemd5"
        film = worker.assemble(source, index, assembly.parts, whole, tags)
        count = write_framemd5(whole, sums)
        if count != film.frames:
            problem = f"decodes to {count:,} frames, not to the {film.frames:,} encoded"
            raise MediaError(target, problem, "please report it")
        # No moment has a film beside sums of another, or sums alone, which are not overwritten.
        make_way_for_sums(target)
        commit(whole, target)
        commit(sums, framemd5_path(target))
    return film


def colors_before(assembly: Unit, ledger: Ledger) -> FrameColors:
    """How many frames of a film have got colours in its segments, or are damaged."""
    segments = list(_before(assembly, ledger, Step.SEGMENT))
    return FrameColors(
        # An entry of an older version does not tell.
        sum(entry.get("colored", entry.get("frames", 0)) for entry in segments),
        sum(entry.get("grey", 0) for entry in segments),
        sum(entry.get("unstable", 0) for entry in segments),
    )


def exemplars_before(assembly: Unit, ledger: Ledger) -> ExemplarFacts:
    """What is told of a film's exemplars; of none, where it has none."""
    entry = next(_before(assembly, ledger, Step.EXEMPLARS), None)
    return ExemplarFacts((), ()) if entry is None else facts_of(entry)


def led_before(assembly: Unit, ledger: Ledger) -> list[tuple[int, float]]:
    """The frames of a film that tell which share of the picture is led."""
    segments = _before(assembly, ledger, Step.SEGMENT)
    return [(frame, share) for entry in segments for frame, share in entry.get("led", [])]


def _before(assembly: Unit, ledger: Ledger, step: Step) -> Iterator[Entry]:
    """The entries of a film's units of a step."""
    for entry in map(ledger.get, assembly.needs):
        if entry is not None and entry.get("step") == step:
            yield entry


def work_before(assembly: Unit, ledger: Ledger) -> tuple[dict[str, float], int | None]:
    """What a film took before its assembly: seconds by stage, and the most bytes of memory."""
    stages = {"index": 0.0, "color": 0.0}
    peaks = [peak_memory()]
    for key in assembly.needs:
        entry = ledger.get(key)
        if entry is not None:
            reads = entry.get("step") in (Step.INDEX, Step.EXEMPLARS)
            stage = "index" if reads else "color"
            stages[stage] += entry.get("seconds", 0)
            peaks.append(entry.get("peak_memory"))
    return stages, max((peak for peak in peaks if peak is not None), default=None)
