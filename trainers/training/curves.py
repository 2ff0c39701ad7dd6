"""Training curves of a run as one picture."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from kinemacolor.models.plain_files import replace_plain
from kinemacolor.trainers.training.records import read_records

_POINTS = 1000
_SCORES = {"ratio": "CIEDE2000, of grey's", "psnr": "PSNR, dB", "colorfulness": "colorfulness"}


def draw_curves(folder: Path) -> None:
    """Writes curves.png from log.csv and scores.csv: loss, learning rate, scores, over steps."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    log, scores = read_records(folder / "log.csv"), read_records(folder / "scores.csv")
    if not log:
        return
    shown = [name for name in _SCORES if name in scores]
    figure = Figure(figsize=(8, 2.2 * (2 + len(shown))), layout="constrained")
    axes = figure.subplots(2 + len(shown), 1, sharex=True)
    step, loss, rate = _thinned(log["step"]), _thinned(log["loss"]), _thinned(log["rate"])
    axes[0].plot(step, loss, linewidth=0.8)
    axes[0].set_ylabel("loss")
    if loss.min() > 0:
        axes[0].set_yscale("log")
    axes[1].plot(step, rate, linewidth=0.8)
    axes[1].set_ylabel("learning rate")
    for axis, name in zip(axes[2:], shown, strict=True):
        axis.plot(scores["step"], scores[name], marker=".")
        axis.set_ylabel(_SCORES[name])
    for axis in axes:
        axis.grid(alpha=0.3)
    axes[-1].set_xlabel("step")
    part = folder / ".curves.part.png"
    FigureCanvasAgg(figure).print_png(part)
    replace_plain(part, folder / "curves.png")


def _thinned(values: list[float]) -> np.ndarray:
    """Values reduced to at most about a thousand, by the mean of equal runs."""
    run = max(1, len(values) // _POINTS)
    whole = len(values) // run * run
    return np.asarray(values[:whole]).reshape(-1, run).mean(axis=1)
