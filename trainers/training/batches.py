"""Batches of a training: seeded, prefetched by loader processes, converted on the device."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from functools import partial

import torch
from torch import Tensor
from torch.utils.data import DataLoader

from kinemacolor.trainers.crops import Crops, crops_to_lab
from kinemacolor.trainers.photos import StepSampler
from kinemacolor.trainers.training.job import Job
from kinemacolor.trainers.training.ranks import Ranks
from kinemacolor.trainers.training.start import Course
from kinemacolor.trainers.training.timetable import Timetable


def batches_from(
    job: Job, course: Course, timetable: Timetable, ranks: Ranks, device: torch.device
) -> Iterator[Tensor]:
    """One worker's (N, 4, size, size) share of every batch from `course` on: LAB and hint mask."""
    loader = DataLoader(
        Crops(job.photos, job.recipe),
        batch_sampler=StepSampler(
            len(job.photos),
            job.recipe,
            course.step,
            rank=ranks.rank,
            world=ranks.world,
            stage_at=timetable.stage_at,
            first_crop=course.crops if timetable.seconds else None,
        ),
        num_workers=job.loaders,
        prefetch_factor=4 if job.loaders else None,
        # A forked process may inherit a lock that a thread of this one holds.
        multiprocessing_context="spawn" if job.loaders else None,
        pin_memory=device.type == "cuda",
        worker_init_fn=partial(_begin_loader, os.getpid()),
    )
    return (crops_to_lab(crops.to(device, non_blocking=True)) for crops in loader)


def _begin_loader(parent: int, _: int) -> None:
    """Ctrl-C reaches these processes too, but their parent decides when to stop."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    if os.getppid() != parent:  # killed meanwhile, which PyTorch sees only from here on
        os._exit(1)
