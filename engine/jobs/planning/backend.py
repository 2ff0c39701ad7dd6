"""The backend of a job, resolved once: a job that has begun goes on with the one it began with."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path

from kinemacolor.engine.backends.decision import Decision
from kinemacolor.engine.color.geometry import common_shapes
from kinemacolor.engine.jobs.planning.plan import Plan
from kinemacolor.engine.jobs.state.folder import JobFolder
from kinemacolor.engine.media.kinds import Kind
from kinemacolor.engine.process import loading
from kinemacolor.engine.settings import Settings
from kinemacolor.models.errors import KinemacolorError


@loading()
def resolve_backend(plan: Plan, say: Callable[[Decision], None] | None) -> Plan:
    """The plan, with the backend "auto" in its settings replaced by the one that the job takes.

    This is the second and last time that settings are replaced; `make_plan` has set the container.

    Args:
        plan: as `make_plan` gives it.
        say: called with the choice, where there is one; None where nobody listens.

    Raises:
        KinemacolorError: the device is absent, or the model unknown.
    """
    settings = plan.settings
    pending = [asset for asset in plan.assets if asset.pending and asset.kind is not Kind.OTHER]
    if settings.backend != "auto" or not pending:
        return plan
    record = None if plan.overwrite else JobFolder(plan.folder).readable_record
    if record is not None:
        backend = record.settings.backend
    else:
        from kinemacolor.engine.backends.choice import Work, choose  # torch takes seconds to load

        films = [asset for asset in pending if asset.kind is Kind.FILM]
        frames = sum(film.frames for film in films)
        shapes = _shapes([film.source for film in films], settings)
        stills = sum(asset.frames for asset in pending if asset.kind is not Kind.FILM)
        common = common_shapes(settings.working_size)
        decision = choose(settings, Work(frames, shapes, stills, common))
        backend = decision.backend
        if say:
            say(decision)
    return replace(plan, settings=replace(settings, backend=backend))


def _shapes(films: Sequence[Path], settings: Settings) -> Iterator[tuple[int, int]]:
    from kinemacolor.engine.pipeline.film_stages import working_shape_of

    for film in films:
        try:
            yield working_shape_of(film, settings)
        except KinemacolorError:
            continue  # reported when it is coloured
