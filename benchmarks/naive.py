"""Baseline for `benchmarks.throughput`: a straightforward script that colours frame by frame.

Decode to PNG files, the network in eager float32 on one frame after another, LAB at full
resolution with OpenCV, encode from PNG files. No smoothing, no care for range or matrix, no sound.
"""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import av
import cv2
import numpy as np
import torch

from kinemacolor.engine.color.geometry import working_shape
from kinemacolor.models.weights import load


def color_naively(film: Path, folder: Path, model: str, short_side: int) -> None:
    """Colour `film` into `folder`/naive.mkv, through PNG files in that folder.

    Args:
        film: source.
        folder: for the PNG files and the result.
        model: variant or weights file.
        short_side: of the picture that the network sees, pixels.
    """
    grey, colored = folder / "grey", folder / "coloured"
    for place in (grey, colored):
        place.mkdir()
    _to_png(film, grey)
    network = load(model).network()
    for source in sorted(grey.iterdir()):
        cv2.imwrite(str(colored / source.name), _colored(network, source, short_side))
    _from_png(colored, folder / "naive.mkv")


def _to_png(film: Path, folder: Path) -> None:
    if shutil.which("ffmpeg"):
        command = ["ffmpeg", "-v", "error", "-i", str(film), str(folder / "%06d.png")]
        subprocess.run(command, check=True)
        return
    with av.open(str(film)) as source:
        for number, frame in enumerate(source.decode(video=0)):
            cv2.imwrite(str(folder / f"{number:06}.png"), frame.to_ndarray(format="bgr24"))


@torch.inference_mode()
def _colored(network: torch.nn.Module, source: Path, short_side: int) -> np.ndarray:
    lab = cv2.cvtColor(_read(source).astype(np.float32) / 255, cv2.COLOR_BGR2LAB)
    height, width = lab.shape[:2]
    shape = working_shape(height, width, short_side)
    light = cv2.resize(lab[..., 0], shape[::-1], interpolation=cv2.INTER_AREA)
    ab = network(torch.from_numpy(light)[None, None])[0].permute(1, 2, 0).numpy()
    lab[..., 1:] = cv2.resize(ab, (width, height), interpolation=cv2.INTER_CUBIC)
    bgr = cv2.cvtColor(lab, cv2.COLOR_LAB2BGR)
    return (bgr * 255).round().clip(0, 255).astype(np.uint8)


def _from_png(folder: Path, target: Path) -> None:
    places = sorted(folder.iterdir())
    with av.open(str(target), "w") as film:
        video = film.add_stream("libx264", rate=24, options={"crf": "16", "preset": "veryfast"})
        video.pix_fmt = "yuv420p"
        video.height, video.width = _read(places[0]).shape[:2]
        for picture in map(_read, places):
            film.mux(video.encode(av.VideoFrame.from_ndarray(picture, format="bgr24")))
        film.mux(video.encode(None))


def _read(place: Path) -> np.ndarray:
    return np.asarray(cv2.imread(str(place)), np.uint8)
