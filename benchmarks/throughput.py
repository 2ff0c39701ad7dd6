"""Frames a second by stage and in all: `python -m benchmarks.throughput`.

A stage alone runs in one thread; its cost is CPU time per frame. The pipeline's efficiency is its
speed over the speed that the sum of those costs allows on the same cores.
"""

from __future__ import annotations

import argparse
import os
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import cv2
import torch

from benchmarks.record import machine, write_json
from benchmarks.reels import write_reel
from engine.backends.device import pick_device
from engine.backends.eager import EagerBackend
from engine.colour.chroma import FilmRecombiner
from engine.colour.geometry import working_shape
from engine.colour.linking import Toned, linked
from engine.colour.temporal import steadied
from engine.media.film_reader import read_frames
from engine.media.film_writer import FilmWriter
from engine.media.probe import probe
from engine.settings import Settings
from engine.worker import Worker
from models.weights import load

SIZES = ((640, 480), (1280, 720), (1920, 1080))


class _Clock:
    """CPU seconds of this process by stage."""

    def __init__(self) -> None:
        self.seconds: dict[str, float] = {}

    def run(self, stage: str, work: Callable[[], Any]) -> Any:
        start = time.process_time()
        result = work()
        self.seconds[stage] = self.seconds.get(stage, 0.0) + time.process_time() - start
        return result


def stage_costs(film: Path, folder: Path, settings: Settings) -> dict[str, float]:
    """CPU milliseconds a frame of each stage, run after one another on all frames."""
    clock = _Clock()
    info = probe(film, settings)
    network = EagerBackend(load(settings.model), pick_device("cpu"))
    recombiner = FilmRecombiner(info.encoding, info.chroma_shape)
    shape = working_shape(info.height, info.width, settings.working_size)
    frames = clock.run("decode", lambda: list(read_frames(info)))
    network([recombiner.lightness(frames[0].luma, shape)])
    light = clock.run("lightness", lambda: [recombiner.lightness(f.luma, shape) for f in frames])
    ab = clock.run("network", lambda: [network([plane])[0] for plane in light])
    toned = [Toned(f, plane, chroma) for f, plane, chroma in zip(frames, light, ab, strict=True)]
    smooth = clock.run(
        "smoothing",
        lambda: list(
            steadied(linked(toned), settings.smoothing_window, settings.smoothing_strength)
        ),
    )
    planes = clock.run(
        "recombination",
        lambda: [recombiner(item.frame.luma, item.ab, item.lightness) for item in smooth],
    )

    def encode() -> None:
        with FilmWriter(info, folder / "stage.mkv", settings) as writer:
            for frame, (cb, cr) in zip(frames, planes, strict=True):
                writer.write(frame, cb, cr)

    clock.run("encode", encode)
    return {stage: 1000 * seconds / len(frames) for stage, seconds in clock.seconds.items()}


def end_to_end(film: Path, folder: Path, worker: Worker) -> float:
    """Frames a second of the whole pipeline, start and end of the encoder included."""
    start = time.perf_counter()
    report = worker.film(film, folder / "whole.mkv", lambda: None)
    return report.frames / (time.perf_counter() - start)


def measure(
    frames: int, settings: Settings, sizes: Sequence[tuple[int, int]] = SIZES
) -> Iterator[dict[str, Any]]:
    """One row a size."""
    cores = machine()["cores"]
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for width, height in sizes:
            film, short = folder / f"{height}.mkv", folder / f"{height}-short.mkv"
            write_reel(film, height, width, frames)
            write_reel(short, height, width, min(frames, 48))
            threads = torch.get_num_threads()
            torch.set_num_threads(1)
            cv2.setNumThreads(1)
            costs = stage_costs(short, folder, settings)
            torch.set_num_threads(threads)
            worker = Worker(settings)
            end_to_end(short, folder, worker)  # warms caches up
            fps = end_to_end(film, folder, worker)
            bound = 1000 * cores / sum(costs.values())
            yield {
                "size": f"{width}x{height}",
                "ms": {stage: round(cost, 2) for stage, cost in costs.items()},
                "fps": round(fps, 1),
                "bound_fps": round(bound, 1),
                "efficiency": round(fps / bound, 3),
            }


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.throughput", description=__doc__)
    parser.add_argument("--frames", type=int, default=480, help="length of the measured film")
    parser.add_argument(
        "--sizes",
        type=lambda text: [tuple(map(int, size.split("x"))) for size in text.split(",")],
        default=SIZES,
        help="WIDTHxHEIGHT,...",
    )
    parser.add_argument("--model", default="kinema")
    parser.add_argument("--json", type=Path, help="write the table there too")
    options = parser.parse_args()
    rows = []
    print(f"{os.cpu_count()} cores; milliseconds of CPU a frame by stage, then frames a second")
    for row in measure(options.frames, Settings(model=options.model), options.sizes):
        rows.append(row)
        stages = "  ".join(f"{stage} {cost:.1f}" for stage, cost in row["ms"].items())
        print(
            f"{row['size']:>10}  {stages}  |  {row['fps']} fps of {row['bound_fps']} possible "
            f"({row['efficiency']:.0%})",
            flush=True,
        )
    write_json(options.json, rows)


if __name__ == "__main__":
    main()
