"""Makes a run's weights the ones that come with the project: `python -m trainers.publish`."""

from __future__ import annotations

import argparse
from pathlib import Path

import torch
from tqdm import tqdm

from models import weights
from models.colorizer import Hints
from trainers.evaluation import evaluate, table
from trainers.photos import find_photos


def publish(source: Path, validation: Path, data: str) -> Path:
    """Scores `source` at half precision and stores it, with its scores, in models/weights.

    Args:
        source: weights file of a run.
        validation: folder of photos.
        data: what the network was trained on, in words.

    Returns:
        The file written.
    """
    loaded = weights.load(source)
    target = weights.WEIGHTS_FOLDER / f"{loaded.variant}.safetensors"
    target.parent.mkdir(exist_ok=True)
    weights.save(loaded.network, target, loaded.variant, half=True)
    network = weights.load(target).network  # as users will have it: rounded to half precision

    @torch.inference_mode()
    def predict(lightness: torch.Tensor, hints: Hints | None) -> torch.Tensor:
        return network(lightness, hints)

    scores = evaluate(predict, find_photos(validation), progress=tqdm)
    metadata = loaded.metadata | {"data": data, "scores": scores.to_dict()}
    weights.save(network, target, loaded.variant, metadata=metadata, half=True)
    print(table(scores))
    return target


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m trainers.publish", description=__doc__)
    parser.add_argument("weights", type=Path, help="a run's best.safetensors")
    parser.add_argument("--val", type=Path, required=True, help="folder of photos to score on")
    parser.add_argument("--data", required=True, help="what it was trained on, in words")
    options = parser.parse_args()
    print(publish(options.weights, options.val, options.data))


if __name__ == "__main__":
    main()
