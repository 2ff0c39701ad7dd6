"""Training of any variant: the job, the loop, its records, and many workers."""

from trainers.training.errors import Interrupted, TrainingError, one_line
from trainers.training.job import Job
from trainers.training.loop import train
from trainers.training.split import hold_out

__all__ = ["Interrupted", "Job", "TrainingError", "hold_out", "one_line", "train"]
