"""Our own faults: told as such, with a traceback, and never as damage of somebody's file."""

from __future__ import annotations

import traceback
from collections.abc import Collection, Iterator
from types import FrameType

from kinemacolor.models.errors import KinemacolorError

_OURS = "kinemacolor"
_ASK = "please report it, with the traceback in the job's log.jsonl"


class Fault(KinemacolorError):
    """An exception that nobody has foreseen: a fault of this program, not of the file.

    Args:
        subject, problem, remedy: as of `KinemacolorError`.
        traceback: for those who mend it.
    """

    def __init__(self, subject: object, problem: str, remedy: str, traceback: str) -> None:
        super().__init__(subject, problem, remedy)
        self.traceback = traceback

    def __reduce__(self) -> tuple[type, tuple[str, ...]]:
        return type(self), (self.subject, self.problem, self.remedy, self.traceback)

    @classmethod
    def of(cls, subject: object, error: BaseException, remedy: str = _ASK) -> Fault:
        """The fault that an unforeseen exception tells of.

        Args:
            subject: the file that was worked on.
            error: as it was raised; its innermost place in our own code is named.
            remedy: what the user can do.
        """
        said = " ".join(str(error).split())
        place = _place(error)
        problem = f"unexpected {type(error).__name__}" + (f" in {place}" if place else "")
        trace = "".join(traceback.format_exception(error))
        return cls(subject, problem + (f" ({said})" if said else ""), remedy, trace)


def traceback_of(error: BaseException) -> str:
    """The traceback that an error brings along; empty where it is a known one."""
    return error.traceback if isinstance(error, Fault) else ""


def raised_by(error: BaseException, packages: Collection[str]) -> bool:
    """Whether an exception is a library's own: of its types, or raised in its code.

    Args:
        error: as it was raised.
        packages: names of top-level packages.
    """
    if any(kind.__module__.partition(".")[0] in packages for kind in type(error).__mro__):
        return True
    modules = [_module(frame) for frame, _ in _frames(error)]
    return bool(modules) and modules[-1].partition(".")[0] in packages


def _frames(error: BaseException) -> Iterator[tuple[FrameType, int]]:
    """Frames and lines that an exception has passed, the innermost last."""
    return traceback.walk_tb(error.__traceback__)


def _module(frame: FrameType) -> str:
    # A module in Cython has no name here, but its file has: "imagecodecs/_png.pyx".
    return str(frame.f_globals.get("__name__") or frame.f_code.co_filename.replace("/", "."))


def _place(error: BaseException) -> str:
    """Where in our own code it was raised, such as "kinemacolor/engine/files.py:12"."""
    ours = [
        f"{_module(frame).replace('.', '/')}.py:{line}"
        for frame, line in _frames(error)
        if _module(frame).partition(".")[0] == _OURS
    ]
    return ours[-1] if ours else ""
