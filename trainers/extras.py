"""Packages that only training and scoring need: the extra `kinemacolor[train]`."""

from __future__ import annotations

from importlib.util import find_spec

from kinemacolor.models.errors import KinemacolorError

EXTRA = "pip install 'kinemacolor[train]'"


class MissingExtra(KinemacolorError):
    """A package of the extra is not installed."""


def require(purpose: str, *packages: str) -> None:
    """See that packages are installed; imports none of them.

    Args:
        purpose: what needs them, such as "training".
        packages: the names they are imported by.

    Raises:
        MissingExtra: some are not.
    """
    missing = [package for package in packages if find_spec(package) is None]
    if missing:
        raise MissingExtra(purpose, f"needs {' and '.join(missing)}", EXTRA)
