"""Facts of a film's exemplars: enough to cut the film, and to report, without reading them."""

from __future__ import annotations

from dataclasses import dataclass

from kinemacolor.engine.guidance.exemplars.exemplar import FilmExemplars, ShotExemplars
from kinemacolor.engine.guidance.guide_file.film_guide import FilmGuide


@dataclass(frozen=True)
class ExemplarFacts:
    """Facts of a film's exemplars; of the lists by shot each has as many items as there are shots.

    Here a shot in which a point ends is several: `numbers` tells what they are parts of.

    Args:
        starts: numbers of the frames that begin a shot, rising.
        digests: by shot: SHA-256 of all that its colours depend on, hexadecimal.
        given: numbers of the frames whose colours were given, rising.
        touched: places, from 0, of the shots of which a person has said something, rising.
        notes: what the film's owner should know.
        names: by shot: what the exemplars are called that a person has given.
        points: numbers of the frames among `given` of which points alone were given, rising.
        known: by shot: the largest share of a picture, 0..1, that an exemplar which a person has
            given knows the colours of: 1 of a whole picture, less of points; 0 where there is none.
        numbers: by shot: the number, from 0, of the film's shot that it is a part of; empty where
            none is parted.
    """

    starts: tuple[int, ...]
    digests: tuple[str, ...]
    given: tuple[int, ...] = ()
    touched: tuple[int, ...] = ()
    notes: tuple[str, ...] = ()
    names: tuple[tuple[str, ...], ...] = ()
    points: tuple[int, ...] = ()
    known: tuple[float, ...] = ()
    numbers: tuple[int, ...] = ()

    @property
    def whole_shots(self) -> tuple[int, ...]:
        """By shot: the number of the film's shot that it is, or is a part of."""
        is_told = len(self.numbers) == len(self.starts)
        return self.numbers if is_told else tuple(range(len(self.starts)))

    @property
    def touched_shots(self) -> tuple[int, ...]:
        """The numbers of the film's shots of which a person has said something, rising."""
        return tuple(sorted({self.whole_shots[part] for part in self.touched}))

    @classmethod
    def of(cls, exemplars: FilmExemplars, guide: FilmGuide) -> ExemplarFacts:
        """The facts of some exemplars, as they are stored.

        Args:
            exemplars: of a film.
            guide: by which they were found.
        """
        shots, given = exemplars.shots, exemplars.given_frames
        numbers = tuple(guide.shot_of(shot.start) for shot in shots)
        key_frames = {key.frame for key in guide.key_frames}
        # Another's colours are a person's choice, though nobody gave that one any.
        like = {wish.shot for wish in guide.wishes if wish.like is not None}
        return cls(
            tuple(exemplars.starts),
            tuple(shot.digest for shot in shots),
            tuple(given),
            tuple(
                number
                for number, shot in enumerate(shots)
                if shot.is_given or numbers[number] in like
            ),
            exemplars.notes,
            tuple(tuple(e.name for e in shot.exemplars if e.is_given) for shot in shots),
            tuple(frame for frame in given if frame not in key_frames),
            tuple(_known(shot) for shot in shots),
            numbers if len(numbers) > len(guide.shots) else (),
        )


def _known(shot: ShotExemplars) -> float:
    shares = (float(e.known.mean()) for e in shot.exemplars if e.is_given)
    return round(max(shares, default=0.0), 4)
