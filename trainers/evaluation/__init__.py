"""Evaluation of networks on photos whose true colours are known, with plain grey as baseline.

Protocol: short side to 256, centre crop 256x256, lightness from the photo, ab compared at that
size (`protocol`, `figures`). Hints are drawn from the truth, seeded by the photo's number.
"""

from kinemacolor.trainers.evaluation.predictor import error_predictor, predictor
from kinemacolor.trainers.evaluation.protocol import (
    SIZE,
    centre_lab,
    composed,
    draw_hints,
    parse_hints,
)
from kinemacolor.trainers.evaluation.run import evaluate
from kinemacolor.trainers.evaluation.scores import PhotoScores, Scores
from kinemacolor.trainers.evaluation.table import table

__all__ = [
    "SIZE",
    "PhotoScores",
    "Scores",
    "centre_lab",
    "composed",
    "draw_hints",
    "error_predictor",
    "evaluate",
    "parse_hints",
    "predictor",
    "table",
]
