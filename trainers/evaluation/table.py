"""Scores as a text table."""

from __future__ import annotations

import math

from kinemacolor.trainers.evaluation.figures import FIGURES, Figure
from kinemacolor.trainers.evaluation.scores import Scores

_COLUMNS = {"network": "network", "guided": "guided", "nearest": "nearest hints", "grey": "grey"}
_WIDTH, _NAMES = 15, 32


def table(scores: Scores) -> str:
    """Table of scores, a row for each metric.

    Columns are the network, guided colours and the nearest hints' baseline where they were scored,
    grey, the truth, and the network's gain over grey, positive where it is better.
    """
    columns = [column for column in _COLUMNS if column in scores.columns]
    heads = [*(_COLUMNS[column] for column in columns), "truth", "gain over grey"]
    lines = [_count(scores), _line("", heads)]
    for name, figure in FIGURES.items():
        if name in scores.missing:
            lines.append(_line(figure.label, ["n/a: weights not at hand"]))
        elif name in scores.columns["network"]:
            lines.append(_line(_label(name, figure, scores), _cells(name, figure, scores, columns)))
            if name == "ciede2000":
                lines.append(_ratios(scores, columns))
    lines += [f"{FIGURES[name].label}: {how}" for name, how in scores.missing.items()]
    return "\n".join(lines)


def _count(scores: Scores) -> str:
    text = f"{scores.photos:,} photo{'s' if scores.photos != 1 else ''}"
    if scores.hints:
        text += f", {scores.hints:.1f} hints each"
    if scores.unreadable:
        text += f"; left out, not readable: {', '.join(scores.unreadable)}"
    return text


def _label(name: str, figure: Figure, scores: Scores) -> str:
    return f"{figure.label} ({scores.notes[name]})" if name in scores.notes else figure.label


def _cells(name: str, figure: Figure, scores: Scores, columns: list[str]) -> list[str]:
    network, grey = (scores.columns[column][name] for column in ("network", "grey"))
    ideal = scores.colorfulness_true if name == "colorfulness" else figure.ideal
    sign = "+" if figure.best == "zero" else ""
    return [
        *(_number(scores.columns[column][name], figure.digits, sign) for column in columns),
        _number(ideal, figure.digits) if ideal is not None else "",
        _number(figure.gain(network, grey), figure.digits, "+"),
    ]


def _ratios(scores: Scores, columns: list[str]) -> str:
    grey = scores.columns["grey"]["ciede2000"]
    ratios = [scores.columns[c]["ciede2000"] / grey if grey else math.nan for c in columns]
    return _line("  of grey's", [f"{ratio:.3f}" for ratio in ratios])


def _number(value: float, digits: int, sign: str = "") -> str:
    # Adding zero turns what rounds to minus zero into zero.
    return "n/a" if math.isnan(value) else f"{round(value, digits) + 0.0:{sign}.{digits}f}"


def _line(name: str, cells: list[str]) -> str:
    joined = "".join(f"{cell:>{_WIDTH}}" if len(cell) < _WIDTH else f"  {cell}" for cell in cells)
    return f"{name:<{_NAMES}}{joined}".rstrip()
