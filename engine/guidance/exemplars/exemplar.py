"""Exemplars: pictures whose colours are known, from which a shot's frames take theirs."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from functools import lru_cache
from typing import Any

import numpy as np


class Authority(StrEnum):
    """Who vouches for an exemplar's colours."""

    GIVEN = "given"  # a person: a key frame, or points spread over their frame
    REFERENCE = "reference"  # a person, for a picture of other framing
    NETWORK = "network"  # the network's own colours of a frame, held to over the shot


@dataclass(frozen=True, eq=False)
class Exemplar:
    """A picture whose colours are known, upright and at its working size.

    Args:
        lightness: (h, w) float32 L*; h and w are multiples of 32.
        ab: (h, w, 2) float32.
        known: (h, w) float32 in 0..1: how far each pixel's colour is known; 1 all over for a key
            frame, less away from the points where points were given.
        authority: who vouches for it.
        frame: its number in the film; None for a picture that is no frame of it.
        name: of it in reports, such as "frame 120" or "set.jpg".
        made_of: digest of all that it was made of, by `inputs_digest`: another of the same would be
            the same; empty where it is made again each time.
        notes: what the film's owner should know of it.
    """

    lightness: np.ndarray
    ab: np.ndarray
    known: np.ndarray
    authority: Authority
    frame: int | None
    name: str
    made_of: str = ""
    notes: tuple[str, ...] = ()

    @property
    def is_given(self) -> bool:
        """Whether a person gave its colours."""
        return self.authority is not Authority.NETWORK


@lru_cache(maxsize=2)
def all_known(shape: tuple[int, ...]) -> np.ndarray:
    """The `known` of an exemplar all of whose colours are: (h, w) ones; not to be changed."""
    return np.ones(shape, np.float32)


@dataclass(frozen=True, eq=False)
class ShotExemplars:
    """What a shot's frames take their colours from, and how.

    Args:
        start: number of the shot's first frame.
        exemplars: in order of their precedence; those with a `frame` inside the shot are also
            followed by motion. May be of other shots.
        strength: of what was given against the network's own colours, 0..1.
        saturation: factor on ab.
        warmth: added to the colours: b* by this many units, a* by a third of it.
    """

    start: int
    exemplars: tuple[Exemplar, ...] = ()
    strength: float = 1.0
    saturation: float = 1.0
    warmth: float = 0.0

    @property
    def is_given(self) -> bool:
        """Whether a person said something of it."""
        touched = (self.strength, self.saturation, self.warmth) != (1.0, 1.0, 0.0)
        return touched or any(exemplar.is_given for exemplar in self.exemplars)

    @property
    def digest(self) -> str:
        """SHA-256 of all that the shot's colours depend on here, hexadecimal."""
        found = hashlib.sha256(repr((self.strength, self.saturation, self.warmth)).encode())
        for exemplar in self.exemplars:
            stated = (exemplar.authority.value, exemplar.frame, exemplar.lightness.shape)
            found.update(repr(stated).encode())
            for plane in (exemplar.lightness, exemplar.ab, exemplar.known):
                found.update(np.ascontiguousarray(plane).data)
        return found.hexdigest()


@dataclass(frozen=True, eq=False)
class FilmExemplars:
    """The exemplars of a film's shots.

    Args:
        shots: of the whole film, in order; their `start`s are the film's cuts, a person's edits
            among them.
        notes: what the film's owner should know, such as which references were chosen.
        found: what was found of the film as a whole, which is JSON, by the digest of what it was
            found from.
    """

    shots: tuple[ShotExemplars, ...]
    notes: tuple[str, ...] = ()
    found: Mapping[str, Any] = field(default_factory=dict)

    @property
    def starts(self) -> list[int]:
        """Numbers of the frames that begin a shot."""
        return [shot.start for shot in self.shots]

    @property
    def given_frames(self) -> list[int]:
        """Numbers of the film's frames whose colours were given, rising."""
        found = {
            exemplar.frame
            for shot in self.shots
            for exemplar in shot.exemplars
            if exemplar.authority is Authority.GIVEN and exemplar.frame is not None
        }
        return sorted(found)
