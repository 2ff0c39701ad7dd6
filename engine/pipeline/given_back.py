"""Which films are in colour already and are given back as they are."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from kinemacolor.engine.settings import Settings

if TYPE_CHECKING:
    from kinemacolor.engine.media.video.index import FilmIndex  # the codecs load slowly

Run = tuple[int, int]  # number of the first frame, and of the one behind the last

GIVEN_BACK = "is in colour already: given back as it is; --on-color recolor colours it anew"
NO_EFFECT = "what was said of its colours has no effect"


def given_back_notes(guide: str) -> tuple[str, ...]:
    """What the owner should know of a film or still that is given back.

    Args:
        guide: what a person said of it, as an asset has it; empty where nothing.
    """
    return (GIVEN_BACK, NO_EFFECT) if guide else (GIVEN_BACK,)


def is_given_back(index: FilmIndex, settings: Settings) -> bool:
    """Whether nothing of a film is to be coloured, so that its file is given back as it is."""
    return (
        settings.on_color == "keep"
        and not settings.is_excerpt
        and covers(index.in_color, *index.wanted)
    )


def covers(runs: Sequence[Run], start: int, stop: int | None = None) -> bool:
    """Whether one of the runs holds a frame, or all frames from `start` to `stop` (excluded)."""
    last = start if stop is None else stop - 1
    return any(first <= start and last < end for first, end in runs)
