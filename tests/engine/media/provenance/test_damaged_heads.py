"""Heads that make no sense have no packet, and cost no job."""

from __future__ import annotations

import struct
from io import BytesIO

import pytest

from kinemacolor.engine.jobs.planning import scan as scanning
from kinemacolor.engine.jobs.planning.scan import scan
from kinemacolor.engine.media.provenance.xmp_packet import find_packets
from tests.engine.fakes import still

HEADS = {
    **{
        f"a JPEG segment of {length} bytes": b"\xff\xd8\xff\xe1" + bytes([0, length]) + bytes(99)
        for length in range(4)
    },
    "a PNG chunk that ends the file": b"\x89PNG\r\n\x1a\n\0\0\0\x05iTXtXML",
    "a BigTIFF directory nowhere": b"II+\0\x08\0\0\0" + struct.pack("<Q", 2**64 - 1),
    "a BigTIFF packet nowhere": b"II+\0\x08\0\0\0"
    + struct.pack("<QQHHQQ", 16, 1, 700, 1, 99, 2**64 - 1),
    "a BigTIFF directory beyond all disks": b"II+\0\x08\0\0\0" + struct.pack("<Q", 2**62),
    "a WebP chunk of 4 GB": b"RIFF\0\0\0\0WEBPVP8X\xff\xff\xff\xff\x04",
}


@pytest.mark.parametrize("head", HEADS.values(), ids=HEADS)
def test_have_no_packet(head, tmp_path):
    path = tmp_path / "head"
    path.write_bytes(head)
    with path.open("rb") as stored:  # which bears less than memory does
        for file in (BytesIO(head), stored):
            assert b"".join(find_packets(file, head[:16])).strip(b"\0") == b""


def test_a_fault_while_scanning_fails_one_file(tmp_path, monkeypatch):
    for name in ("a.png", "b.png"):
        (tmp_path / name).write_bytes(still())

    def faulty(file, head):
        if file.name.endswith("a.png"):
            raise ZeroDivisionError("odd")
        return False

    monkeypatch.setattr(scanning, "is_colored", faulty)
    one, other = scan(tmp_path).found
    assert "unexpected ZeroDivisionError" in one.problem and "report it" in one.problem
    assert not other.problem
