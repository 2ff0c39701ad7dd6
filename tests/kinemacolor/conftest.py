"""Photos for the commands that train and evaluate, as the trainers' own tests have them."""

from tests.trainers.conftest import photo_folder

__all__ = ["photo_folder"]
