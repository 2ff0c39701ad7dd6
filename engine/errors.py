"""What a user is told when something cannot be done."""

from __future__ import annotations


class KinemacolorError(Exception):
    """A problem that one clear line explains: which thing, what is wrong, what to do.

    Args:
        subject: the file, member, option or device that the problem is about.
        problem: what is wrong with it, in a few words.
        remedy: what the user can do about it; empty where nothing helps.
    """

    def __init__(self, subject: object, problem: str, remedy: str = "") -> None:
        self.subject = str(subject)
        self.problem = problem
        self.remedy = remedy
        super().__init__(f"{self.subject}: {problem}" + (f"; {remedy}" if remedy else ""))

    def __reduce__(self) -> tuple[type, tuple[str, str, str]]:  # to cross process borders
        return type(self), (self.subject, self.problem, self.remedy)


class MediaError(KinemacolorError):
    """An input that cannot be read, or an output that cannot be written."""


class SettingsError(KinemacolorError):
    """An option with a value that cannot be used."""
