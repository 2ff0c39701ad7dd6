"""The listing of a plan that `colorize --dry-run` prints."""

from __future__ import annotations

import textwrap
from collections import Counter
from dataclasses import asdict

from kinemacolor._settings_file import key_of
from kinemacolor.cli.console import Console
from kinemacolor.engine.jobs.formatting import format_bytes, format_counts
from kinemacolor.engine.jobs.planning.assets import Asset
from kinemacolor.engine.jobs.planning.plan import Plan
from kinemacolor.engine.settings import Settings

_TITLE = 10  # characters


def list_plan(plan: Plan, console: Console) -> None:
    """Print a header, one line for each asset, the totals, and the settings."""
    console.result(f"{'kind':8}{'frames':>10}{'size':>11}  source -> result")
    for asset in plan.assets:
        console.result(_line(asset))
    counts = format_counts(Counter(asset.kind for asset in plan.assets))
    more = (
        " and more that are known only when archives are opened" if plan.frame_count_unknown else ""
    )
    size = format_bytes(sum(asset.size for asset in plan.assets))
    console.result(f"{counts}; {size}; {plan.frames:,} frames to colour{more}")
    for note in plan.notes:
        console.result(f"note: {note}")
    for line in _settings(plan.settings):
        console.result(line)


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


def _settings(settings: Settings) -> list[str]:
    """All settings, first those that are not the defaults."""
    defaults = asdict(Settings())
    changed: list[str] = []
    usual: list[str] = []
    for field, value in asdict(settings).items():
        named = f"{key_of(field)}\xa0{_shown(value)}"
        (usual if value == defaults[field] else changed).append(named)
    lines = []
    for title, items in (("settings", changed or ["all defaults"]), ("defaults", usual)):
        indent = " " * _TITLE
        text = textwrap.fill(
            ", ".join(items),
            80,
            initial_indent=title.ljust(_TITLE),
            subsequent_indent=indent,
            break_on_hyphens=False,
        )
        lines += text.replace("\xa0", " ").splitlines()
    return lines


def _shown(value: object) -> str:
    """A value as one would type it; "-" where there is none."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float):
        return f"{value:g}"
    return "-" if value in (None, "") else str(value)
