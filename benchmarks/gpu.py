"""Speed on a GPU: peaks, network, recombination, decoding, whole films.

Command: python -m benchmarks.gpu --json benchmarks/results/gpu.json

Measures the GPU's peaks (a large bfloat16 matrix product, a large copy, a transfer from page-locked
memory), the network by backend, precision and size, recombination of 1080p and 2160p frames,
decoding by the GPU's decoder against the CPU's, and whole films through the engine.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import av
import numpy as np
import torch
from av.codec.hwaccel import HWAccel

from benchmarks.record import write_json
from benchmarks.reels import scene, write_reel
from kinemacolor.engine.backends.base import Network
from kinemacolor.engine.backends.compiled import CompiledNetwork
from kinemacolor.engine.backends.eager import EagerBackend
from kinemacolor.engine.backends.registry import BUILT_IN
from kinemacolor.engine.color.geometry import working_shape
from kinemacolor.engine.color.recombination.film import FilmRecombiner, Plane, Recombiner
from kinemacolor.engine.color.recombination.film_gpu import DeviceRecombiner
from kinemacolor.engine.machine import cores
from kinemacolor.engine.pipeline.worker import Worker
from kinemacolor.engine.settings import Settings
from kinemacolor.models.catalog import CATALOG
from kinemacolor.models.color.encoding import YCbCrEncoding
from kinemacolor.models.cost import cost
from kinemacolor.models.device import pick_device
from kinemacolor.models.errors import KinemacolorError
from kinemacolor.models.weights import load

Row = dict[str, Any]
PRECISIONS = ("fp32", "bf16", "fp16")
SIZES = ((256, 256), (512, 512))
FRAMES = ((1080, 1920), (2160, 3840))


def timed(work: Callable[[], Any], device: torch.device, seconds: float = 1.0) -> float:
    """Seconds a call takes, over as many calls as fit in `seconds`, warmed up, nothing pending."""

    def finish() -> None:
        if device.type == "cuda":
            torch.cuda.synchronize(device)

    for _ in range(3):
        work()
    finish()
    begun, calls = time.perf_counter(), 0
    while time.perf_counter() - begun < seconds or not calls:
        work()
        finish()
        calls += 1
    return (time.perf_counter() - begun) / calls


def peaks(device: torch.device, scale: float = 1.0) -> Row:
    """TFLOP/s of a bfloat16 product, GB/s of a copy (read and written), GB/s up to the device."""
    side, size = int(8192 * scale), int(2**30 * scale)
    a = torch.randn(side, side, device=device).to(torch.bfloat16)
    one = torch.empty(size, dtype=torch.uint8, device=device)
    two = torch.empty_like(one)
    host = torch.empty(size, dtype=torch.uint8, pin_memory=device.type == "cuda")
    return {
        "bf16_tflops": 2e-12 * side**3 / timed(lambda: a @ a, device),
        "memory_gb_s": 2e-9 * size / timed(lambda: two.copy_(one), device),
        "upload_gb_s": 1e-9 * size / timed(lambda: one.copy_(host, non_blocking=True), device),
    }


def side_by_side(work: Callable[[], Any], calls: int) -> Callable[[], None]:
    """`work` done `calls` times at once, as the engine does."""
    pool = ThreadPoolExecutor(calls)

    def run() -> None:
        for begun in [pool.submit(work) for _ in range(calls)]:
            begun.result()

    return run


def network_rows(
    model: str, device: torch.device, sizes: tuple[tuple[int, int], ...], peak: float
) -> Iterator[Row]:
    """Pictures a second as the engine asks for them, copies included."""
    for shape in sizes:
        picture = np.full(shape, 50, np.float32)
        for backend in ("eager", *BUILT_IN):
            for precision in PRECISIONS:
                row: Row = {"size": f"{shape[1]}x{shape[0]}", "backend": backend}
                row["precision"] = precision
                try:
                    network = _network(model, device, backend, precision)
                    ask = partial(network, [picture] * network.batch)
                    seconds = timed(side_by_side(ask, network.calls), device)
                except (KinemacolorError, ValueError) as error:
                    yield row | {"skipped": str(error)}
                    continue
                rate = network.calls * network.batch / seconds
                flops = flops_of(model, shape) * rate
                yield row | {"pictures_s": rate, "of_bf16_peak": 1e-12 * flops / peak}


def flops_of(model: str, shape: tuple[int, int]) -> float:
    """Of one picture; both sides alike, as `kinemacolor.models.cost` counts."""
    return cost(CATALOG[load(model).variant], shape[0]).flops


def _network(model: str, device: torch.device, backend: str, precision: str) -> Network:
    if backend == "eager":
        return EagerBackend(load(model), device, precision)
    return CompiledNetwork(load(model), BUILT_IN[backend].make_compiler(), device, precision)


def recombination_rows(
    device: torch.device, sizes: tuple[tuple[int, int], ...], found: Row
) -> Iterator[Row]:
    """Frames a second: luma up, lightness down, ab up, Cb and Cr down; the CPU's way beside it."""
    encoding = YCbCrEncoding("bt709")
    for height, width in sizes:
        luma = next(scene(height, width, 1))
        chroma, shape = (height // 2, width // 2), working_shape(height, width, 256)
        ab = np.full((*shape, 2), 20, np.float32)
        there = DeviceRecombiner(encoding, chroma, device=device)
        here = FilmRecombiner(encoding, chroma)
        seconds = timed(side_by_side(partial(_frame, there, luma, ab), 4), device) / 4
        alone = timed(partial(_frame, here, luma, ab), torch.device("cpu"))
        yield {
            "size": f"{width}x{height}",
            "frames_s": 1 / seconds,
            "of_upload": 1e-9 * luma.nbytes / seconds / found["upload_gb_s"],
            "cpu_ms": 1000 * alone,
        }


def _frame(recombine: Recombiner[Plane], luma: np.ndarray, ab: np.ndarray) -> None:
    height, width, _ = ab.shape
    held = recombine.to_device(luma)
    recombine(held, ab, recombine.lightness(held, (height, width)))


def decoding_rows(film: Path) -> Iterator[Row]:
    """Frames a second that arrive in this process's memory."""
    for name, accelerator in (("cpu", None), ("nvdec", HWAccel("cuda"))):
        try:
            begun, frames = time.process_time(), 0
            wall = time.perf_counter()
            with av.open(str(film), hwaccel=accelerator) as container:
                container.streams.video[0].thread_type = "AUTO"
                frames = sum(1 for _ in container.decode(video=0))
        except (av.FFmpegError, RuntimeError) as error:
            yield {"decoder": name, "skipped": str(error)}
            continue
        yield {
            "decoder": name,
            "frames_s": frames / (time.perf_counter() - wall),
            "cpu_ms": 1000 * (time.process_time() - begun) / frames,
        }


def engine_row(film: Path, folder: Path, settings: Settings) -> Row:
    """Frames a second of a whole film, one worker, encoding on the CPU."""
    worker = Worker(settings)
    worker.film(film, folder / "warm.mkv", lambda: None)
    begun = time.perf_counter()
    report = worker.film(film, folder / "coloured.mkv", lambda: None)
    return {"film": film.stem, "frames_s": report.frames / (time.perf_counter() - begun)}


def measure(device: torch.device, model: str, frames: int) -> Iterator[tuple[str, Row]]:
    """Table and row, as they come."""
    found = peaks(device)
    yield "peaks", found
    for row in network_rows(model, device, SIZES, found["bf16_tflops"]):
        yield "network", row
    for row in recombination_rows(device, FRAMES, found):
        yield "recombination", row
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        films = []
        for height, width in ((480, 640), (1080, 1920)):
            films.append(folder / f"{width}x{height}.mkv")
            write_reel(films[-1], height, width, frames)
        for row in decoding_rows(films[-1]):
            yield "decoding", row
        for film in films:
            yield "engine", engine_row(film, folder, replace(Settings(model=model), device="cuda"))


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.gpu", description=__doc__)
    parser.add_argument("--model", default="kinema")
    parser.add_argument("--device", default="cuda", help="cuda or cuda:N")
    parser.add_argument("--frames", type=int, default=480, help="length of the films")
    parser.add_argument("--json", type=Path, help="write the tables there too")
    options = parser.parse_args()
    try:
        device = pick_device(options.device)
    except KinemacolorError as error:
        parser.exit(1, f"{error}\n")
    print(f"{cores()} processor cores beside it")
    tables: dict[str, list[Row]] = {}
    for table, row in measure(device, options.model, options.frames):
        row = {k: round(v, 4) if isinstance(v, float) else v for k, v in row.items()}
        tables.setdefault(table, []).append(row)
        print(f"{table:>14}  " + "  ".join(f"{k} {v}" for k, v in row.items()), flush=True)
    write_json(options.json, tables)


if __name__ == "__main__":
    main()
