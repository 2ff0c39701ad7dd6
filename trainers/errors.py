"""Errors that end a training before its last step."""

from __future__ import annotations

from pathlib import Path

from kinemacolor.models.errors import KinemacolorError


class TrainingError(KinemacolorError):
    """A training that cannot start or go on."""


class Interrupted(KinemacolorError):
    """Stopped on request after a step, with weights, and a checkpoint to go on from.

    Args:
        step: steps done.
        length: what was to be done, such as "10,000" steps or "8 h".
        folder: of the run.
    """

    def __init__(self, step: int, length: str, folder: Path) -> None:
        super().__init__(
            f"stopped after step {step:,} of {length}",
            f"the weights so far are in {folder / 'last.safetensors'}",
            "the same command with --resume goes on",
        )
        self.step, self.length, self.folder = step, length, folder

    def __reduce__(self) -> tuple[type, tuple[int, str, Path]]:  # type: ignore[override]
        return type(self), (self.step, self.length, self.folder)


def one_line(error: BaseException) -> str:
    """Message of an error, without the traceback that loader processes wrap around it."""
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    if len(lines) < 2 or "Traceback" not in str(error):
        return lines[0] if lines else type(error).__name__
    return (
        lines[-1]
        .removeprefix(f"{type(error).__module__}.")
        .removeprefix(f"{type(error).__qualname__}: ")
    )
