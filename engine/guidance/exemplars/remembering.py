"""Memory over a film: the network's colours agree within shots, and among shots of one set-up."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence

import numpy as np

from kinemacolor.engine.guidance.exemplars.consensus import consensus
from kinemacolor.engine.guidance.exemplars.setups import find_setups
from kinemacolor.engine.guidance.matching.likeness import Look
from kinemacolor.engine.motion.shots import thumbnail

_TOGETHER = 18  # frames, at most, that agree in one go, for memory; larger set-ups do in several
_OTHERS = 3  # frames of other shots that a frame listens to


def remember(
    shots: Sequence[Sequence[int]],
    lightness: Mapping[int, np.ndarray],
    ab: Mapping[int, np.ndarray],
    look: Callable[[int], Look],
) -> tuple[list[int], dict[int, np.ndarray]]:
    """Colours of some frames that agree.

    Args:
        shots: by shot: numbers of some of its frames, rising; may be none.
        lightness: their L*, (h, w) float32, at the looks' size.
        ab: the network's colours of them, (h, w, 2) float32.
        look: of a frame.

    Returns:
        By shot the number of its set-up, which is that of its first shot; and ab by frame.
    """
    frames = [[lightness[number] for number in shot] for shot in shots]
    setups = find_setups(frames, lambda shot, place: look(shots[shot][place]))
    agreed: dict[int, np.ndarray] = {}
    for group in _groups(shots, setups):
        numbers = [number for shot in group for number in shot]
        links = _links(group, [thumbnail(lightness[number]) for number in numbers])
        looks = [look(number) for number in numbers]
        colors = consensus(looks, [ab[number] for number in numbers], links)
        agreed.update(zip(numbers, colors, strict=True))
    return setups, agreed


def _groups(shots: Sequence[Sequence[int]], setups: Sequence[int]) -> Iterator[list[Sequence[int]]]:
    """The frames of shots that agree with each other, by shot."""
    for setup in sorted(set(setups)):
        group: list[Sequence[int]] = []
        for shot, its in zip(shots, setups, strict=True):
            if its != setup:
                continue
            if group and sum(map(len, group)) + len(shot) > _TOGETHER:
                yield group
                group = []
            group.append(shot)
        yield group


def _links(group: Sequence[Sequence[int]], views: Sequence[np.ndarray]) -> list[list[int]]:
    """For each frame: the others of its shot, and the likest of other shots."""
    owner = [shot for shot, numbers in enumerate(group) for _ in numbers]
    links = []
    for here, view in enumerate(views):
        at_home = [i for i, shot in enumerate(owner) if shot == owner[here] and i != here]
        away = [i for i, shot in enumerate(owner) if shot != owner[here]]
        away.sort(key=lambda i: -float((view * views[i]).mean()))
        links.append(at_home + away[:_OTHERS])
    return links
