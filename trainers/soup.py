"""Model soup: the mean of the weights of runs that started from the same weights.

Usage: python -m kinemacolor.trainers.soup OUT FILE FILE ... [--shares X X ...]

Networks trained from the same weights on differently ordered data lie in one basin of the loss,
and their mean is better than any of them (Wortsman et al., "Model soups", 2022). Two machines, or
two cores, can share a training in this way without communicating.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path

from kinemacolor.models import weights
from kinemacolor.models.errors import WeightsError


def average(files: Sequence[Path], shares: Sequence[float], out: Path) -> None:
    """Write the weighted mean of weights files of one variant.

    Batch norm's statistics are averaged too. The metadata is the first file's, with the digests,
    shares and recipes of all.

    Args:
        files: weights files of one variant.
        shares: positive weights of the mean, one a file; only their ratios matter.
        out: file to write.

    Raises:
        WeightsError: a file cannot be read, or is another variant's.
        ValueError: not one positive share for each file.
    """
    if len(shares) != len(files) or not files or min(shares) <= 0:
        raise ValueError(f"{len(files)} files and shares {list(shares)}: give each a positive one")
    runs = [weights.load(file) for file in files]
    first = runs[0]
    for file, run in zip(files, runs, strict=True):
        if run.variant != first.variant:
            raise WeightsError(f"{file}: weights of {run.variant}, not of {first.variant}")
    parts = [share / sum(shares) for share in shares]
    states = [run.network().state_dict() for run in runs]
    mean = {
        name: sum(part * state[name] for part, state in zip(parts, states, strict=True))
        if value.is_floating_point()
        else value
        for name, value in states[0].items()
    }
    network = first.network()
    network.load_state_dict(mean)
    averaged = [
        {"sha256": run.digest, "share": round(part, 4), "recipe": run.metadata.get("recipe")}
        for run, part in zip(runs, parts, strict=True)
    ]
    metadata = first.metadata | {"averaged": averaged}
    weights.save(network, out, first.variant, metadata=metadata)


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(
        prog="python -m kinemacolor.trainers.soup", description=__doc__
    )
    parser.add_argument("out", type=Path, help="weights file to write")
    parser.add_argument("files", type=Path, nargs="+", help="runs' last.safetensors")
    parser.add_argument("--shares", type=float, nargs="+", help="one a file; equal if left out")
    options = parser.parse_args(arguments)
    try:
        average(options.files, options.shares or [1.0] * len(options.files), options.out)
    except (WeightsError, ValueError) as error:
        parser.error(str(error))


if __name__ == "__main__":
    main()
