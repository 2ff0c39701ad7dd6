"""`bench`: how quickly this machine colours, for comparison with other machines."""

from __future__ import annotations

import os
import pickle
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from kinemacolor._version import __version__
from kinemacolor.engine.bench.amount import FULL, QUICK, VERSION
from kinemacolor.engine.settings import Settings
from kinemacolor.models.errors import KinemacolorError, SettingsError

_SMALLEST, _LARGEST = 32, 8192  # pixels


@dataclass(frozen=True, slots=True, kw_only=True)
class Bench:
    """How quickly a machine colours.

    Attributes:
        software: version of Kinemacolor.
        media: version of the generated media; figures of different ones must not be compared.
        quick: measured on a small part of the media, so that start-up weighs more.
        size: of the film, as WIDTHxHEIGHT.
        model: the network.
        backend: what ran it, as `--backend` names it.
        start_seconds: planning and loading the network; importing the libraries not included.
        fps: frames a second of a film as a whole job, from then to the finished file.
        cpu_ms: milliseconds of CPU a frame in that job, all threads together.
        stage_cpu_ms: the same of every stage alone, without the others beside it.
        stills_per_second: of a zip of JPEGs of 2 to 12 megapixels as a whole job.
        still_cpu_ms: milliseconds of CPU a still in that job.
        peak_bytes: of memory, by the end of the film.
        peak_bytes_stills: of memory, by the end of the stills.
        load_before: processes that waited for a core in the minute before; None where the system
            does not tell.
        machine: processor, cores, GPU, versions of libraries, date.
    """

    software: str
    media: int
    quick: bool
    size: str
    model: str
    backend: str
    start_seconds: float
    fps: float
    cpu_ms: float
    stage_cpu_ms: Mapping[str, float]
    stills_per_second: float
    still_cpu_ms: float
    peak_bytes: int
    peak_bytes_stills: int
    load_before: float | None
    machine: Mapping[str, Any]

    @property
    def line(self) -> str:
        """All that is to be compared, in one line."""
        stages = ", ".join(f"{stage} {cost:.1f}" for stage, cost in self.stage_cpu_ms.items())
        where = self.machine
        parts = [where["gpu"], where["processor"], f"{where['cores']} cores"]
        parts += [name for name, flag in (("AMX", "amx"), ("AVX512-bf16", "avx512_bf16"))
                  if where[flag]][:1]  # fmt: skip
        return (
            f"kinemacolor {self.software}, bench {self.media}{' quick' * self.quick}, "
            f"{self.size}: {self.fps:.1f} frames/s, {self.stills_per_second:.2f} stills/s, "
            f"{self.cpu_ms:.1f} ms CPU a frame (stages alone: {stages}), "
            f"{self.peak_bytes / 1e6:.0f} MB, start {self.start_seconds:.1f} s; "
            f"{self.model} by {self.backend} on {', '.join(filter(None, parts))}; "
            f"Python {where['python']}, PyTorch {where['torch']}, OpenCV {where['opencv']}, "
            f"PyAV {where['pyav']}"
        )


def bench(
    size: tuple[int, int] = (640, 480), *, settings: Settings | None = None, quick: bool = False
) -> Bench:
    """Measure how quickly this machine colours.

    A film of 360 frames and 16 photos are generated, always the same ones, and coloured as any job
    is; then the film's stages are measured one by one. That takes about half a minute on two cores.
    It happens in a process of its own, and leaves nothing behind.

    Args:
        size: width and height of the film, pixels; even numbers.
        settings: how to colour; None is the defaults, which alone should be compared.
        quick: a small part of the same media, to see that everything works.

    Returns:
        The figures; `Bench.line` has them in one line.

    Raises:
        SettingsError: the size or a setting is not possible.
        KinemacolorError: the measurement failed.

    Example:
        >>> import kinemacolor
        >>> found = kinemacolor.bench((64, 48), quick=True)
        >>> found.fps > 0, "network" in found.stage_cpu_ms
        (True, True)
        >>> found.line.startswith("kinemacolor ")
        True
    """
    if not all(_SMALLEST <= side <= _LARGEST and side % 2 == 0 for side in size):
        allowed = f"use two even numbers from {_SMALLEST} to {_LARGEST}, such as 640x480"
        raise SettingsError("--size", f"{size[0]}x{size[1]} is not possible", allowed)
    found = _in_own_process((size, settings or Settings(), QUICK if quick else FULL))
    width, height = size
    return Bench(
        software=__version__, media=VERSION, quick=quick, size=f"{width}x{height}", **found
    )


def _in_own_process(request: tuple[object, ...]) -> dict[str, Any]:
    """The result of `kinemacolor.engine.bench.measure.measure` in a fresh process."""
    place = str(Path(__file__).parents[1])
    paths = os.pathsep.join(filter(None, (place, os.environ.get("PYTHONPATH"))))
    with tempfile.TemporaryDirectory(prefix="kinemacolor-bench-") as folder:
        asked, answer = Path(folder, "request"), Path(folder, "result")
        asked.write_bytes(pickle.dumps(request))
        command = [sys.executable, "-m", "kinemacolor.engine.bench", str(asked), str(answer)]
        status = subprocess.run(command, env=os.environ | {"PYTHONPATH": paths}).returncode
        if not answer.is_file():
            raise KinemacolorError("bench", f"its process ended early, with status {status}")
        result = pickle.loads(answer.read_bytes())
    if isinstance(result, KinemacolorError):
        raise result
    assert isinstance(result, dict)
    return result
