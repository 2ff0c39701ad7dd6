"""Recordings joined to one file, as by `cat`, in containers that have a header of the whole.

Demuxers read the first of them alone, or stumble over the headers of the others.
"""

from __future__ import annotations

import mmap
from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum
from os import SEEK_END
from pathlib import Path
from typing import BinaryIO

from kinemacolor.engine.errors import MediaError
from kinemacolor.engine.media.video.avi_recordings import avi_begins, drift_apart
from kinemacolor.engine.media.video.container_ends import (
    ASF_HEADER,
    FLV_TAGS,
    KLV,
    KLV_HEAD,
    klv_value,
)
from kinemacolor.engine.media.video.ebml import EBML_HEADER
from kinemacolor.engine.media.video.matroska_recordings import matroska_begins, unread_recordings
from kinemacolor.engine.media.video.mp4_boxes import first_box, top_boxes
from kinemacolor.engine.media.video.ogg_pages import ogg_recordings

_FLV = b"FLV\1"
_EBML = EBML_HEADER.to_bytes(4, "big")
_NUT = b"nut/multimedia container\0"
_MXF_HEADER = bytes.fromhex("0d0102010102")  # in a partition's key, behind its version
_BOXES = (b"ftyp", b"moov", b"mdat", b"wide", b"free", b"skip")
_FRAGMENT_HEADER = 64  # bytes that hold a fragment's number


class Reading(Enum):
    """What demuxers give of several recordings."""

    FIRST = "of which only the first can be read"
    SOME = "of which not all can be read"
    APART = "whose pictures and sound differ in length"
    DAMAGED = "which its demuxer cannot tell apart"
    NONE = "which its demuxer cannot read"


@dataclass(frozen=True)
class Recordings:
    """What a file holds.

    Args:
        count: of recordings joined.
        reading: what becomes of several.
    """

    count: int = 1
    reading: Reading = Reading.FIRST

    def check(self, path: Path, *, salvage: bool) -> None:
        """Refuse a file of several recordings, but for one that is to be salvaged and can be.

        Raises:
            MediaError: with what to do.
        """
        readable = self.reading is not Reading.NONE
        if self.count > 1 and not (salvage and readable):
            remedy = "split it; --salvage keeps what can be read" if readable else "split it"
            raise MediaError(path, self._told, remedy)

    @property
    def notes(self) -> tuple[str, ...]:
        """What the owner of a film that was coloured should know."""
        return () if self.count < 2 else (f"{self._told}: split it",)

    @property
    def _told(self) -> str:
        return f"holds {self.count} recordings joined, {self.reading.value}"


ONE_RECORDING = Recordings()


def recordings_in(path: Path) -> Recordings:
    """Count the recordings in a file; one in containers whose demuxers read them all.

    Args:
        path: of a film.
    """
    with path.open("rb") as file:
        head = file.read(len(_NUT))
        if head[4:8] in _BOXES:
            return _in_mp4(file)
        if head.startswith(_EBML):
            return _in_matroska(path, file)
        if head.startswith(b"RIFF"):
            return _in_avi(path, file)
        rules: tuple[tuple[bytes, Callable[[BinaryIO], int], Reading], ...] = (
            (_FLV, _in_flv, Reading.FIRST),
            (ASF_HEADER, _in_asf, Reading.FIRST),
            (b"OggS", ogg_recordings, Reading.NONE),
            (KLV, _in_mxf, Reading.DAMAGED),
            (_NUT, _in_nut, Reading.DAMAGED),
        )
        for start, count, reading in rules:
            if head.startswith(start):
                return Recordings(count(file), reading)
    return ONE_RECORDING


def _in_mp4(file: BinaryIO) -> Recordings:
    """By pairs of index and media; of fragments by where their numbers begin anew.

    An index before fragments that are numbered on is a repetition, as in streaming.
    """
    indexes = media = restarts = 0
    fragment: int | None = None
    is_behind_index = False
    for kind, start, size in top_boxes(file):
        indexes += kind == b"moov"
        media += kind == b"mdat"
        is_behind_index |= kind == b"moov"
        if kind == b"moof":
            file.seek(start)
            header = first_box(file.read(min(size, _FRAGMENT_HEADER)), b"mfhd") or b""
            number = int.from_bytes(header[4:8], "big")
            restarts += is_behind_index and (fragment is None or number <= fragment)
            fragment, is_behind_index = number, False
    if fragment is not None:
        return Recordings(restarts, Reading.DAMAGED)
    return Recordings(min(indexes, media))


def _in_matroska(path: Path, file: BinaryIO) -> Recordings:
    begins = matroska_begins(file)
    if len(begins) > 1 and unread_recordings(path, begins):
        return Recordings(len(begins), Reading.SOME)
    return ONE_RECORDING


def _in_avi(path: Path, file: BinaryIO) -> Recordings:
    begins = avi_begins(file)
    if len(begins) > 1 and drift_apart(path, begins):
        return Recordings(len(begins), Reading.APART)
    return ONE_RECORDING


def _in_flv(file: BinaryIO) -> int:
    """Adobe Flash Video, E.2: headers, each before its tags."""
    count = at = 0
    while True:
        file.seek(at)
        head = file.read(9)
        if len(head) == 9 and head.startswith(_FLV):
            count += 1
            at += int.from_bytes(head[5:9], "big") + 4
        elif head and head[0] & 0x1F in FLV_TAGS:
            at += 11 + int.from_bytes(head[1:4], "big") + 4
        else:
            return count


def _in_asf(file: BinaryIO) -> int:
    """Advanced Systems Format, 2.1: objects, each with its length; live data has none."""
    count = at = 0
    end = file.seek(0, SEEK_END)
    while at < end:
        file.seek(at)
        head = file.read(24)
        length = int.from_bytes(head[16:24], "little")
        count += head.startswith(ASF_HEADER)
        if length < len(head):
            break
        at += length
    return count


def _in_mxf(file: BinaryIO) -> int:
    """SMPTE 377-1, 7.1: header partitions, among keys with their lengths."""
    count = at = 0
    end = file.seek(0, SEEK_END)
    while at < end - KLV_HEAD:
        file.seek(at)
        head = file.read(KLV_HEAD)
        if not head.startswith(KLV):
            break
        count += head[8:14] == _MXF_HEADER
        begin, length = klv_value(head)
        at += begin + length
    return count


def _in_nut(file: BinaryIO) -> int:
    """By the words that every NUT file begins with."""
    count = at = 0
    with mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data:
        while (at := data.find(_NUT, at)) >= 0:
            count, at = count + 1, at + len(_NUT)
    return count
