"""Scores of coloured versions of one clip, frame by frame, all versions side by side."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from benchmarks.clips import luma_of, to_codes
from benchmarks.color_measures import Seen, compare
from benchmarks.video_metrics import (
    CDC_GAPS,
    Motion,
    cdc,
    color_change,
    histograms,
    true_motion,
)
from kinemacolor.engine.errors import MediaError

Row = dict[str, float]  # a frame's measures, by their names
Distance = Callable[[np.ndarray, np.ndarray], float]  # of two (H, W, 3) R'G'B' pictures

TRUTH = "truth"


def score_clip(
    truth: Iterator[np.ndarray],
    versions: Mapping[str, Iterator[np.ndarray]],
    lpips: Distance | None = None,
    wanted: Callable[[int], bool] = lambda _: True,
) -> dict[str, dict[str, Any]]:
    """Measures of every version, by its name, and of the truth itself.

    Args:
        truth: the clip's frames, (H, W, 3) R'G'B' of 0..1.
        versions: the same number of frames, of the same size, each.
        lpips: where its weights are at hand.
        wanted: by a frame's number, whether it is measured.

    Returns:
        For each `frames`, a row a frame: `compare`'s measures (of the truth itself, colourfulness),
        empty where they are not wanted; `flicker`, the mean change of ab from the frame before a
        wanted one to that along the truth's motion; and `cdc`, of all frames. Both are None for
        clips that are too short.

    Raises:
        MediaError: a version ends early, or has another size.
    """
    names = [*versions, TRUTH]
    scores = {name: _Scores() for name in names}
    light: np.ndarray | None = None
    for number, rgb in enumerate(truth):
        together = {
            name: rgb if name == TRUTH else _next(name, number, versions[name], rgb)
            for name in names
        }
        for name, made in together.items():
            scores[name].pass_by(made)
        before, light = light, None
        if not (wanted(number) or wanted(number + 1)):
            continue
        light = to_codes(luma_of(rgb))
        true = Seen.of(rgb)
        seen = {name: true if name == TRUTH else Seen.of(made) for name, made in together.items()}
        if wanted(number):
            motion = None if before is None else true_motion(before, light)
            for name, frame in seen.items():
                scores[name].add(_row(name, frame, true, lpips), frame.ab, motion)
        for name, frame in seen.items():
            scores[name].ab = frame.ab
    return {name: found.as_json() for name, found in scores.items()}


def _next(name: str, number: int, frames: Iterator[np.ndarray], rgb: np.ndarray) -> np.ndarray:
    made = next(frames, None)
    if made is None or made.shape != rgb.shape:
        problem = "is missing" if made is None else "has another size than the clip"
        raise MediaError(name, f"frame {number} {problem}")
    return made


def _row(name: str, seen: Seen, true: Seen, lpips: Distance | None) -> Row:
    row = compare(seen, true)
    if name == TRUTH:
        return {"colorfulness": row["colorfulness"]}
    return row if lpips is None else row | {"lpips": lpips(seen.rgb, true.rgb)}


@dataclass
class _Scores:
    """What is known of one version by now."""

    rows: list[Row] = field(default_factory=list)
    counts: list[np.ndarray] = field(default_factory=list)
    changes: list[float] = field(default_factory=list)
    ab: np.ndarray | None = None  # of the frame before one that is wanted

    def pass_by(self, rgb: np.ndarray) -> None:
        """Take in the next frame, not measured as yet."""
        self.rows.append({})
        self.counts.append(histograms(to_codes(rgb)))

    def add(self, row: Row, ab: np.ndarray, motion: Motion | None) -> None:
        """Measures of the frame that was passed last; `motion` leads to it from the one before."""
        self.rows[-1] = row
        if self.ab is not None and motion is not None:
            self.changes.append(color_change(self.ab, ab, motion))

    def as_json(self) -> dict[str, Any]:
        """As `score_clip` gives it."""
        known = [change for change in self.changes if not math.isnan(change)]
        return {
            "frames": self.rows,
            "flicker": float(np.mean(known)) if known else None,
            "cdc": cdc(self.counts) if len(self.counts) > max(CDC_GAPS) else None,
        }
