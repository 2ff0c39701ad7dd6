"""The optional parts of an installation: what needs them, and how they are added."""

from __future__ import annotations

from importlib.util import find_spec

from kinemacolor.models.errors import KinemacolorError

# The packages that each extra of pyproject.toml brings, by the names they are imported under.
EXTRAS = {
    "cluster": ("ray",),
    "ddcolor": ("spandrel", "spandrel_extra_arches"),
    "train": ("matplotlib", "ray", "scipy", "torchmetrics"),
}


def install_extra(extra: str) -> str:
    """The command that adds an extra, for the end of an error message."""
    return f"install it: pip install 'kinemacolor[{extra}]'"


def missing_packages(extra: str) -> list[str]:
    """The packages of an extra that are not installed; loads none of it."""
    return [name for name in EXTRAS[extra] if find_spec(name) is None]


def require_extra(extra: str, subject: str) -> None:
    """Check that an extra is installed, without loading any of it.

    Args:
        extra: a name in `EXTRAS`.
        subject: the option or command that needs it, for the error.

    Raises:
        KinemacolorError: one of its packages is missing.
    """
    if missing := missing_packages(extra):
        raise KinemacolorError(
            subject, f"needs {', '.join(missing)}, not installed here", install_extra(extra)
        )
