"""The training recipe of a variant: all hyperparameters, as plain values."""

from __future__ import annotations

import math
from dataclasses import asdict, dataclass, replace
from typing import Any


@dataclass(frozen=True)
class Stage:
    """A phase of a training with one crop size and one batch size.

    Args:
        size: side of the square crops, pixels.
        batch: crops in an optimizer step, over all workers and accumulated micro-batches.
        steps: optimizer steps; 0 where the length is given by `epochs`.
        epochs: passes over the data, until `Recipe.resolved` turns them into steps.
        rate: factor on the learning rate in this stage.
    """

    size: int
    batch: int
    steps: int = 0
    epochs: float = 0.0
    rate: float = 1.0

    def __post_init__(self) -> None:
        if min(self.size, self.batch) < 1 or self.steps < 0 or self.epochs < 0:
            raise ValueError(f"{self}: size and batch must be positive, steps and epochs no less")
        if bool(self.steps) == bool(self.epochs):
            raise ValueError(f"{self}: give either steps or epochs")


@dataclass(frozen=True, kw_only=True)
class Recipe:
    """The hyperparameters of a training: everything that decides its result besides the data.

    Args:
        stages: done one after the other.
        optimizer: "adamw", "adam" or "rmsprop".
        learning_rate: the peak of the schedule; the encoder's is this times `encoder_rate`.
        betas: decay rates of the gradient's first and second moment; RMSprop has the second alone.
        eps: added to the denominator (Adam's and RMSprop's).
        encoder_rate: factor on the learning rate of the (pretrained) encoder.
        weight_decay: on weights with two or more dimensions; decoupled in AdamW.
        warmup: steps over which the rate rises linearly.
        decay_from: fraction of all steps from where the rate falls linearly to zero; 1 for never.
        psnr_floor: PSNR in dB; each validation below it lowers the rate; 0 for never.
        floor_drop: the fraction of `learning_rate` by which such a validation lowers it.
        loss: a name in `kinemacolor.trainers.losses.LOSSES`, or "distribution" for networks that
            predict one (`kinemacolor.models.distribution`).
        loss_space: "lab" or "rgb": the colour space of losses that can compare in both.
        embedding: "none", "vgg16" or "resnet50": the network of perceptual losses.
        embedding_weights: "imagenet" (from the hub), "none", or a state dict's path.
        embedding_training: whether the embedding's batch norm stays in training mode, as in
            KMHCNet's code; else it is in evaluation mode.
        dropout: probability that a channel of the coarsest features is left out of a step, less at
            finer ones; for networks that have such layers.
        drop_path: probability that the encoder's last residual block is left out for a crop, less
            at earlier ones and none at the first; likewise.
        ema: decay of the exponential moving average of the weights, which is what is validated and
            saved; 0 for none.
        clip: largest norm of the gradient; 0 for no clipping.
        accumulate: micro-batches that a batch is split into, to save memory.
        frozen: names of the network's modules whose weights and statistics stay as they are.
        frozen_statistics: whether batch norms use the running statistics they begin with, as in
            inference, instead of each batch's own; for fine-tuning with small batches.
        detail_every: steps a step in which the loss sees the output at full size; in the others it
            sees the distribution alone, which takes less time. For the loss "distribution".
        patience: validations without improvement before the training stops; 0 for no early stop.
        monitor: the figure that is to improve: "ratio" (of CIEDE2000 to that of grey) or "psnr".
        precision: "bf16" (mixed; float32 on a processor that has no such instructions) or "fp32".
        crop: smallest and largest crop, as a fraction of the photo's short side.
        stretch: largest ratio of the sides of what a crop shows; 1 for squares.
        turn: standard deviation of a photo's rotation before it is cropped, degrees.
        flip: probability of mirroring a crop.
        mixed: probability that a rectangle of a crop shows another photo.
        film: probability that a crop's lightness is degraded as an old film's
            (`kinemacolor.trainers.film_degradation`).
        tone: probability that a crop that is not degraded has another emulsion and tone curve.
        hints: probabilities that a pixel's colour is given; each crop takes one of them.
        hint_rate: that probability in validation; 0 for no hints.
        encoder_weights: "imagenet" (from the hub), "none", or a file's path.
        seed: of data order, crops, hints and initial weights.
    """

    stages: tuple[Stage, ...] = (Stage(256, 16, 10_000),)
    optimizer: str = "adamw"
    learning_rate: float = 1e-3
    betas: tuple[float, float] = (0.9, 0.999)
    eps: float = 1e-8
    encoder_rate: float = 1.0
    weight_decay: float = 0.01
    warmup: int = 0
    decay_from: float = 1.0
    psnr_floor: float = 0.0
    floor_drop: float = 1 / 70
    loss: str = "huber"
    loss_space: str = "lab"
    embedding: str = "none"
    embedding_weights: str = "imagenet"
    embedding_training: bool = False
    dropout: float = 0.0
    drop_path: float = 0.0
    ema: float = 0.0
    clip: float = 0.0
    accumulate: int = 1
    frozen: tuple[str, ...] = ()
    frozen_statistics: bool = False
    detail_every: int = 1
    patience: int = 0
    monitor: str = "ratio"
    precision: str = "bf16"
    crop: tuple[float, float] = (1.0, 1.0)
    stretch: float = 1.0
    turn: float = 0.0
    flip: float = 0.0
    mixed: float = 0.0
    film: float = 0.0
    tone: float = 0.0
    hints: tuple[float, ...] = ()
    hint_rate: float = 0.0
    encoder_weights: str = "imagenet"
    seed: int = 0

    def __post_init__(self) -> None:
        for name, allowed in _ALLOWED.items():
            if getattr(self, name) not in allowed:
                raise ValueError(f"{name}: {getattr(self, name)!r} is none of {', '.join(allowed)}")
        if not self.stages:
            raise ValueError("stages: at least one is needed")
        if self.accumulate < 1 or any(s.batch % self.accumulate for s in self.stages):
            raise ValueError(f"accumulate: {self.accumulate} does not divide every stage's batch")
        if self.detail_every > 1 and self.loss != "distribution":
            raise ValueError("detail_every: only the loss distribution can leave out detail")

    @property
    def steps(self) -> int:
        """Optimizer steps of all stages together; of a resolved recipe."""
        return sum(stage.steps for stage in self.stages)

    def resolved(self, photos: int) -> Recipe:
        """The recipe with every stage's length in steps, for that many photos."""
        stages = (
            replace(s, steps=math.ceil(s.epochs * photos / s.batch), epochs=0.0) if s.epochs else s
            for s in self.stages
        )
        return replace(self, stages=tuple(stages))

    def stage_at(self, step: int) -> Stage:
        """The stage of step number `step`, from 0.

        Raises:
            IndexError: the recipe has fewer steps.
        """
        for stage in self.stages:
            if step < stage.steps:
                return stage
            step -= stage.steps
        raise IndexError(f"the recipe has {self.steps} steps")

    def rate_at(self, step: int, lowered: int = 0) -> float:
        """The learning rate of a step: linear warm-up, plateau, linear decay to zero.

        Args:
            step: its number, from 0.
            lowered: number of validations below `psnr_floor` so far.
        """
        rise = min(1.0, (step + 1) / max(1, self.warmup))
        start = self.decay_from * self.steps
        fall = min(1.0, (self.steps - step) / max(1.0, self.steps - start))
        floor = max(0.0, 1 - lowered * self.floor_drop)
        return self.learning_rate * min(rise, fall) * floor * self.stage_at(step).rate

    def to_dict(self) -> dict[str, Any]:
        """The recipe as JSON values."""
        return asdict(self)

    @classmethod
    def from_dict(cls, values: dict[str, Any]) -> Recipe:
        """Make a recipe from what `to_dict` gave.

        Raises:
            TypeError: there is an unknown name.
            ValueError: a value is impossible.
        """
        known = dict(values)
        if "stages" in known:
            known["stages"] = tuple(Stage(**stage) for stage in known["stages"])
        for name in ("crop", "betas", "hints", "frozen"):
            if name in known:
                known[name] = tuple(known[name])
        return cls(**known)


_ALLOWED = {
    "optimizer": ("adamw", "adam", "rmsprop"),
    "loss_space": ("lab", "rgb"),
    "embedding": ("none", "vgg16", "resnet50"),
    "monitor": ("ratio", "psnr"),
    "precision": ("bf16", "fp32"),
}
