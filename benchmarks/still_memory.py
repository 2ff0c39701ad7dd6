"""Peak memory of one still, against what its header says that it will take.

Command: python -m benchmarks.still_memory [--megapixels 400] [--kinds "PNG uint8 1" ...]

Noise is coloured in a process of its own by each kind's reader, recombination and writer; the
network, whose picture has the working size, gives no colour. Linux only.
"""

from __future__ import annotations

import argparse
import io
import multiprocessing
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from kinemacolor.engine.media.stills.memory import still_memory
from kinemacolor.engine.peak_memory import peak
from kinemacolor.engine.pipeline.stills import color_stills
from kinemacolor.engine.process import tune_process
from kinemacolor.engine.settings import Settings

KINDS = ("PNG uint8 1", "PNG uint16 4", "TIFF uint8 1", "TIFF uint16 4", "JPEG uint8 3")


def encoded(format: str, dtype: str, channels: int, side: int) -> bytes:
    """A square still of noise."""
    import imagecodecs
    import tifffile

    pixels = np.random.default_rng(0).integers(0, 200, (side, side), np.uint8).astype(dtype)
    whole = pixels if channels == 1 else np.dstack([pixels] * channels)
    if format == "PNG":
        return bytes(imagecodecs.png_encode(whole, level=1))
    if format == "JPEG":
        return bytes(imagecodecs.jpeg8_encode(whole, level=90))
    file = io.BytesIO()
    kind = "minisblack" if channels == 1 else "rgb"
    extra = ["unassalpha"] if channels == 4 else None
    tifffile.imwrite(file, whole, photometric=kind, extrasamples=extra)
    return file.getvalue()


def _no_color(planes: Sequence[np.ndarray]) -> list[np.ndarray]:
    return [np.zeros((*plane.shape, 2), np.float32) for plane in planes]


def _measure(kind: str, side: int) -> tuple[int, int]:
    """Bytes beyond the process's own that colouring takes, and those that were told before."""
    format, dtype, channels = kind.split()
    content = encoded(format, dtype, int(channels), side)
    tune_process()
    _color(encoded(format, dtype, int(channels), 64))  # libraries and tables
    before = _resident()
    Path("/proc/self/clear_refs").write_text("5")  # the peak counts from here
    _color(content)
    return peak() - before + len(content), still_memory(content)


def _color(content: bytes) -> None:
    items = [("still", lambda: content)]
    [(_, result, _)] = color_stills(items, _no_color, Settings(memory="1T"), {})  # type: ignore[arg-type]
    if not isinstance(result, bytes):
        raise result


def _resident() -> int:
    lines = Path("/proc/self/status").read_text().splitlines()
    fields = dict(line.split(":", 1) for line in lines)
    return int(fields["VmRSS"].split()[0]) * 1024


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.still_memory", description=__doc__)
    parser.add_argument("--megapixels", type=int, default=24)
    parser.add_argument("--kinds", nargs="+", default=KINDS, help="format, type, channels")
    options = parser.parse_args()
    side = int((options.megapixels * 1e6) ** 0.5)
    print("still          | taken, MB | told, MB")
    for kind in options.kinds:
        with multiprocessing.get_context("spawn").Pool(1) as pool:
            taken, told = pool.apply(_measure, (kind, side))
        print(f"{kind:14} | {taken / 1e6:9,.0f} | {told / 1e6:8,.0f}", flush=True)


if __name__ == "__main__":
    main()
