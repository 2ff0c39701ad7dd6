"""Every network that can be built by name."""

from __future__ import annotations

from kinemacolor.models import autoencoder, deep_cnn, kinema, kmhcnet, landscape, msau_net
from kinemacolor.models.colorizer import Colorizer
from kinemacolor.models.variant import Variant

_FAMILIES = (kinema, msau_net, kmhcnet, autoencoder, landscape, deep_cnn)
_VARIANTS = tuple(variant for family in _FAMILIES for variant in family.VARIANTS)

CATALOG = {variant.name: variant for variant in _VARIANTS}
if len(CATALOG) != len(_VARIANTS):
    raise RuntimeError("two variants share a name")


def variant(name: str) -> Variant:
    """The variant called `name`.

    Raises:
        KeyError: none is; the message lists those that are.
    """
    try:
        return CATALOG[name]
    except KeyError:
        raise KeyError(f"no variant {name!r}; there are {', '.join(CATALOG)}") from None


def build(name: str) -> Colorizer:
    """The network called `name` with fresh weights, in evaluation mode."""
    return variant(name).builder().eval()
