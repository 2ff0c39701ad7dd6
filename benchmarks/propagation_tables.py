"""The summary of a protocol as Markdown."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from benchmarks.color_measures import DIGITS
from benchmarks.propagation_scores import TRUTH, Row
from benchmarks.propagation_summary import (
    Clips,
    Protocol,
    clip_means,
    complete,
    with_seeds,
)
from benchmarks.record import verdict

_DIGITS = DIGITS | {"lpips": 4, "flicker": 2, "cdc": 5, "cpu": 0}
_AT_DISTANCES = ("de_l", "ab_psnr", "cm_ssim", "colorfulness")


def tables(clips: Clips, protocol: Protocol, found: Mapping[str, Any]) -> str:
    """Means of all measures, some by distance, de_l by clip, and lines on the worst frames.

    Args:
        clips: scores.
        protocol: of them.
        found: their `summary`.
    """
    means: Mapping[str, Row] = found["mean"]
    names = [name for name in _DIGITS if any(name in row for row in means.values())]
    parts = [_table(("method", *names), ([m, *_cells(row, names)] for m, row in means.items()))]
    for measure in _AT_DISTANCES:
        head = (f"{measure} at frame", *found["by_distance"])
        rows = (
            [method, *(_cell(at[method], measure) for at in found["by_distance"].values())]
            for method in means
        )
        parts.append(_table(head, [row for row in rows if any(row[1:])]))
    of_clips = {
        clip: with_seeds(
            {m: clip_means(scores[m], protocol) for m in complete(clips) if m != TRUTH}
        )
        for clip, scores in clips.items()
    }
    methods = next(iter(of_clips.values()))
    rows_of_clips = ([clip, *_cells_of(rows, "de_l")] for clip, rows in of_clips.items())
    parts.append(_table(("de_l of clip", *methods), rows_of_clips))
    return "\n\n".join([*parts, "\n".join(_lines(found))])


def _lines(found: Mapping[str, Any]) -> list[str]:
    lines = [
        f"{method} against {yardstick}, at worst: de_l {loss['more_de_l']:+.2f} "
        f"({loss['clip']}, frame {loss['frame']})"
        for method, losses in found["worst"].items()
        for yardstick, loss in losses.items()
    ]
    lines += [
        f"{method}: rank correlation of the share that is not led with de_l "
        f"{told['rank_correlation']:.2f} over {told['frames']:.0f} frames"
        for method, told in found["told"].items()
    ]
    for bar in found["bars"]:
        told = verdict(bar["holds"])
        lines.append(f"{bar['of']}: {bar['value']:.4g}, {bar['is']} {bar['bar']:.4g}: {told}")
    return lines


def _cells_of(rows: Mapping[str, Row], name: str) -> list[str]:
    return [_cell(row, name) for row in rows.values()]


def _cells(row: Row, names: Sequence[str]) -> list[str]:
    return [_cell(row, name) for name in names]


def _cell(row: Row, name: str) -> str:
    return f"{row[name]:.{_DIGITS[name]}f}" if name in row else ""


def _table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = [head, ("---",) * len(head), *rows]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)
