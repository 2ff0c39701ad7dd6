"""Colours of films against the true ones, and their steadiness: `python -m benchmarks.consistency`.

Every colour film of a folder goes through the engine by its luma alone (its first frames, lossless
in and out), once as the settings are by default and once without smoothing. All are decoded to LAB
at the film's own size and compared with the truth and with plain grey. Clips should be one shot.

- CIEDE2000: mean over pixels, then frames, of the colours as a viewer sees them.
- Colourfulness: Hasler and Suesstrunk's M3, mean over frames.
- Flicker: mean length of the change of ab from a frame to the next along the true motion, which is
  taken from the luma at full size; only where that is certain (`benchmarks.video_metrics`).
- CDC: mean over clips and B, G, R of the average, at frame gaps 1, 2, 4, of the Jensen-Shannon
  divergence (natural logarithm) of 256-bin histograms.

Smoothing has to lower flicker by 40 % or more, and colourfulness by 3 % at most.
"""

from __future__ import annotations

import argparse
import tempfile
from collections.abc import Iterator
from dataclasses import replace
from itertools import islice, pairwise
from pathlib import Path
from typing import Any, NamedTuple

import cv2
import numpy as np
import torch
from torch import Tensor
from tqdm import tqdm

from benchmarks.record import write_json
from benchmarks.video_metrics import Motion, cdc, colour_change, histograms, true_motion
from engine.errors import KinemacolorError
from engine.media.film_reader import Frame, plane_rows, read_frames
from engine.media.film_writer import FilmWriter
from engine.media.kinds import FILM_SUFFIXES
from engine.media.probe import FilmInfo, probe
from engine.settings import Settings
from engine.worker import Worker
from models.colorspace import srgb_to_lab
from models.ycbcr import ycbcr_to_rgb
from trainers.metrics import ciede2000, colourfulness

LEAST_FLICKER_CUT, MOST_COLOUR_LOST = 0.40, 0.03
VERSIONS = ("ours", "unsmoothed", "truth", "grey")
MEASURES = ("ciede2000", "colourfulness", "flicker", "cdc")

Scores = dict[str, dict[str, float]]  # by measure, then by version


class _Seen(NamedTuple):
    """One frame as it is seen: (3, H, W) encoded RGB in 0..1, and LAB."""

    rgb: Tensor
    lab: Tensor

    @property
    def ab(self) -> np.ndarray:
        return np.ascontiguousarray(self.lab[1:].permute(1, 2, 0).numpy())


def _chroma(frame: Frame) -> tuple[np.ndarray, np.ndarray]:
    """Cb and Cr of a decoded frame, at their own size."""
    blue, red = (plane_rows(plane, frame.luma.dtype) for plane in frame.picture.planes[1:3])
    return blue, red


def _seen(frame: Frame, info: FilmInfo, *, grey: bool = False) -> _Seen:
    """Decodes a frame, chroma enlarged bilinearly; or what is left of it without colour."""
    size = frame.luma.shape[::-1]
    neutral = np.full(frame.luma.shape, info.encoding.chroma_scale[0], np.float32)
    chroma = (
        [neutral] * 2
        if grey
        else [
            cv2.resize(plane.astype(np.float32), size, interpolation=cv2.INTER_LINEAR)
            for plane in _chroma(frame)
        ]
    )
    planes = torch.from_numpy(np.stack([frame.luma.astype(np.float32), *chroma]))
    rgb = ycbcr_to_rgb(planes, info.encoding).clamp(0, 1)
    return _Seen(rgb, srgb_to_lab(rgb, info.encoding.primaries))


def shorten(source: Path, target: Path, frames: int) -> None:
    """The first frames of a colour film, all planes as they are, as FFV1.

    Raises:
        KinemacolorError: it cannot be read.
    """
    settings = Settings(codec="ffv1")
    info = probe(source, settings)
    with FilmWriter(info, target, settings) as writer:
        for frame in islice(read_frames(info), frames):
            writer.write(frame, *_chroma(frame))


def _frames(truth: Path, ours: Path, unsmoothed: Path) -> Iterator[tuple[np.ndarray, dict]]:
    """Luma and all versions of every frame."""
    paths = {"ours": ours, "unsmoothed": unsmoothed, "truth": truth}
    infos = {name: probe(path) for name, path in paths.items()}
    films = [read_frames(info) for info in infos.values()]
    for together in zip(*films, strict=True):
        by_name = dict(zip(infos, together, strict=True))
        seen = {name: _seen(frame, infos[name]) for name, frame in by_name.items()}
        seen["grey"] = _seen(by_name["truth"], infos["truth"], grey=True)
        yield by_name["truth"].luma, seen


def measure(truth: Path, ours: Path, unsmoothed: Path) -> Scores:
    """All measures of all versions of one clip.

    Args:
        truth, ours, unsmoothed: 8-bit films with the same luma.
    """
    values: dict[str, dict[str, list[Any]]] = {
        name: {version: [] for version in VERSIONS} for name in MEASURES
    }

    def look(item: tuple[np.ndarray, dict[str, _Seen]]) -> tuple[np.ndarray, dict[str, np.ndarray]]:
        luma, seen = item
        for version, frame in seen.items():
            codes = (frame.rgb * 255).round().byte().permute(1, 2, 0).numpy()
            values["ciede2000"][version].append(ciede2000(frame.lab, seen["truth"].lab).mean())
            values["colourfulness"][version].append(colourfulness(frame.rgb))
            values["cdc"][version].append(histograms(codes))
        return luma, {version: frame.ab for version, frame in seen.items()}

    for (here, ab), (there, next_ab) in pairwise(map(look, _frames(truth, ours, unsmoothed))):
        motion: Motion = true_motion(here, there)
        for version in VERSIONS:
            change = colour_change(ab[version], next_ab[version], motion)
            values["flicker"][version].append(change)
    return {
        name: {
            version: cdc(found) if name == "cdc" else float(np.nanmean(found))
            for version, found in versions.items()
        }
        for name, versions in values.items()
    }


def run(films: list[Path], settings: Settings, frames: int) -> Iterator[tuple[str, Scores]]:
    """Name and measures of every film, coloured as `settings` say and without smoothing."""
    settings = replace(settings, codec="ffv1")
    workers = {
        "ours": Worker(settings),
        "unsmoothed": Worker(replace(settings, smoothing_window=0)),
    }
    with tempfile.TemporaryDirectory() as folder:
        truth = Path(folder, "truth.mkv")
        for film in films:
            shorten(film, truth, frames)
            made = {name: Path(folder, f"{name}.mkv") for name in workers}
            for name, worker in workers.items():
                worker.film(truth, made[name], lambda: None)
            yield film.name, measure(truth, **made)


def mean(rows: list[Scores]) -> Scores:
    """Over clips."""
    return {
        name: {v: float(np.mean([row[name][v] for row in rows])) for v in VERSIONS}
        for name in MEASURES
    }


def bars(scores: Scores) -> list[dict[str, Any]]:
    """What smoothing does to flicker and colourfulness, and whether that is as it should be."""
    flicker, colour = (
        scores[name]["ours"] / scores[name]["unsmoothed"] for name in ("flicker", "colourfulness")
    )
    return [
        {"of": "flicker", "ratio": flicker, "holds": flicker <= 1 - LEAST_FLICKER_CUT},
        {"of": "colourfulness", "ratio": colour, "holds": colour >= 1 - MOST_COLOUR_LOST},
    ]


_COLUMNS = (
    ("ciede2000", ("ours", "unsmoothed", "grey"), 2),
    ("colourfulness", ("ours", "unsmoothed", "truth"), 1),
    ("flicker", ("ours", "unsmoothed", "truth"), 3),
    ("cdc", VERSIONS, 5),
)


def _line(name: str, scores: Scores) -> str:
    groups = (
        "".join(f"{scores[measure][v]:>11.{digits}f}" for v in versions)
        for measure, versions, digits in _COLUMNS
    )
    return f"{name[:20]:20}" + " |".join(groups)


def _head() -> str:
    names = " |".join(f"{name:>{11 * len(versions)}}" for name, versions, _ in _COLUMNS)
    versions = " |".join("".join(f"{v:>11}" for v in versions) for _, versions, _ in _COLUMNS)
    return f"{'':20}{names}\n{'clip':20}{versions}"


def main() -> None:
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.consistency",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("folder", type=Path, help="colour films")
    parser.add_argument("--model", default="kinema")
    parser.add_argument("--frames", type=int, default=48, help="of every film, from its beginning")
    parser.add_argument("--json", type=Path, help="write the table there too")
    options = parser.parse_args()
    if not options.folder.is_dir():
        parser.error(f"{options.folder}: no such folder")
    films = sorted(p for p in options.folder.iterdir() if p.suffix.lower() in FILM_SUFFIXES)
    if not films:
        parser.error(f"{options.folder}: no films in it")
    try:
        results = run(films, Settings(model=options.model), options.frames)
        print(_head())
        rows = {}
        for name, scores in tqdm(results, total=len(films), disable=None, leave=False):
            rows[name] = scores
            tqdm.write(_line(name, scores))
    except KinemacolorError as error:
        parser.exit(1, f"{error}\n")
    overall = mean(list(rows.values()))
    print(_line("mean", overall))
    reached = bars(overall)
    for bar in reached:
        verdict = "holds" if bar["holds"] else "FAILS"
        print(f"{bar['of']} is {bar['ratio']:.3f} of that without smoothing: {verdict}")
    write_json(options.json, {"clips": rows, "mean": overall, "bars": reached})


if __name__ == "__main__":
    main()
