"""The exemplars of a film: what was given of it, and what the network's colours agree on."""

from __future__ import annotations

from collections.abc import Callable, Generator, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path

import numpy as np

from kinemacolor.engine.backends.base import Network
from kinemacolor.engine.guidance.carrying import Carrier
from kinemacolor.engine.guidance.exemplars.earlier import EarlierExemplars
from kinemacolor.engine.guidance.exemplars.exemplar import (
    Authority,
    Exemplar,
    FilmExemplars,
    ShotExemplars,
    all_known,
)
from kinemacolor.engine.guidance.exemplars.exemplar_files import rounded
from kinemacolor.engine.guidance.exemplars.given_exemplars import GivenExemplars, Stretch, stretches
from kinemacolor.engine.guidance.exemplars.inputs import content_of, inputs_digest
from kinemacolor.engine.guidance.exemplars.references import Choice, ReferencePictures, choose
from kinemacolor.engine.guidance.guide_file.film_guide import FilmGuide, ShotWish
from kinemacolor.engine.guidance.matching.encoder import Encoder
from kinemacolor.engine.guidance.matching.likeness import look_at
from kinemacolor.engine.media.video.index import FilmIndex
from kinemacolor.engine.pipeline.film_samples import (
    FilmSamples,
    Lit,
    SampledFilm,
    places_of,
    read_lightness,
)
from kinemacolor.engine.pipeline.film_stages import FilmStages
from kinemacolor.engine.pipeline.remembered_colors import RememberedColors
from kinemacolor.engine.pipeline.seen_frames import SeenFrames
from kinemacolor.engine.settings import Settings

_LENT = 4  # given exemplars, at most, that a shot gets from others of its set-up


def build_exemplars(
    source: Path,
    index: FilmIndex,
    guide: FilmGuide,
    network: Network,
    encoder: Encoder,
    settings: Settings,
    on_frame: Callable[[], None] = lambda: None,
    earlier: EarlierExemplars | None = None,
    seen: SeenFrames | None = None,
) -> FilmExemplars:
    """Find what the frames of each of a film's shots take their colours from.

    Args:
        source: the film.
        index: of it.
        guide: what a person said of it.
        network: colours single frames.
        encoder: finds what is alike.
        settings: of which working size, salvage, colour memory and what keeps its colours count.
        on_frame: called after each frame that was looked at.
        earlier: exemplars by earlier versions of the guide; what is in them is not made again.
        seen: frames that indexing has kept; they are not read again.

    Returns:
        The exemplars, rounded as they are stored. A shot in which a point ends is parted there.

    Raises:
        MediaError: the film or a picture cannot be read.
    """
    film = SampledFilm(
        partial(read_lightness, FilmStages(source, settings), index, settings.salvage, seen),
        index.stop,
        index.in_color if settings.on_color == "keep" else (),
    )
    there = earlier or EarlierExemplars()
    return _Builder(film, guide, network, encoder, settings, there, on_frame).exemplars()


def exemplars_of(
    lightness: Sequence[np.ndarray],
    guide: FilmGuide,
    network: Network,
    encoder: Encoder,
    settings: Settings,
) -> FilmExemplars:
    """The exemplars of frames in memory.

    Args:
        lightness: (h, w) float32 L* of every frame, at the working size.
        guide, network, encoder, settings: as of `build_exemplars`.

    Raises:
        MediaError: a picture cannot be read.
    """

    def read(numbers: Sequence[int]) -> Generator[Lit, None, None]:
        yield from ((number, lightness[number]) for number in numbers)

    film = SampledFilm(read, len(lightness), ())
    nothing = EarlierExemplars()
    return _Builder(film, guide, network, encoder, settings, nothing, lambda: None).exemplars()


class _Builder:
    """Puts the exemplars of a film together; reads what earlier ones do not have."""

    def __init__(
        self,
        film: SampledFilm,
        guide: FilmGuide,
        network: Network,
        encoder: Encoder,
        settings: Settings,
        earlier: EarlierExemplars,
        on_frame: Callable[[], None],
    ) -> None:
        self._guide, self._encoder = guide, encoder
        memory, count = settings.color_memory, len(guide.shots)
        everywhere = memory or bool(guide.candidates)
        self._places = places_of(guide, film.stop, film.in_color, everywhere=everywhere)
        taken = {number for places in self._places for number in places}
        basis = inputs_digest(encoder.digest, settings.working_size)
        shots = inputs_digest(basis, memory, guide.shots, film.stop, film.in_color)
        remembered = RememberedColors.nothing(count, encoder) if not memory else None
        if memory:
            remembered = RememberedColors.earlier(self._places, shots, earlier, encoder)
        self._parts = stretches(guide, film.stop)
        self._given = GivenExemplars(
            guide, self._parts, earlier, (basis, shots), settings.working_size, encoder
        )
        self._choice_of = inputs_digest(
            shots, [(picture.name, content_of(picture)) for picture in guide.candidates]
        )
        self._choice = Choice.of(earlier.found(self._choice_of), guide.candidates, count)
        self._liked_of = {
            number: inputs_digest(shots, "liked", number)
            for wish in guide.wishes
            if wish.like is not None
            for number in self._places[wish.like]
        }
        self._models = {n: one for n, of in self._liked_of.items() if (one := earlier.get(of))}
        looks = bool(guide.candidates) and self._choice is None and not memory
        self._samples = FilmSamples(
            film.read,
            taken if looks or remembered is None else set(),
            remembered is None,
            self._given.unmade | (self._liked_of.keys() - self._models.keys()),
            network,
            on_frame,
        )
        if remembered is None:
            remembered = RememberedColors.of(self._places, shots, self._samples, encoder)
        self._remembered = remembered
        self._found: dict[str, object] = {shots: list(remembered.setups)} if memory else {}
        self._pictures = ReferencePictures(settings.working_size)
        self._wishes = {wish.shot: wish for wish in guide.wishes}
        self._notes = list(guide.notes)

    def exemplars(self) -> FilmExemplars:
        """The exemplars of all shots."""
        choice = self._choice or self._chosen()
        if self._guide.candidates:
            self._found[self._choice_of] = choice.record(self._guide.candidates)
        self._notes += choice.lines
        given = self._given.made(self._samples.whole, self._remembered.held, self._led)
        shots = []
        for part, own in zip(self._parts, given, strict=True):
            lent = self._lent(part, given)
            wish = self._wishes.get(part.shot, ShotWish(part.shot))
            pictures = self._references(part.shot, choice)
            found = [*own, *pictures, *self._liked(wish, given, choice), *lent]
            found = [*dict.fromkeys(found), *self._remembered.own[part.shot]]
            shots.append(
                ShotExemplars(part.start, tuple(found), wish.strength, wish.saturation, wish.warmth)
            )
        notes = dict.fromkeys([*self._notes, *self._given.notes])
        return FilmExemplars(_rounded(shots), tuple(notes), self._found)

    def _led(
        self, exemplars: Sequence[Exemplar], lightness: np.ndarray, ab: np.ndarray
    ) -> np.ndarray:
        """A frame's colours as exemplars have them, by direct motion and by likeness."""
        carry = Carrier(ShotExemplars(0, tuple(exemplars)), self._encoder)
        return carry(lightness, ab, ()).ab

    def _chosen(self) -> Choice:
        """The choice among candidates."""
        if not self._guide.candidates:
            return Choice.nothing(len(self._guide.shots))
        own = (exemplar for shot in self._remembered.own for exemplar in shot)
        lightness = self._samples.lightness | {one.frame: one.lightness for one in own}
        looks = (
            [look_at(lightness[number], self._encoder) for number in places]
            for places in self._places
        )
        return choose(looks, self._guide.candidates, self._pictures, self._encoder)

    def _references(self, shot: int, choice: Choice) -> list[Exemplar]:
        """Pictures for a shot: first those named for it, then those for all, then chosen ones."""
        named = [item for item in self._guide.references if item.shots and shot in item.shots]
        common = [item for item in self._guide.references if item.shots is None]
        paths = [item.picture for item in (*named, *common)]
        return [self._pictures[path] for path in (*paths, *choice.chosen[shot])]

    def _liked(
        self, wish: ShotWish, given: Sequence[Sequence[Exemplar]], choice: Choice
    ) -> list[Exemplar]:
        """The exemplars of the shot that another shall be like: what was given of it first."""
        if wish.like is None:
            return []
        model = wish.like
        found = [
            e
            for part, own in zip(self._parts, given, strict=True)
            if part.shot == model
            for e in own
        ]
        found += self._references(model, choice)
        found += self._liked(self._wishes.get(model, ShotWish(model)), given, choice)
        return found + [self._model(model, number) for number in self._places[model]]

    def _model(self, shot: int, number: int) -> Exemplar:
        """A frame of a shot that others are to be like."""
        if number not in self._models:
            lightness, automatic = self._samples.whole[number]
            ab = self._remembered.held(shot, lightness, automatic)
            known, name = all_known(lightness.shape), f"frame {number}"
            of = self._liked_of[number]
            self._models[number] = Exemplar(
                lightness, ab, known, Authority.REFERENCE, number, name, of
            )
        return self._models[number]

    def _lent(self, part: Stretch, given: Sequence[Sequence[Exemplar]]) -> list[Exemplar]:
        """What was given of the nearest other shots of its set-up."""
        setups = self._remembered.setups
        others = [
            (abs(other.start - part.start), own)
            for other, own in zip(self._parts, given, strict=True)
            if other.shot != part.shot and setups[other.shot] == setups[part.shot]
        ]
        near = sorted(others, key=lambda item: item[0])
        lent = list(dict.fromkeys(exemplar for _, own in near for exemplar in own))[:_LENT]
        if lent:
            names = ", ".join(exemplar.name for exemplar in lent)
            self._notes.append(f"shot {part.shot} takes colours from {names}, of its set-up")
        return lent


def _rounded(shots: list[ShotExemplars]) -> tuple[ShotExemplars, ...]:
    """Shots with exemplars as they are stored; those that are shared stay one object."""
    done: dict[Exemplar, Exemplar] = {}
    for shot in shots:
        for item in shot.exemplars:
            if item not in done:
                done[item] = rounded(item) if item.is_given else item
    return tuple(
        replace(shot, exemplars=tuple(done[item] for item in shot.exemplars)) for shot in shots
    )
