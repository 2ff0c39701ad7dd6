"""The networks that Kinemacolor began with, trained as their authors did, beside their figures.

Command: python -m benchmarks.seeds --photos PHOTOS --val OTHER_PHOTOS --out runs/seeds

Every run of `RUNS` is a `kinemacolor train` by its author's own recipe, on one thread: in full
where two cores can, else for so many hours, the schedule going by the clock; --at-most shortens
runs on a slow machine. Then it is scored by what its author reports, beside plain grey, which
scores high by most of these measures. Stopped (Ctrl-C) or killed, the same command goes on where
it was; --only takes some runs, so that several processes can share OUT. OUT/RUN has weights,
curves, samples and figures of each, OUT/seeds.json the figures of all; the table is printed at
the end.

Data: photos; landscapes chosen from them by rule (`benchmarks.landscapes`); generated abstract
pictures. No weights of other trainings are at hand, so encoders begin at random, which is told.
"""

from __future__ import annotations

import argparse
import json
import math
import os
import signal
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import torch

from benchmarks.landscapes import pack_landscapes
from benchmarks.record import write_json
from kinemacolor.models import weights
from kinemacolor.models.catalog import variant
from kinemacolor.models.errors import KinemacolorError
from kinemacolor.trainers.errors import TrainingError
from kinemacolor.trainers.evaluation import evaluate, predictor
from kinemacolor.trainers.pictures import open_pictures

LANDSCAPES, PHOTOS = "landscapes", "photos"
_STOPPED = 130  # exit status of a training that was stopped


@dataclass(frozen=True)
class Run:
    """One training.

    Attributes:
        network: by its name in the catalog.
        data: `LANDSCAPES`, `PHOTOS`, or a source of generated pictures.
        measure: what its author reports, a figure of `kinemacolor.trainers.evaluation.Scores`.
        published: that figure, as its author has it; empty where there is none.
        options: of `kinemacolor train` besides the recipe's own.
        hours: of one core; 0 for the whole recipe.
        seed: of the training.
    """

    network: str
    data: str
    measure: str
    published: str = ""
    options: tuple[str, ...] = ()
    hours: float = 0.0
    seed: int = 0

    @property
    def name(self) -> str:
        """Of the run's folder."""
        return f"{self.network}-{self.seed}" if self.seed else self.network


_FRESH = ("--set", "encoder_weights=none")
_SHORT = ("--size", "128", "--batch", "16")  # of the rivals under equal conditions

RUNS = (
    Run("landscape_autoencoder", LANDSCAPES, "agreement", "0.747"),
    Run("landscape_resnet", LANDSCAPES, "agreement", "0.719"),
    Run("landscape_unet", LANDSCAPES, "agreement", "0.755"),
    Run("autoencoder_v1", "abstract:geometric:350", "ab_mse"),
    Run("autoencoder_v2", "abstract:fluid:350", "ab_mse", hours=1),
    Run("autoencoder_v12", "abstract:both:700", "ab_mse", hours=1),
    *(
        Run(network, PHOTOS, "psnr", published, _SHORT, 0.5, seed)
        for network, published in (
            ("hint_unet", "30.94 dB"),
            ("hint_attention_unet", "31.75 dB"),
            ("msau_net", "31.79 dB"),
        )
        for seed in (1, 2, 3)
    ),
    Run("deep_cnn", PHOTOS, "ratio", "", _FRESH, 3),
    Run("kmhcnet_6", PHOTOS, "ms_ssim", "0.9493", _FRESH, 3),
    Run("kmhcnet_4", PHOTOS, "ms_ssim", "0.9404", _FRESH, 3),
)


class Sources:
    """What the runs learn from and are scored on.

    Args:
        photos, val: sources of photos.
        out: folder where landscapes are packed.
    """

    def __init__(self, photos: Sequence[str], val: Sequence[str], out: Path) -> None:
        self._photos, self._val, self._out = list(photos), list(val), out

    def of(self, run: Run) -> tuple[list[str], list[str]]:
        """The run's photos to learn from, and those to score on."""
        if run.data == PHOTOS:
            return self._photos, self._val
        if run.data == LANDSCAPES:
            packs = self._out / "landscapes.pack", self._out / "landscapes-val.pack"
            for pack, sources in zip(packs, (self._photos, self._val), strict=True):
                if not pack.exists():
                    pack_landscapes(sources, pack)
            return [str(packs[0])], [str(packs[1])]
        return [run.data], [f"{run.data}:1"]  # others of the same kind, drawn from another seed


def train(run: Run, sources: Sources, out: Path) -> Path | None:
    """Train, or go on; the weights, or None where it was stopped.

    Raises:
        TrainingError: it failed; its own messages say why.
    """
    folder = out / run.name
    data, _ = sources.of(run)
    words = [sys.executable, "-m", "kinemacolor", "train", run.network, "--out", str(folder)]
    if (folder / "checkpoint.pt").exists():
        words.append("--resume")
    else:
        words += [word for source in data for word in ("--data", source)]
        words += ["--val", "none", "--seed", str(run.seed), *run.options]
        words += ["--hours", str(run.hours)] if run.hours else []
    one_thread = os.environ | {"OMP_NUM_THREADS": "1"}
    status = _status_of(subprocess.Popen(words, env=one_thread, start_new_session=True))
    if status == _STOPPED:
        return None
    if status:
        raise TrainingError(run.name, f"its training failed (exit status {status})", "see above")
    return folder / "last.safetensors"


def _status_of(training: subprocess.Popen[bytes]) -> int:
    """Its exit status, after it has done the step that it is at where it is to be stopped."""
    while True:
        try:
            return training.wait()
        except KeyboardInterrupt:
            training.send_signal(signal.SIGINT)


def scored(run: Run, file: Path, sources: Sources) -> dict[str, Any]:
    """The run's row."""
    loaded = weights.load(file)
    _, validation = sources.of(run)
    rate = variant(run.network).recipe.hint_rate
    scores = evaluate(predictor(loaded.network()), open_pictures(validation), hint_rate=rate)
    return {
        "run": run.name,
        "network": run.network,
        "hours": run.hours,
        "crops": loaded.metadata.get("crops"),
        "measure": run.measure,
        "published": run.published,
        "megabytes": round(file.stat().st_size / 1e6, 1),
        "scores": scores.to_dict(),
    }


def table(rows: Sequence[dict[str, Any]]) -> str:
    """Markdown: a line a run."""
    head = ("run", "trained", "crops", "measure", "published", "ours", "grey's", "CIEDE2000", "MB")
    lines = [head, ("---",) * len(head)]
    for row in rows:
        scores, measure = row["scores"], row["measure"]
        grey = 1.0 if measure == "ratio" else scores[f"{measure}_grey"]
        lines.append(
            (
                row["run"],
                f"{row['hours']:g} h" if row["hours"] else "in full",
                f"{row['crops']:,}",
                measure,
                row["published"] or "-",
                f"{scores[measure]:.4g}",
                f"{grey:.4g}",
                f"{scores['ratio']:.3f}",
                f"{row['megabytes']}",
            )
        )
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def main() -> None:
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.seeds",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    names = [run.name for run in RUNS]
    sources = "folders, zips, tars or packs"
    parser.add_argument("--photos", nargs="+", required=True, help=f"to learn from: {sources}")
    parser.add_argument("--val", nargs="+", required=True, help="photos to score on, likewise")
    parser.add_argument("--out", type=Path, required=True, help="folder of the runs")
    help_of_only = f"of {', '.join(names)}"
    parser.add_argument("--only", nargs="+", metavar="RUN", choices=names, help=help_of_only)
    parser.add_argument("--at-most", type=float, metavar="HOURS", help="shorten longer runs")
    options = parser.parse_args()
    if options.at_most is not None and not 0 < options.at_most < math.inf:
        parser.error(f"--at-most {options.at_most:g}: must be more than 0")
    torch.set_num_threads(1)
    try:
        results = run_all(options)
    except KinemacolorError as error:
        parser.exit(1, f"{error}\n")
    rows = [json.loads(file.read_text())["results"][0] for file in results if file.is_file()]
    write_json(options.out / "seeds.json", rows)
    print(table(rows))


def run_all(options: argparse.Namespace) -> list[Path]:
    """Do the runs that are not done; the files of all runs' figures, whether there or not."""
    options.out.mkdir(parents=True, exist_ok=True)
    sources = Sources(options.photos, options.val, options.out)
    for run in RUNS:
        if options.at_most and not 0 < run.hours <= options.at_most:
            run = replace(run, hours=options.at_most)
        result = options.out / run.name / "scores.json"
        if (options.only and run.name not in options.only) or result.is_file():
            continue
        file = train(run, sources, options.out)
        if file is None:
            break
        write_json(result, [scored(run, file, sources)])
    return [options.out / run.name / "scores.json" for run in RUNS]


if __name__ == "__main__":
    main()
