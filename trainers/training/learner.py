"""Optimizer step: the network, the average of its weights, the optimizer and the loss."""

from __future__ import annotations

import math
from contextlib import AbstractContextManager, nullcontext
from copy import deepcopy
from typing import Any, NamedTuple

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn.parallel import DistributedDataParallel
from torch.nn.utils import clip_grads_with_norm_, get_total_norm

from kinemacolor.models.colorizer import Colorizer, Hints
from kinemacolor.models.device import quick_bfloat16
from kinemacolor.models.recipe import Recipe
from kinemacolor.trainers.errors import TrainingError
from kinemacolor.trainers.training.depthwise import QuickDepthwise
from kinemacolor.trainers.training.freezing import freeze, freeze_statistics
from kinemacolor.trainers.training.objective import Objective
from kinemacolor.trainers.training.optimizer import build_optimizer, set_rate
from kinemacolor.trainers.training.ranks import Ranks


class Step(NamedTuple):
    """Result of one optimizer step.

    Attributes:
        loss: mean over the whole batch and all workers, before the step.
        norm: L2 norm of the gradient, before clipping.
    """

    loss: float
    norm: float


def computes_mixed(recipe: Recipe, device: torch.device) -> bool:
    """Whether a recipe computes in bfloat16 on a device: emulated, it takes longer than float32."""
    return recipe.precision == "bf16" and quick_bfloat16(device)


class Learner:
    """Trainer of a network step by step, with DistributedDataParallel over several workers.

    Batch norm then counts over all workers on GPUs (SyncBatchNorm), as one worker would; PyTorch
    has no such layer for CPUs, where every worker counts over its own share.

    Args:
        network: with its initial weights; worker 0's are broadcast to all.
        recipe: hyperparameters of the training.
        device: device to train on.
        ranks: the distributed workers.

    Attributes:
        is_mixed: it computes in bfloat16 where that is precise enough.
        average: network of the exponential moving average of the weights, in evaluation mode.

    Raises:
        TrainingError: the recipe's loss does not go with its other fields.
        PretrainedError: the weights that its loss needs cannot be had.
    """

    def __init__(
        self, network: Colorizer, recipe: Recipe, device: torch.device, ranks: Ranks
    ) -> None:
        self.recipe, self.device, self.ranks = recipe, device, ranks
        self.is_mixed = computes_mixed(recipe, device)
        network.to(device).to(memory_format=torch.channels_last)  # type: ignore[call-overload]
        self.network = network.train()
        try:
            network.regularize(recipe.dropout, recipe.drop_path)
        except ValueError as error:
            raise TrainingError(str(error)) from error
        freeze(self.network, recipe.frozen)
        if recipe.frozen_statistics:
            freeze_statistics(self.network)
        if ranks.world > 1 and device.type == "cuda":
            self.network = nn.SyncBatchNorm.convert_sync_batchnorm(self.network)
        self.optimizer = build_optimizer(recipe, self.network)
        try:
            self.objective: nn.Module = Objective(self.network, recipe).to(device)
        except ValueError as error:
            raise TrainingError(str(error)) from error
        if ranks.world > 1:
            # Encoders may hold parameters that a dense prediction leaves unused.
            self.objective = DistributedDataParallel(self.objective, find_unused_parameters=True)
        # After the workers have taken over worker 0's weights.
        self.average: Colorizer = deepcopy(self.network).eval().requires_grad_(False)

    def step(self, batch: Tensor, number: int, rate: float) -> Step:
        """Learns from this worker's share of a batch.

        Args:
            batch: (N, 4, H, W) LAB and hint mask.
            number: of the step, from 0; with the recipe's seed it seeds all that is random in it.
            rate: learning rate.

        Raises:
            TrainingError: the loss or the gradient is not finite; the weights are as before.
        """
        # Drawn anew at every step, dropout is the same after a restart.
        seeds = np.random.SeedSequence((self.recipe.seed, number, self.ranks.rank))
        generator = torch.cuda if self.device.type == "cuda" else torch.default_generator
        generator.manual_seed(int(seeds.generate_state(1)[0]))
        batch = batch.to(self.device, non_blocking=True).float()
        self.optimizer.zero_grad(set_to_none=True)
        parts = batch.chunk(self.recipe.accumulate)
        total = torch.zeros((), device=self.device)
        for i, part in enumerate(parts, start=1):
            with self._exchange(last=i == len(parts)):
                loss = self._loss(part, number) / len(parts)
                loss.backward()
            total += loss.detach()
        gradients = [p.grad for p in self.network.parameters() if p.grad is not None]
        norm = get_total_norm(gradients)
        result = Step(self.ranks.mean(total).item(), norm.item())
        if not (math.isfinite(result.loss) and math.isfinite(result.norm)):
            raise TrainingError(self._divergence(number, result))
        if self.recipe.clip:
            parameters = [p for p in self.network.parameters() if p.grad is not None]
            clip_grads_with_norm_(parameters, self.recipe.clip, norm)
        set_rate(self.optimizer, rate)
        self.optimizer.step()
        self._average(number + 1)
        return result

    @torch.inference_mode()
    def predict(self, lightness: Tensor, hints: Hints | None) -> Tensor:
        """Inference by the averaged network: (N, 2, H, W) float32 ab, on `lightness`' device."""
        if hints is not None:
            hints = Hints(*(x.to(self.device) for x in hints))
        with self._precision():
            ab = self.average(lightness.to(self.device), hints)
        return ab.float().to(lightness.device)

    def state(self) -> dict[str, Any]:
        """State for a checkpoint."""
        return {
            "network": self.network.state_dict(),
            "average": self.average.state_dict(),
            "optimizer": self.optimizer.state_dict(),
        }

    def restore(self, state: dict[str, Any]) -> None:
        """Loads what `state` gave."""
        self.network.load_state_dict(state["network"])
        self.average.load_state_dict(state["average"])
        self.optimizer.load_state_dict(state["optimizer"])

    def _loss(self, part: Tensor, number: int) -> Tensor:
        part = part.contiguous(memory_format=torch.channels_last)
        detailed = number % self.recipe.detail_every == 0
        with self._precision(), self._depthwise():
            loss: Tensor = self.objective(part[:, :3], part[:, 3:], detailed=detailed)
        return loss

    def _precision(self) -> AbstractContextManager[object]:
        return torch.autocast(self.device.type, torch.bfloat16, enabled=self.is_mixed)

    def _depthwise(self) -> AbstractContextManager[object]:
        on_cpu = self.device.type == "cpu"
        return QuickDepthwise() if on_cpu and self.is_mixed else nullcontext()

    def _exchange(self, *, last: bool) -> AbstractContextManager[object]:
        """Gradient exchange between workers: once a step, with its last accumulated part."""
        objective = self.objective
        if isinstance(objective, DistributedDataParallel) and not last:
            return objective.no_sync()
        return nullcontext()

    @torch.no_grad()
    def _average(self, steps: int) -> None:
        # Young averages forget faster, or they would remember the untrained start.
        decay = min(self.recipe.ema, steps / (steps + 10))
        theirs = self.network.state_dict()
        for name, value in self.average.state_dict().items():
            if value.is_floating_point():
                value.lerp_(theirs[name], 1 - decay)
            else:
                value.copy_(theirs[name])

    def _divergence(self, number: int, result: Step) -> str:
        other = " with --set precision=fp32," if self.is_mixed else ""
        return (
            f"step {number + 1}: the loss is {result.loss} and the gradient's norm {result.norm}; "
            f"the last checkpoint and weights are from before. Start anew from last.safetensors "
            f"(--init){other} a lower --learning-rate or --set clip=1"
        )
