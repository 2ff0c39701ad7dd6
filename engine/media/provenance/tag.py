"""The provenance tag: what a coloured file says about its making."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

SOFTWARE = "Kinemacolor"
NAMESPACE = "urn:kinemacolor:provenance#"  # of its properties in XMP
NOTE = "Colours are an interpretation by a neural network; the lightness is the source's."
_DIGEST = re.compile(r"sha256:([0-9a-f]{64})")


@dataclass(frozen=True, slots=True)
class Provenance:
    """What a coloured file says about its making.

    Args:
        software: name and version; 0.1.0 wrote the name alone.
        network: its name in the catalog.
        weights: SHA-256 of the weights file, hexadecimal.
        settings: by name, as that version knew them; empty where they cannot be read.
        source: identity of the file that it was made from; empty where it is not told.
    """

    software: str
    network: str
    weights: str
    settings: Mapping[str, Any]
    source: str = ""

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
        )


def _settings(text: str) -> dict[str, Any]:
    try:
        settings = json.loads(text)
    except ValueError:
        return {}
    return settings if isinstance(settings, dict) else {}
