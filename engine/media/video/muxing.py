"""The layout of a film's output: container, streams, metadata and chapters."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path

import av
from av.codec.context import Flags
from av.container import InputContainer, OutputContainer
from av.stream import Stream
from av.video.stream import VideoStream

from kinemacolor.engine.media.video.codecs import ENCODERS
from kinemacolor.engine.media.video.disclosure import disclosed
from kinemacolor.engine.media.video.field_order import shows_bottom_first
from kinemacolor.engine.media.video.output_spec import OutputSpec
from kinemacolor.engine.media.video.probe import VideoInfo, video_stream
from kinemacolor.engine.media.video.sound_transcode import add_transcoded
from kinemacolor.engine.media.video.stream_copy import (
    add_copy,
    attach_cover,
    container_tags,
    copied_streams,
    fits,
    is_cover,
    lost_layout,
    video_tags,
)
from kinemacolor.engine.media.video.time_span import TimeSpan, chapters_within

_FINEST_TIME_SCALE = 2**31 - 1


@dataclass
class Others:
    """What becomes of the streams beside the coloured one.

    Args:
        routes: output stream by the index of the source's that goes into it.
        transcoded: those of `routes` whose sound is decoded, as the container has not its codec.
        notes: what is not kept as it was.
    """

    routes: dict[int, Stream] = field(default_factory=dict)
    transcoded: list[int] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)


@dataclass
class Layout:
    """Which stream of the source goes into which of the output.

    Args:
        video: the output's stream for the coloured frames.
        muxer: FFmpeg's name of what writes the output.
        track: the number of its track there, from 1.
        source_track: the number that the source's container has for its track.
        others: all other streams.
    """

    video: VideoStream
    muxer: str
    track: int
    source_track: int
    others: Others


def open_output(
    path: Path, muxer: str, time_base: Fraction, source: InputContainer
) -> OutputContainer:
    """Open the container of an output, for exact times and for metadata keys of any name.

    Args:
        time_base: of the coloured frames.
    """
    options = {"fflags": "+bitexact"}  # no random numbers: the same film gives the same file
    if muxer == "matroska":
        options["avoid_negative_ts"] = "disabled"  # sound may start before the picture
    else:
        # Start times are exact only with a movie time scale as fine as the film's.
        scale = min(time_base.denominator, _FINEST_TIME_SCALE)
        options |= {"movie_timescale": str(scale), "write_tmcd": "1"}
        if muxer == "mov" or not _has_cover(source):  # which MP4 has not beside free keys
            options["movflags"] = "use_metadata_tags"
    return av.open(
        str(path.absolute()),
        "w",
        format=muxer,
        container_options=options,
        metadata_errors="surrogateescape",
    )


def lay_out(
    output: OutputContainer,
    source: InputContainer,
    info: VideoInfo,
    spec: OutputSpec,
    options: dict[str, str],
    tags: Mapping[str, str],
    span: TimeSpan | None = None,
) -> Layout:
    """Add every stream in the source's order, the metadata and the chapters.

    Args:
        options: of the encoder.
        tags: metadata besides the source's.
        span: of an excerpt; its time code is not the film's, and is left out.
    """
    copied = copied_streams(source, info.stream)
    others = Others()
    for stream in source.streams:
        if stream.index == info.stream:
            track = 1 + sum(s.type != "attachment" for s in output.streams)
            video = add_encoder(output, info, spec, options)
            video.metadata.update(video_tags(video_stream(source, info)))
            if span is not None:
                video.metadata.pop("timecode", None)
            if "stereo_mode" in video.metadata and output.format.name != "matroska":
                others.notes.append(f"its stereo mode has no place in {output.format.name}")
            video.disposition = stream.disposition
        elif stream in copied:
            _add_other(output, info, stream, others)
    metadata, moved = disclosed(container_tags(source), tags)
    output.metadata.update(metadata)
    if span is not None:
        output.metadata.pop("timecode", None)
    if _has_cover(source) and output.format.name == "mp4":
        # No keys of our own there: they go into the comment.
        lines = [output.metadata.get("comment"), *(f"{k}={v}" for k, v in tags.items())]
        output.metadata["comment"] = "\n".join(filter(None, lines))
        others.notes.append("beside cover art, MP4 keeps only the customary metadata keys")
    elif moved:
        others.notes.append(moved)
    output.set_chapters(chapters_within(source.chapters(), span))
    source_track = video_stream(source, info).id
    return Layout(video, output.format.name, track, source_track, others)


def _add_other(output: OutputContainer, info: VideoInfo, stream: Stream, others: Others) -> None:
    """Add a stream beside the coloured one: as it is, or decoded where that alone keeps it."""
    muxer = output.format.name
    name = getattr(stream, "name", None) or "unknown codec"
    what = f"{stream.type} stream {stream.index} ({name})"
    if is_cover(stream) and muxer == "matroska":
        attach_cover(output, info.path, stream)
    elif fits(stream, muxer):
        others.routes[stream.index] = add_copy(output, stream)
        if stream.type == "video" and not is_cover(stream):
            others.notes.append(f"{what} is not the film: copied, not coloured")
        if layout := lost_layout(stream, muxer):
            others.notes.append(f"{what} loses the names of its channels ({layout}) in {muxer}")
    elif (sound := add_transcoded(output, stream)) is not None:
        others.routes[stream.index] = sound
        others.transcoded.append(stream.index)
        others.notes.append(
            f"{what} has no place in {muxer}: kept as {sound.codec_context.name}, without loss"
        )
    else:
        others.notes.append(f"{what} has no place in {muxer} and is left out")


def _has_cover(source: InputContainer) -> bool:
    return any(map(is_cover, source.streams))


def add_encoder(
    output: OutputContainer, info: VideoInfo, spec: OutputSpec, options: dict[str, str]
) -> VideoStream:
    """Add the stream of the coloured frames, with an encoder that gives the same bits anywhere."""
    video = output.add_stream(
        ENCODERS[spec.codec].library,
        rate=info.rate or 25,
        options=_with_field_order(options, info, spec),
        width=info.width,
        height=info.height,
        pix_fmt=spec.pix_fmt,
        time_base=info.time_base,
    )
    assert isinstance(video, VideoStream)
    context = video.codec_context
    context.thread_type = "AUTO"  # PyAV's own choice would cut x264's frames into slices
    context.flags |= Flags.frame_duration
    if info.interlaced and not ENCODERS[spec.codec].progressive:
        context.flags |= Flags.interlaced_dct | Flags.interlaced_me
    context.field_order = info.field_order
    spec.container_tags(info, output.format.name).put_on(context)
    if info.sample_aspect_ratio:
        context.sample_aspect_ratio = info.sample_aspect_ratio
    if info.display_matrix:
        video.set_display_matrix(info.display_matrix)
    elif info.rotation:
        video.set_display_rotation(info.rotation)
    if spec.codec == "hevc" and output.format.name != "matroska":
        context.codec_tag = "hvc1"  # the one that Apple's players know
    return video


def _with_field_order(options: dict[str, str], info: VideoInfo, spec: OutputSpec) -> dict[str, str]:
    """An encoder's options, and which field is first: x264 is not told by its frames."""
    if spec.codec != "h264" or not info.interlaced or not shows_bottom_first(info.field_order):
        return options
    params = [given for given in (options.get("x264-params"), "bff=1") if given]
    return options | {"x264-params": ":".join(params)}
