"""The training loop: steps, averaged weights, checkpoints that a killed run goes on from."""

from __future__ import annotations

import csv
import json
from collections.abc import Callable
from copy import deepcopy
from pathlib import Path
from typing import Any

import torch
from torch import Tensor
from torch.utils.data import DataLoader
from tqdm import tqdm

from models import weights
from models.catalog import variant
from models.colorizer import Colorizer, Hints
from models.kinema import Kinema
from models.recipe import Recipe
from trainers.evaluation import Scores, evaluate
from trainers.hints import from_truth
from trainers.losses import LOSSES
from trainers.photos import Crops, PhotoSet, StepSampler
from trainers.pretrained import load_encoder


def _optimizer(recipe: Recipe, groups: list[dict[str, Any]]) -> torch.optim.Optimizer:
    """The recipe's optimizer; the rate is set at every step."""
    if recipe.optimizer == "rmsprop":
        return torch.optim.RMSprop(groups, lr=0.0, eps=recipe.eps)
    kind = torch.optim.Adam if recipe.optimizer == "adam" else torch.optim.AdamW
    return kind(groups, lr=0.0, betas=recipe.betas, eps=recipe.eps, fused=True)


class Training:
    """One run in one folder: checkpoint.pt, best.safetensors, last.safetensors, log.csv, run.json.

    Args:
        name: catalog variant.
        recipe: what to do.
        photos: to learn from.
        validation: photos to score on; none means no scores, and the last weights are the best.
        folder: of the run; made if absent.
        device: where to train.
        init: weights file to start from instead of the recipe's encoder weights.
        resume: go on from the folder's checkpoint.

    Raises:
        FileExistsError: the folder holds a checkpoint and `resume` is not set.
    """

    def __init__(
        self,
        name: str,
        recipe: Recipe,
        photos: PhotoSet,
        validation: list[Path],
        folder: Path,
        *,
        device: str = "cpu",
        init: str | None = None,
        resume: bool = False,
    ) -> None:
        recipe = recipe.resolved(len(photos))
        self.name, self.recipe, self.photos, self.validation = name, recipe, photos, validation
        self.folder, self.device = folder, torch.device(device)
        self.checkpoint = folder / "checkpoint.pt"
        folder.mkdir(parents=True, exist_ok=True)
        if self.checkpoint.exists() and not resume:
            raise FileExistsError(f"{folder}: holds a training already; --resume goes on with it")

        torch.manual_seed(recipe.seed)
        self.network = variant(name).builder()
        if init is not None:
            self.network.load_state_dict(weights.load(init).network.state_dict())
        elif not self.checkpoint.exists() and isinstance(self.network, Kinema):
            load_encoder(self.network, recipe.encoder_weights)
        self.network.to(self.device).to(memory_format=torch.channels_last)  # type: ignore[call-overload]
        self.average: Colorizer = deepcopy(self.network).eval().requires_grad_(False)
        self.optimizer = _optimizer(recipe, self._groups())
        self.step = 0
        self.best = float("inf")
        if self.checkpoint.exists():
            self._restore()
        (folder / "run.json").write_text(json.dumps(self._description(), indent=2))

    def _groups(self) -> list[dict[str, Any]]:
        """Parameter groups: encoder or not, with weight decay or not."""
        groups: dict[tuple[bool, bool], list[Tensor]] = {}
        for name, parameter in self.network.named_parameters():
            key = (name.startswith("encoder."), parameter.ndim > 1)
            groups.setdefault(key, []).append(parameter)
        return [
            {
                "params": parameters,
                "factor": self.recipe.encoder_rate if encoder else 1.0,
                "weight_decay": self.recipe.weight_decay if decays else 0.0,
            }
            for (encoder, decays), parameters in groups.items()
        ]

    def _description(self) -> dict[str, Any]:
        return {
            "variant": self.name,
            "recipe": self.recipe.to_dict(),
            "photos": len(self.photos),
            "left_out": self.photos.left_out,
            "torch": torch.__version__,
        }

    def _save(self) -> None:
        part = self.checkpoint.with_suffix(".part")
        state = {
            "network": self.network.state_dict(),
            "average": self.average.state_dict(),
            "optimizer": self.optimizer.state_dict(),
            "step": self.step,
            "best": self.best,
        }
        torch.save(state, part)
        part.replace(self.checkpoint)

    def _restore(self) -> None:
        state = torch.load(self.checkpoint, map_location=self.device, weights_only=True)
        self.network.load_state_dict(state["network"])
        self.average.load_state_dict(state["average"])
        self.optimizer.load_state_dict(state["optimizer"])
        self.step, self.best = state["step"], state["best"]

    def _learn(self, batch: Tensor) -> float:
        """One optimizer step on (N, 4, H, W) LAB and hint mask; the loss before it."""
        batch = batch.to(self.device).float().contiguous(memory_format=torch.channels_last)
        lab, mask = batch[:, :3], batch[:, 3:]
        rate = self.recipe.rate_at(self.step)
        for group in self.optimizer.param_groups:
            group["lr"] = rate * group["factor"]
        with torch.autocast(self.device.type, torch.bfloat16):
            predicted = self.network(lab[:, :1], from_truth(lab, mask))
        guess = torch.cat([lab[:, :1], predicted.float()], dim=1)
        loss = LOSSES[self.recipe.loss](guess, lab)
        self.optimizer.zero_grad(set_to_none=True)
        loss.backward()
        if self.recipe.clip:
            torch.nn.utils.clip_grad_norm_(self.network.parameters(), self.recipe.clip)
        self.optimizer.step()
        self.step += 1
        self._average()
        return loss.item()

    @torch.no_grad()
    def _average(self) -> None:
        # Young averages forget faster, or they would remember the untrained start.
        decay = min(self.recipe.ema, self.step / (self.step + 10))
        ours, theirs = self.average.state_dict(), self.network.state_dict()
        for name, value in ours.items():
            if value.is_floating_point():
                value.lerp_(theirs[name], 1 - decay)
            else:
                value.copy_(theirs[name])

    @torch.inference_mode()
    def _predict(self, lightness: Tensor, hints: Hints | None) -> Tensor:
        if hints is not None:
            hints = Hints(*(x.to(self.device) for x in hints))
        with torch.autocast(self.device.type, torch.bfloat16):
            return self.average(lightness.to(self.device), hints).float().cpu()

    def score(self) -> Scores:
        """Scores of the averaged weights on the validation photos."""
        return evaluate(self._predict, self.validation, hint_rate=self.recipe.hint_rate)

    def _publish(self, scores: Scores | None) -> None:
        """Writes last.safetensors, and best.safetensors where the scores are the best so far."""
        metadata = self._description() | {"step": self.step}
        if scores is not None:
            metadata["scores"] = scores.to_dict()
        weights.save(self.average, self.folder / "last.safetensors", self.name, metadata=metadata)
        if scores is None or scores.ratio < self.best:
            self.best = scores.ratio if scores is not None else self.best
            weights.save(
                self.average, self.folder / "best.safetensors", self.name, metadata=metadata
            )

    def run(
        self,
        *,
        save_every: int = 100,
        score_every: int = 500,
        workers: int = 1,
        report: Callable[[str], None] = tqdm.write,
    ) -> None:
        """Trains from the present step to the recipe's end."""
        self.network.train()
        loader = DataLoader(
            Crops(self.photos, self.recipe),
            batch_sampler=StepSampler(len(self.photos), self.recipe, self.step),
            num_workers=workers,
            prefetch_factor=4 if workers else None,
            # A forked process may inherit a lock that a thread of this one holds.
            multiprocessing_context="spawn" if workers else None,
        )
        bar = tqdm(total=self.recipe.steps, initial=self.step, unit="step", dynamic_ncols=True)
        running: float | None = None
        for lab in loader:
            loss = self._learn(lab)
            running = loss if running is None else 0.98 * running + 0.02 * loss
            bar.update()
            bar.set_postfix(loss=f"{running:.4f}", size=lab.shape[-1])
            last = self.step == self.recipe.steps
            scores = None
            if self.validation and (last or self.step % score_every == 0):
                scores = self.score()
                report(
                    f"step {self.step}: CIEDE2000 {scores.ratio:.4f} of grey's, colourfulness "
                    f"{scores.colourfulness:.1f} of {scores.colourfulness_true:.1f}"
                )
            if last or scores is not None:
                self._publish(scores)
            if last or scores is not None or self.step % save_every == 0:
                self._log(loss, running, scores)
                self._save()
        bar.close()

    def _log(self, loss: float, running: float, scores: Scores | None) -> None:
        path = self.folder / "log.csv"
        new = not path.exists()
        with path.open("a", newline="") as file:
            writer = csv.writer(file)
            if new:
                writer.writerow(["step", "loss", "running_loss", "ratio", "colourfulness"])
            measured = [scores.ratio, scores.colourfulness] if scores else ["", ""]
            writer.writerow([self.step, loss, running, *measured])
