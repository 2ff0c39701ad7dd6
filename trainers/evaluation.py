"""Scores a network on photos whose true colours are known, with plain grey beside it.

Protocol: short side to 256, centre crop 256x256, lightness from the photo, ab compared at that
size. CIEDE2000 is the mean over pixels, then photos, with equal lightness on both sides;
colourfulness, PSNR and SSIM are of the composed sRGB picture.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import cv2
import numpy as np
import torch
from torch import Tensor
from torchmetrics.functional.image import structural_similarity_index_measure as ssim

from models.colorizer import Hints
from models.colorspace import lab_to_srgb
from trainers.hints import from_truth, random_mask
from trainers.metrics import ciede2000, colourfulness, psnr
from trainers.photos import DataError, read_rgb, to_lab

SIZE = 256


@dataclass(frozen=True)
class Scores:
    """Means over photos; `bias_a` and `bias_b` are the mean ab minus the truth's (a cast)."""

    photos: int
    ciede2000: float
    ciede2000_grey: float
    colourfulness: float
    colourfulness_true: float
    psnr: float
    psnr_grey: float
    ssim: float
    ssim_grey: float
    ab_error: float
    ab_error_grey: float
    bias_a: float
    bias_b: float

    @property
    def ratio(self) -> float:
        """CIEDE2000 as a fraction of plain grey's: below 1 is a gain."""
        return self.ciede2000 / self.ciede2000_grey

    def to_dict(self) -> dict[str, float]:
        return {**asdict(self), "ratio": self.ratio}


def centre_lab(path: Path) -> Tensor:
    """(3, 256, 256) LAB of a photo as the protocol crops it.

    Raises:
        DataError: the file cannot be read.
    """
    rgb = read_rgb(path)
    if rgb is None:
        raise DataError(f"{path}: cannot be read as a photo")
    height, width = rgb.shape[:2]
    scale = SIZE / min(height, width)
    size = (max(SIZE, round(width * scale)), max(SIZE, round(height * scale)))
    rgb = cv2.resize(rgb, size, interpolation=cv2.INTER_AREA if scale < 1 else cv2.INTER_CUBIC)
    top, left = (size[1] - SIZE) // 2, (size[0] - SIZE) // 2
    return to_lab(rgb[top : top + SIZE, left : left + SIZE])


def _measures(lab: Tensor, ab: Tensor) -> Iterator[Tensor]:
    """CIEDE2000, colourfulness, PSNR, SSIM and |ab error| of each of (N, ...) photos."""
    guess = torch.cat([lab[:, :1], ab], dim=1)
    rgb, true = lab_to_srgb(guess).clamp(0, 1), lab_to_srgb(lab).clamp(0, 1)
    yield ciede2000(guess, lab).mean(dim=(1, 2))
    yield colourfulness(rgb)
    yield psnr(rgb, true)
    yield torch.as_tensor(ssim(rgb, true, data_range=1.0, reduction="none"))
    yield (guess - lab)[:, 1:].norm(dim=1).mean(dim=(1, 2))


def _hints(lab: Tensor, rate: float, first: int) -> Hints:
    """Random hints from the truth; photo number n's depend on n alone."""
    masks = [
        random_mask(SIZE, SIZE, rate, np.random.default_rng(first + i)) for i in range(len(lab))
    ]
    return from_truth(lab, torch.from_numpy(np.stack(masks))[:, None])


def evaluate(
    predict: Callable[[Tensor, Hints | None], Tensor],
    paths: Sequence[Path],
    *,
    hint_rate: float = 0.0,
    batch: int = 8,
    progress: Callable[[Iterable[Sequence[Path]]], Iterable[Sequence[Path]]] = iter,
) -> Scores:
    """Scores `predict`, which maps (N, 1, 256, 256) L* and hints to (N, 2, 256, 256) ab.

    Args:
        predict: the network.
        paths: photos.
        batch: photos at a time; no influence on the scores.
        progress: wraps the iteration, as tqdm does.
    """
    ours: list[Tensor] = []
    greys, trues, bias = [], [], []
    batches = [paths[i : i + batch] for i in range(0, len(paths), batch)]
    for some in progress(batches):
        lab = torch.stack([centre_lab(path) for path in some])
        hints = _hints(lab, hint_rate, len(ours) * batch) if hint_rate else None
        ab = predict(lab[:, :1], hints).float()
        ours.append(torch.stack(list(_measures(lab, ab))))
        greys.append(torch.stack(list(_measures(lab, torch.zeros_like(ab)))))
        trues.append(colourfulness(lab_to_srgb(lab).clamp(0, 1)))
        bias.append((ab - lab[:, 1:]).mean(dim=(2, 3)))
    own, grey = torch.cat(ours, 1).mean(1).tolist(), torch.cat(greys, 1).mean(1).tolist()
    cast = torch.cat(bias).mean(0).tolist()
    return Scores(
        photos=len(paths),
        ciede2000=own[0],
        ciede2000_grey=grey[0],
        colourfulness=own[1],
        colourfulness_true=torch.cat(trues).mean().item(),
        psnr=own[2],
        psnr_grey=grey[2],
        ssim=own[3],
        ssim_grey=grey[3],
        ab_error=own[4],
        ab_error_grey=grey[4],
        bias_a=cast[0],
        bias_b=cast[1],
    )


def table(scores: Scores) -> str:
    """The scores as aligned text."""
    rows = [
        ("", "network", "grey", "truth"),
        ("CIEDE2000", f"{scores.ciede2000:.3f}", f"{scores.ciede2000_grey:.3f}", "0"),
        ("  ratio to grey", f"{scores.ratio:.3f}", "1", ""),
        ("colourfulness", f"{scores.colourfulness:.1f}", "0", f"{scores.colourfulness_true:.1f}"),
        ("PSNR, dB", f"{scores.psnr:.2f}", f"{scores.psnr_grey:.2f}", ""),
        ("SSIM", f"{scores.ssim:.4f}", f"{scores.ssim_grey:.4f}", "1"),
        ("|ab error|", f"{scores.ab_error:.2f}", f"{scores.ab_error_grey:.2f}", "0"),
        ("mean a* minus truth", f"{scores.bias_a:+.2f}", "", "0"),
        ("mean b* minus truth", f"{scores.bias_b:+.2f}", "", "0"),
    ]
    lines = [f"{name:<20}{ours:>10}{grey:>10}{true:>10}" for name, ours, grey, true in rows]
    return "\n".join([f"{scores.photos} photos", *lines])
