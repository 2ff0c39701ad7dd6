"""Settles the backend of a job, once: what has begun goes on as it began."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path

from kinemacolor.engine.jobs.planning.plan import Plan
from kinemacolor.engine.jobs.state.folder import JobFolder
from kinemacolor.engine.media.kinds import Kind
from kinemacolor.engine.settings import Settings
from kinemacolor.models.errors import KinemacolorError


def resolve_backend(plan: Plan, say: Callable[[str], None] | None) -> Plan:
    """The plan with "auto" replaced by the backend that the job takes, or took when it began.

    Args:
        say: is told the choice and its reasons.

    Raises:
        KinemacolorError: the device is absent, or the model unknown.
    """
    settings = plan.settings
    pending = [asset for asset in plan.assets if asset.pending and asset.kind is not Kind.OTHER]
    if settings.backend != "auto" or not pending:
        return plan
    record = None if plan.overwrite else JobFolder(plan.folder).record
    if record is not None:
        backend = record["settings"].get("backend", "eager")
    else:
        from kinemacolor.engine.backends.choice import Films, choose  # torch takes seconds to load

        films = [asset for asset in pending if asset.kind is Kind.FILM]
        frames = sum(film.frames for film in films)
        shapes = _shapes([film.source for film in films], settings)
        backend, error_reason = choose(settings, Films(frames, shapes))
        if say:
            say(error_reason)
    return replace(plan, settings=replace(settings, backend=backend))


def _shapes(films: Sequence[Path], settings: Settings) -> Iterator[tuple[int, int]]:
    from kinemacolor.engine.pipeline.film import working_shape_of

    for film in films:
        try:
            yield working_shape_of(film, settings)
        except KinemacolorError:
            continue  # as will be told when it is coloured
