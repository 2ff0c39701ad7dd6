"""Why files cannot be written or read; once a disk was full, nothing that cannot fit is begun."""

from __future__ import annotations

import errno
import shutil
from pathlib import Path

from kinemacolor.engine.files import is_disk_full
from kinemacolor.engine.jobs.planning.assets import Asset, error_reason
from kinemacolor.models.errors import KinemacolorError

_SMALLEST_SPACE = 16 << 20  # bytes; below this a full disk counts as full


class DiskSpaceGuard:
    """Room for results, as far as their errors tell of it."""

    def __init__(self) -> None:
        self._was_full = False

    def reason(self, error: KinemacolorError | OSError, asset: Asset) -> str:
        """The reason, and whether it is about the source or about where the result goes."""
        self._was_full |= is_disk_full(error)
        if not isinstance(error, OSError) or error.filename is None:
            return error_reason(error)
        if Path(error.filename) == asset.source:
            return f"cannot be read: {error_reason(error)}"
        return f"cannot be written into {asset.target.parent}: {error_reason(error)}"

    def check(self, asset: Asset) -> None:
        """See that an asset's result may fit.

        Raises:
            OSError: it cannot.
        """
        if not self._was_full:
            return
        folder = next(place for place in asset.target.absolute().parents if place.is_dir())
        if shutil.disk_usage(folder).free < max(asset.size, _SMALLEST_SPACE):
            raise OSError(errno.ENOSPC, "")
