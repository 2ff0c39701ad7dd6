"""The appearance encoder (`kinemacolor.models.appearance`) taken out of kinema's weights.

Usage: python -m kinemacolor.trainers.appearance [WEIGHTS] [--out FILE]

What was fitted to the encoder before has to be fitted again: `kinemacolor.trainers.kriging`,
`kinemacolor.trainers.metric`, and then `benchmarks.fusion`.
"""

from __future__ import annotations

import argparse
from pathlib import Path

from safetensors.torch import save_file
from torch import Tensor

from kinemacolor.models import weights
from kinemacolor.models.appearance import WEIGHTS, Appearance
from kinemacolor.models.errors import KinemacolorError
from kinemacolor.models.kinema import Kinema


def taken_from(network: Kinema) -> dict[str, Tensor]:
    """The encoder's state dict, in half precision, without what sees hints."""
    wanted = Appearance().state_dict()
    theirs = network.encoder.model.state_dict()
    taken = {name: theirs[name.removeprefix("trunk.")] for name in wanted}
    stem = "trunk.conv_stem.weight"
    taken[stem] = taken[stem][:, : wanted[stem].shape[1]]
    return {
        name: (value.half() if value.is_floating_point() else value).contiguous()
        for name, value in taken.items()
    }


def main() -> None:
    parser = argparse.ArgumentParser(
        prog="python -m kinemacolor.trainers.appearance",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("weights", nargs="?", default="kinema", help="a weights file of kinema")
    parser.add_argument("--out", type=Path, default=WEIGHTS)
    options = parser.parse_args()
    try:
        loaded = weights.load(options.weights)
        network = loaded.network()
    except KinemacolorError as error:
        parser.exit(1, f"{error}\n")
    if not isinstance(network, Kinema):
        parser.error(f"{options.weights}: weights of {loaded.variant}; give some of kinema")
    save_file(taken_from(network), options.out, {"from": loaded.digest})


if __name__ == "__main__":
    main()
