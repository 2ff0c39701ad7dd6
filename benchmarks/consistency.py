"""Accuracy and temporal consistency of coloured films against true colours.

Command: python -m benchmarks.consistency [--json benchmarks/results/consistency.json]

Every colour film of a folder is coloured by the engine from its luma alone (its first frames,
lossless in and out): with the default settings ("ours"), with every `--color-every` asked for, and
with every frame by itself ("alone": no smoothing, no propagation). All are decoded to LAB at the
film's own size and compared with the truth and with plain grey. Clips should be one shot.

- CIEDE2000: mean over pixels, then frames, of the colours as a viewer sees them.
- Colourfulness: Hasler and Suesstrunk's M3, mean over frames.
- Flicker: mean length of the change of ab from a frame to the next along the true motion, which is
  taken from the luma at full size; only where that is certain (`benchmarks.video_metrics`).
- CDC: mean over clips and B, G, R of the average, at frame gaps 1, 2, 4, of the Jensen-Shannon
  divergence (natural logarithm) of 256-bin histograms.
- Calls: network evaluations a frame. CPU: milliseconds of all threads a frame, lossless encoding
  included.

Bars: against "alone", flicker falls by 40 % or more and colourfulness by 3 % at most. Against the
network on every frame (`--color-every 1`), the default saves two calls of three, with a CIEDE2000
higher by 2 % at most and no more flicker.
"""

from __future__ import annotations

import argparse
import math
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import islice
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from tqdm import tqdm

from benchmarks.film_scores import Scores, chroma_of, measure
from benchmarks.record import verdict, write_json
from kinemacolor.engine.backends.eager import EagerBackend
from kinemacolor.engine.media.kinds import FILM_SUFFIXES
from kinemacolor.engine.media.video.probe import probe
from kinemacolor.engine.media.video.reader import read_frames
from kinemacolor.engine.media.video.writer import FilmWriter
from kinemacolor.engine.pipeline.film import color_film
from kinemacolor.engine.pipeline.output_choice import choose_output
from kinemacolor.engine.settings import Settings
from kinemacolor.models.device import pick_device
from kinemacolor.models.errors import KinemacolorError
from kinemacolor.models.weights import load

LEAST_FLICKER_CUT, MOST_COLOR_LOST = 0.40, 0.03
LEAST_CALLS_SAVED, MOST_ERROR = 3.0, 0.02
EVERY = ("1", "2", "4", "8")
MEASURES = ("ciede2000", "colorfulness", "flicker", "cdc", "calls", "cpu")


class _Counting(EagerBackend):
    """Counts the pictures that it colours."""

    pictures = 0

    def __call__(self, lightness: list[np.ndarray]) -> list[np.ndarray]:
        self.pictures += len(lightness)
        return super().__call__(lightness)


def shorten(source: Path, target: Path, frames: int) -> None:
    """The first frames of a colour film, all planes as they are, as FFV1.

    Raises:
        KinemacolorError: it cannot be read.
    """
    settings = Settings(codec="ffv1")
    info = probe(source)
    with FilmWriter(info, choose_output(info, settings), target) as writer:
        for frame in islice(read_frames(info), frames):
            writer.write(frame, *chroma_of(frame))


def versions_of(settings: Settings, every: Sequence[str]) -> dict[str, Settings]:
    """What is compared, by name; all without loss."""
    settings = replace(settings, codec="ffv1", on_color="recolor")
    return {
        "ours": settings,
        **{f"every {n}": replace(settings, color_every=n) for n in every},
        "alone": replace(settings, color_every="1", smoothing_window=0),
    }


def run(
    films: list[Path], versions: Mapping[str, Settings], frames: int
) -> Iterator[tuple[str, Scores]]:
    """Name and measures of every film, coloured as each of `versions` says."""
    some = next(iter(versions.values()))
    network = _Counting(load(some.model), pick_device(some.device))
    cv2.setNumThreads(1)
    with tempfile.TemporaryDirectory() as folder:
        truth = Path(folder, "truth.mkv")
        for film in films:
            shorten(film, truth, frames)
            made = {name: Path(folder, f"{name}.mkv") for name in versions}
            cost: Scores = {"calls": {}, "cpu": {}}
            if film == films[0]:  # the first frames of a process take longer
                color_film(truth, made["ours"], network, some, {}, lambda: None)
            for name, settings in versions.items():
                network.pictures, began = 0, time.process_time()
                count = color_film(truth, made[name], network, settings, {}, lambda: None).frames
                cost["cpu"][name] = 1000 * (time.process_time() - began) / count
                cost["calls"][name] = network.pictures / count
            yield film.name, measure(truth, made) | cost


def mean(rows: list[Scores]) -> Scores:
    """Over clips."""
    return {
        name: {v: float(np.mean([row[name][v] for row in rows])) for v in rows[0][name]}
        for name in rows[0]
    }


def bars(scores: Scores) -> list[dict[str, Any]]:
    """Effects of smoothing and propagation, each with its bar and whether it holds."""

    def bar(what: str, measure: str, to: str, least: float, most: float) -> dict[str, Any]:
        ratio = scores[measure]["ours"] / scores[measure][to]
        return {"of": what, "to": to, "ratio": ratio, "holds": bool(least <= ratio <= most)}

    found = [
        bar("flicker", "flicker", "alone", 0, 1 - LEAST_FLICKER_CUT),
        bar("colorfulness", "colorfulness", "alone", 1 - MOST_COLOR_LOST, math.inf),
    ]
    if "every 1" in scores["calls"]:
        found += [
            bar("network calls", "calls", "every 1", 0, 1 / LEAST_CALLS_SAVED),
            bar("CIEDE2000", "ciede2000", "every 1", 0, 1 + MOST_ERROR),
            bar("flicker", "flicker", "every 1", 0, 1),
        ]
    return found


_DIGITS = {"ciede2000": 3, "colorfulness": 1, "flicker": 3, "cdc": 5, "calls": 3, "cpu": 1}


def table(name: str, scores: Scores) -> str:
    """A clip's measures, a version a line."""
    lines = [f"{name:20}" + "".join(f"{measure:>15}" for measure in MEASURES)]
    for version in scores["ciede2000"]:
        cells = (
            f"{scores[measure][version]:.{digits}f}" if version in scores[measure] else ""
            for measure, digits in _DIGITS.items()
        )
        lines.append(f"  {version:18}" + "".join(f"{cell:>15}" for cell in cells))
    return "\n".join(lines)


def main() -> None:
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.consistency",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("folder", type=Path, help="colour films")
    parser.add_argument("--model", default="kinema")
    parser.add_argument("--frames", type=int, default=48, help="of every film, from its beginning")
    parser.add_argument(
        "--color-every", nargs="*", default=EVERY, metavar="N", help="compare these, too"
    )
    parser.add_argument("--json", type=Path, help="write the table there too")
    options = parser.parse_args()
    if not options.folder.is_dir():
        parser.error(f"{options.folder}: no such folder")
    films = sorted(p for p in options.folder.iterdir() if p.suffix.lower() in FILM_SUFFIXES)
    if not films:
        parser.error(f"{options.folder}: no films in it")
    try:
        versions = versions_of(Settings(model=options.model), options.color_every)
        results = run(films, versions, options.frames)
        rows = {}
        for name, scores in tqdm(results, total=len(films), disable=None, leave=False):
            rows[name] = scores
            tqdm.write(table(name, scores))
    except KinemacolorError as error:
        parser.exit(1, f"{error}\n")
    overall = mean(list(rows.values()))
    print(table("mean", overall))
    reached = bars(overall)
    for bar in reached:
        print(f"{bar['of']} is {bar['ratio']:.3f} of {bar['to']!r}: {verdict(bar['holds'])}")
    write_json(options.json, {"clips": rows, "mean": overall, "bars": reached})


if __name__ == "__main__":
    main()
