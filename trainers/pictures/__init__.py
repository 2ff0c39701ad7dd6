"""Sources of pictures for training and evaluation, read by number."""

from kinemacolor.trainers.pictures.base import SUFFIXES, DataError, Pictures
from kinemacolor.trainers.pictures.sources import open_pictures

__all__ = ["SUFFIXES", "DataError", "Pictures", "open_pictures"]
