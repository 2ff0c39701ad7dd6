"""The commands that train and measure, for `engine.cli`."""

from trainers.commands.errors import CommandError
from trainers.commands.evaluate import evaluate
from trainers.commands.models import models
from trainers.commands.train import train

__all__ = ["CommandError", "evaluate", "models", "train"]
