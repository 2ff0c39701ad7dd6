"""How surely real colour is told from one hue and from grey, over photos and films in colour.

Command: python -m benchmarks.natural PHOTOS [--films FOLDER] [--grey FOLDER] [--json FILE]

Every photo is measured as it is, and made grey, toned and tinted: as JPEG of quality 85 and, with
grain, of quality 70. Of a real photo that is not taken for colour the colours would be replaced; a
grey one that is taken for colour would be given back as it is. Small photos are the harder ones:
over fewer pixels less noise averages out.
"""

from __future__ import annotations

import argparse
import io
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
from PIL import Image, UnidentifiedImageError

from benchmarks.record import write_json
from kinemacolor.engine.color.chroma import chroma_of_rgb
from kinemacolor.engine.media.kinds import FILM_SUFFIXES
from kinemacolor.engine.pipeline.film import index_of
from kinemacolor.engine.settings import Settings

Toning = Callable[[np.ndarray], np.ndarray]  # (H, W) tones, 0 to 1, to (H, W, 3)
_WAYS = {"JPEG 85": (85, 0.0), "grain, JPEG 70": (70, 4.0)}


def _tint(*light: float) -> Toning:
    return lambda tones: tones[..., None] * np.array(light)


def _tone(*points: tuple[float, float, float]) -> Toning:
    """Colours of black, middle grey and white, and those between."""

    def color(tones: np.ndarray) -> np.ndarray:
        planes = np.array(points).T
        return np.stack([np.interp(tones, [0, 0.5, 1], plane) for plane in planes], axis=-1)

    return color


TONINGS: dict[str, Toning] = {
    "grey": _tint(1, 1, 1),
    "sepia": _tint(1, 0.87, 0.68),
    "cyanotype": _tone((0.02, 0.08, 0.22), (0.25, 0.5, 0.7), (0.93, 0.97, 0.98)),
    "amber tint": _tint(1, 0.7, 0.25),
    "blue tint": _tint(0.4, 0.6, 1),
    "red tint": _tint(1, 0.3, 0.3),
    "tint over tone": _tone((0.05, 0.1, 0.35), (0.5, 0.45, 0.45), (1, 0.85, 0.6)),
}


def _pictures(folder: Path, most: int) -> Iterator[np.ndarray]:
    """(H, W, 3) uint8 pictures of a folder and those below, at most so many of each."""
    for place in (folder, *sorted(path for path in folder.rglob("*") if path.is_dir())):
        taken = 0
        for path in sorted(path for path in place.iterdir() if path.is_file()):
            try:
                with Image.open(path) as image:
                    picture = np.asarray(image.convert("RGB"))
            except (UnidentifiedImageError, OSError):
                continue
            taken += 1
            yield picture
            if taken == most:
                break


def _spoilt(rgb: np.ndarray, quality: int, grain: float) -> np.ndarray:
    noise = np.random.default_rng(0).normal(0, 1, (*rgb.shape[:2], 1)) * grain
    target = io.BytesIO()
    picture = np.clip(rgb * 255 + noise, 0, 255).astype(np.uint8)
    Image.fromarray(picture).save(target, "JPEG", quality=quality, subsampling=2)
    return np.asarray(Image.open(target))


def measure(photos: Path, most: int) -> dict[str, tuple[int, int]]:
    """Of photos in colour as they are and made grey: how many there are, and are called colour."""
    names = ["as they are", *(f"{tone}, {way}" for tone in TONINGS for way in _WAYS)]
    verdicts: dict[str, list[bool]] = {name: [] for name in names}
    for rgb in _pictures(photos, most):
        verdicts["as they are"].append(chroma_of_rgb(rgb).is_real)
        tones = rgb @ np.array([0.299, 0.587, 0.114]) / 255
        for tone, toning in TONINGS.items():
            colored = toning(tones)
            for way, (quality, grain) in _WAYS.items():
                spoilt = _spoilt(colored, quality, grain)
                verdicts[f"{tone}, {way}"].append(chroma_of_rgb(spoilt).is_real)
    return {name: (len(seen), sum(seen)) for name, seen in verdicts.items()}


def frames_in_color(folder: Path) -> tuple[int, int]:
    """Frames of a folder's films, and how many of them are called colour."""
    frames = found = 0
    for film in sorted(p for p in folder.rglob("*") if p.suffix.lower() in FILM_SUFFIXES):
        index = index_of(film, replace(Settings(), device="cpu"), lambda: None)
        frames += len(index.pts)
        found += sum(stop - start for start, stop in index.in_color)
    return frames, found


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("photos", type=Path, help="folder of photos in colour, with folders in it")
    parser.add_argument("--most", type=int, default=40, help="photos of each folder, at most")
    parser.add_argument("--grey", type=Path, help="folder of grey and toned photos")
    parser.add_argument("--films", type=Path, nargs="*", default=[], help="folders of films")
    parser.add_argument("--json", type=Path, help="write the figures here, too")
    options = parser.parse_args()
    rows = measure(options.photos, options.most)
    if options.grey:
        seen = [chroma_of_rgb(rgb).is_real for rgb in _pictures(options.grey, options.most)]
        rows[f"photos of {options.grey.name}"] = len(seen), sum(seen)
    for folder in options.films:
        rows[f"frames of films in {folder.name}"] = frames_in_color(folder)
    print("| | pictures | called colour |\n|---|---|---|")
    for name, (count, found) in rows.items():
        print(f"| {name} | {count:,} | {100 * found / max(1, count):.1f} % |")
    write_json(options.json, {n: {"pictures": c, "colour": f} for n, (c, f) in rows.items()})


if __name__ == "__main__":
    main()
