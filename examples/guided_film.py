"""One frame in its right colours leads a shot: makes a grey film, colours it without and with it.

Command: python -m examples.guided_film FOLDER

The film is a camera move over a photo that comes with scikit-image (astronaut Eileen Collins: NASA,
public domain). Its first frame is the key frame, as a person would paint it. The sheet shows the
last frame: of the film, coloured without and with the key frame, and in truth.
"""

from __future__ import annotations

import sys
from fractions import Fraction
from pathlib import Path

import av
import cv2
import numpy as np
from skimage import data

import kinemacolor

WIDTH, HEIGHT, FRAMES, STEP = 320, 240, 24, 4  # pixels, and pixels to the right a frame


def views() -> list[np.ndarray]:
    """(HEIGHT, WIDTH, 3) uint8 RGB of what the camera sees."""
    photo = data.astronaut()
    lefts = range(20, 20 + STEP * FRAMES, STEP)
    return [np.ascontiguousarray(photo[:HEIGHT, x : x + WIDTH]) for x in lefts]


def write_grey(frames: list[np.ndarray], film: Path) -> None:
    """Write the light of frames as a film, without loss."""
    with av.open(str(film), "w") as container:
        video = container.add_stream("ffv1", rate=24)
        video.width, video.height, video.pix_fmt = WIDTH, HEIGHT, "gray"
        for number, rgb in enumerate(frames):
            grey = cv2.cvtColor(rgb, cv2.COLOR_RGB2GRAY)
            luma = (grey * np.float32(219 / 255) + 16.5).astype(np.uint8)  # of limited range
            frame = av.VideoFrame.from_ndarray(luma, format="gray")
            frame.pts, frame.time_base = number, Fraction(1, 24)
            container.mux(video.encode(frame))
        container.mux(video.encode(None))


def last_frame(film: Path) -> np.ndarray:
    """(HEIGHT, WIDTH, 3) uint8 RGB."""
    with av.open(str(film)) as container:
        *_, frame = container.decode(video=0)
        return frame.to_ndarray(format="rgb24")


def main(folder: Path, settings: kinemacolor.Settings | None = None) -> None:
    """Write the film, its key frame, both results and the sheet into a folder."""
    folder.mkdir(parents=True, exist_ok=True)
    film, key = folder / "reel.mkv", folder / "frame0.png"
    frames = views()
    write_grey(frames, film)
    cv2.imwrite(str(key), frames[0][..., ::-1])
    shown = [last_frame(film)]
    painted: dict[int | str, Path] = {0: key}
    for name, key_frames in (("plain", None), ("guided", painted)):
        result = folder / f"{name}.mkv"
        report = kinemacolor.colorize(
            film, result, settings=settings, key_frames=key_frames, overwrite=True
        )
        if not report.ok:
            raise SystemExit(f"{film}: could not be coloured")
        shown.append(last_frame(result))
    cv2.imwrite(str(folder / "sheet.png"), cv2.hconcat([*shown, frames[-1]])[..., ::-1])
    print(f"Film, without and with the key frame, truth: {folder / 'sheet.png'}")


if __name__ == "__main__":
    if len(sys.argv) != 2:
        raise SystemExit(__doc__)
    main(Path(sys.argv[1]))
