"""The listing of a plan that `colorize --dry-run` prints."""

from __future__ import annotations

from collections import Counter

from kinemacolor.cli.console import Console
from kinemacolor.engine.jobs.formatting import format_bytes, format_counts
from kinemacolor.engine.jobs.planning.assets import Asset
from kinemacolor.engine.jobs.planning.plan import Plan


def list_plan(plan: Plan, console: Console) -> None:
    """Print a header, one line for each asset, and the totals."""
    console.result(f"{'kind':8}{'frames':>10}{'size':>11}  source -> result")
    for asset in plan.assets:
        console.result(_line(asset))
    counts = format_counts(Counter(asset.kind for asset in plan.assets))
    more = (
        " and more that are known only when archives are opened" if plan.frame_count_unknown else ""
    )
    size = format_bytes(sum(asset.size for asset in plan.assets))
    console.result(f"{counts}; {size}; {plan.frames:,} frames to colour{more}")


def _line(asset: Asset) -> str:
    frames = f"{asset.frames:,}{'+' if asset.frame_count_unknown else ''}" if asset.pending else "-"
    details = "; ".join(filter(None, (asset.contents, *asset.notes)))
    return (
        f"{asset.kind:8}{frames:>10}{format_bytes(asset.size):>11}  {asset.name}"
        + _outcome(asset)
        + (f"  ({details})" if details else "")
    )


def _outcome(asset: Asset) -> str:
    """What will become of an asset: its result's path, or why there will be none."""
    if asset.problem:
        return f"  FAILS: {asset.problem}"
    return f"  skipped: {asset.skipped}" if asset.skipped else f" -> {asset.target}"
