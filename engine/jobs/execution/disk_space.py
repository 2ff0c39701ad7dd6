"""Full disks: what their errors mean, and what is not begun any more once one was met."""

from __future__ import annotations

import errno
import shutil
from pathlib import Path

from kinemacolor.engine.files import is_disk_full
from kinemacolor.engine.jobs.planning.assets import Asset, error_reason
from kinemacolor.models.errors import KinemacolorError

_SMALLEST_SPACE = 16 << 20  # bytes; below this a full disk counts as full


class DiskSpaceGuard:
    """A guard against a full disk: once one was met, nothing that cannot fit is begun."""

    def __init__(self) -> None:
        self._was_full = False

    def reason(self, error: KinemacolorError | OSError, asset: Asset) -> str:
        """The reason of an error in words that say whether source or target is concerned.

        Args:
            error: met in the work on the asset; one that tells of a full disk is remembered.
            asset: whose work it was.
        """
        self._was_full |= is_disk_full(error)
        if not isinstance(error, OSError) or error.filename is None:
            return error_reason(error)
        if Path(error.filename) == asset.source:
            return f"cannot be read: {error_reason(error)}"
        return f"cannot be written into {asset.target.parent}: {error_reason(error)}"

    def check(self, asset: Asset) -> None:
        """Raise where an asset's result cannot fit and a disk has been full before.

        Raises:
            OSError: the disk is full.
        """
        if not self._was_full:
            return
        folder = next(place for place in asset.target.absolute().parents if place.is_dir())
        if shutil.disk_usage(folder).free < max(asset.size, _SMALLEST_SPACE):
            raise OSError(errno.ENOSPC, "")
