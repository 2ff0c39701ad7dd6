"""The provenance tag: what a coloured file says about its making."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

SOFTWARE = "Kinemacolor"
NAMESPACE = "urn:kinemacolor:provenance#"  # of its properties in XMP
NOTE = "Colours are an interpretation by a neural network; the lightness is the source's."
NAMES = frozenset(  # of all properties that a tag may have
    (
        "software",
        "libraries",
        "network",
        "weights",
        "published_weights_license",
        "settings",
        "source",
        "guide",
        "touched",
    )
)
_DIGEST = re.compile(r"sha256:([0-9a-f]{64})")
_NUMBER = re.compile(r"[0-9]{1,9}")


def network_properties(network: str, weights: str, license: str) -> dict[str, str]:
    """The properties that tell which network gave the colours.

    Args:
        network: its name in the catalog.
        weights: SHA-256 of the weights file, hexadecimal.
        license: of the weights that the network's authors published, by its SPDX identifier; empty
            for this project's own. Weights that others trained may have another.
    """
    known = {"network": network, "weights": f"sha256:{weights}"}
    return known | ({"published_weights_license": license} if license else {})


def guide_properties(guide: str, touched: Iterable[int] = ()) -> dict[str, str]:
    """The properties that a tag has besides where a person said something of the colours.

    Args:
        guide: SHA-256 of what was said, hexadecimal; empty where nothing.
        touched: numbers of the shots of a film, from 0, that it is about.
    """
    if not guide:
        return {}
    shots = ", ".join(map(str, touched))
    return {"guide": f"sha256:{guide}"} | ({"touched": shots} if shots else {})


@dataclass(frozen=True, slots=True)
class Provenance:
    """What a coloured file says about its making.

    Args:
        software: name and version; 0.1.0 wrote the name alone.
        network: its name in the catalog.
        weights: SHA-256 of the weights file, hexadecimal.
        settings: by name, as that version knew them; empty where they cannot be read.
        source: identity of the file that it was made from; empty where it is not told.
        guide: SHA-256 of what a person said of its colours; empty where nothing.
        touched: numbers of a film's shots, from 0, that this was about.
    """

    software: str
    network: str
    weights: str
    settings: Mapping[str, Any]
    source: str = ""
    guide: str = ""
    touched: tuple[int, ...] = ()

    @classmethod
    def of(cls, properties: Mapping[str, str]) -> Provenance | None:
        """The tag among a file's properties; None where they hold none of ours.

        Args:
            properties: metadata by name, in any case: Matroska has capitals only.
        """
        known = {name.lower(): value for name, value in properties.items()}
        software = known.get("software", "")
        weights = _DIGEST.fullmatch(known.get("weights", ""))
        if not software.startswith(SOFTWARE) or weights is None:
            return None
        return cls(
            software,
            known.get("network", ""),
            weights[1],
            _settings(known.get("settings", "")),
            known.get("source", ""),
            guide[1] if (guide := _DIGEST.fullmatch(known.get("guide", ""))) else "",
            tuple(int(shot) for shot in _NUMBER.findall(known.get("touched", ""))),
        )


def _settings(text: str) -> dict[str, Any]:
    try:
        settings = json.loads(text)
    except ValueError:
        return {}
    return settings if isinstance(settings, dict) else {}
