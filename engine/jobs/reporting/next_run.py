"""What the next run of a job would do with the results that are there, found as that run would."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from kinemacolor.engine.jobs.planning.plan import make_plan
from kinemacolor.engine.jobs.planning.units import place_of
from kinemacolor.engine.jobs.state.record import JobRecord
from kinemacolor.models.errors import KinemacolorError

_AGAIN = "made again"


def may_differ(plan: Iterable[Mapping[str, Any]], made: Mapping[str, bool]) -> bool:
    """Whether a job seems finished, or has results that are not as it left them.

    Of others the next run has more to do anyway, and what it would do is not worth the time.

    Args:
        plan: of the last run, a record for each asset.
        made: places of results, with whether they are as they were left.
    """
    changed = any(not same and Path(place).exists() for place, same in made.items())
    return changed or all(
        line["skipped"] or line["problem"] or made.get(place_of(line["target"]), False)
        for line in plan
    )


@dataclass(frozen=True)
class NextRun:
    """What `resume`, or the same command again, would do.

    Args:
        keeps: places of results that it would keep, as they are or changed by somebody.
        again: places of results that it would make again or refuse, with name and reason.
        problem: why it would not begin; empty where it would.
    """

    keeps: frozenset[str] = frozenset()
    again: Mapping[str, tuple[str, str]] = field(default_factory=dict)
    problem: str = ""

    @classmethod
    def of(cls, record: JobRecord) -> NextRun:
        """That of a job; sources are looked at, and nothing is written."""
        try:
            plan = make_plan(record.sources, record.out, record.settings, guide=record.guide)
        except (KinemacolorError, OSError) as error:
            return cls(problem=str(error))
        found = [(place_of(asset.target), asset) for asset in plan.assets]
        return cls(
            frozenset(place for place, asset in found if asset.kept and not asset.problem),
            {
                place: (asset.name, asset.problem or (asset.notes or (_AGAIN,))[-1])
                for place, asset in found
                if asset.pending or (asset.problem and asset.target.exists())
            },
        )
