"""The guide: what a person said of the colours of films and stills, as its file has it.

The structs here are the schema: msgspec makes docs/guide.schema.json of them, reads guide files
with them, and keeps what counts of a guide as one line of JSON, its text.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from itertools import chain
from typing import Annotated, Any, Literal, TypeVar

import msgspec
from msgspec import Meta, Struct

VERSION: Literal[1] = 1  # of the file's schema
LAST_FRAME = 10**9
# "$" of Python matches before a last newline, too; what follows it says no, in any dialect.
TIME = r"^(([0-9]{1,9}:)?[0-9]{1,9}:[0-9]{1,9}(\.[0-9]+)?|[0-9]{1,9}\.[0-9]+)$(?!\n)"

Frame = (
    Annotated[int, Meta(ge=0, le=LAST_FRAME, description="a number from 0")]
    | Annotated[str, Meta(pattern=TIME, description="a time such as 00:01:02.5")]
)
ShotName = (
    Annotated[int, Meta(ge=0, le=LAST_FRAME, description="a shot's number from 0")]
    | Annotated[str, Meta(pattern=TIME, description="the shot that is shown at this time")]
)
Pixels = Annotated[float, Meta(ge=0, le=10**6)]
Chroma = Annotated[float, Meta(ge=-128, le=128)]
Picture = Annotated[
    str,
    Meta(
        pattern="^[^\\u0000]+$",
        max_length=4096,
        description="a file; its path begins at the guide's folder",
    ),
]
Digest = Annotated[
    str, Meta(pattern=r"^([0-9a-f]{64})?$(?!\n)", description="SHA-256 of the picture")
]


class _Item(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """Who said a thing, and how they know; these change no colour."""

    author: str = ""
    note: str = ""
    evidence: str = ""


class Ab(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A colour as a* and b* of CIE LAB, D65."""

    a: Chroma
    b: Chroma


Color = Ab | Annotated[str, Meta(pattern=r"^(#[0-9a-fA-F]{6}|[gG][rR][eEaA][yY])$(?!\n)")]


class Point(_Item, frozen=True, kw_only=True):
    """A colour at a place of a frame; x and y in pixels of the source as it is shown."""

    x: Pixels
    y: Pixels
    color: Color
    frame: Frame | None = None
    radius: Pixels = 0.0
    until: Frame | None = None


class KeyFrame(_Item, frozen=True, kw_only=True):
    """A colour picture of a frame of this very film."""

    picture: Picture
    frame: Frame | None = None
    sha256: Digest = ""


class Reference(_Item, frozen=True, kw_only=True):
    """A colour picture of other framing, for some shots or all."""

    picture: Picture
    shots: Annotated[tuple[ShotName, ...], Meta(min_length=1)] | Literal["all"] = "all"
    sha256: Digest = ""


class Candidate(_Item, frozen=True, kw_only=True):
    """A picture, or a folder of them, of which each shot takes the likeliest."""

    picture: Picture
    sha256: Digest = ""


class AddCut(_Item, frozen=True, kw_only=True, tag_field="edit", tag="add"):
    """A shot begins at this frame."""

    frame: Frame


class DropCut(_Item, frozen=True, kw_only=True, tag_field="edit", tag="drop"):
    """The shot that begins at this frame is part of the one before."""

    frame: Frame


class MoveCut(_Item, frozen=True, kw_only=True, tag_field="edit", tag="move"):
    """The shot that begins at this frame begins at another."""

    frame: Frame
    to: Frame


class Shot(_Item, frozen=True, kw_only=True):
    """What is wished for a shot as a whole."""

    shot: ShotName
    like: ShotName | None = None
    strength: Annotated[float, Meta(ge=0, le=1)] = 1.0
    saturation: Annotated[float, Meta(ge=0, le=3)] = 1.0
    warmth: Annotated[float, Meta(ge=-40, le=40)] = 0.0


class Said(_Item, frozen=True, kw_only=True):
    """What was said of one film or still."""

    points: tuple[Point, ...] = ()
    key_frames: tuple[KeyFrame, ...] = ()
    references: tuple[Reference, ...] = ()
    candidates: tuple[Candidate, ...] = ()
    cuts: tuple[AddCut | DropCut | MoveCut, ...] = ()
    shots: tuple[Shot, ...] = ()

    @property
    def is_shared(self) -> bool:
        """Whether it may be said of several films and stills at once: pictures of all shots."""
        own = self.points or self.key_frames or self.cuts or self.shots
        return not own and all(reference.shots == "all" for reference in self.references)

    @property
    def is_empty(self) -> bool:
        """Whether nothing is said."""
        own = self.points or self.key_frames or self.cuts or self.shots
        return not (own or self.references or self.candidates)


class Guide(Said, frozen=True, kw_only=True):
    """A guide file: of one film or still, or of several by `files`."""

    version: Literal[1]
    files: dict[str, Said] = {}
    schema: str = msgspec.field(default="", name="$schema")


S = TypeVar("S", bound=Said)


def merged(*several: Said) -> Said:
    """All that was said; what comes first takes precedence."""
    lists: dict[str, Any] = {
        name: tuple(chain.from_iterable(getattr(said, name) for said in several))
        for name in ("points", "key_frames", "references", "candidates", "cuts", "shots")
    }
    return Said(**lists)


def with_pictures(said: S, found: Callable[[Candidate | KeyFrame | Reference], str]) -> S:
    """What was said, with other names of its pictures."""

    def named(item: msgspec.Struct) -> msgspec.Struct:
        assert isinstance(item, (Candidate, KeyFrame, Reference))
        return msgspec.structs.replace(item, picture=found(item))

    lists = {
        name: tuple(map(named, getattr(said, name)))
        for name in ("key_frames", "references", "candidates")
    }
    return msgspec.structs.replace(said, **lists)


def text_of(said: Said, files: dict[str, Said] | None = None) -> str:
    """What counts of a guide, as one line of JSON; empty where nothing is said.

    Equal guides have equal texts: who said it and why is left out.

    Args:
        said: of the film or still, or of all in an archive.
        files: of an archive: what was said of its members, by their names.
    """
    own = {name: _bare(one) for name, one in sorted((files or {}).items()) if not one.is_empty}
    if said.is_empty and not own:
        return ""
    lists = {name: getattr(_bare(said), name) for name in Said.__struct_fields__}
    guide = Guide(version=VERSION, files=own, **lists)
    return msgspec.json.encode(guide_of(msgspec.json.encode(guide))).decode()  # 1 as 1.0


def guide_of(text: str | bytes) -> Guide:
    """The guide of a text by `text_of`; an empty one says nothing."""
    return msgspec.json.decode(text, type=Guide) if text else Guide(version=VERSION)


def member_text(text: str, member: str) -> str:
    """The text of one member of an archive, of the archive's text."""
    guide = guide_of(text)
    return text_of(merged(guide.files.get(member, Said()), guide))


def digest_of(text: str) -> str:
    """SHA-256 of a guide, hexadecimal, wherever its pictures lie; empty for an empty text."""
    if not text:
        return ""
    guide = guide_of(text)

    def by_content(item: Candidate | KeyFrame | Reference) -> str:
        return item.sha256 or item.picture

    files = {name: with_pictures(said, by_content) for name, said in guide.files.items()}
    stated = text_of(with_pictures(guide, by_content), files)
    return hashlib.sha256(stated.encode()).hexdigest()


def _bare(said: Said) -> Said:
    """What was said, without who said it and why."""

    def bare(item: Struct) -> Struct:
        if isinstance(item, Point) and isinstance(item.color, str):
            color = item.color.lower().replace("gray", "grey")
            item = msgspec.structs.replace(item, color=color)
        return msgspec.structs.replace(item, author="", note="", evidence="")

    lists: dict[str, Any] = {
        name: tuple(map(bare, items))
        for name in Said.__struct_fields__
        if isinstance(items := getattr(said, name), tuple)
    }
    return Said(**lists)
