"""The kind of a file, film, still, archive or other, by its content and its extension."""

from __future__ import annotations

import re
import zlib
from enum import StrEnum

from kinemacolor.engine.media import raw_mjpeg
from kinemacolor.engine.media.first_member import first_member
from kinemacolor.engine.media.uncolored import (
    CODED,
    CODED_SUFFIXES,
    PART,
    RAW,
    RENAMED,
    uncolored_format,
    unread,
)

HEAD_BYTES = 4096  # of a file, that `kind_of` looks at


class Kind(StrEnum):
    """What is done with a file: films and stills are coloured, archives opened, others copied."""

    FILM = "film"
    STILL = "still"
    ARCHIVE = "archive"
    OTHER = "other"


STILL_FORMATS = {
    "JPEG": (".jpg", ".jpeg", ".jpe", ".jfif"),
    "PNG": (".png",),
    "TIFF": (".tif", ".tiff"),
    "WEBP": (".webp",),
}
STILL_SUFFIXES = frozenset(suffix for suffixes in STILL_FORMATS.values() for suffix in suffixes)
FILM_SUFFIXES = frozenset(
    (
        ".mp4",
        ".m4v",
        ".mov",
        ".qt",
        ".mkv",
        ".webm",
        ".avi",
        ".divx",
        ".mpg",
        ".mpeg",
        ".m1v",
        ".m2v",
        ".vob",
        ".m2ts",
        ".m2t",
        ".m2p",
        ".mpe",
        ".tod",
        ".vro",
        ".mxf",
        ".wmv",
        ".asf",
        ".flv",
        ".f4v",
        ".ogv",
        ".3gp",
        ".3g2",
        ".dv",
        ".dif",
        ".nut",
        ".y4m",
        *raw_mjpeg.SUFFIXES,
    )
)
# Other files have these names too: a film of no content, or of zeros, is told by them alone.
_EMPTY_FILM_SUFFIXES = frozenset((".ts", ".mts", ".mod", ".trp"))
ARCHIVE_FORMATS = {
    "zip": (".zip",),
    "tar": (".tar", ".gtar", ".ustar"),
    "tar.gz": (".tar.gz", ".tgz"),
    "tar.xz": (".tar.xz", ".txz"),
    "tar.bz2": (".tar.bz2", ".tbz2", ".tbz", ".tb2", ".tz2", ".tar.bz"),
}
ARCHIVE_SUFFIXES = tuple(suffix for suffixes in ARCHIVE_FORMATS.values() for suffix in suffixes)
# Sound and documents whose content looks like a film's or an archive's container.
CARRIED_SUFFIXES = frozenset(
    (
        ".mka",
        ".m4a",
        ".m4b",
        ".mp3",
        ".wav",
        ".wma",
        ".oga",
        ".opus",
        ".flac",
        ".aac",
        ".ac3",
        ".pdf",
        ".txt",
        ".xmp",
        ".srt",
    )
)
# Documents that may begin with a picture, in an archive.
_PACKED_DOCUMENTS = (
    *(".docx", ".pptx", ".xlsx", ".odt", ".ods", ".odp", ".epub", ".pages", ".numbers", ".key"),
    *(".kmz", ".sketch", ".apk", ".jar"),
)
_PART = re.compile(r"\.(zip|7z|rar|tar|tgz)\.\d{2,3}\Z")

_STILL_HEADS = (
    b"\xff\xd8\xff",
    b"\x89PNG\r\n\x1a\n",
    b"II*\0",
    b"MM\0*",
    b"II+\0",
    b"MM\0+",
)
_FILM_HEADS = (
    b"\x1aE\xdf\xa3",  # Matroska, WebM
    b"\0\0\1\xba",
    b"\0\0\1\xb3",  # MPEG programme and video streams
    b"0&\xb2u\x8ef\xcf\x11",  # ASF
    b"FLV\1",
    b"\x06\x0e+4",
    b"YUV4MPEG2",
    b"nut/multimedia container",
)
_ARCHIVE_HEADS = (b"PK\3\4", b"PK\5\6", b"\x1f\x8b", b"\xfd7zXZ\0", b"BZh")
_APPLE_DOUBLE = (b"\0\5\x16\7", b"\0\5\x16\0")  # what a Mac knows of another file
_OTHER_HEADS = (b"%PDF", b"ID3", b"fLaC", *_APPLE_DOUBLE)
_SOUND_BRANDS = frozenset((b"M4A ", b"M4B ", b"M4P "))


def kind_of(name: str, head: bytes) -> Kind:
    """The kind of a file.

    A content that is recognised wins over the extension, except that an archive is looked for only
    under a media file's name or none: documents (.docx, .epub, .jar) are zips too, but no archives
    of pictures. Where the content says nothing, the extension decides, and the reader for that kind
    tells what is wrong with the file.

    Args:
        name: with or without folders.
        head: its first `HEAD_BYTES` bytes, fewer where it is short.
    """
    return _judge(name, head)[0]


def uncolored_reason(name: str, head: bytes) -> str:
    """Why a file of kind OTHER is a failure: what it is, and what to do.

    Empty where nobody expects colour: of sound, text and documents, which are copied.

    Args:
        name, head: as `kind_of` has them.
    """
    return _judge(name, head)[1]


def _judge(name: str, head: bytes) -> tuple[Kind, str]:
    """The kind of a file, and why it is a failure."""
    lower = name.replace("\\", "/").rstrip("/").rpartition("/")[2].lower()
    suffix = _suffix_of(lower)
    if suffix in raw_mjpeg.SUFFIXES and head.startswith(raw_mjpeg.HEAD):
        return Kind.FILM, ""
    by_content, by_suffix = _by_content(head), _by_suffix(lower, suffix)
    if suffix in _EMPTY_FILM_SUFFIXES and not head.strip(b"\0"):
        by_suffix = Kind.FILM
    known = by_content if by_content is not Kind.OTHER else None
    if head.startswith(_APPLE_DOUBLE) or (suffix in CARRIED_SUFFIXES and known is not Kind.STILL):
        return Kind.OTHER, ""
    packed = known is Kind.ARCHIVE and by_suffix is None and bool(suffix)
    if _PART.search(lower, len(lower) - 8):
        return Kind.OTHER, unread(PART)
    what = uncolored_format(suffix, b"" if known else head)
    if what and (packed or known is None or what == RAW):
        return Kind.OTHER, unread(what)
    if packed and _holds_pictures(suffix, head):
        return Kind.OTHER, unread(RENAMED)
    if packed or (known is None and by_suffix is None):
        return Kind.OTHER, unread(CODED) if _codes_media(lower, suffix, head) else ""
    if known is None and by_content is Kind.OTHER:
        return Kind.OTHER, "has another content than its name says, and cannot be coloured"
    return known or by_suffix or Kind.OTHER, ""


def _suffix_of(lower: str) -> str:
    """The suffix of a name, as pathlib has it, in a tenth of the time."""
    dot = lower.rfind(".")
    return lower[dot:] if 0 < dot < len(lower) - 1 else ""


def _codes_media(lower: str, suffix: str, head: bytes) -> bool:
    """Whether a compressed file may hold pictures, as "a.tif.gz" and "box.gz", not "a.txt.gz"."""
    if suffix not in CODED_SUFFIXES:
        return False
    inner = lower.removesuffix(suffix)
    ending = _suffix_of(inner)
    if ending:
        return bool(_by_suffix(inner, ending) or uncolored_format(ending, b""))
    try:  # a text, such as "changelog.gz", has no character below tabs
        return not head or min(zlib.decompressobj(zlib.MAX_WBITS | 16).decompress(head)) < 9
    except (zlib.error, ValueError):  # not by gzip, or too little of it
        return True


def _holds_pictures(suffix: str, head: bytes) -> bool:
    """Whether an archive of another ending begins with a picture or a film, as "photos.2019"."""
    if suffix in _PACKED_DOCUMENTS or suffix in CODED_SUFFIXES:
        return False
    first = first_member(head).lower()
    ending = _suffix_of(first)
    return bool(_by_suffix(first, ending) or uncolored_format(ending, b""))


def _by_suffix(lower: str, suffix: str) -> Kind | None:
    if lower.endswith(ARCHIVE_SUFFIXES):
        return Kind.ARCHIVE
    if suffix in STILL_SUFFIXES:
        return Kind.STILL
    return Kind.FILM if suffix in FILM_SUFFIXES else None


def _by_content(head: bytes) -> Kind | None:
    if head.startswith(_OTHER_HEADS):
        return Kind.OTHER
    if head.startswith(_STILL_HEADS):
        return Kind.STILL
    if head.startswith(b"RIFF"):
        return {b"WEBP": Kind.STILL, b"AVI ": Kind.FILM}.get(head[8:12], Kind.OTHER)
    if head[4:8] == b"ftyp":
        pictures = uncolored_format("", head)
        return Kind.OTHER if pictures or head[8:12] in _SOUND_BRANDS else Kind.FILM
    if head[4:8] in (b"moov", b"mdat", b"wide") or head.startswith(_FILM_HEADS):
        return Kind.FILM
    if head.startswith(b"OggS"):
        return Kind.FILM if b"theora" in head or b"OVP80" in head else Kind.OTHER
    if _is_transport_stream(head) or _is_raw_dv(head):
        return Kind.FILM
    if head.startswith(_ARCHIVE_HEADS) or head[257:262] == b"ustar":
        return Kind.ARCHIVE
    return None


def _is_raw_dv(head: bytes) -> bool:
    """Raw DV: blocks of 80 bytes, the first a header and the second of subcode (IEC 61834)."""
    return head.startswith(b"\x1f\x07\0") and head.startswith(b"\x3f\x07\0", 80)


def _is_transport_stream(head: bytes) -> bool:
    """MPEG-TS: sync bytes every 188 bytes, or every 192 after a 4-byte time stamp (AVCHD)."""
    return head[0:377:188] == b"GGG" or head[4:389:192] == b"GGG"
