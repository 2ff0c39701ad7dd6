"""Drift of colours within shots, with and without memory over the film.

Command: python -m benchmarks.drift FILM... [--json benchmarks/results/drift.json]

Every film, black-and-white or in colour, is coloured by the engine from its luma alone: with the
default settings ("memory") and without memory over the film ("none"), lossless. Measured at a short
side of 256 pixels:

- Drift: patches on a grid are followed through their shot on the luma (`benchmarks.patch_tracks`).
  Mean length of the change of ab of those that are still there after 100 frames, or where a shorter
  shot ends; shots from 24 frames on count, from every 50th frame on. `patches` tells how many.
- Step: the same over 24 frames, for which far more patches live.
- Flicker: mean length of the change of ab from a frame to the next along the motion, within shots.
- CIEDE2000, where the film is in colour; then `truth` has its own drift, for scale.
- Colourfulness: Hasler and Suesstrunk's M3.

Bars, for the means over films: drift at most half of that without memory, CIEDE2000 no higher by
more than 1 %, and colourfulness no lower by more than 2 %. Films that miss one are named.
"""

from __future__ import annotations

import argparse
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import replace
from itertools import pairwise, repeat
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import torch
from tqdm import tqdm

from benchmarks.film_scores import chroma_of
from benchmarks.patch_tracks import follow
from benchmarks.record import verdict, write_json
from benchmarks.video_metrics import color_change, true_motion
from kinemacolor.engine.backends.choice import open_networks
from kinemacolor.engine.media.video.own_chroma import has_chroma
from kinemacolor.engine.media.video.probe import VideoInfo, probe
from kinemacolor.engine.media.video.reader import DecodedFrame, read_frames
from kinemacolor.engine.motion.shots import is_cut, thumbnail
from kinemacolor.engine.pipeline.film import color_film
from kinemacolor.engine.settings import Settings
from kinemacolor.models.color.lab import srgb_to_lab
from kinemacolor.models.color.ycbcr import ycbcr_to_rgb
from kinemacolor.models.device import pick_device
from kinemacolor.models.errors import KinemacolorError
from kinemacolor.models.weights import load
from kinemacolor.trainers.metrics import ciede2000, colorfulness

MOST_DRIFT, MOST_ERROR, LEAST_COLOR = 0.5, 1.01, 0.98
_SHORT_SIDE = 256
_REACH, _STEP, _FROM = 100, 24, 50  # frames
_SHORTEST = 24  # frames of a shot that counts
_GREY = 8.0  # colourfulness below which a film has no colours to compare with, or a tint alone
_EVERY = 6  # frames, of those at which colours are compared with the truth

Row = dict[str, dict[str, float]]  # by version, then by measure
Span = tuple[int, int]


def lumas_of(film: Path) -> list[np.ndarray]:
    """(h, w) uint8 luma of every frame, reduced."""
    info = probe(film)
    shift = max(0, info.encoding.depth - 8)
    return [(_reduced(f.luma) / (1 << shift)).round().astype(np.uint8) for f in read_frames(info)]


def cuts_of(lumas: Sequence[np.ndarray]) -> list[int]:
    """First frames of the shots behind the first one."""
    small = [thumbnail(luma.astype(np.float32)) for luma in lumas]
    return [n + 1 for n, (before, after) in enumerate(pairwise(small)) if is_cut(before, after)]


def spans_of(lumas: Sequence[np.ndarray], reach: int) -> list[Span]:
    """First and last frames between which drift is measured, within shots."""
    found = []
    for start, stop in pairwise([0, *cuts_of(lumas), len(lumas)]):
        if stop - start >= _SHORTEST:
            length = min(reach, stop - start - 1)
            found += [(first, first + length) for first in range(start, stop - length, _FROM)]
    return found


def _reduced(plane: np.ndarray) -> np.ndarray:
    scale = _SHORT_SIDE / min(plane.shape)
    size = tuple(round(side * scale) for side in plane.shape[::-1])
    return cv2.resize(plane.astype(np.float32), size, interpolation=cv2.INTER_AREA)


def lab_of(frame: DecodedFrame, info: VideoInfo) -> tuple[torch.Tensor, torch.Tensor]:
    """(3, h, w) encoded RGB and LAB of a decoded frame, reduced."""
    luma = _reduced(frame.luma)
    chroma = (
        cv2.resize(plane.astype(np.float32), luma.shape[::-1], interpolation=cv2.INTER_AREA)
        for plane in chroma_of(frame)
    )
    planes = torch.from_numpy(np.stack([luma, *chroma]))
    rgb = ycbcr_to_rgb(planes, info.encoding).clamp(0, 1)
    return rgb, srgb_to_lab(rgb, info.encoding.primaries)


def flicker(lumas: Sequence[np.ndarray], made: Mapping[str, Path]) -> dict[str, float]:
    """Mean change of ab from a frame to the next along the motion, by version."""
    films = [map(_ab, read_frames(info), repeat(info)) for info in map(probe, made.values())]
    changes: dict[str, list[float]] = {name: [] for name in made}
    cuts = set(cuts_of(lumas))
    for number, (before, after) in enumerate(pairwise(zip(*films, strict=True)), 1):
        if number not in cuts:
            motion = true_motion(lumas[number - 1], lumas[number])
            for name, here, there in zip(made, before, after, strict=True):
                changes[name].append(color_change(here, there, motion))
    return {name: float(np.nanmean(found)) for name, found in changes.items()}


def _ab(frame: DecodedFrame, info: VideoInfo) -> np.ndarray:
    _, lab = lab_of(frame, info)
    return np.ascontiguousarray(lab[1:].permute(1, 2, 0).numpy())


def measure(film: Path, made: Mapping[str, Path]) -> Row:
    """Drift, where patches live on; flicker, error, colourfulness of versions of a film."""
    lumas = lumas_of(film)
    tracks = {}
    for name, reach in (("drift", _REACH), ("step", _STEP)):
        found = [(span, *follow(lumas, *span)) for span in spans_of(lumas, reach)]
        tracks[name] = [track for track in found if len(track[1])]
    wanted = {number for found in tracks.values() for span, *_ in found for number in span}
    versions = ({"truth": film} if has_chroma(probe(film)) else {}) | dict(made)
    truth: dict[int, torch.Tensor] = {}
    row: Row = {}
    for version, path in versions.items():
        info, ab, colors, errors = probe(path), {}, [], []
        for frame in read_frames(info):
            if frame.index not in wanted and frame.index % _EVERY:
                continue
            rgb, lab = lab_of(frame, info)
            ab[frame.index] = np.ascontiguousarray(lab[1:].permute(1, 2, 0).numpy())
            if frame.index % _EVERY:
                continue
            colors.append(colorfulness(rgb))
            if version == "truth":
                truth[frame.index] = lab
            elif truth:
                errors.append(float(ciede2000(lab, truth[frame.index]).mean()))
        if version == "truth" and np.mean(colors) < _GREY:
            truth.clear()
            continue
        row[version] = {name: changed(ab, found) for name, found in tracks.items() if found}
        row[version]["patches"] = sum(len(first) for _, first, _ in tracks["drift"])
        row[version]["colorfulness"] = float(np.mean(colors))
        if errors:
            row[version]["ciede2000"] = float(np.mean(errors))
    for version, value in flicker(lumas, {name: versions[name] for name in row}).items():
        row[version]["flicker"] = value
    return row


def changed(
    ab: Mapping[int, np.ndarray], tracks: Sequence[tuple[Span, np.ndarray, np.ndarray]]
) -> float:
    """Mean length of the change of ab over patches; nan where there is none.

    Args:
        ab: (h, w, 2) float32 by frame.
        tracks: first and last frame, and (n, 2) x and y of patches in both.
    """
    lengths = [
        np.linalg.norm(_at(ab[span[1]], last) - _at(ab[span[0]], first), axis=1)
        for span, first, last in tracks
        if len(first)
    ]
    return float(np.concatenate(lengths).mean()) if lengths else float("nan")


def _at(ab: np.ndarray, places: np.ndarray) -> np.ndarray:
    x, y = (np.ascontiguousarray(column)[:, None] for column in places.T)
    return cv2.remap(cv2.blur(ab, (5, 5)), x, y, cv2.INTER_LINEAR)[:, 0]


def mean(rows: Sequence[Row]) -> Row:
    """Over films, of what is known of each."""
    found: Row = {}
    for version in ("truth", "none", "memory"):
        known = [row[version] for row in rows if version in row]
        found[version] = {
            name: float(np.mean([row[name] for row in known if name in row]))
            for name in sorted({name for row in known for name in row})
        }
    return found


def bars(scores: Row) -> list[dict[str, Any]]:
    """Effects of memory, each with its bar and whether it holds."""
    found = []
    for name, least, most in (
        ("drift", 0.0, MOST_DRIFT),
        ("ciede2000", 0.0, MOST_ERROR),
        ("colorfulness", LEAST_COLOR, 99.0),
    ):
        if name in scores["none"]:
            ratio = scores["memory"][name] / scores["none"][name]
            found.append({"of": name, "ratio": ratio, "holds": bool(least <= ratio <= most)})
    return found


_DIGITS = {"drift": 2, "step": 2, "patches": 0, "flicker": 2, "ciede2000": 3, "colorfulness": 1}


def table(name: str, row: Row) -> str:
    """A film's measures, a version a line."""
    lines = [f"{name:24}" + "".join(f"{measure:>14}" for measure in _DIGITS)]
    for version, found in row.items():
        cells = (f"{found[m]:.{n}f}" if m in found else "" for m, n in _DIGITS.items())
        lines.append(f"  {version:22}" + "".join(f"{cell:>14}" for cell in cells))
    return "\n".join(lines)


def main() -> None:
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.drift",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("films", type=Path, nargs="+", metavar="FILM")
    parser.add_argument("--model", default="kinema")
    parser.add_argument("--json", type=Path, help="write the table there too")
    parser.add_argument("--keep", type=Path, help="folder where coloured films are left")
    options = parser.parse_args()
    cv2.setNumThreads(1)
    rows: dict[str, Row] = {}
    try:
        settings = Settings(model=options.model, codec="ffv1", on_color="recolor")
        loaded, device = load(settings.model), pick_device(settings.device)
        network, _ = open_networks(loaded, device, settings.backend, "auto")
        with tempfile.TemporaryDirectory() as scratch:
            folder = options.keep or Path(scratch)
            for film in tqdm(options.films, disable=None, leave=False):
                made = {}
                for version in ("none", "memory"):
                    made[version] = folder / f"{film.stem}.{version}.mkv"
                    remembers = replace(settings, color_memory=version == "memory")
                    color_film(film, made[version], network, remembers, {}, lambda: None)
                rows[film.name] = measure(film, made)
                tqdm.write(table(film.name, rows[film.name]))
    except KinemacolorError as error:
        parser.exit(1, f"{error}\n")
    overall = mean(list(rows.values()))
    print(table("mean", overall))
    reached = bars(overall)
    for bar in reached:
        print(f"{bar['of']} is {bar['ratio']:.3f} of that without memory: {verdict(bar['holds'])}")
    for name, row in rows.items():
        for bar in bars(row):
            if not bar["holds"]:
                print(f"{name}: {bar['of']} is {bar['ratio']:.3f} of that without memory")
    write_json(options.json, {"films": rows, "mean": overall, "bars": reached})


if __name__ == "__main__":
    main()
