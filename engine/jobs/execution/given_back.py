"""Sources that are in colour already: given back byte for byte, under their own names."""

from __future__ import annotations

from pathlib import Path

from kinemacolor.engine.errors import MediaError
from kinemacolor.engine.files import atomic_copy, sha256
from kinemacolor.engine.jobs.execution.context import JobContext
from kinemacolor.engine.jobs.planning.as_left import is_as_left
from kinemacolor.engine.jobs.planning.assets import IN_COLOR, Asset, is_source_itself
from kinemacolor.engine.jobs.planning.units import place_of
from kinemacolor.engine.jobs.reporting.events import State
from kinemacolor.engine.pipeline.given_back import GIVEN_BACK


def give_back(asset: Asset, context: JobContext, notes: tuple[str, ...]) -> Path:
    """Copy an asset to where its own name is among the results, and report it.

    Where that is the asset itself nothing is made, and it counts as skipped.

    Args:
        asset: a film or still.
        context: of the job.
        notes: why it is not coloured, and what else its owner should know.

    Returns:
        The copy, or the asset itself.

    Raises:
        MediaError: there is another file of this name.
        OSError: it cannot be read or written.
    """
    target = own_place(asset, context.settings.suffix)
    if is_source_itself(asset, target):
        notes = tuple(note for note in notes if note != GIVEN_BACK)
        context.settle(asset, State.SKIPPED, reason=IN_COLOR, notes=notes)
        return target
    target.parent.mkdir(parents=True, exist_ok=True)
    if target != asset.target and target.exists() and not _is_ours(target, context):
        digest = sha256(asset.source)
        if not target.is_file() or sha256(target) != digest:
            problem = f"is in colour already, and {target} is another file"
            raise MediaError(asset.source, problem, "move that away, or give another --out")
    else:
        digest = atomic_copy(asset.source, target)
    if target.name != asset.target.name:
        notes = (*notes, f"it is {target.name} among the results")
    context.settle(
        asset,
        State.CARRIED,
        target=str(target),
        notes=notes,
        bytes_out=target.stat().st_size,
        sha256_in=digest,
        sha256_out=digest,
    )
    return target


def own_place(asset: Asset, suffix: str) -> Path:
    """Where a source that is not coloured goes: its result's place, with its own name's end.

    Args:
        asset: a film or still.
        suffix: which coloured files' names get, and this one does not.
    """
    own = asset.source.suffix
    if suffix or asset.target.name == asset.source.name + asset.target.suffix:
        return asset.target.with_name(asset.source.name)
    if asset.target.suffix.lower() == own.lower():
        return asset.target
    return asset.target.with_suffix(own)


def _is_ours(target: Path, context: JobContext) -> bool:
    """Whether this job has put a file there, of an earlier version of the source."""
    left = context.folder.ledger.results().get(place_of(target))
    return left is not None and is_as_left(target, left)
