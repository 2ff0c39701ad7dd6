"""Sample reel and sample photo archive, made from photos that come with scikit-image.

All photos are in the public domain or under CC0, as scikit-image documents for each.
"""

from __future__ import annotations

import io
import zipfile
from pathlib import Path

import cv2
import numpy as np
from PIL import Image
from skimage import data

from examples.sample_reel import Shot, write_sample_reel
from kinemacolor.engine.files import atomic_write
from kinemacolor.engine.media.stills import from_upright

REEL, ARCHIVE = "reel.mp4", "photos.zip"
CREDITS = """\
The photos in these samples come with scikit-image, which documents their sources.

Astronaut Eileen Collins: NASA, Great Images; public domain.
Cameraman: Lav Varshney; CC0.
Rocket on its launch pad: SpaceX; public domain.
Coffee: Rachel Michetti, courtesy of Pikolo Espresso Bar; CC0.
Chelsea the cat: Stefan van der Walt; CC0.
Grass: linolafett, DeviantArt; CC0.
Bricks: CC0Textures; CC0.
"""
TURNED = 6  # EXIF: the camera was held upright, the picture is stored on its side
EXIF_DESCRIPTION, EXIF_ORIENTATION, EXIF_TIME = 0x010E, 0x0112, 0x0132
STAMP = (2015, 2, 11, 18, 3, 0)


def photo(name: str) -> np.ndarray:
    """(H, W) uint8 grey of a photo of `skimage.data`."""
    pixels = getattr(data, name)()
    return cv2.cvtColor(pixels, cv2.COLOR_RGB2GRAY) if pixels.ndim == 3 else pixels


def write_reel(path: Path) -> None:
    """Write the sample film: an outdoor shot, a person, an animal."""
    shots = [
        Shot("On the lawn", photo("camera"), (0.60, 0.30, 0.72), (0.40, 0.38, 0.72)),
        Shot("The pilot", photo("astronaut"), (0.48, 0.40, 0.88), (0.44, 0.27, 0.55)),
        Shot("Chelsea", photo("chelsea"), (0.55, 0.50, 0.88), (0.45, 0.50, 0.74)),
    ]
    shown = ("Astronaut", "Cameraman", "Chelsea")
    credits = [line for line in CREDITS.splitlines() if line.startswith(shown)]
    write_sample_reel(path, shots, " ".join(credits))


def write_archive(path: Path) -> None:
    """Write the sample archive: a zip of grey stills in every format, and a text file."""
    with atomic_write(path) as part, zipfile.ZipFile(part, "w") as archive:
        for name, content in _members().items():
            archive.writestr(zipfile.ZipInfo(name, STAMP), content)


def _members() -> dict[str, bytes]:
    pilot = photo("astronaut")
    return {
        "CREDITS.txt": CREDITS.encode(),
        "people/pilot.jpg": _jpeg(pilot, "The pilot in her suit", orientation=TURNED),
        "people/portrait.png": _png(pilot[:320, 70:390]),
        "people/cameraman.png": _png(_deep(photo("camera"))),
        "places/launch pad.jpg": _jpeg(photo("rocket"), "The evening before the launch"),
        "places/lawn.jpg": _jpeg(photo("grass"), "A lawn in autumn"),
        "places/wall.tif": _tiff(_deep(photo("brick"))),
        "still life/coffee.tif": _tiff(photo("coffee")),
        "still life/cat.webp": _webp(photo("chelsea")),
    }


def _deep(pixels: np.ndarray) -> np.ndarray:
    """Picture of uint8 as uint16, enlarged by a quarter so that codes in between occur."""
    codes = pixels.astype(np.float32) * 257
    wide = cv2.resize(codes, None, fx=1.25, fy=1.25, interpolation=cv2.INTER_CUBIC)
    return wide.round().clip(0, 65535).astype(np.uint16)


def _jpeg(pixels: np.ndarray, description: str, orientation: int = 1) -> bytes:
    exif = Image.Exif()
    exif[EXIF_DESCRIPTION], exif[EXIF_ORIENTATION] = description, orientation
    exif[EXIF_TIME] = "{:04}:{:02}:{:02} {:02}:{:02}:{:02}".format(*STAMP)
    stored = np.ascontiguousarray(from_upright(pixels, orientation))
    return _encoded(stored, "JPEG", quality=92, exif=exif)


def _png(pixels: np.ndarray) -> bytes:
    return _encoded(pixels, "PNG")


def _tiff(pixels: np.ndarray) -> bytes:
    return _encoded(pixels, "TIFF", compression="tiff_lzw", dpi=(300, 300))


def _webp(pixels: np.ndarray) -> bytes:
    return _encoded(cv2.cvtColor(pixels, cv2.COLOR_GRAY2RGB), "WEBP", quality=90)


def _encoded(pixels: np.ndarray, kind: str, **options: object) -> bytes:
    content = io.BytesIO()
    Image.fromarray(pixels).save(content, kind, **options)
    return content.getvalue()
