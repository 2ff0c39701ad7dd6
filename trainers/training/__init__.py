"""Training of any variant: the job, the loop, its records, and many workers."""

from kinemacolor.trainers.errors import Interrupted, TrainingError, one_line
from kinemacolor.trainers.training.job import Job
from kinemacolor.trainers.training.loop import train
from kinemacolor.trainers.training.split import hold_out

__all__ = ["Interrupted", "Job", "TrainingError", "hold_out", "one_line", "train"]
