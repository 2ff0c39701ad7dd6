"""Exit statuses of errors: 2 for what the command line names wrongly, 1 for everything else."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from kinemacolor.models.errors import KinemacolorError, SettingsError


def exit_status(error: KinemacolorError) -> int:
    """2 for an option with a value that cannot be used, 1 for any other problem."""
    return 2 if isinstance(error, SettingsError) else 1


@contextmanager
def errors_as_wrong_usage() -> Iterator[None]:
    """Turn every KinemacolorError within into a SettingsError of one line, for exit status 2.

    For training and evaluation: what they cannot read or use, an option has named.
    """
    from kinemacolor.trainers.errors import one_line

    try:
        yield
    except KinemacolorError as error:
        raise SettingsError(one_line(error)) from error
