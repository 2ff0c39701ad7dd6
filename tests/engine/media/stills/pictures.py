"""Small pictures of every kind, made with other libraries' writers than the engine's."""

from __future__ import annotations

import io
import struct
import zlib

import numpy as np
import tifffile
from PIL import Image, ImageCms

WIDTH, HEIGHT = 64, 48
DESCRIPTION, ARTIST, COPYRIGHT = "Market square", "N. N.", "Town archive"
XMP = (
    '<?xpacket begin="\ufeff" id="W5M0MpCehiHzreSzNTczkc9d"?>\n<x:xmpmeta xmlns:x="adobe:ns:meta/">'
    '<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">'
    '<rdf:Description rdf:about="uuid:7"'
    ' xmlns:photoshop="http://ns.adobe.com/photoshop/1.0/" photoshop:Instructions="one&#10;two"'
    ' xmlns:dc="http://purl.org/dc/elements/1.1/"><dc:title><rdf:Alt><rdf:li xml:lang="x-default">'
    "Brücke &amp; Fluß</rdf:li></rdf:Alt></dc:title></rdf:Description></rdf:RDF></x:xmpmeta>\n"
    '<?xpacket end="w"?>'
).encode()
IPTC = b"\x1c\x02\x78\x00\x0dMarket square\x1c\x02\x50\x00\x05N. N."


def gradient(
    channels: int = 1, dtype: str = "uint8", size: tuple[int, int] = (HEIGHT, WIDTH)
) -> np.ndarray:
    """(H, W) or (H, W, channels) with detail that no orientation maps to itself."""
    rows, columns = np.mgrid[0 : size[0], 0 : size[1]]
    waves = 0.1 * np.sin(columns / 5 + rows / 9)
    base = 0.15 + 0.5 * columns / size[1] + 0.2 * rows / size[0] + waves
    planes = [np.clip(base * (1 - 0.12 * index), 0, 1) for index in range(channels)]
    full = np.iinfo(dtype).max
    picture = np.rint(np.stack(planes, axis=-1) * full).astype(dtype)
    return picture[..., 0] if channels == 1 else picture


def colored(grey: np.ndarray) -> np.ndarray:
    """(H, W, 3) of the same type that no grey picture could be."""
    full = int(np.iinfo(grey.dtype).max)
    light = (grey if grey.ndim == 2 else grey[..., 1]).astype(np.float64) / full
    rgb = np.stack([light**0.8, light, light**1.3], axis=-1)
    return np.rint(rgb * full).astype(grey.dtype)


def exif(orientation: int = 1, thumbnail: bool = False) -> bytes:
    """An EXIF block with the usual fields, a GPS position and, if wanted, a thumbnail."""
    block = Image.Exif()
    block[0x010E], block[0x013B], block[0x8298] = DESCRIPTION, ARTIST, COPYRIGHT
    block[0x0112] = orientation
    block.get_ifd(0x8769)[0x9286] = b"ASCII\0\0\0a comment"
    block.get_ifd(0x8825)[1] = "N"
    content = bytearray(block.tobytes())
    if thumbnail:
        order = "<" if content[6:8] == b"II" else ">"
        (count,) = struct.unpack_from(order + "H", content, 14)
        link = 16 + 12 * count
        second = len(content) - 6
        picture = encoded(Image.new("L", (16, 12), 90), "JPEG")
        entries = struct.pack(order + "HHII", 0x0201, 4, 1, second + 2 + 24 + 4)
        entries += struct.pack(order + "HHII", 0x0202, 4, 1, len(picture))
        struct.pack_into(order + "I", content, link, second)
        content += struct.pack(order + "H", 2) + entries + b"\0" * 4 + picture
    return bytes(content)


def encoded(image: Image.Image | np.ndarray, format: str, **options: object) -> bytes:
    """A picture as Pillow writes it."""
    target = io.BytesIO()
    picture = image if isinstance(image, Image.Image) else Image.fromarray(image)
    picture.save(target, format, **options)
    return target.getvalue()


def with_xmp(pixels: np.ndarray, format: str, packet: bytes, **options: object) -> bytes:
    """A picture with an XMP packet as Pillow writes it, or where it writes none, put in by hand."""
    if format == "PNG":
        chunk = b"XML:com.adobe.xmp\0\0\0\0\0" + packet
        return with_chunk(encoded(pixels, format, **options), b"iTXt", chunk)
    if format == "TIFF":
        block = Image.Exif()
        block.load(options.pop("exif", b""))
        block[700] = packet
        return encoded(pixels, format, exif=block, **options)
    return encoded(pixels, format, xmp=packet, **options)


def tiff(pixels: np.ndarray, **options: object) -> bytes:
    """A TIFF as tifffile writes it, without its own description."""
    target = io.BytesIO()
    layout = {key: options.pop(key) for key in ("byteorder", "bigtiff") if key in options}
    with tifffile.TiffWriter(target, **layout) as file:
        file.write(pixels, metadata=None, software=False, **options)
    return target.getvalue()


def tiff_with_exif(order: str, comment: bytes) -> bytes:
    """An uncompressed grey TIFF with an EXIF directory that has a directory of its own, by hand."""
    pixels = gradient()

    def directory(start: int, *entries: tuple[int, int, int, int | bytes]) -> bytes:
        head, values = b"", b""
        after = start + 2 + 12 * len(entries) + 4
        for code, kind, count, value in entries:
            if isinstance(value, bytes) and len(value) > 4:
                value, values = after + len(values), values + value
            form = {bytes: "4s", int: "I" if kind == 4 or count > 4 else "H2x"}[type(value)]
            head += struct.pack(order + "HHI" + form, code, kind, count, value)
        return struct.pack(order + "H", len(entries)) + head + b"\0" * 4 + values

    inner = directory(8, (1, 2, 4, b"R98\0"))
    exif = directory(8 + len(inner), (0x9286, 7, len(comment), comment), (40965, 4, 1, 8))
    strip = 8 + len(inner) + len(exif)
    main = directory(
        strip + pixels.size,
        (256, 3, 1, pixels.shape[1]), (257, 3, 1, pixels.shape[0]), (258, 3, 1, 8), (259, 3, 1, 1),
        (262, 3, 1, 1), (273, 4, 1, strip), (277, 3, 1, 1), (278, 3, 1, pixels.shape[0]),
        (279, 4, 1, pixels.size), (34665, 4, 1, 8 + len(inner)),
    )  # fmt: skip
    mark = b"II*\0" if order == "<" else b"MM\0*"
    head = mark + struct.pack(order + "I", strip + pixels.size)
    return head + inner + exif + pixels.tobytes() + main


def with_segment(jpeg: bytes, marker: int, payload: bytes) -> bytes:
    """A JPEG with one more segment at its beginning."""
    head = b"\xff" + bytes([marker]) + struct.pack(">H", len(payload) + 2)
    return jpeg[:2] + head + payload + jpeg[2:]


def photoshop(*resources: tuple[int, bytes]) -> bytes:
    """Image resource blocks."""
    return b"".join(
        b"8BIM" + struct.pack(">HHI", code, 0, len(body)) + body + b"\0" * (len(body) % 2)
        for code, body in resources
    )


def with_chunk(png: bytes, kind: bytes, body: bytes) -> bytes:
    """A PNG with one more chunk behind its header."""
    chunk = struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))
    return png[:33] + chunk + png[33:]


def chunks(png: bytes) -> list[tuple[bytes, bytes]]:
    """Type and body of every chunk."""
    found, position = [], 8
    while position < len(png):
        length, kind = struct.unpack_from(">I4s", png, position)
        found.append((kind, png[position + 8 : position + 8 + length]))
        position += 12 + length
    return found


def rgb_profile() -> bytes:
    """sRGB by Little CMS."""
    return ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()


def grey_profile(gamma: float) -> bytes:
    """A grey ICC profile with light = code^gamma, put together by hand (ICC.1, section 8)."""
    curve = b"curv" + struct.pack(">IIH", 0, 1, round(gamma * 256))
    return _profile(b"mntr", b"GRAY", b"XYZ ", (b"kTRC", curve))


def cmyk_profile() -> bytes:
    """An ink ICC profile by hand: L* = 100 (1 - K) whatever the other inks, and no colour."""
    identity = bytes(range(256))
    corners = b"".join(bytes([0 if index & 1 else 255, 128, 128]) for index in range(16))
    matrix = struct.pack(">9i", 65536, 0, 0, 0, 65536, 0, 0, 0, 65536)
    table = (
        b"mft1" + bytes(4) + bytes([4, 3, 2, 0]) + matrix + identity * 4 + corners + identity * 3
    )
    return _profile(b"prtr", b"CMYK", b"Lab ", (b"A2B0", table))


def _profile(kind: bytes, space: bytes, connection: bytes, *tags: tuple[bytes, bytes]) -> bytes:
    white = struct.pack(">iii", 63190, 65536, 54061)  # D50
    tags = (*tags, (b"wtpt", b"XYZ " + bytes(4) + white))
    table, values = struct.pack(">I", len(tags)), b""
    for name, value in tags:
        table += name + struct.pack(">II", 132 + 12 * len(tags) + len(values), len(value))
        values += value + bytes(-len(value) % 4)
    size = 128 + len(table) + len(values)
    head = struct.pack(">I4sI", size, bytes(4), 0x02400000) + kind + space + connection
    return (head + bytes(12) + b"acsp" + bytes(28) + white).ljust(128, b"\0") + table + values
