"""Colours one photo through the Python API, as it comes and with stronger colours.

Command: python -m examples.api_image PHOTO OUT.png
"""

from __future__ import annotations

import sys

import cv2

import kinemacolor


def main(photo: str, out: str) -> None:
    """Write both versions side by side."""
    network = kinemacolor.load_network()  # once, for any number of pictures
    vivid = kinemacolor.Settings(saturation=1.5)
    pictures = [
        kinemacolor.colorize_image(photo, network=network),
        kinemacolor.colorize_image(photo, network=network, settings=vivid),
    ]
    cv2.imwrite(out, cv2.hconcat(pictures)[:, :, ::-1])


if __name__ == "__main__":
    if len(sys.argv) != 3:
        raise SystemExit(__doc__)
    main(*sys.argv[1:])
