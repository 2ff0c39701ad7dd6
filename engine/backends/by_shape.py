"""The network for stills where films have a compiled one: compiled for common sizes, eager else."""

from __future__ import annotations

from kinemacolor.engine.backends.base import Network, Pictures
from kinemacolor.engine.color.geometry import is_common


class NetworkByShape:
    """A `Network` that takes pictures of common sizes to one network, and odd ones to another.

    Which one colours a picture is decided by its size alone: its colours do not depend on what else
    there is to colour, on who does it, or on what has been compiled before.

    Args:
        common: for the sizes of `kinemacolor.engine.color.geometry.common_shapes`.
        odd: for all others, which are too many to compile for each.

    Attributes:
        batch, calls, fingerprint: as for `Network`.
    """

    def __init__(self, common: Network, odd: Network) -> None:
        self._common, self._odd = common, odd
        self.batch, self.calls = common.batch, min(common.calls, odd.calls)
        self.fingerprint = f"{common.fingerprint}, odd sizes {odd.fingerprint}"

    def __call__(self, lightness: Pictures) -> Pictures:
        """As for `Network`."""
        height, width = lightness[0].shape
        return (self._common if is_common((height, width)) else self._odd)(lightness)
