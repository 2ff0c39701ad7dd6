"""The layout of a film's output: container, streams, metadata and chapters."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import av
from av.codec.context import Flags
from av.container import InputContainer, OutputContainer
from av.stream import Stream
from av.video.stream import VideoStream

from kinemacolor.engine.media.provenance.tag import NOTE
from kinemacolor.engine.media.video.codecs import ENCODERS
from kinemacolor.engine.media.video.output_spec import OutputSpec
from kinemacolor.engine.media.video.probe import VideoInfo, video_stream
from kinemacolor.engine.media.video.stream_copy import (
    add_copy,
    attach_cover,
    container_tags,
    copied_streams,
    fits,
    is_cover,
    video_tags,
)
from kinemacolor.engine.media.video.time_span import TimeSpan, chapters_within

_FINEST_TIME_SCALE = 2**31 - 1


@dataclass
class Layout:
    """Which stream of the source goes into which of the output.

    Args:
        video: the output's stream for the coloured frames.
        track: its number in Matroska.
        routes: output stream by the index of the source's that is copied into it.
        notes: what has no place in the output.
    """

    video: VideoStream
    track: int
    routes: dict[int, Stream]
    notes: list[str]


def open_output(path: Path, muxer: str, info: VideoInfo, source: InputContainer) -> OutputContainer:
    """Open the container of an output, for exact times and for metadata keys of any name."""
    options = {"fflags": "+bitexact"}  # no random numbers: the same film gives the same file
    if muxer == "matroska":
        options["avoid_negative_ts"] = "disabled"  # sound may start before the picture
    else:
        # Start times are exact only with a movie time scale as fine as the film's.
        scale = min(info.time_base.denominator, _FINEST_TIME_SCALE)
        options |= {"movie_timescale": str(scale), "write_tmcd": "1"}
        if not _has_cover(source):  # which the muxer would leave out beside free keys
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
    muxer = output.format.name
    copied = copied_streams(source, info.stream)
    routes: dict[int, Stream] = {}
    notes = []
    for stream in source.streams:
        if stream.index == info.stream:
            track = 1 + sum(s.type != "attachment" for s in output.streams)
            video = add_encoder(output, info, spec, options)
            video.metadata.update(video_tags(video_stream(source, info)))
            if span is not None:
                video.metadata.pop("timecode", None)
            video.disposition = stream.disposition
        elif stream not in copied:
            continue
        elif is_cover(stream) and muxer == "matroska":
            attach_cover(output, info.path, stream)
        elif fits(stream, muxer):
            routes[stream.index] = add_copy(output, stream)
        else:
            name = getattr(stream, "name", None) or "unknown codec"
            notes.append(
                f"{stream.type} stream {stream.index} ({name}) has no place in {muxer}"
                " and is left out"
            )
    output.metadata.update(_with_disclosure(container_tags(source), tags))
    if span is not None:
        output.metadata.pop("timecode", None)
    if _has_cover(source) and muxer != "matroska":
        # No keys of our own there: they go into the comment.
        lines = [output.metadata.get("comment"), *(f"{k}={v}" for k, v in tags.items())]
        output.metadata["comment"] = "\n".join(filter(None, lines))
        notes.append("beside cover art, MP4 keeps only the customary metadata keys")
    output.set_chapters(chapters_within(source.chapters(), span))
    return Layout(video, track, routes, notes)


def _with_disclosure(kept: dict[str, str], tags: Mapping[str, str]) -> dict[str, str]:
    """Metadata of the source and of us, with a comment that says what the colours are."""
    if not tags:
        return kept
    name = next((key for key in kept if key.lower() == "comment"), "comment")
    comment = "\n".join(filter(None, (kept.get(name), NOTE)))
    return kept | dict(tags) | {name: comment}


def _has_cover(source: InputContainer) -> bool:
    return any(map(is_cover, source.streams))


def add_encoder(
    output: OutputContainer, info: VideoInfo, spec: OutputSpec, options: dict[str, str]
) -> VideoStream:
    """Add the stream of the coloured frames, with an encoder that gives the same bits anywhere."""
    video = output.add_stream(
        ENCODERS[spec.codec].library,
        rate=info.rate or 25,
        options=options,
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
    spec.tags.put_on(context)
    if info.sample_aspect_ratio:
        context.sample_aspect_ratio = info.sample_aspect_ratio
    if info.display_matrix:
        video.set_display_matrix(info.display_matrix)
    elif info.rotation:
        video.set_display_rotation(info.rotation)
    if spec.codec == "hevc" and output.format.name != "matroska":
        context.codec_tag = "hvc1"  # the one that Apple's players know
    return video
