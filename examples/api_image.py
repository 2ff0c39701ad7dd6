"""Colours one photo through the Python API, and again with a colour given at one point.

Command: python -m examples.api_image PHOTO OUT.png
"""

from __future__ import annotations

import sys

import cv2

import kinemacolor


def main(photo: str, out: str) -> None:
    """Write the photo in the network's colours beside the one with a green middle."""
    network = kinemacolor.load_network()  # once, for any number of pictures
    plain = kinemacolor.colorize_image(photo, network=network)
    height, width = plain.shape[:2]
    green = kinemacolor.Hint(x=width // 2, y=height // 2, color=(47, 93, 52))
    hinted = kinemacolor.colorize_image(photo, network=network, hints=[green])
    cv2.imwrite(out, cv2.hconcat([plain, hinted])[:, :, ::-1])


if __name__ == "__main__":
    main(*sys.argv[1:])
