"""What a command line or a program gives of guidance, before any file is looked at."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from kinemacolor.engine.times import parse_time
from kinemacolor.models.errors import SettingsError

if TYPE_CHECKING:  # the schema takes its time to build
    from kinemacolor.engine.guidance.guide_file.guide import Said

_HINT = re.compile(
    r"(?:(?P<frame>[0-9:.]+):)?(?P<x>[0-9]{1,7}(?:\.[0-9]+)?),(?P<y>[0-9]{1,7}(?:\.[0-9]+)?)"
    r"(?:,(?P<radius>[0-9]{1,7}(?:\.[0-9]+)?))?=(?P<color>.+)"
)
_AB = re.compile(r"(-?[0-9]{1,3}(?:\.[0-9]+)?),(-?[0-9]{1,3}(?:\.[0-9]+)?)")
_HEX = re.compile("#[0-9a-f]{6}|gr[ea]y", re.IGNORECASE)
_LAST = 10**9


@dataclass(frozen=True)
class GuideRequest:
    """What was given beside the sources.

    Args:
        file: the guide, instead of those that lie beside the sources.
        hints: such as "120:310,95=#2f5d34": a frame or time, x, y, perhaps a radius, a colour; a
            still's without the frame.
        key_frames: such as "120=frame120.png"; a still's may be the picture alone.
        references: pictures of other framing.
        folders: of pictures of which each shot, or still, takes the likeliest.

    Raises:
        SettingsError: a hint or key frame is of another form.
    """

    file: Path | None = None
    hints: tuple[str, ...] = ()
    key_frames: tuple[str, ...] = ()
    references: tuple[Path, ...] = ()
    folders: tuple[Path, ...] = ()

    def __post_init__(self) -> None:
        for hint in self.hints:
            parse_hint(hint)
        for key_frame in self.key_frames:
            parse_key_frame(key_frame)

    def __bool__(self) -> bool:
        return self != GuideRequest()

    @property
    def is_of_one(self) -> bool:
        """Whether it says what can be meant of one film or still alone."""
        return bool(self.hints or self.key_frames)

    def absolute(self) -> GuideRequest:
        """The same, from any current folder."""
        keys = []
        for text in self.key_frames:
            frame, picture = parse_key_frame(text)
            keys.append(os.path.abspath(picture) if frame is None else f"{frame}={_path(picture)}")
        return GuideRequest(
            self.file and self.file.absolute(),
            self.hints,
            tuple(keys),
            tuple(path.absolute() for path in self.references),
            tuple(path.absolute() for path in self.folders),
        )

    def record(self) -> dict[str, Any]:
        """Its JSON; empty where nothing was given."""
        return {
            name: [str(item) for item in value] if isinstance(value, tuple) else str(value)
            for name, value in asdict(self).items()
            if value
        }

    @classmethod
    def of_record(cls, record: Mapping[str, Any]) -> GuideRequest:
        """What `record` gave.

        Raises:
            TypeError, ValueError, AttributeError: it is none.
        """
        try:
            return cls(
                Path(record["file"]) if "file" in record else None,
                tuple(map(str, record.get("hints", ()))),
                tuple(map(str, record.get("key_frames", ()))),
                tuple(map(Path, record.get("references", ()))),
                tuple(map(Path, record.get("folders", ()))),
            )
        except SettingsError as error:
            raise ValueError(str(error)) from error

    def said(self) -> list[tuple[str, Said]]:
        """Each item as a guide of its own, with the option that gave it; pictures by full paths."""
        from kinemacolor.engine.guidance.guide_file.guide import (
            Candidate,
            KeyFrame,
            Reference,
            Said,
        )

        given = []
        for text in self.hints:
            given.append((f"--hint {text}", Said(points=(parse_hint(text),))))
        for text in self.key_frames:
            frame, picture = parse_key_frame(text)
            key = KeyFrame(frame=frame, picture=_path(picture))
            given.append((f"--key-frame {text}", Said(key_frames=(key,))))
        for path in self.references:
            reference = Reference(picture=_path(path))
            given.append((f"--reference {path}", Said(references=(reference,))))
        for path in self.folders:
            candidate = Candidate(picture=_path(path))
            given.append((f"--references {path}", Said(candidates=(candidate,))))
        return given


NO_GUIDE = GuideRequest()


def parse_frame(text: str) -> int | str:
    """A frame on the command line: digits alone are its number, all else is a time.

    Raises:
        ValueError: it is neither.
    """
    if re.fullmatch("[0-9]+", text):
        if int(text[:12]) > _LAST:
            raise ValueError(f"{text!r} is no frame; use 0 to {_LAST:,}")
        return int(text)
    parse_time(text)
    return text


def parse_hint(text: str) -> Any:
    """A hint on the command line as a `Point` of a guide.

    Raises:
        SettingsError: it is of another form.
    """
    from kinemacolor.engine.guidance.guide_file.guide import Ab, Color, Point

    remedy = "use FRAME:X,Y=COLOUR, such as 120:310,95=#2f5d34"
    match = _HINT.fullmatch(text)
    if match is None:
        raise SettingsError("--hint", f"{text!r} is no hint", remedy)
    frame: int | str | None = None
    if match["frame"] is not None:
        frame = _frame("--hint", match["frame"])
    color: Color = match["color"]
    if numbers := _AB.fullmatch(match["color"]):
        a, b = float(numbers[1]), float(numbers[2])
        if not (abs(a) <= 128 and abs(b) <= 128):
            raise SettingsError("--hint", f"{text!r}: a colour's a and b are -128 to 128", remedy)
        color = Ab(a=a, b=b)
    elif not _HEX.fullmatch(match["color"]):
        problem = f"{match['color']!r} is no colour"
        raise SettingsError("--hint", problem, "use #rrggbb, grey, or a and b such as -20,15")
    x, y, radius = (float(match[name] or 0) for name in ("x", "y", "radius"))
    if max(x, y, radius) > 10**6:
        raise SettingsError("--hint", f"{text!r} is outside of any picture", remedy)
    return Point(frame=frame, x=x, y=y, radius=radius, color=color)


def parse_key_frame(text: str) -> tuple[int | str | None, str]:
    """A key frame on the command line: its frame, None where it is a picture alone, and the file.

    Raises:
        SettingsError: it is of another form.
    """
    frame, equals, picture = text.partition("=")
    if not equals or not re.fullmatch("[0-9:.]+", frame):
        frame, picture = "", text
    if not picture:
        remedy = "use FRAME=PICTURE, such as 120=frame120.png"
        raise SettingsError("--key-frame", f"{text!r} names no picture", remedy)
    return (_frame("--key-frame", frame) if frame else None), picture


def _frame(option: str, text: str) -> int | str:
    try:
        return parse_frame(text)
    except ValueError as error:
        raise SettingsError(option, str(error)) from None


def _path(path: str | Path) -> str:
    return os.path.abspath(path)
