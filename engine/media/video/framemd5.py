"""Checksums of a film's decoded frames, in the format of FFmpeg's muxer `framemd5`."""

from __future__ import annotations

import io
from fractions import Fraction
from pathlib import Path

import av
from av.error import FFmpegError

from kinemacolor.engine.errors import MediaError
from kinemacolor.engine.media.video.frame_times import frame_times
from kinemacolor.engine.media.video.probe import VideoInfo, open_film, probe, video_stream


def write_framemd5(film: Path, target: Path) -> int:
    """Decode a film's video and write a line for every frame: its times, size and MD5.

    The same as `ffmpeg -noautorotate -i FILM -map 0:v:0 -f framemd5 TARGET` writes, by which
    anybody can check the film later. That command drops frames of a variable rate; with
    `-fps_mode passthrough -enc_time_base -1` it writes what stands here for those.

    Args:
        film: to be decoded.
        target: the file to be written.

    Returns:
        How many frames there are.

    Raises:
        MediaError: the film cannot be decoded.
    """
    info = probe(film)
    count, text = 0, io.BytesIO()
    with open_film(film) as source, av.open(text, "w", format="framemd5") as sums:
        video = video_stream(source, info)
        video.thread_type = "AUTO"
        rate = video.guessed_rate
        raw = sums.add_stream("rawvideo", rate=rate)
        raw.width, raw.height, raw.pix_fmt = info.width, info.height, info.pix_fmt
        if not _is_constant(info, rate):
            raw.codec_context.time_base = info.time_base
        # The program counts from the file's beginning.
        begin = round(Fraction(source.start_time or 0, av.time_base) / info.time_base)
        try:
            for frame in source.decode(video):
                if frame.pts is not None:
                    frame.pts -= begin
                sums.mux(raw.encode(frame))
                count += 1
            sums.mux(raw.encode(None))
        except FFmpegError as error:
            raise MediaError(film, f"cannot be decoded again ({error.strerror})") from error
    lines = text.getvalue()
    if info.sample_aspect_ratio:  # PyAV has no way to state it
        aspect = f"{info.sample_aspect_ratio.numerator}/{info.sample_aspect_ratio.denominator}"
        lines = lines.replace(b"#sar 0: 0/1\n", f"#sar 0: {aspect}\n".encode(), 1)
    target.write_bytes(lines)
    return count


def _is_constant(info: VideoInfo, rate: Fraction | None) -> bool:
    """Whether every frame stands where its number and the rate put it, to half a period."""
    times = frame_times(info)
    if times is None or not rate:
        return rate is not None
    period = 1 / rate / info.time_base
    return all(
        abs(pts - times.pts[0] - number * period) < period / 2
        for number, pts in enumerate(times.pts)
    )
