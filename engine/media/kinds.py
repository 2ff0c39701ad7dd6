"""The kind of a file, film, still, archive or other, by its content and its extension."""

from __future__ import annotations

from enum import StrEnum
from pathlib import PurePosixPath

HEAD_BYTES = 512  # of a file, that `kind_of` looks at


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
        ".mxf",
        ".wmv",
        ".asf",
        ".flv",
        ".f4v",
        ".ogv",
        ".3gp",
        ".3g2",
        ".dv",
        ".nut",
        ".y4m",
    )
)
ARCHIVE_FORMATS = {
    "zip": (".zip",),
    "tar": (".tar",),
    "tar.gz": (".tar.gz", ".tgz"),
    "tar.xz": (".tar.xz", ".txz"),
    "tar.bz2": (".tar.bz2", ".tbz2"),
}
ARCHIVE_SUFFIXES = tuple(suffix for suffixes in ARCHIVE_FORMATS.values() for suffix in suffixes)
# Pictures of formats that are not coloured. Camera raws are TIFF inside: content would mislead.
UNCOLORED_SUFFIXES = frozenset(
    (
        ".gif",
        ".bmp",
        ".heic",
        ".heif",
        ".avif",
        ".jp2",
        ".j2k",
        ".jxl",
        ".psd",
        ".psb",
        ".dpx",
        ".cin",
        ".exr",
        ".hdr",
        ".svg",
        ".dng",
        ".nef",
        ".cr2",
        ".cr3",
        ".crw",
        ".arw",
        ".srf",
        ".sr2",
        ".orf",
        ".rw2",
        ".pef",
        ".raf",
        ".raw",
        ".3fr",
        ".iiq",
        ".kdc",
        ".dcr",
    )
)
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
        ".ogg",
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
_OTHER_HEADS = (b"GIF8", b"%PDF", b"8BPS", b"\0\5\x16\7", b"\0\5\x16\0")  # last two: AppleDouble
_SOUND_OR_PICTURE_BRANDS = frozenset(
    (b"M4A ", b"M4B ", b"heic", b"heix", b"hevc", b"mif1", b"msf1", b"avif", b"avis", b"crx ")
)


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
    lower = name.replace("\\", "/").rstrip("/").rpartition("/")[2].lower()
    dot = lower.rfind(".")  # as pathlib has it, in a tenth of the time
    suffix = lower[dot:] if 0 < dot < len(lower) - 1 else ""
    if suffix in UNCOLORED_SUFFIXES:
        return Kind.OTHER
    by_suffix = _by_suffix(lower, suffix)
    by_content = _by_content(head)
    if suffix in CARRIED_SUFFIXES and by_content is not Kind.STILL:
        return Kind.OTHER
    if by_content is Kind.ARCHIVE and by_suffix is None and suffix:
        return Kind.OTHER
    return by_content or by_suffix or Kind.OTHER


def carried_because(name: str) -> str:
    """Why a file of kind OTHER is copied unchanged; empty where nobody expects colour."""
    suffix = PurePosixPath(name.lower()).suffix
    if suffix in UNCOLORED_SUFFIXES:
        return f"{suffix[1:].upper()} is not coloured"
    if suffix in STILL_SUFFIXES or suffix in FILM_SUFFIXES:
        return "its content is not what its name says, and is not coloured"
    return ""


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
        return Kind.OTHER if head[8:12] in _SOUND_OR_PICTURE_BRANDS else Kind.FILM
    if head[4:8] in (b"moov", b"mdat", b"wide") or head.startswith(_FILM_HEADS):
        return Kind.FILM
    if head.startswith(b"OggS"):
        return Kind.FILM if b"theora" in head else Kind.OTHER
    if _is_transport_stream(head):
        return Kind.FILM
    if head.startswith(_ARCHIVE_HEADS) or head[257:262] == b"ustar":
        return Kind.ARCHIVE
    return None


def _is_transport_stream(head: bytes) -> bool:
    """MPEG-TS: sync bytes every 188 bytes, or every 192 after a 4-byte time stamp (AVCHD)."""
    return head[0:377:188] == b"GGG" or head[4:389:192] == b"GGG"
