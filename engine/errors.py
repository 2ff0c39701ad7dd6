"""Errors of media."""

from __future__ import annotations

from kinemacolor.models.errors import KinemacolorError


class MediaError(KinemacolorError):
    """An input that cannot be read, or an output that cannot be written."""
