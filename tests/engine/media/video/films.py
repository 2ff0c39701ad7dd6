"""Small real films for tests, and a reader of their every stream that shares no code with ours."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np
from av.codec.context import Flags

FORMATS = {
    ".nut": "nut",
    ".mkv": "matroska",
    ".mp4": "mp4",
    ".mov": "mov",
    ".avi": "avi",
    ".ts": "mpegts",
}
INTERLACE_FLAGS = Flags.interlaced_dct | Flags.interlaced_me
AV_FIELD_TT, AV_FIELD_BB = 2, 3


def picture(index: int, pix_fmt: str, size: tuple[int, int]) -> av.VideoFrame:
    """A gradient that moves with `index` under fixed noise; every code of the format's range may
    come up in every plane."""
    frame = av.VideoFrame(*size, pix_fmt)
    noise = np.random.default_rng(index)
    for number, plane in enumerate(frame.planes):
        component = frame.format.components[min(number, len(frame.format.components) - 1)]
        dtype = np.dtype(np.uint8 if component.bits <= 8 else np.uint16)
        if pix_fmt.endswith("be"):
            dtype = dtype.newbyteorder(">")
        rows = np.frombuffer(plane, dtype).reshape(plane.height, plane.line_size // dtype.itemsize)
        top = (1 << component.bits) - 1
        ramp = (np.arange(rows.shape[1]) * 3 + 8 * index) * (top // 255) % (top + 1)
        rows[:] = np.clip(ramp + noise.integers(-9, 10, rows.shape), 0, top)
    return frame


def make_film(
    path: Path,
    *,
    codec: str = "ffv1",
    pix_fmt: str = "gray",
    size: tuple[int, int] = (64, 48),
    frames: int = 12,
    rate: Fraction | int = 24,
    time_base: Fraction | None = None,
    pts: Sequence[int] | None = None,
    durations: Sequence[int] | None = None,
    options: dict[str, str] | None = None,
    muxer: dict[str, str] | None = None,
    audio: Sequence[str] = (),
    subtitle: str | None = None,
    chapters: bool = False,
    attachment: bytes | None = None,
    cover: bytes | None = None,
    rotation: int = 0,
    aspect: Fraction | None = None,
    interlaced: str | None = None,
    color: dict[str, int] | None = None,
    metadata: dict[str, str] | None = None,
    video_metadata: dict[str, str] | None = None,
    video_disposition: int | None = None,
    draw: Callable[[int, str, tuple[int, int]], av.VideoFrame] = picture,
) -> Path:
    """Write a film; the container goes by the suffix.

    Args:
        pts: presentation times in `time_base`; None is a constant `rate` from zero.
        durations: of the frames, in `time_base`; None is one period of `rate`.
        audio: a codec name for every sound track, as long as the pictures.
        subtitle: codec of a subtitle track with two lines ("subrip", "ass", "mov_text").
        interlaced: "tff" or "bff".
        color: codec context fields (`color_range`, `colorspace`, `color_primaries`, `color_trc`).
        draw: makes a frame by its number, format and size.
    """
    rate = Fraction(rate)
    time_base = time_base or (Fraction(1, 1000) if path.suffix == ".mkv" else 1 / rate / 512)
    period = int(1 / rate / time_base)
    times = list(pts) if pts is not None else [round(i / rate / time_base) for i in range(frames)]
    lasts = list(durations) if durations is not None else [period] * len(times)
    seconds = float((times[-1] + lasts[-1]) * time_base) if times else 1.0
    with av.open(str(path), "w", format=FORMATS[path.suffix], options=muxer or {}) as film:
        film.metadata.update(metadata or {})
        video = film.add_stream(
            codec,
            rate=rate,
            time_base=time_base,
            width=size[0],
            height=size[1],
            pix_fmt=pix_fmt,
            options=options or {},
        )
        video.codec_context.flags |= Flags.frame_duration
        video.codec_context.thread_type = "AUTO"
        video.metadata.update(video_metadata or {})
        if video_disposition is not None:
            video.disposition = video_disposition
        for name, value in (color or {}).items():
            setattr(video.codec_context, name, value)
        if aspect:
            video.codec_context.sample_aspect_ratio = aspect
        if rotation:
            video.set_display_rotation(rotation)
        if interlaced:
            video.codec_context.flags |= INTERLACE_FLAGS
            video.codec_context.field_order = AV_FIELD_TT if interlaced == "tff" else AV_FIELD_BB
        sounds = [_add_sound(film, name, seconds) for name in audio]
        words = film.add_mux_stream(subtitle) if subtitle else None
        if words is not None:
            words.metadata["language"] = "deu"
            words.disposition = av.stream.Disposition.forced
        art = None
        if cover and path.suffix == ".mkv":
            film.add_attachment("cover.png", "image/png", cover)
        elif cover:
            art = film.add_mux_stream("png", width=8, height=8)
        if art is not None:
            art.disposition = av.stream.Disposition.attached_pic
        if attachment is not None:
            film.add_attachment("title.ttf", "application/x-truetype-font", attachment)
        if chapters:
            film.set_chapters(
                [
                    {
                        "id": i,
                        "start": 250 * i,
                        "end": 250 * (i + 1),
                        "time_base": Fraction(1, 1000),
                        "metadata": {"title": f"Reel {i}"},
                    }
                    for i in range(2)
                ]
            )
        if not times:
            film.start_encoding()
        if art is not None:
            _mux(film, art, cover, 0, 0)
        for packets in sounds:
            film.mux(packets)
        if words is not None:
            _write_subtitles(film, words, subtitle)
        fields = _field_setter(video, interlaced) if interlaced else None
        for index, (at, lasting) in enumerate(zip(times, lasts, strict=True)):
            frame = draw(index, pix_fmt, size)
            frame.pts, frame.duration, frame.time_base = at, lasting, time_base
            if fields:
                fields.push(frame)
                frame = fields.pull()
            film.mux(video.encode(frame))
        if times:
            film.mux(video.encode(None))
    return path


def _field_setter(video, order: str) -> av.filter.Graph:
    """PyAV cannot mark a frame as interlaced; FFmpeg's filter can."""
    graph = av.filter.Graph()
    context = video.codec_context
    source = graph.add_buffer(
        width=context.width,
        height=context.height,
        format=context.format,
        time_base=context.time_base,
    )
    graph.link_nodes(source, graph.add("setfield", order), graph.add("buffersink")).configure()
    return graph


def _add_sound(film, codec: str, seconds: float):
    stream = film.add_stream(codec, rate=48000, layout="stereo")
    stream.metadata.update({"language": "deu", "title": f"Ton {codec}"})
    rng = np.random.default_rng(7)
    samples = rng.integers(-9000, 9000, (1, 2 * int(48000 * seconds)), dtype=np.int16)
    sound = av.AudioFrame.from_ndarray(samples, format="s16", layout="stereo")
    sound.sample_rate, sound.pts, sound.time_base = 48000, 0, Fraction(1, 48000)
    resampler = av.AudioResampler(stream.format, "stereo", 48000, frame_size=1024)
    parts = [part for raw in (sound, None) for part in resampler.resample(raw)]
    packets = [packet for part in (*parts, None) for packet in stream.encode(part)]
    return packets


def _write_subtitles(film, stream, codec: str) -> None:
    for number in range(2):
        text = f"Zeile {number}".encode()
        body = {
            "mov_text": len(text).to_bytes(2, "big") + text,
            "ass": b"%d,0,Default,,0,0,0,," % number + text,
        }.get(codec, text)
        _mux(film, stream, body, 100 + 200 * number, 150)


def _mux(film, stream, body: bytes, start_ms: int, duration_ms: int) -> None:
    packet = av.Packet(body)
    packet.stream = stream
    packet.time_base = Fraction(1, 1000)
    packet.pts = packet.dts = start_ms
    packet.duration = duration_ms
    packet.is_keyframe = True
    film.mux(packet)


@dataclass
class Track:
    """One stream as it lies in the file."""

    type: str
    codec: str | None
    metadata: dict[str, str]
    disposition: int
    packets: list[tuple[Fraction | None, bytes]] = field(default_factory=list)
    data: bytes = b""


@dataclass
class Picture:
    """One decoded frame: its time and duration in seconds, its planes without padding."""

    time: Fraction
    duration: Fraction
    planes: list[np.ndarray]
    frame: Any


def tracks_of(path: Path) -> list[Track]:
    """Every stream of a file with its undecoded packets."""
    with av.open(str(path)) as film:
        tracks = [
            Track(
                s.type,
                s.codec_context.name if s.codec_context else s.name,
                dict(s.metadata),
                int(s.disposition),
                data=s.data if s.type == "attachment" else b"",
            )
            for s in film.streams
        ]
        for packet in film.demux():
            if packet.size:
                at = None if packet.pts is None else packet.pts * packet.time_base
                tracks[packet.stream.index].packets.append((at, bytes(packet)))
    return tracks


def pictures_of(path: Path) -> list[Picture]:
    """Every frame of a film's first video stream, decoded without threads."""
    with av.open(str(path)) as film:
        video = film.streams.video[0]
        video.codec_context.thread_count = 1
        return [
            Picture(
                f.pts * f.time_base,
                (f.duration or 0) * f.time_base,
                [_without_padding(f, p) for p in f.planes],
                f,
            )
            for f in film.decode(video)
        ]


def _without_padding(frame, plane) -> np.ndarray:
    dtype = np.dtype(np.uint8 if frame.format.components[0].bits <= 8 else np.uint16)
    if frame.format.name.endswith("be"):
        dtype = dtype.newbyteorder(">")
    rows = np.frombuffer(plane, np.uint8).reshape(plane.height, plane.line_size)
    return np.ascontiguousarray(rows[:, : plane.width * dtype.itemsize]).view(dtype)
