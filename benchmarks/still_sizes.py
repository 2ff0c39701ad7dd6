"""Sizes of coloured JPEGs by the ways to encode them, and what each costs in fidelity.

Colours the JPEGs of a folder, encodes each in several ways, decodes it again, and compares: the
size with the source's, L* with the source's, a* and b* with those before encoding.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable
from pathlib import Path

import cv2
import imagecodecs
import numpy as np

import kinemacolor
from benchmarks.record import write_json
from kinemacolor.engine.bench.machine import machine
from kinemacolor.engine.media.stills.jpeg_quantization import luma_quality

Encoder = Callable[[np.ndarray, int], bytes]  # of (H, W, 3) RGB, and the source's quality


def _encoder(luma: int | None, chroma: int, *, half: bool = False, optimize: int = 1) -> Encoder:
    """An encoder by the quality of luma (None is the source's) and of chroma."""
    sampling = "420" if half else "444"

    def encode(rgb: np.ndarray, source: int) -> bytes:
        options = {
            cv2.IMWRITE_JPEG_LUMA_QUALITY: luma or source,
            cv2.IMWRITE_JPEG_CHROMA_QUALITY: chroma,
            cv2.IMWRITE_JPEG_SAMPLING_FACTOR: getattr(
                cv2, f"IMWRITE_JPEG_SAMPLING_FACTOR_{sampling}"
            ),
            cv2.IMWRITE_JPEG_OPTIMIZE: optimize,
        }
        flat = [number for option in options.items() for number in option]
        return bytes(cv2.imencode(".jpg", cv2.cvtColor(rgb, cv2.COLOR_RGB2BGR), flat)[1])

    return encode


WAYS: dict[str, Encoder] = {
    "95, fixed Huffman tables": _encoder(95, 95, optimize=0),
    "95": _encoder(95, 95),
    "luma as the source, chroma 95": _encoder(None, 95),
    "luma as the source, chroma 95 at half resolution": _encoder(None, 95, half=True),
    "90": _encoder(90, 90),
    "85": _encoder(85, 85),
    "75": _encoder(75, 75),
}


def _lab(rgb: np.ndarray) -> np.ndarray:
    """(H, W) grey or (H, W, 3) RGB, uint8, as (H, W, 3) L*, a*, b*."""
    if rgb.ndim == 2:
        rgb = np.dstack([rgb] * 3)
    lab: np.ndarray = cv2.cvtColor(rgb.astype(np.float32) / 255, cv2.COLOR_RGB2LAB)
    return lab


def measure(folder: Path) -> dict[str, dict[str, float]]:
    """Sizes over the sources', and errors, of every way to encode, over all JPEGs of a folder."""
    sums = {name: np.zeros(4) for name in WAYS}
    bytes_in = pixels = 0
    for path in sorted(folder.glob("*.jp*g")):
        data = path.read_bytes()
        source = imagecodecs.jpeg8_decode(data)
        quality = luma_quality(data) or 95
        rgb = kinemacolor.colorize_image(source)
        lightness, before = _lab(source)[..., 0], _lab(rgb)
        bytes_in, pixels = bytes_in + len(data), pixels + lightness.size
        for name, encode in WAYS.items():
            encoded = encode(rgb, quality)
            after = _lab(imagecodecs.jpeg8_decode(encoded))
            error = np.abs(after[..., 0] - lightness)
            ab = np.linalg.norm(after[..., 1:] - before[..., 1:], axis=2)
            sums[name] += len(encoded), error.sum(), (error > 1).sum(), ab.sum()
    return {
        name: {
            "size": size / bytes_in,
            "lightness_error_mean": error / pixels,
            "lightness_error_above_1": above / pixels,
            "ab_error_mean": ab / pixels,
        }
        for name, (size, error, above, ab) in sums.items()
    }


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path, help="with JPEGs")
    parser.add_argument("--json", type=Path, help="write the figures here, too")
    options = parser.parse_args()
    results = measure(options.folder)
    print(f"{machine()['processor']}, {options.folder}")
    print("| quality | size | mean L* error | pixels off by over 1 L* | mean ab error |")
    print("|---|---|---|---|---|")
    for name, row in results.items():
        print(
            f"| {name} | {row['size']:.2f} | {row['lightness_error_mean']:.2f} "
            f"| {100 * row['lightness_error_above_1']:.0f} % | {row['ab_error_mean']:.2f} |"
        )
    write_json(options.json, results)


if __name__ == "__main__":
    main()
