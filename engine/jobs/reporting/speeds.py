"""How fast networks coloured films in earlier jobs on this machine, kept in the cache folder."""

from __future__ import annotations

import json
from contextlib import suppress

from kinemacolor.engine.cache_folder import cache_folder
from kinemacolor.engine.files import atomic_write

_FILE = "speeds.json"
_ENOUGH = 48  # frames; fewer tell little


def remember_speed(network: str, frames: int, rate: float) -> None:
    """Keep what a job of films found, in place of what an earlier one did.

    Nothing is kept of few frames, nor where the cache folder cannot be written.

    Args:
        network: by its name, or its weights file.
        frames: that the job coloured.
        rate: of them a second, from the first one on.
    """
    if frames < _ENOUGH:
        return
    with suppress(OSError):
        folder = cache_folder()
        folder.mkdir(parents=True, exist_ok=True)
        with atomic_write(folder / _FILE) as part:
            speeds = known_speeds() | {network: round(rate, 2)}
            part.write_text(json.dumps(speeds), encoding="utf-8")


def known_speeds() -> dict[str, float]:
    """Frames a second by network, as far as they are known."""
    try:
        speeds = json.loads((cache_folder() / _FILE).read_text(encoding="utf-8"))
        return {str(name): float(rate) for name, rate in speeds.items()}
    except (OSError, ValueError, TypeError, AttributeError):
        return {}
