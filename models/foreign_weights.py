"""Weights files of other projects, told by names and shapes of their tensors; loads no PyTorch."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from importlib.util import find_spec
from typing import Any, NamedTuple

from kinemacolor.models.errors import WeightsError


class Origin(NamedTuple):
    """Where a network and its weights come from.

    Attributes:
        project: its name.
        license: of the published weights, by its SPDX identifier.
        extra: of this package, which brings the architecture; empty where none is needed.
        packages: the extra's, by the names they are imported under.
    """

    project: str
    license: str
    extra: str = ""
    packages: tuple[str, ...] = ()


_DDCOLOR = Origin("DDColor", "Apache-2.0", "ddcolor", ("spandrel", "spandrel_extra_arches"))
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
_PARALLEL = "module."  # before every name, where several GPUs trained


def recognize(shapes: Mapping[str, Sequence[int]], file: object) -> str:
    """The name of the network that weights of another project are for.

    Args:
        shapes: of the tensors, by name.
        file: for the error.

    Returns:
        Empty where it is none that is known.

    Raises:
        WeightsError: it is a DDColor of another size than those that were published.
    """
    if _DDCOLOR_WIDTH in shapes and _DDCOLOR_COLORS in shapes:
        return _which_ddcolor(shapes, file)
    for name, (tensor, shape) in _MARKS.items():
        if tuple(shapes.get(tensor, ())) == shape:
            return name
    return ""


def _which_ddcolor(shapes: Mapping[str, Sequence[int]], file: object) -> str:
    width = shapes[_DDCOLOR_WIDTH][0]
    depth = len([name for name in shapes if _is_block(name)])
    colors = tuple(shapes[_DDCOLOR_COLORS])[:2]
    name = _DDCOLOR_SIZES.get((width, depth), "")
    if not name or colors != (2, 103):
        problem = (
            f"is a DDColor that is not known here: {width} channels, {depth} blocks in the third "
            f"stage, {colors[1] - 3} colour queries, {colors[0]} outputs"
        )
        remedy = "give one of the published sizes, tiny (96, 9) or large (192, 27), 100 queries"
        raise WeightsError(file, problem, remedy)
    return name


def _is_block(name: str) -> bool:
    return name.startswith("encoder.arch.stages.2.") and name.endswith(".norm.weight")


def unwrapped(state: object) -> dict[str, Any]:
    """The tensors by name of what `torch.load` gave, out of usual wrappings; empty for others."""
    for key in _WRAPPERS:
        if isinstance(state, Mapping) and isinstance(state.get(key), Mapping):
            state = state[key]
            break
    if not isinstance(state, Mapping):
        return {}
    tensors = {str(k).removeprefix(_PARALLEL): t for k, t in state.items() if hasattr(t, "shape")}
    return tensors if len(tensors) == len(state) else {}


def check_packages(name: str) -> None:
    """Check that what a network needs beside this package is installed; loads none of it.

    Raises:
        WeightsError: it is not.
    """
    origin = ORIGINS.get(name)
    missing = [p for p in origin.packages if find_spec(p) is None] if origin else []
    if origin and missing:
        problem = f"needs {' and '.join(missing)}, not installed here"
        remedy = f"install the extra: pip install 'kinemacolor[{origin.extra}]'"
        raise WeightsError(name, problem, remedy)
