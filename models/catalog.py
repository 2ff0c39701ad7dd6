"""The catalog: every network by name, this package's and those of other installed packages.

A network is registered by one line in `_FAMILIES`; another package registers a family of networks
by an entry point of the group `kinemacolor.networks`. The entry point's name is the family's, and
the names of its variants are the family's or begin with it and an underscore, so that a family is
imported only when one of its networks is asked for. Its value is a module with `VARIANTS`, a
`Variant`, an iterable of them, or a callable without arguments that returns either.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, MutableMapping
from difflib import get_close_matches
from importlib import import_module
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING

from kinemacolor.models.errors import KinemacolorError
from kinemacolor.models.plugins import PluginGroup
from kinemacolor.models.variant import Variant

if TYPE_CHECKING:
    from kinemacolor.models.colorizer import Colorizer

# Modules of this package, imported when one of their variants is asked for.
_FAMILIES = {
    "kinema": ("kinema",),
    "msau_net": ("msau_net", "msau_net_sparse", "hint_unet", "hint_attention_unet"),
    "kmhcnet": tuple(f"kmhcnet_{number}" for number in range(1, 17)),
    "autoencoder": ("autoencoder_v1", "autoencoder_v2", "autoencoder_v12"),
    "landscape": ("landscape_autoencoder", "landscape_resnet", "landscape_unet"),
    "deep_cnn": ("deep_cnn",),
    "zhang": ("eccv16", "siggraph17"),
    "ddcolor": ("ddcolor_tiny", "ddcolor_large"),
}


class Catalog(MutableMapping[str, Variant]):
    """Variants by name; a family's module is imported when it is first needed.

    Iterating gives this package's names, which loads nothing, then those of plug-ins, which loads
    them; a faulty plug-in is left out there with a warning. Variants can be added at run time.

    Raises:
        PluginError: on looking up a name that belongs to a plug-in that is faulty or refused.
    """

    def __init__(self) -> None:
        self._own: dict[str, Variant | str] = {  # a variant, or the family to import it from
            name: family for family, names in _FAMILIES.items() for name in names
        }
        self._plugins = PluginGroup(
            "kinemacolor.networks", "network family", self._read_family, frozenset(_FAMILIES)
        )

    def __getitem__(self, name: str) -> Variant:
        found = self._own.get(name)
        if found is None:
            return self._from_plugin(name)
        if isinstance(found, str):
            for variant in import_module(f"kinemacolor.models.{found}").VARIANTS:
                if isinstance(self._own.get(variant.name), str):
                    self._own[variant.name] = variant
            found = self._own[name]
            assert isinstance(found, Variant), f"{name} is not in its family's VARIANTS"
        return found

    def __setitem__(self, name: str, variant: Variant) -> None:
        self._own[name] = variant

    def __delitem__(self, name: str) -> None:
        del self._own[name]

    def __contains__(self, name: object) -> bool:
        """Whether there is such a network; loads no family of this package.

        Raises:
            PluginError: the name belongs to a plug-in that is faulty or refused.
        """
        return name in self._own or (isinstance(name, str) and super().__contains__(name))

    def weights_of(self, name: str) -> Path | None:
        """The weights file that another package's network comes with, as its variant has it.

        Loads no family of this package, whose networks' weights lie in its own folder.

        Raises:
            KeyError: there is no such network.
            PluginError: its plug-in is faulty or refused.
        """
        return None if isinstance(self._own.get(name), str) else self[name].weights

    def __iter__(self) -> Iterator[str]:
        yield from list(self._own)
        for family in self._plugins.usable():
            yield from (name for name in family if name not in self._own)

    def __len__(self) -> int:
        return sum(1 for _ in self)

    def _from_plugin(self, name: str) -> Variant:
        """The variant of the plug-in with the longest family name that fits.

        Raises:
            KeyError: none fits, or the one that does has no such variant.
            PluginError: it is faulty or refused.
        """
        families = [family for family in self._plugins.names() if _belongs(name, family)]
        if not families:
            raise KeyError(name)
        return self._plugins.load(max(families, key=len))[name]

    def _read_family(self, family: str, value: object) -> dict[str, Variant]:
        """A plug-in's variants by name.

        Raises:
            ValueError: one has a name that is taken, or does not begin with the family's.
            TypeError: there is something else among them.
        """
        variants: dict[str, Variant] = {}
        for variant in _variants_of(value):
            if not isinstance(variant, Variant):
                raise TypeError(f"{variant!r} is no Variant")
            name = variant.name
            if not _belongs(name, family):
                raise ValueError(f"{name!r} is neither {family!r} nor begins with '{family}_'")
            if name in self._own:
                raise ValueError(f"kinemacolor has a network {name!r} already")
            if name in variants:
                raise ValueError(f"it has two networks {name!r}")
            variants[name] = variant
        return variants


def _belongs(name: str, family: str) -> bool:
    """Whether a variant of this name is the family's; paths of files are no names."""
    return name.isidentifier() and (name == family or name.startswith(f"{family}_"))


def _variants_of(value: object) -> Iterable[object]:
    """What an entry point's value gives."""
    if isinstance(value, ModuleType):
        value = value.VARIANTS
    elif callable(value):
        value = value()
    if isinstance(value, Variant):
        return (value,)
    if not isinstance(value, Iterable):
        raise TypeError(f"{value!r} is neither a Variant nor an iterable of them")
    return value


CATALOG = Catalog()


def suggest_networks(name: str) -> str:
    """What a user who gave a wrong name may have meant, and where the names are listed."""
    likely = get_close_matches(name, list(CATALOG), n=3, cutoff=0.7)
    question = f"did you mean {' or '.join(likely)}? " if likely else ""
    return f"{question}`kinemacolor models` lists all"


def variant(name: str) -> Variant:
    """Look up the variant called `name`.

    Raises:
        KeyError: none is; the message names those that are like it.
        PluginError: it belongs to a plug-in that is faulty or refused.
    """
    try:
        return CATALOG[name]
    except KeyError:
        raise KeyError(f"there is no network {name!r}; {suggest_networks(name)}") from None


def build(name: str) -> Colorizer:
    """Build the network called `name`: fresh weights, evaluation mode, float32, on the CPU.

    Raises:
        KinemacolorError: torchvision was built for another PyTorch than the one that is installed.
    """
    try:
        return variant(name).builder().eval()
    except RuntimeError as error:
        if "operator torchvision::" not in str(error):
            raise
        problem = f"was built for another PyTorch than the one installed here ({error})"
        remedy = "install torch and torchvision together, from the same source"
        raise KinemacolorError("torchvision", problem, remedy) from error
