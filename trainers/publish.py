"""Publishing of a run's weights with the project.

Usage: python -m kinemacolor.trainers.publish WEIGHTS --val SRC ... --data TEXT
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

from tqdm import tqdm

from kinemacolor.models import weights, weights_files
from kinemacolor.models.errors import KinemacolorError
from kinemacolor.models.kinema import Kinema
from kinemacolor.trainers.evaluation import evaluate, predictor, table
from kinemacolor.trainers.pictures import open_pictures
from kinemacolor.trainers.vividness import liveliest, measure_settings


def publish(source: Path, validation: Sequence[str], data: str) -> Path:
    """Score a run's weights at half precision and store them, with their scores, in models/weights.

    Kinema's vividness and gamma are chosen first (`kinemacolor.trainers.vividness`), on the same
    photos.

    Args:
        source: weights file of the run.
        validation: sources of photos, as `open_pictures` takes them.
        data: description of the training data.

    Returns:
        The file written.
    """
    loaded = weights.load(source)
    target = weights_files.WEIGHTS_FOLDER / f"{loaded.variant}.safetensors"
    target.parent.mkdir(exist_ok=True)
    pictures = open_pictures(validation)
    network, metadata = loaded.network(), loaded.metadata | {"data": data}
    if isinstance(network, Kinema):
        found = measure_settings(network, pictures, progress=tqdm)
        setting = liveliest(found)
        network.vividness.fill_(setting.vividness)
        network.chroma_gamma.fill_(setting.gamma)
        metadata["vividness"] = [setting._asdict() | found[setting]._asdict() for setting in found]
    with TemporaryDirectory() as folder:  # as users will have it: rounded to half precision
        rounded = Path(folder, target.name)
        weights.save(network, rounded, loaded.variant, half=True)
        network = weights.load(rounded).network()

    scores = evaluate(predictor(network), pictures, hint_rate=_hint_rate(loaded), progress=tqdm)
    metadata["scores"] = scores.to_dict()
    weights.save(network, target, loaded.variant, metadata=metadata, half=True)
    print(table(scores))
    return target


def _hint_rate(loaded: weights.Loaded) -> float:
    """Hint rate that the run was validated at; a network of hints says little without any."""
    return float(loaded.metadata.get("recipe", {}).get("hint_rate", 0.0))


def main() -> None:
    parser = argparse.ArgumentParser(
        prog="python -m kinemacolor.trainers.publish", description=__doc__
    )
    parser.add_argument("weights", type=Path, help="a run's best.safetensors")
    parser.add_argument("--val", nargs="+", required=True, metavar="SRC", help="photos to score on")
    parser.add_argument("--data", required=True, help="what it was trained on, in words")
    options = parser.parse_args()
    try:
        print(publish(options.weights, options.val, options.data))
    except KinemacolorError as error:
        parser.exit(1, f"{error}\n")


if __name__ == "__main__":
    main()
