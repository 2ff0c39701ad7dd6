"""Methods of propagation: baselines that anybody can compute, and the command with what it takes.

The baselines give frames with the truth's L*. The command gets a grey film and pictures of some of
the clip's frames, or colours of single pixels, and its lossless result is decoded again.
"""

from __future__ import annotations

import json
import resource
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from itertools import islice
from pathlib import Path

import cv2
import numpy as np

from benchmarks.clips import (
    Clip,
    grey_of,
    luma_of,
    to_codes,
    write_grey,
    write_picture,
)
from benchmarks.color_measures import Seen, with_colors
from kinemacolor.models.errors import KinemacolorError

ROOT = Path(__file__).parents[1]
POINTS = 10  # colours of frame 0


def grey(frames: Iterator[np.ndarray]) -> Iterator[np.ndarray]:
    """No colour: what a grey film keeps of each frame."""
    return map(grey_of, frames)


def held(frames: Iterator[np.ndarray]) -> Iterator[np.ndarray]:
    """Frame 0's a*, b* in every frame, where they were."""
    ab: np.ndarray | None = None
    for rgb in frames:
        seen = Seen.of(rgb)
        ab = seen.ab if ab is None else ab
        yield with_colors(seen, ab)


def chained(frames: Iterator[np.ndarray]) -> Iterator[np.ndarray]:
    """Frame 0's a*, b* moved along optical flow that is joined from frame to frame, all believed.

    Dense inverse search (Kroeger et al. 2016) at medium quality, on luma at the clip's own size.
    """
    dis = cv2.DISOpticalFlow.create(cv2.DISOPTICAL_FLOW_PRESET_MEDIUM)
    ab = at = still = before = np.empty(0)
    for number, rgb in enumerate(frames):
        seen, light = Seen.of(rgb), to_codes(luma_of(rgb))
        if number == 0:
            rows, columns = (np.arange(side, dtype=np.float32) for side in light.shape)
            still = np.dstack(np.meshgrid(columns, rows))
            ab, at = seen.ab, still
        else:
            back = still + dis.calc(light, before, None)  # type: ignore[call-overload]
            at = _sampled(at, back)
        before = light
        yield with_colors(seen, _sampled(ab, at))


def _sampled(planes: np.ndarray, at: np.ndarray) -> np.ndarray:
    """(H, W, 2) planes at (H, W, 2) columns and rows; the border goes on outside."""
    moved: np.ndarray = cv2.remap(
        planes,
        at,
        None,  # type: ignore[call-overload]
        cv2.INTER_LINEAR,
        borderMode=cv2.BORDER_REPLICATE,
    )
    return moved


BASELINES: dict[str, Callable[[Iterator[np.ndarray]], Iterator[np.ndarray]]] = {
    "grey": grey,
    "held": held,
    "chained": chained,
}


@dataclass(frozen=True)
class Given:
    """What the command is given besides the grey film.

    Args:
        keys: frames whose colours it gets; -1 is the last that counts.
        points: seed of the random places of frame 0 whose colours it gets.
        reference: whether it gets the last frame of the whole clip as a reference.
        options: of the command, besides.
    """

    keys: tuple[int, ...] = ()
    points: int | None = None
    reference: bool = False
    options: tuple[str, ...] = ()


COMMANDS = {
    "automatic": Given(),
    "no memory": Given(options=("--no-memory",)),
    "key": Given(keys=(0,)),
    "keys": Given(keys=(0, -1)),
    "reference": Given(reference=True),
    **{f"points {seed}": Given(points=seed) for seed in range(5)},
}
METHODS = (*BASELINES, *COMMANDS)


@dataclass(frozen=True)
class Made:
    """A clip that the command has coloured.

    Args:
        film: that the command wrote.
        cpu: seconds of all processors' time, starting included.
        led: frames with the share of the picture that what was given leads to, as the job's ledger
            tells it; none where nothing was given.
    """

    film: Path
    cpu: float
    led: list[tuple[int, float]]


def color(clip: Clip, given: Given, folder: Path, options: tuple[str, ...]) -> Made:
    """Have the command colour a clip.

    Args:
        clip: in true colours.
        given: what is told of these.
        folder: an empty one, for its files.
        options: of the command, besides.

    Raises:
        KinemacolorError: the command failed; what it said.
    """
    film, out = folder / "grey.mkv", folder / "coloured.mkv"
    write_grey(clip.frames(), film)
    began = resource.getrusage(resource.RUSAGE_CHILDREN)
    words = ["colorize", str(film), "-o", str(out), "--codec", "ffv1", "--quiet", "--keep-records"]
    words += [*told(clip, given, folder), *given.options, *options]
    done = subprocess.run(
        [sys.executable, "-m", "kinemacolor", *words],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    ended = resource.getrusage(resource.RUSAGE_CHILDREN)
    if done.returncode:
        said = (done.stderr.strip().splitlines() or ["nothing"])[-1]
        raise KinemacolorError(clip.name, f"the command failed and said: {said}")
    cpu = ended.ru_utime + ended.ru_stime - began.ru_utime - began.ru_stime
    entries = [
        json.loads(path.read_text()) for path in folder.glob(".kinemacolor/*/done/**/*.json")
    ]
    led = sorted((int(n), float(share)) for entry in entries for n, share in entry.get("led", ()))
    return Made(out, cpu, led)


def told(clip: Clip, given: Given, folder: Path) -> list[str]:
    """The options that tell the command of true colours; pictures go into a folder."""
    options = []
    last = sum(1 for _ in clip.frames()) - 1 if -1 in given.keys else 0
    for key in given.keys:
        number = last if key < 0 else key
        picture = folder / f"frame{number}.png"
        write_picture(next(islice(clip.frames(), number, None)), picture)
        options += ["--key-frame", f"{number}={picture}"]
    if given.points is not None:
        options += hints(next(clip.frames()), given.points)
    if given.reference:
        *_, rgb = replace(clip, most=None).frames()
        write_picture(rgb, folder / "reference.png")
        options += ["--reference", str(folder / "reference.png")]
    return options


def hints(rgb: np.ndarray, seed: int) -> list[str]:
    """Options that tell the true colours of `POINTS` random pixels of frame 0."""
    codes = to_codes(rgb)
    height, width = codes.shape[:2]
    places = np.random.default_rng(seed).choice(height * width, POINTS, replace=False)
    options = []
    for y, x in zip(*np.unravel_index(places, (height, width)), strict=True):
        options += ["--hint", f"0:{x},{y}=#{bytes(codes[y, x]).hex()}"]
    return options
