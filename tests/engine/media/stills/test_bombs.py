"""Stills whose metadata or parts claim far more than their files hold."""

import struct
import tracemalloc
import zlib

import imagecodecs
import numpy as np
import pytest

from kinemacolor.engine.errors import MediaError
from kinemacolor.engine.media.stills import read_still, write_still, xmp
from kinemacolor.engine.media.stills.header import read_header
from tests.engine.media.stills import pictures
from tests.engine.media.stills.pictures import encoded, gradient

BOUND = 24 << 20  # bytes
PACKET = b"XML:com.adobe.xmp\0\1\0\0\0"
OVERSIZED = {  # TIFF's compressions whose parts are pictures of their own
    7: lambda pixels: imagecodecs.jpeg8_encode(pixels),
    34933: lambda pixels: imagecodecs.png_encode(pixels),
    34712: lambda pixels: imagecodecs.jpeg2k_encode(pixels),
    50001: lambda pixels: imagecodecs.webp_encode(np.dstack([pixels] * 3), lossless=True),
    50002: lambda pixels: imagecodecs.jpegxl_encode(pixels[:8, :8].copy()),
}


def peak(work):
    tracemalloc.start()
    try:
        return work(), tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


def tiff_of(entries, behind, order="<"):
    """A TIFF of 16 x 16 grey pixels: further entries (code, type, count, value) and bytes."""
    start = 8 + 2 + 12 * (9 + len(entries)) + 4
    base = [
        (256, 4, 1, 16), (257, 4, 1, 16), (258, 3, 1, 8), (259, 3, 1, 1), (262, 3, 1, 1),
        (273, 4, 1, start), (277, 3, 1, 1), (278, 4, 1, 16), (279, 4, 1, 256),
    ]  # fmt: skip
    merged = {entry[0]: entry for entry in base} | {entry[0]: entry for entry in entries}
    data = b"II*\0" + struct.pack("<IH", 8, len(merged))
    data += b"".join(struct.pack("<HHII", *merged[code]) for code in sorted(merged))
    return (data + bytes(4)).ljust(start, b"\0") + behind


def test_tags_of_a_tiff_that_share_their_bytes():
    shared = 1 << 20
    entries = [(40_000 + number, 1, shared, 64) for number in range(1000)]
    data = tiff_of(entries, bytes(shared))

    def read():
        with pytest.raises(MediaError, match="claim more bytes than it has"):
            read_still(data, "a.tif")

    assert peak(read)[1] < BOUND


def test_tags_of_a_directory_beneath_that_share_their_bytes():
    shared = 1 << 20
    beneath = struct.pack("<H", 1000) + b"".join(
        struct.pack("<HHII", number, 7, shared, 64) for number in range(1, 1001)
    )
    pixels = bytes(256)
    start = 8 + 2 + 12 * 10 + 4 + len(pixels)
    data = tiff_of([(34665, 4, 1, start)], pixels + beneath + bytes(shared))

    def read():
        with pytest.raises(MediaError, match="claim more bytes than it has"):
            read_still(data, "a.tif")

    assert peak(read)[1] < BOUND


def test_resolutions_may_share_one_value():
    data = tiff_of([(282, 5, 1, 140), (283, 5, 1, 140)], bytes(256))
    assert read_still(data, "a.tif").pixels.shape == (16, 16)


@pytest.mark.parametrize("compression", OVERSIZED)
def test_a_part_of_a_tiff_that_is_a_far_larger_picture(compression):
    part = OVERSIZED[compression](np.zeros((2000, 2000), np.uint8))
    channels = [(262, 3, 1, 2), (277, 3, 1, 3)] if compression == 50001 else []
    data = tiff_of([(259, 3, 1, compression), (279, 4, 1, len(part)), *channels], part)
    with pytest.raises(MediaError, match=r"claims to be 2000x2000|JPEG XL is not read"):
        read_still(data, "a.tif")


@pytest.mark.parametrize("size", [5 << 20, 30 << 20])
def test_a_packed_packet_is_never_written_larger_than_it_came(size):
    body = PACKET + zlib.compress(b"<a>" + b" " * size)
    data = pictures.with_chunk(encoded(gradient(), "PNG"), b"iTXt", body)
    still, most = peak(lambda: read_still(data, "a.png"))
    assert most < BOUND
    assert any("XMP" in note and "not kept" in note for note in still.notes)
    result = write_still(still, np.dstack([still.pixels] * 3), provenance={"network": "n"})
    assert len(result) < len(data) + (64 << 10) and b"kinemacolor" in result


def test_a_profile_that_is_a_bomb():
    body = b"name\0\0" + zlib.compress(bytes(30 << 20), 1)
    data = pictures.with_chunk(encoded(gradient(3), "PNG"), b"iCCP", body)
    still, most = peak(lambda: read_still(data, "a.png"))
    assert most < BOUND and still.icc is None
    assert any("ICC profile" in note and "not kept" in note for note in still.notes)


def test_a_packed_packet_of_common_size_is_kept():
    packet = xmp.merged(None, {"network": "n"})
    body = PACKET + zlib.compress(packet)
    data = pictures.with_chunk(encoded(gradient(), "PNG"), b"iTXt", body)
    still = read_still(data, "a.png")
    assert still.xmp == packet and not still.notes


def test_blanks_in_a_packet_take_no_time():
    """Once a square of their number: minutes for this packet."""
    packet = xmp.merged(None, {}).replace(b"</rdf:RDF>", b" " * (2 << 20) + b"</rdf:RDF>")
    assert len(xmp.merged(packet, {})) > 2 << 20


def test_padding_is_taken_away():
    packet = xmp.merged(None, {})
    padded = packet.replace(b"<?xpacket end", b" " * 2000 + b"<?xpacket end")
    assert len(padded) > len(packet) + 1000 and xmp.merged(padded, {}) == xmp.merged(packet, {})


def test_a_packet_that_is_too_large_to_parse():
    with pytest.raises(xmp.UnreadableXMP, match="larger than 16 MB"):
        xmp.merged(b"<" + b" " * (17 << 20), {})


@pytest.mark.parametrize("length", [1, 2, 5])
def test_directories_of_a_tiff_that_go_in_a_circle(length):
    """tifffile would follow them for ever."""
    data = in_a_row(length, back_to=8)
    assert read_header(data) is None
    with pytest.raises(MediaError, match="directories go in a circle"):
        read_still(data, "a.tif")


def test_more_directories_of_a_tiff_than_are_looked_through():
    data = in_a_row(1001, back_to=0)
    assert read_header(data) is None
    with pytest.raises(MediaError, match="more than 1000 pages is not a still; split it"):
        read_still(data, "a.tif")


def in_a_row(length, back_to):
    """A TIFF of directories of one picture, each behind the one before."""
    first = tiff_of([], bytes(256))
    end = 8 + 2 + 12 * 9  # of a directory, where the place of the next stands
    step = end + 4 - 8
    data = first[:end]
    for number in range(1, length):
        data += struct.pack("<I", 8 + number * step) + first[8:end]
    return data + struct.pack("<I", back_to) + bytes(256)
