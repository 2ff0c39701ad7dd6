"""Rank of this process among the distributed workers of a training; 0 of 1 without any."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import torch
import torch.distributed as dist
from torch import Tensor


@dataclass(frozen=True)
class Ranks:
    """Rank and world size, with the collective operations that training needs.

    Attributes:
        rank: this worker's number; number 0 scores and writes the files.
        world: number of workers.
    """

    rank: int = 0
    world: int = 1

    @classmethod
    def of_process(cls) -> Ranks:
        """Rank and size of PyTorch's process group; a lone worker where there is none."""
        if dist.is_available() and dist.is_initialized():
            return cls(dist.get_rank(), dist.get_world_size())
        return cls()

    @property
    def writes(self) -> bool:
        """Whether this worker scores and writes files."""
        return self.rank == 0

    def mean(self, value: Tensor) -> Tensor:
        """Mean over all workers of a tensor on the training's device."""
        if self.world == 1:
            return value
        total = value.detach().clone()
        dist.all_reduce(total)
        return total / self.world

    def any(self, flag: bool, device: torch.device) -> bool:
        """Whether the flag is set at any worker."""
        if self.world == 1:
            return flag
        return bool(self.mean(torch.tensor(float(flag), device=device)) > 0)

    def broadcast(self, value: Any) -> Any:
        """Worker 0's value, at every worker."""
        if self.world == 1:
            return value
        box = [value]
        dist.broadcast_object_list(box)
        return box[0]
