"""Sample sheets: predictions of the same few pictures as the training goes on."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress

import cv2
import torch
from torch import Tensor

from kinemacolor.models.colorizer import Hints
from kinemacolor.models.plain_files import replace_plain
from kinemacolor.trainers.evaluation.protocol import centre_lab, composed, draw_hints
from kinemacolor.trainers.pictures import DataError
from kinemacolor.trainers.training.job import Job

_PICTURES = 6


def draw_samples(job: Job, predict: Callable[[Tensor, Hints | None], Tensor], step: int) -> None:
    """Writes samples/STEP.png: a row a picture with what is given, what is predicted, the truth.

    The pictures are spread over the validation source, or the photos where there is none.
    What is given is grey, with the hints where the recipe has some.
    """
    source = job.validation or job.photos
    count = min(_PICTURES, len(source))
    pictures = {}
    for number in (i * len(source) // count for i in range(count)):
        with suppress(DataError):
            pictures[number] = centre_lab(source.read(number))
    if not pictures:
        return
    lab = torch.stack(list(pictures.values()))
    hints = draw_hints(lab, list(pictures), job.recipe.hint_rate, 0)
    given = torch.zeros_like(lab[:, 1:]) if hints is None else hints.ab
    columns = [given, predict(lab[:, :1], hints), lab[:, 1:]]
    rows = torch.cat([composed(lab, ab) for ab in columns], dim=3)
    sheet = torch.cat(list(rows), dim=1).permute(1, 2, 0)
    pixels = (sheet * 255).round().byte().numpy()
    folder = job.folder / "samples"
    folder.mkdir(exist_ok=True)
    part = folder / ".part.png"
    cv2.imwrite(str(part), cv2.cvtColor(pixels, cv2.COLOR_RGB2BGR))
    replace_plain(part, folder / f"{step:07d}.png")
