"""The commands that train and measure, for `kinemacolor.cli.main`."""

from kinemacolor.cli.evaluate import evaluate
from kinemacolor.cli.models import models
from kinemacolor.cli.train import train
from kinemacolor.trainers.commands.errors import CommandError

__all__ = ["CommandError", "evaluate", "models", "train"]
