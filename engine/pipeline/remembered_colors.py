"""The colours that a film remembers: the network's own, which agree within shots and set-ups."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from functools import lru_cache

import numpy as np

from kinemacolor.engine.guidance.exemplars.earlier import EarlierExemplars
from kinemacolor.engine.guidance.exemplars.exemplar import Authority, Exemplar, all_known
from kinemacolor.engine.guidance.exemplars.exemplar_files import rounded
from kinemacolor.engine.guidance.exemplars.inputs import inputs_digest
from kinemacolor.engine.guidance.exemplars.remembering import remember
from kinemacolor.engine.guidance.holding import Holder
from kinemacolor.engine.guidance.matching.encoder import Encoder
from kinemacolor.engine.guidance.matching.likeness import look_at
from kinemacolor.engine.pipeline.film_samples import FilmSamples

_LOOKS = 64  # that are held


@dataclass(frozen=True)
class RememberedColors:
    """What a film's shots remember.

    Args:
        setups: by shot: the number of its set-up, which is that of its first shot.
        own: by shot: exemplars of authority NETWORK; none where nothing is remembered.
        encoder: finds what is alike.
    """

    setups: Sequence[int]
    own: Sequence[Sequence[Exemplar]]
    encoder: Encoder
    _holders: dict[int, Holder] = field(default_factory=dict)

    @classmethod
    def nothing(cls, shots: int, encoder: Encoder) -> RememberedColors:
        """What so many shots have without colour memory: each is a set-up of its own."""
        return cls(range(shots), [[]] * shots, encoder)

    @classmethod
    def earlier(
        cls, shots: Sequence[Sequence[int]], made_of: str, there: EarlierExemplars, encoder: Encoder
    ) -> RememberedColors | None:
        """What an earlier guide's exemplars have of it; None where that is not whole.

        Args:
            shots: by shot: numbers of the frames that were taken.
            made_of: digest of what it depends on.
            there: what there is.
            encoder: as above.
        """
        setups = there.found(made_of)
        if not isinstance(setups, list) or len(setups) != len(shots):
            return None
        own = []
        for numbers in shots:
            found = [there.get(inputs_digest(made_of, number)) for number in numbers]
            own.append([exemplar for exemplar in found if exemplar is not None])
            if len(own[-1]) < len(numbers):
                return None
        return cls(setups, own, encoder)

    @classmethod
    def of(
        cls, shots: Sequence[Sequence[int]], made_of: str, samples: FilmSamples, encoder: Encoder
    ) -> RememberedColors:
        """What is made of samples, whose lightness and ab are used up.

        Args:
            shots, made_of, encoder: as of `earlier`.
            samples: coloured.
        """
        look = lru_cache(_LOOKS)(lambda number: look_at(samples.lightness[number], encoder))
        setups, agreed = remember(shots, samples.lightness, samples.ab, look)
        samples.ab.clear()
        own = [
            [
                _exemplar(number, samples.lightness.pop(number), agreed.pop(number), made_of)
                for number in numbers
            ]
            for numbers in shots
        ]
        return cls(setups, own, encoder)

    def held(self, shot: int, lightness: np.ndarray, automatic: np.ndarray) -> np.ndarray:
        """A frame's automatic colours as its shot remembers them.

        Args:
            shot: its number.
            lightness: (h, w) float32 L* of the frame.
            automatic: (h, w, 2) float32 ab of it.
        """
        if not self.own[shot]:
            return automatic
        if shot not in self._holders:
            self._holders[shot] = Holder(self.own[shot], self.encoder)
        return self._holders[shot](lightness, automatic)


def _exemplar(number: int, lightness: np.ndarray, ab: np.ndarray, made_of: str) -> Exemplar:
    known, name = all_known(lightness.shape), f"frame {number}"
    digest = inputs_digest(made_of, number)
    made = Exemplar(lightness, ab, known, Authority.NETWORK, number, name, digest)
    return replace(rounded(made), known=known)
