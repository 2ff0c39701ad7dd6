"""What the scores of a protocol's clips say together: means, by distance, worst frames."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy.stats import spearmanr

from benchmarks.propagation_scores import TRUTH, Row

Clips = Mapping[str, Mapping[str, Mapping[str, Any]]]  # by clip, then by method: its scores

SEEDS = "points"  # the mean over the methods "points 0", "points 1" ...
_YARDSTICKS = ("held", "grey")


@dataclass(frozen=True)
class Protocol:
    """How a clip is scored.

    Args:
        frames: of each clip that are coloured, from its beginning; None is all.
        first: number of the first frame in the means: 0 counts what was given.
        distances: frames that are shown alone; the last one always is.
        methods: that are compared.
        source: where it is from.
        every: of so many frames one is in the means, the middle one.
    """

    frames: int | None
    first: int
    distances: tuple[int, ...]
    methods: tuple[str, ...]
    source: str
    every: int = 1

    def counts(self, number: int) -> bool:
        """Whether a frame is in the means."""
        return number >= self.first and (number - self.first) % self.every == self.every // 2

    def scores(self, number: int, last: int) -> bool:
        """Whether a frame is measured, `last` being the clip's last one."""
        return self.counts(number) or number in (0, *self.distances, last)


def clip_means(scores: Mapping[str, Any], protocol: Protocol) -> Row:
    """A method's means over a clip's frames that count, and its measures of whole clips."""
    rows = [row for number, row in enumerate(scores["frames"]) if protocol.counts(number)]
    means = {name: float(np.mean([row[name] for row in rows])) for name in rows[0]}
    whole = {name: scores.get(name) for name in ("flicker", "cdc", "cpu")}
    return means | {name: value for name, value in whole.items() if value is not None}


def mean_rows(rows: Iterable[Row]) -> Row:
    """Means over clips, of what is known of all of them."""
    found = list(rows)
    names = [name for name in found[0] if all(name in row for row in found)]
    return {name: float(np.mean([row[name] for row in found])) for name in names}


def complete(clips: Clips) -> list[str]:
    """Methods that all clips have, in the order of the first; the truth comes last."""
    first, *others = clips.values()
    return [name for name in first if all(name in clip for clip in others)]


def overall(clips: Clips, protocol: Protocol) -> dict[str, Row]:
    """Means over clips by method, and over seeds of points."""
    return with_seeds(
        {
            method: mean_rows(clip_means(clip[method], protocol) for clip in clips.values())
            for method in complete(clips)
        }
    )


def with_seeds(rows: dict[str, Row]) -> dict[str, Row]:
    """Rows by method, and the mean of those that differ by their seed, where there are several."""
    seeds = [row for method, row in rows.items() if method.startswith(f"{SEEDS} ")]
    return rows | ({SEEDS: mean_rows(seeds)} if len(seeds) > 1 else {})


def by_distance(clips: Clips, protocol: Protocol) -> dict[str, dict[str, Row]]:
    """Means over clips by frame, then by method; "last" is each clip's last frame.

    A frame that one clip lacks is left out.
    """
    shortest = min(len(scores[TRUTH]["frames"]) for scores in clips.values())
    at = {str(n): n for n in (0, *protocol.distances) if n < shortest} | {"last": -1}
    return {
        name: with_seeds(
            {
                method: mean_rows(clip[method]["frames"][number] for clip in clips.values())
                for method in complete(clips)
            }
        )
        for name, number in at.items()
    }


def worst(clips: Clips, protocol: Protocol, method: str) -> dict[str, dict[str, Any]]:
    """The frame at which a method loses most to each yardstick, or gains least: de_l over its."""
    found = {}
    for yardstick in _YARDSTICKS:
        losses = [
            (row["de_l"] - other["de_l"], clip, number)
            for clip, scores in clips.items()
            if method in scores and yardstick in scores
            for number, (row, other) in enumerate(
                zip(scores[method]["frames"], scores[yardstick]["frames"], strict=True)
            )
            if row and number >= max(1, protocol.first)
        ]
        if losses and method != yardstick:
            loss, clip, number = max(losses)
            found[yardstick] = {"more_de_l": loss, "clip": clip, "frame": number}
    return found


def told_score(clips: Clips, method: str) -> dict[str, float] | None:
    """Whether the share that a key frame leads to tells the error: over all frames and clips.

    Returns:
        `rank_correlation`, Spearman's, of the share that is *not* led with de_l, and `frames` that
        it rests on; None where no share is told, or it is the same everywhere.
    """
    pairs = [
        (1 - share, scores[method]["frames"][number]["de_l"])
        for scores in clips.values()
        for number, share in scores.get(method, {}).get("led", ())
        if scores[method]["frames"][number]
    ]
    if len(pairs) < 3:
        return None
    rank = float(spearmanr(*zip(*pairs, strict=True)).statistic)
    return None if math.isnan(rank) else {"rank_correlation": rank, "frames": len(pairs)}


def summary(clips: Clips, protocol: Protocol) -> dict[str, Any]:
    """All of it."""
    methods = [name for name in complete(clips) if name != TRUTH]
    return {
        "mean": overall(clips, protocol),
        "by_distance": by_distance(clips, protocol),
        "worst": {method: worst(clips, protocol, method) for method in methods},
        "told": {
            method: told for method in methods if (told := told_score(clips, method)) is not None
        },
    }
