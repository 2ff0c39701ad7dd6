"""Colours a film frame by frame through the Python API, without writing a file in between.

Command: python -m examples.api_film FILM OUT.png
"""

from __future__ import annotations

import sys
from collections.abc import Iterator

import av
import cv2
import numpy as np

import kinemacolor


def grey_frames(film: str) -> Iterator[np.ndarray]:
    """A film's frames, (H, W) uint8 grey over the full range."""
    with av.open(film) as container:
        for frame in container.decode(video=0):
            yield frame.to_ndarray(format="gray")


def main(film: str, out: str) -> None:
    """Write the last coloured frame."""
    rgb = None
    for number, rgb in enumerate(kinemacolor.colorize_frames(grey_frames(film)), start=1):  # noqa: B007
        pass  # show it, analyse it, send it on: colours are steady over time
    if rgb is None:
        raise SystemExit(f"{film}: has no frames")
    cv2.imwrite(out, rgb[:, :, ::-1])
    print(f"{number} frames; the last one is in {out}")


if __name__ == "__main__":
    if len(sys.argv) != 3:
        raise SystemExit(__doc__)
    main(*sys.argv[1:])
