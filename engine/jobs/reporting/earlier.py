"""What earlier runs of a job found out about results that are there already, from its log."""

from __future__ import annotations

import json
from pathlib import Path

from kinemacolor.engine.jobs.reporting.events import OutcomeFacts, State
from kinemacolor.engine.jobs.reporting.guided_shots import GuidedShot

_KEPT = (
    *("bytes_out", "sha256_in", "sha256_out"),
    *("lightness_error_mean", "lightness_error_max", "guide"),
)


def earlier_facts(log: Path) -> dict[str, OutcomeFacts]:
    """Sizes, hashes and errors of results by their sources, as they were when they were made.

    Args:
        log: a job's events, a line of JSON each; it may be missing, or end in half a line.
    """
    found: dict[str, OutcomeFacts] = {}
    try:
        lines = log.read_bytes().splitlines()
    except OSError:
        return found
    for line in lines:
        try:
            event = json.loads(line)
            if event["event"] == State.DONE and "member" not in event:
                facts = {name: event[name] for name in _KEPT if name in event}
                facts["shots"] = tuple(map(GuidedShot.of, event.get("shots", ())))
                found[event["asset"]] = OutcomeFacts(**facts)  # type: ignore[typeddict-item]
        except (ValueError, TypeError, KeyError):  # cut off by a kill
            continue
    return found
