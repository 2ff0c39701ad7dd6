"""Content of a zip's member, unpacked in steps of bounded size.

`zipfile` unpacks bzip2 and LZMA without a bound and cuts to the declared size only afterwards, so
that some hundred bytes may take all memory.
"""

from __future__ import annotations

import bz2
import io
import lzma
import zipfile
import zlib
from typing import IO, TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer

_PACKED_STEP = 1 << 16  # packed bytes read at a time
_END_MARKER = 1 << 1  # APPNOTE.TXT 4.4.4, for LZMA
_LARGEST_DICTIONARY = 256 << 20  # of LZMA; 7-Zip's ultra has 64 MiB


class _Unpacker(Protocol):
    """Decompressor that gives at most as many bytes as asked for, as `bz2` and `lzma` have it."""

    @property
    def eof(self) -> bool:
        """Whether the packed data has come to its own end."""

    @property
    def needs_input(self) -> bool:
        """Whether nothing comes before more packed bytes are given."""

    def decompress(self, data: bytes, max_length: int) -> bytes:
        """Unpack further."""


class _Stored:
    """Content that is not packed."""

    eof = False

    def __init__(self) -> None:
        self._rest = b""

    @property
    def needs_input(self) -> bool:
        return not self._rest

    def decompress(self, data: bytes, max_length: int) -> bytes:
        whole = self._rest + data
        self._rest = whole[max_length:]
        return whole[:max_length]


class _Deflated:
    """zlib's raw deflate."""

    def __init__(self) -> None:
        self._stream = zlib.decompressobj(-zlib.MAX_WBITS)
        self._full = False  # the last answer filled its bound: more may be pending

    @property
    def eof(self) -> bool:
        return self._stream.eof

    @property
    def needs_input(self) -> bool:
        return not (self._stream.unconsumed_tail or self._full)

    def decompress(self, data: bytes, max_length: int) -> bytes:
        content = self._stream.decompress(self._stream.unconsumed_tail + data, max_length)
        self._full = len(content) == max_length
        return content


class _Lzma:
    """LZMA as a zip has it: two bytes of version, two of length, the properties, the stream."""

    def __init__(self) -> None:
        self._head = b""
        self._stream: lzma.LZMADecompressor | None = None

    @property
    def eof(self) -> bool:
        return self._stream is not None and self._stream.eof

    @property
    def needs_input(self) -> bool:
        return self._stream is None or self._stream.needs_input

    def decompress(self, data: bytes, max_length: int) -> bytes:
        if self._stream is None:
            self._head += data
            if len(self._head) < 4:
                return b""
            length = int.from_bytes(self._head[2:4], "little")
            if len(self._head) < 4 + length:
                return b""
            self._stream = lzma.LZMADecompressor(
                lzma.FORMAT_RAW, filters=[_lzma_filter(self._head[4 : 4 + length])]
            )
            data, self._head = self._head[4 + length :], b""
        return self._stream.decompress(data, max_length)


def _lzma_filter(properties: bytes) -> dict[str, int]:
    if len(properties) != 5 or properties[0] >= 9 * 5 * 5:
        raise lzma.LZMAError("its LZMA properties are invalid")
    rest, lc = divmod(properties[0], 9)
    pb, lp = divmod(rest, 5)
    size = int.from_bytes(properties[1:], "little")
    if size > _LARGEST_DICTIONARY:
        raise lzma.LZMAError(f"its LZMA dictionary of {size:,} bytes is too large")
    return {"id": lzma.FILTER_LZMA1, "lc": lc, "lp": lp, "pb": pb, "dict_size": size}


def _unpacker(method: int) -> _Unpacker:
    if method == zipfile.ZIP_STORED:
        return _Stored()
    if method == zipfile.ZIP_DEFLATED:
        return _Deflated()
    if method == zipfile.ZIP_BZIP2:
        return bz2.BZ2Decompressor()
    if method == zipfile.ZIP_LZMA:
        return _Lzma()
    raise NotImplementedError(f"compression method {method}")


class ZipContent(io.RawIOBase):
    """Reader of a member's content that never holds more than it was asked for.

    Args:
        file: the archive; its position is moved before each read.
        start: where the packed bytes begin.
        info: the member's entry in the directory.

    Raises:
        NotImplementedError: packed by an unknown method.
    """

    def __init__(self, file: IO[bytes], start: int, info: zipfile.ZipInfo) -> None:
        super().__init__()
        self._file, self._at = file, start
        self._packed = info.compress_size
        self._left = info.file_size
        self._checksum, self._expected = 0, info.CRC
        self._unpacker = _unpacker(info.compress_type)
        # LZMA without an end marker goes on for as long as it is asked.
        self._ends_itself = info.compress_type != zipfile.ZIP_LZMA or bool(
            info.flag_bits & _END_MARKER
        )

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: WriteableBuffer) -> int:
        """Read at most the buffer's length.

        Raises:
            zipfile.BadZipFile: more or less content than declared, or another checksum.
            zlib.error, lzma.LZMAError, OSError, EOFError: the packed bytes are damaged.
        """
        view = memoryview(buffer).cast("B")
        content = self._next(min(len(view), self._left))
        if not content:
            self._check_end()
            return 0
        self._checksum = zlib.crc32(content, self._checksum)
        self._left -= len(content)
        view[: len(content)] = content
        return len(content)

    def _next(self, most: int) -> bytes:
        while most and not self._unpacker.eof:
            packed = b""
            if self._unpacker.needs_input:
                self._file.seek(self._at)
                packed = self._file.read(min(_PACKED_STEP, self._packed))
                self._at += len(packed)
                self._packed -= len(packed)
            if content := self._unpacker.decompress(packed, most):
                return content
            if self._unpacker.needs_input and not self._packed:
                break
        return b""

    def _check_end(self) -> None:
        if self._left:
            raise zipfile.BadZipFile(f"ends {self._left:,} bytes early")
        if self._ends_itself and self._next(1):
            raise zipfile.BadZipFile("holds more than it declares")
        if self._checksum != self._expected:
            raise zipfile.BadZipFile("Bad CRC-32")
