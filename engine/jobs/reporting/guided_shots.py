"""Guided shots in reports: how far what a person has given leads, and where more is wanted."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from kinemacolor.engine.guidance.exemplars.exemplar_facts import ExemplarFacts

_Led = tuple[int, float, float]  # a frame's number, the share that is led, and what is enough
ENOUGH_LED = 0.5  # of what is known of a picture; a share that stays below asks for more


@dataclass(frozen=True, slots=True)
class GuidedShot:
    """A shot of which a person has said something.

    Args:
        number: of the shot in its film, from 0.
        start: number of its first frame.
        exemplars: what was given for it, such as "frame 120" or "set.jpg".
        key_frames: how many of these are pictures of frames of the shot.
        lowest: the least share of the picture, 0..1, that gets its colours from them; None where
            nothing is told.
        fades_at, share: number of the first key frame of the propagation from which on the share
            stays below `ENOUGH_LED` of what is known of a picture at the most, and the share
            there; None where there is none.
        points: of how many of its frames points alone were given.
    """

    number: int
    start: int
    exemplars: tuple[str, ...] = ()
    key_frames: int = 0
    lowest: float | None = None
    fades_at: int | None = None
    share: float | None = None
    points: int = 0

    @property
    def advice(self) -> str:
        """What its owner should do about it; empty where nothing."""
        if self.fades_at is None or self.share is None:
            return ""
        leads, wanted = "what was given leads", "a key frame"
        if self.key_frames:
            leads = "the key frame leads" if self.key_frames == 1 else "the key frames lead"
            wanted = "another"
        elif self.points:
            leads, wanted = "the points lead", "more, or a key frame"
        begin = f"from frame {self.fades_at} of shot {self.number} {leads}"
        return f"{begin} to {_percent(self.share)} of the picture: give {wanted}"

    def text(self) -> str:
        """The shot in one line: "shot 9 (from frame 380): frame 380; at least 31 % led"."""
        given = ", ".join(self.exemplars) or "likeness, strength, saturation or warmth alone"
        led = f"; at least {_percent(self.lowest)} led" if self.lowest is not None else ""
        return f"shot {self.number} (from frame {self.start}): {given}{led}"

    def record(self) -> dict[str, Any]:
        """The shot as JSON has it; what is not known is left out."""
        facts = {name: value for name, value in asdict(self).items() if value is not None}
        facts["exemplars"] = list(self.exemplars)
        return facts | ({"advice": self.advice} if self.advice else {})

    @classmethod
    def of(cls, record: Mapping[str, Any]) -> GuidedShot:
        """A shot by its record.

        Raises:
            KeyError, TypeError, ValueError: it is none.
        """
        lowest, fades_at, share = (record.get(name) for name in ("lowest", "fades_at", "share"))
        return cls(
            int(record["number"]),
            int(record["start"]),
            tuple(map(str, record["exemplars"])),
            int(record["key_frames"]),
            None if lowest is None else float(lowest),
            None if fades_at is None else int(fades_at),
            None if share is None else float(share),
            int(record.get("points", 0)),
        )


def guided_shots(
    exemplars: ExemplarFacts, led: Iterable[tuple[int, float]]
) -> tuple[GuidedShot, ...]:
    """The shots of a film that a person has touched.

    Args:
        exemplars: of the film.
        led: numbers of frames, each with the share of the picture that is led, 0..1.
    """
    starts, names, known = exemplars.starts, exemplars.names, exemplars.known
    numbers = exemplars.whole_shots

    def part_of(frame: int) -> int:
        return bisect_right(starts, frame) - 1

    def said_of(part: int) -> tuple[str, ...]:
        return names[part] if part < len(names) else ()

    led_of: dict[int, list[_Led]] = {}
    for frame, share in sorted(dict(led).items()):
        part = part_of(frame)
        if part >= 0 and said_of(part):
            enough = ENOUGH_LED * (known[part] if part < len(known) else 1.0)
            led_of.setdefault(numbers[part], []).append((frame, share, enough))
    shots = []
    for number in exemplars.touched_shots:
        parts = [part for part, whole in enumerate(numbers) if whole == number]
        of_shot = led_of.get(number, [])
        fades_at, share_there = _fading(of_shot)
        given = [frame for frame in exemplars.given if part_of(frame) in parts]
        points = sum(frame in exemplars.points for frame in given)
        shots.append(
            GuidedShot(
                number,
                starts[parts[0]],
                tuple(dict.fromkeys(name for part in parts for name in said_of(part))),
                len(given) - points,
                min((share for _, share, _ in of_shot), default=None),
                fades_at,
                share_there,
                points,
            )
        )
    return tuple(shots)


def advice_on(shots: Iterable[GuidedShot]) -> tuple[str, ...]:
    """What their film's owner should do about some shots."""
    return tuple(shot.advice for shot in shots if shot.advice)


def _percent(share: float) -> str:
    return f"{share:.0%}".replace("%", " %")


def _fading(led: Sequence[_Led]) -> tuple[int | None, float | None]:
    """The frame from which on shares stay below what is enough, and its share."""
    found: tuple[int | None, float | None] = (None, None)
    for frame, share, enough in reversed(led):
        if share >= enough:
            break
        found = frame, share
    return found
