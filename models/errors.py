"""The root of every error that Kinemacolor raises on purpose, and those that all layers share."""

from __future__ import annotations


class KinemacolorError(Exception):
    """A problem that one clear line explains: which thing, what is wrong, what to do.

    Args:
        subject: the file, member, option or device that the problem is about; or the whole line.
        problem: what is wrong with it, in a few words; empty where `subject` says everything.
        remedy: what the user can do about it; empty where nothing helps.
    """

    def __init__(self, subject: object, problem: str = "", remedy: str = "") -> None:
        self.subject = str(subject)
        self.problem = problem
        self.remedy = remedy
        line = f"{self.subject}: {problem}" if problem else self.subject
        super().__init__(line + (f"; {remedy}" if remedy else ""))

    def __reduce__(self) -> tuple[type, tuple[str, ...]]:  # to cross process borders
        return type(self), (self.subject, self.problem, self.remedy)


class SettingsError(KinemacolorError):
    """An option with a value that cannot be used; the command exits with status 2."""


class WeightsError(KinemacolorError):
    """Weights that are absent, unreadable, or of another network."""


class PluginError(KinemacolorError):
    """A plug-in that cannot be loaded, or whose name another package has too."""
