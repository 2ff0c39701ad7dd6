"""References: colour pictures of other framing, and the choice of the likeliest for a shot."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from kinemacolor.engine.guidance.exemplars.exemplar import Authority, Exemplar
from kinemacolor.engine.guidance.guide_file.pictures import read_picture
from kinemacolor.engine.guidance.matching.encoder import Encoder
from kinemacolor.engine.guidance.matching.likeness import Look, look_at

# Score from which on a picture is taken; below, the network's colours stand. Pictures of other
# scenes had .61 at most, of the same .64 and more with few exceptions.
LEAST = 0.62
_MOST = 2  # pictures for a shot


@dataclass(frozen=True)
class Choice:
    """Pictures that were chosen for a film's shots.

    Args:
        chosen: by shot: the pictures, the likeliest first.
        lines: a line for each shot on what was chosen.
    """

    chosen: Sequence[Sequence[Path]]
    lines: tuple[str, ...] = ()

    @classmethod
    def nothing(cls, shots: int) -> Choice:
        """That of so many shots where there is nothing to be chosen from."""
        return cls([[]] * shots)

    def record(self, candidates: Sequence[Path]) -> dict[str, Any]:
        """The choice as JSON has it, wherever the candidates lie."""
        places = {picture: place for place, picture in enumerate(candidates)}
        chosen = [[places[picture] for picture in pictures] for pictures in self.chosen]
        return {"chosen": chosen, "lines": self.lines}

    @classmethod
    def of(cls, record: Any, candidates: Sequence[Path], shots: int) -> Choice | None:
        """A choice for so many shots by its record; None where it is none."""
        try:
            chosen = [[candidates[place] for place in places] for places in record["chosen"]]
            found = cls(chosen, tuple(map(str, record["lines"])))
        except (TypeError, KeyError, IndexError):
            return None
        return found if len(chosen) == shots else None


class ReferencePictures:
    """Colour pictures as exemplars, each read once.

    Args:
        short_side: of the working size.
    """

    def __init__(self, short_side: int) -> None:
        self._short_side = short_side
        self._read: dict[Path, Exemplar] = {}

    def __getitem__(self, picture: Path) -> Exemplar:
        """The exemplar of a picture.

        Raises:
            MediaError: it cannot be read.
        """
        if picture not in self._read:
            lightness, ab = read_picture(picture, self._short_side)
            known = np.ones_like(lightness)
            self._read[picture] = Exemplar(
                lightness, ab, known, Authority.REFERENCE, None, picture.name
            )
        return self._read[picture]


def score(frames: Sequence[Look], picture: Look) -> float:
    """How well a picture may colour some frames, about 0 to 1.

    The mean likeness of a frame's cells to their like in the picture, of the frame it suits best.
    """
    return max(float((frame.features @ picture.features.T).amax(1).mean()) for frame in frames)


def choose(
    shots: Iterable[Sequence[Look]],
    candidates: Sequence[Path],
    pictures: ReferencePictures,
    encoder: Encoder,
) -> Choice:
    """The likeliest pictures for each shot.

    Args:
        shots: looks of some frames of each.
        candidates: what is chosen from.
        pictures: reads them.
        encoder: whose features tell what is alike.

    Raises:
        MediaError: a picture cannot be read.
    """
    looks = [(path, look_at(pictures[path].lightness, encoder)) for path in candidates]
    chosen, notes = [], []
    for number, frames in enumerate(shots):
        # The likest first; of equals the one that was named first.
        scores = sorted(
            ((score(frames, look), path) for path, look in looks if frames), key=lambda it: -it[0]
        )
        taken = [(value, path) for value, path in scores[:_MOST] if value >= LEAST]
        chosen.append([path for _, path in taken])
        if taken:
            named = ", ".join(f"{path.name} ({value:.2f})" for value, path in taken)
            notes.append(f"shot {number} takes colours from {named}")
        elif scores:
            value, path = scores[0]
            notes.append(
                f"shot {number} takes colours from no picture: the likeliest, {path.name}, scores "
                f"{value:.2f}, and {LEAST:.2f} is wanted"
            )
    return Choice(chosen, tuple(notes))
