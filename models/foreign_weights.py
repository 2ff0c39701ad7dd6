"""Weights files of other projects, told by names and shapes of their tensors; loads no PyTorch."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from kinemacolor.models.errors import WeightsError
from kinemacolor.models.extras import install_extra, missing_packages


class Origin(NamedTuple):
    """Where a network and its weights come from.

    Attributes:
        project: its name.
        license: of the published weights, by its SPDX identifier.
        extra: of this package, which brings the architecture; empty where none is needed.
    """

    project: str
    license: str
    extra: str = ""


_DDCOLOR = Origin("DDColor", "Apache-2.0", "ddcolor")
_ZHANG = Origin("Colorful image colorization", "BSD-2-Clause")

ORIGINS: Mapping[str, Origin] = {
    "ddcolor_tiny": _DDCOLOR,
    "ddcolor_large": _DDCOLOR,
    "eccv16": _ZHANG,
    "siggraph17": _ZHANG,
}
# A tensor that no other network has, by its name and shape.
_MARKS = {
    "eccv16": ("model_out.weight", (2, 313, 1, 1)),
    "siggraph17": ("model1short10.0.weight", (128, 64, 3, 3)),
}
_DDCOLOR_WIDTH = "encoder.arch.stages.0.0.norm.weight"
_DDCOLOR_COLORS = "refine_net.0.0.weight_orig"
_DDCOLOR_SIZES = {(96, 9): "ddcolor_tiny", (192, 27): "ddcolor_large"}  # width, third stage's depth
_WRAPPERS = ("params_ema", "params", "state_dict", "model")  # around a state dict in a .pth file
_PREFIXES = ("module.", "model.", "generator.", "netG.")  # of all names, by what trained them


def recognize(shapes: Mapping[str, object], file: object) -> str:
    """The name of the network that weights of another project are for.

    Args:
        shapes: of the tensors, by name; what is no shape is passed over.
        file: for the error.

    Returns:
        Empty where it is none that is known.

    Raises:
        WeightsError: it is a DDColor of another size than those that were published.
    """
    known = {name: shape for name, value in shapes.items() if (shape := _shape(value))}
    if _DDCOLOR_WIDTH in known and len(known.get(_DDCOLOR_COLORS, ())) == 4:
        return _which_ddcolor(known, file)
    for name, (tensor, shape) in _MARKS.items():
        if known.get(tensor) == shape:
            return name
    return ""


def _shape(value: object) -> tuple[int, ...]:
    """A tensor's shape; empty where it is none, or a single number's."""
    if not isinstance(value, list | tuple) or not all(isinstance(side, int) for side in value):
        return ()
    return tuple(value)


def _which_ddcolor(shapes: Mapping[str, tuple[int, ...]], file: object) -> str:
    width = shapes[_DDCOLOR_WIDTH][0]
    depth = len([name for name in shapes if _is_block(name)])
    outputs, seen, *_ = shapes[_DDCOLOR_COLORS]
    name = _DDCOLOR_SIZES.get((width, depth), "")
    if not name or (outputs, seen) != (2, 103):
        problem = (
            f"is a DDColor that is not known here: {width} channels, {depth} blocks in the third "
            f"stage, {seen - 3} colour queries, {outputs} outputs"
        )
        remedy = "give one of the published sizes, tiny (96, 9) or large (192, 27), 100 queries"
        raise WeightsError(file, problem, remedy)
    return name


def _is_block(name: str) -> bool:
    return name.startswith("encoder.arch.stages.2.") and name.endswith(".norm.weight")


def unwrapped(state: object) -> dict[str, Any]:
    """The tensors by name of what `torch.load` gave, out of usual wrappings.

    What is no tensor, such as an epoch's number, is left out, and so are prefixes that all names
    have.
    """
    if not isinstance(state, Mapping):
        return {}
    for key in _WRAPPERS:
        if tensors := unwrapped(state.get(key)):
            return tensors
    tensors = {str(name): value for name, value in state.items() if hasattr(value, "layout")}
    for prefix in _PREFIXES:
        if tensors and all(name.startswith(prefix) for name in tensors):
            tensors = {name.removeprefix(prefix): value for name, value in tensors.items()}
    return tensors


def check_packages(name: str, subject: object = "") -> None:
    """Check that what a network needs beside this package is installed; loads none of it.

    Args:
        name: of the network.
        subject: what the error is about; the network's name where it is not given.

    Raises:
        WeightsError: it is not.
    """
    extra = ORIGINS[name].extra if name in ORIGINS else ""
    if extra and (missing := missing_packages(extra)):
        problem = f"needs {', '.join(missing)}, not installed here"
        problem = f"{name} {problem}" if subject else problem
        raise WeightsError(subject or name, problem, install_extra(extra))
