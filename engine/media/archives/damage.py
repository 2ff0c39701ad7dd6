"""What the archive libraries say of damage, in the user's words."""

from __future__ import annotations

_CUT = "it ends early"
_SUM = "a checksum does not match"
_PACKED = "its compressed data is damaged"
_SAID = (  # beginnings of what zipfile, tarfile, gzip, bz2, lzma, zlib and zstandard say
    ("File is not a zip file", "it has no table of contents at its end"),
    ("Bad magic number", "its table of contents leads astray"),
    ("Truncated", _CUT),
    ("Bad CRC-32", _SUM),
    ("CRC check failed", _SUM),
    ("Incorrect length of data", _SUM),
    ("Not a gzipped file", "something else stands where compressed data should begin"),
    ("Compressed file ended before", _CUT),
    ("Compressed data ended before", _CUT),
    ("unexpected end of data", _CUT),
    ("truncated header", _CUT),
    ("bad checksum", _SUM),
    ("invalid header", "what should be a member's head is none"),
    ("zlib error", _PACKED),
    ("Error -", _PACKED),
    ("Invalid data stream", _PACKED),
    ("Corrupt input data", _PACKED),
    ("Input format not supported", _PACKED),
)


def in_words(error: BaseException) -> str:
    """Why an archive could not be read, as a clause; of what is not known, the library's own."""
    said = str(error)
    return next((words for beginning, words in _SAID if said.startswith(beginning)), said)
