"""The fields of a recipe that `--set` changes: their purpose and range; loads no PyTorch."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

from kinemacolor.models.recipe import Recipe
from kinemacolor.trainers.loss_names import LOSS_NAMES


@dataclass(frozen=True)
class Field:
    """What a user must know to change a field of a recipe.

    Args:
        text: what it is for, in a few words.
        low: its least value, if it is a number or some numbers.
        high: its largest.
        choices: its possible values, if it is a name.
    """

    text: str
    low: float = 0.0
    high: float = math.inf
    choices: tuple[str, ...] = ()

    @property
    def limits(self) -> str:
        """The possible values in words; empty where any text will do."""
        if self.choices:
            return ", ".join(self.choices)
        if math.isinf(self.high):
            return f"{self.low:g} or more" if math.isfinite(self.low) else ""
        return f"{self.low:g} to {self.high:g}"

    @property
    def in_words(self) -> str:
        """What it is for, and its possible values where they are not plain."""
        if self.choices and self.choices != tuple(LOSS_NAMES):
            return f"{self.text}: {self.limits}"
        if math.isfinite(self.high):
            return f"{self.text}, {self.limits}"
        return self.text


FIELDS = {
    "stages": Field(
        "parts of the training, SIZExBATCHxSTEPS,... or SIZExBATCHxEPOCHSe,...", low=-math.inf
    ),
    "learning_rate": Field("peak of the learning rate"),
    "encoder_rate": Field("the encoder's share of the learning rate"),
    "warmup": Field("steps in which the rate rises"),
    "decay_from": Field("share of all steps after which the rate falls", high=1),
    "psnr_floor": Field("dB of PSNR; scores below it lower the rate; 0 for never"),
    "floor_drop": Field("share of the rate that such a score takes", high=1),
    "optimizer": Field(
        "rule that turns gradients into steps", choices=("adamw", "adam", "rmsprop")
    ),
    "betas": Field("memory of the gradient's first and second moment", high=1),
    "eps": Field("added to the optimizer's denominator"),
    "weight_decay": Field("pull of the weights towards zero"),
    "clip": Field("largest norm of the gradient; 0 for any"),
    "accumulate": Field("parts that a batch is split into, to save memory", low=1),
    "frozen": Field("modules of the network that stay as they are, by name", low=-math.inf),
    "frozen_statistics": Field(
        "batch norms keep the statistics they begin with", choices=("true", "false")
    ),
    "detail_every": Field("steps per one whose loss sees full-size output", low=1),
    "dropout": Field("share of the coarsest features' channels left out of a step", high=0.9),
    "drop_path": Field("share of crops that pass by the encoder's last block", high=0.9),
    "ema": Field("memory of the averaged weights, which are saved; 0 for none", high=1),
    "loss": Field("see the losses", choices=tuple(LOSS_NAMES)),
    "loss_space": Field("where losses that can do both compare", choices=("lab", "rgb")),
    "embedding": Field(
        "classifier whose features a loss compares", choices=("none", "vgg16", "resnet50")
    ),
    "embedding_weights": Field("its weights: imagenet, none or a file", low=-math.inf),
    "embedding_training": Field("keep its batch norm in training mode", choices=("true", "false")),
    "encoder_weights": Field("as --encoder-weights", low=-math.inf),
    "patience": Field("scores without gain before it stops; 0 for never"),
    "monitor": Field("score that counts: CIEDE2000 to grey's, or PSNR", choices=("ratio", "psnr")),
    "precision": Field("arithmetic", choices=("bf16", "fp32")),
    "crop": Field("smallest and largest crop, as shares of the short side", low=0.01, high=1),
    "stretch": Field("largest ratio of a crop's sides before it is made square", low=1, high=4),
    "turn": Field("deviation of photos' rotation, degrees", high=180),
    "flip": Field("share of crops that are mirrored", high=1),
    "mixed": Field("share of crops of which a part shows another photo", high=1),
    "film": Field("share of crops made to look like old film", high=1),
    "tone": Field("share of the other crops that get another emulsion and tone curve", high=1),
    "hints": Field("shares of known pixels, of which every crop gets one", high=1),
    "hint_rate": Field("share of known pixels in scores", high=1),
    "seed": Field("of order, crops, hints and first weights"),
}


def default_text(name: str) -> str:
    """The default of a field, as one would write it after `NAME=`."""
    value = getattr(Recipe(), name)
    if name == "stages":
        return ",".join(f"{stage.size}x{stage.batch}x{stage.steps}" for stage in value)
    if isinstance(value, tuple):
        return f"[{','.join(f'{one:g}' for one in value)}]"
    if isinstance(value, bool):
        return str(value).lower()
    return f"{value:.3g}" if isinstance(value, float) else str(value)


def check_value(name: str, value: Any) -> None:
    """See that a value suits a field.

    Args:
        name: of the field, one of `FIELDS`; not "stages".
        value: as JSON has it.

    Raises:
        ValueError: it does not; the message says what would.
    """
    field, default = FIELDS[name], getattr(Recipe(), name)
    many = isinstance(default, tuple)
    values = value if many and isinstance(value, list | tuple) else [value]
    if (many and values is not value) or (name in ("betas", "crop") and len(values) != 2):
        raise ValueError(f"{value!r} is not possible; use a list such as [0.5,1]")
    if isinstance(default, bool):
        fits = isinstance(value, bool)
    elif name == "frozen":
        fits = all(isinstance(one, str) for one in values)
    elif isinstance(default, str):
        fits = isinstance(value, str) and (not field.choices or value in field.choices)
    else:
        whole = isinstance(default, int)
        kinds = (int,) if whole else (int, float)
        fits = all(
            isinstance(one, kinds) and not isinstance(one, bool) and field.low <= one <= field.high
            for one in values
        )
    if not fits:
        is_number = isinstance(default, int) and not field.choices
        limits = f"a whole number, {field.limits}" if is_number else field.limits or "a text"
        raise ValueError(f"{value!r} is not possible; use {limits}")
