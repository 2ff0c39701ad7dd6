"""How a variant is trained: plain values that a run can be repeated from."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any


@dataclass(frozen=True)
class Stage:
    """A part of a training with one picture size.

    Args:
        size: side of the square crops, pixels.
        batch: crops a step.
        steps: optimizer steps.
    """

    size: int
    batch: int
    steps: int


@dataclass(frozen=True, kw_only=True)
class Recipe:
    """Everything that decides a training besides its data.

    Args:
        stages: done one after the other.
        learning_rate: the peak; the encoder's is this times `encoder_rate`.
        encoder_rate: factor for the (pretrained) encoder.
        weight_decay: of AdamW, on weights with two or more dimensions.
        warmup: steps of linear rise of the rate.
        decay_from: fraction of all steps from where the rate falls linearly to zero.
        loss: name in `trainers.losses.LOSSES`.
        ema: decay of the averaged weights, which are what is evaluated and saved; 0 for none.
        clip: largest norm of the gradient; 0 for no limit.
        crop: smallest and largest crop, as a fraction of the photo's short side.
        flip: chance of mirroring a crop.
        encoder_weights: "imagenet" (from the hub), "none", or a file's path.
        seed: of data order, crops and initial weights.
    """

    stages: tuple[Stage, ...] = (Stage(256, 16, 10_000),)
    learning_rate: float = 1e-3
    encoder_rate: float = 0.3
    weight_decay: float = 0.01
    warmup: int = 200
    decay_from: float = 0.6
    loss: str = "huber"
    ema: float = 0.999
    clip: float = 1.0
    crop: tuple[float, float] = (0.6, 1.0)
    flip: float = 0.5
    encoder_weights: str = "imagenet"
    seed: int = 0

    @property
    def steps(self) -> int:
        """Optimizer steps in all."""
        return sum(stage.steps for stage in self.stages)

    def stage_at(self, step: int) -> Stage:
        """The stage that step number `step` (from 0) belongs to."""
        for stage in self.stages:
            if step < stage.steps:
                return stage
            step -= stage.steps
        raise IndexError(f"the recipe has {self.steps} steps")

    def rate_at(self, step: int) -> float:
        """Learning rate of step number `step`: warm-up, plateau, linear fall to zero."""
        rise = min(1.0, (step + 1) / max(1, self.warmup))
        start = self.decay_from * self.steps
        fall = min(1.0, (self.steps - step) / max(1.0, self.steps - start))
        return self.learning_rate * min(rise, fall)

    def to_dict(self) -> dict[str, Any]:
        """Plain values for JSON."""
        return asdict(self)

    @classmethod
    def from_dict(cls, values: dict[str, Any]) -> Recipe:
        """Inverse of `to_dict`; unknown names raise TypeError."""
        known = dict(values)
        if "stages" in known:
            known["stages"] = tuple(Stage(**stage) for stage in known["stages"])
        if "crop" in known:
            known["crop"] = tuple(known["crop"])
        return cls(**known)
