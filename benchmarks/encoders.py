"""What a film's encoder costs: time, size and loss by codec, preset and quality.

Command: python -m benchmarks.encoders [FILM ...] [--json FILE]

Each film is coloured once by `kinemacolor colorize`, without loss, and its frames are encoded again
as the command does it with `--codec`, `--preset` and `--quality`. CPU time is of all the encoder's
threads; the loss is the peak signal-to-noise ratio of luma against the frames that were encoded, in
dB. ProRes and DNxHR, which want larger chroma planes, are left out: their profiles fix quality and
speed. Without FILM: `benchmarks.reels`, with heavy grain.
"""

from __future__ import annotations

import argparse
import statistics
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from benchmarks.record import write_json
from benchmarks.reels import write_reel
from kinemacolor.cli.run import run_job
from kinemacolor.engine.media.video.frame_samples import plane_rows
from kinemacolor.engine.media.video.probe import probe
from kinemacolor.engine.media.video.reader import DecodedFrame, FilmReader
from kinemacolor.engine.media.video.segment_files import assemble, segment_writer
from kinemacolor.engine.pipeline.output_choice import choose_output
from kinemacolor.engine.process import tune_process
from kinemacolor.engine.settings import Settings


class Choice(NamedTuple):
    """Options of the command; None is its default."""

    codec: str
    preset: str | None = None
    quality: float | None = None


CHOICES = (
    Choice("h264"),
    Choice("h264", "ultrafast"),
    Choice("h264", "superfast"),
    Choice("h264", "faster"),
    Choice("h264", "medium"),
    Choice("h264", quality=12),
    Choice("h264", quality=20),
    Choice("h264", quality=24),
    Choice("hevc"),
    Choice("av1"),
    Choice("ffv1"),
)


def colored_losslessly(film: Path, folder: Path, settings: Settings) -> Path:
    """A film as the command colours it, in FFV1."""
    target = folder / "colored.mkv"
    if run_job([film], str(target), settings, quiet=True):
        raise RuntimeError(f"{film} could not be coloured")
    return target


def measure(film: Path, folder: Path, choice: Choice, times: int = 1) -> dict[str, Any]:
    """Encode a coloured film: CPU milliseconds a frame (the median), Mbit/s, and PSNR of luma.

    Args:
        film: of three planes; its frames are held in memory.
        folder: for what is encoded.
    """
    info = probe(film)
    settings = Settings(codec=choice.codec, preset=choice.preset, quality=choice.quality)
    spec = choose_output(info, settings)
    made = np.dtype(np.uint8 if info.encoding.depth == 8 else np.uint16)
    frames = list(FilmReader(info, salvage=False))
    chroma = [[plane_rows(plane, made) for plane in frame.av_frame.planes[1:3]] for frame in frames]
    spent = []
    for _ in range(times):
        since = time.process_time()
        with segment_writer(info, spec, folder / "segment") as write:
            for frame, (cb, cr) in zip(frames, chroma, strict=True):
                write(frame, cb, cr)
        spent.append(1000 * (time.process_time() - since) / len(frames))
    encoded = folder / "encoded.mkv"
    assemble(info, spec, [folder / "segment"], encoded, {})
    seconds = float((frames[-1].pts + frames[-1].duration - frames[0].pts) * info.time_base)
    return {
        **choice._asdict(),
        "cpu_ms": round(statistics.median(spent), 2),
        "mbit_s": round((folder / "segment").stat().st_size * 8e-6 / seconds, 2),
        "psnr": _psnr(frames, encoded, info.encoding.depth),
    }


def _psnr(frames: Sequence[DecodedFrame], encoded: Path, depth: int) -> float | None:
    """In dB, to a tenth; None is no loss at all."""
    squares = []
    for frame, shown in zip(frames, FilmReader(probe(encoded), salvage=False), strict=True):
        difference = frame.luma.astype(np.float64) - shown.luma
        squares.append(np.square(difference).mean())
    mean = float(np.mean(squares))
    if not mean:
        return None
    return round(10 * np.log10(((1 << depth) - 1) ** 2 / mean), 1)


def _line(row: dict[str, Any]) -> str:
    choice = f"{row['codec']:<7}{row['preset'] or 'default':<11}{row['quality'] or 'default':<8}"
    loss = "lossless" if row["psnr"] is None else f"{row['psnr']:.1f} dB"
    return f"  {choice}{row['cpu_ms']:8.1f} ms{row['mbit_s']:9.1f} Mbit/s  {loss}"


def main() -> None:
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.encoders",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("films", nargs="*", type=Path, metavar="FILM")
    parser.add_argument("--frames", type=int, default=240, help="of the generated film")
    parser.add_argument("--size", default="640x480", help="of the generated film")
    parser.add_argument("--times", type=int, default=3, help="each encoding; the median counts")
    parser.add_argument("--json", type=Path, help="write the table there too")
    options = parser.parse_args()
    tune_process()
    results = {}
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        films = options.films
        if not films:
            films = [folder / f"{options.size}.mkv"]
            width, height = map(int, options.size.split("x"))
            write_reel(films[0], height, width, options.frames)
        for film in films:
            colored = colored_losslessly(film, folder, Settings(codec="ffv1"))
            print(f"{film.name}: codec, preset, quality; CPU a frame, size, luma's PSNR")
            rows = []
            for choice in CHOICES:
                rows.append(measure(colored, folder, choice, options.times))
                print(_line(rows[-1]), flush=True)
            results[film.name] = rows
            colored.unlink()
    write_json(options.json, results)


if __name__ == "__main__":
    main()
