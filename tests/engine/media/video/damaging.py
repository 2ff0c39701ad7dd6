"""Makes films, and damages them as discs, tapes and transmissions do."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from pathlib import Path
from typing import Any

import av

from tests.engine.media.video.films import FORMATS, make_film

FORMATS.update(
    {
        ".mxf": "mxf",
        ".wmv": "asf",
        ".flv": "flv",
        ".mpg": "mpeg",
        ".ogv": "ogg",
        ".y4m": "yuv4mpegpipe",
        ".dv": "dv",
        ".m2ts": "mpegts",
        ".nut": "nut",
        ".webm": "webm",
    }
)
H264: dict[str, Any] = {
    "codec": "libx264",
    "pix_fmt": "yuv420p",
    "options": {"g": "12", "bf": "2", "threads": "1"},
}
MPEG2: dict[str, Any] = {
    "codec": "mpeg2video",
    "pix_fmt": "yuv420p",
    "options": {"g": "12", "bf": "2"},
    "rate": 25,
    "time_base": Fraction(1, 25),
}
MJPEG: dict[str, Any] = {"codec": "mjpeg", "pix_fmt": "yuvj420p"}
# What a film in each container is made of here.
CONTAINERS: dict[str, dict[str, Any]] = {
    ".mkv": H264,
    ".mp4": H264,
    ".mov": MJPEG,
    ".avi": MJPEG | {"time_base": Fraction(1, 24)},
    ".ts": H264 | {"rate": 25},
    ".m2ts": H264 | {"rate": 25, "muxer": {"mpegts_m2ts_mode": "1"}},
    ".mpg": MPEG2,
    ".mxf": MPEG2,
    ".wmv": {"codec": "wmv2", "pix_fmt": "yuv420p", "time_base": Fraction(1, 24)},
    ".flv": {"codec": "flv", "pix_fmt": "yuv420p", "time_base": Fraction(1, 24)},
    ".y4m": {"codec": "wrapped_avframe", "pix_fmt": "yuv420p", "time_base": Fraction(1, 24)},
    ".dv": {
        "codec": "dvvideo",
        "pix_fmt": "yuv420p",
        "size": (720, 576),
        "rate": 25,
        "time_base": Fraction(1, 25),
        "frames": 8,
    },
    ".webm": {"codec": "libvpx-vp9", "pix_fmt": "yuv420p", "options": {"cpu-used": "8"}},
    ".nut": {"codec": "ffv1", "pix_fmt": "gray"},
}


def film_in(folder: Path, suffix: str, **more: Any) -> Path:
    """A film of 48 frames, or as `CONTAINERS` says, in a container."""
    return make_film(folder / f"film{suffix}", **({"frames": 48} | CONTAINERS[suffix] | more))


def packets_in(path: Path) -> list[bytes]:
    """The packets of a film's pictures, in the order of decoding."""
    with av.open(str(path)) as film:
        return [bytes(packet) for packet in film.demux(video=0) if packet.size]


def damage_packet(path: Path, number: int, how: Callable[[bytes], bytes]) -> None:
    """Change a packet where it lies in the file."""
    packet, content = packets_in(path)[number], path.read_bytes()
    assert content.count(packet) == 1
    changed = how(packet)
    assert len(changed) == len(packet)
    path.write_bytes(content.replace(packet, changed))


def zeros(packet: bytes) -> bytes:
    """Nothing of a packet is left."""
    return bytes(len(packet))


def half(packet: bytes) -> bytes:
    """The second half of a packet is lost."""
    return packet[: len(packet) // 2].ljust(len(packet), b"\0")


def flip(packet: bytes) -> bytes:
    """One bit of a packet has changed."""
    at = len(packet) // 2
    return packet[:at] + bytes((packet[at] ^ 4,)) + packet[at + 1 :]


def hole(content: bytes, length: int = 2048) -> bytes:
    """Sectors in the middle of a file are zeros."""
    at = len(content) // 2
    return content[:at] + bytes(length) + content[at + length :]
