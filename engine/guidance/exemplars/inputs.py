"""Digests of what exemplars are made of: of the same inputs the same would be made again."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

from kinemacolor.engine.files import sha256


def inputs_digest(*inputs: object) -> str:
    """SHA-256 of what something is made of, hexadecimal.

    Args:
        inputs: of texts, numbers, None, and sequences of these.
    """
    return hashlib.sha256(json.dumps(inputs).encode()).hexdigest()


def content_of(picture: Path) -> str:
    """SHA-256 of a picture, hexadecimal; empty where it cannot be read, as its reader will tell."""
    try:
        return sha256(picture) if picture.is_file() else ""
    except OSError:
        return ""
