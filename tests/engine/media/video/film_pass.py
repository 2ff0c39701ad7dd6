"""Sends a film through reader and writer with made-up chroma, as a job does with real ones."""

from __future__ import annotations

from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from kinemacolor.engine.media.video.output_spec import OutputSpec
from kinemacolor.engine.media.video.probe import VideoInfo, probe
from kinemacolor.engine.media.video.reader import DecodedFrame, FilmReader, read_frames
from kinemacolor.engine.media.video.writer import FilmWriter
from kinemacolor.engine.pipeline.output_choice import choose_container, choose_output
from kinemacolor.engine.settings import Settings


@dataclass
class Passed:
    """What came of a film."""

    target: Path
    info: VideoInfo
    spec: OutputSpec
    reader: FilmReader
    writer: FilmWriter


def chroma_of(
    info: VideoInfo, spec: OutputSpec, frame: DecodedFrame
) -> tuple[np.ndarray, np.ndarray]:
    """Planes that differ from frame to frame, from each other, and along rows and columns."""
    rows, columns = np.indices(spec.chroma_shape)
    depth = spec.encoding(info).depth
    dtype, unit = (np.uint8 if depth == 8 else np.uint16), 1 << (depth - 8)
    blue = (100 + (rows + frame.index) % 40) * unit
    red = (110 + (columns + 2 * frame.index) % 40) * unit
    return blue.astype(dtype), red.astype(dtype)


def pass_film(
    source: Path,
    folder: Path,
    settings: Settings | None = None,
    tags: dict[str, str] | None = None,
) -> Passed:
    """Write `source` anew into `folder` (as "out" and its container's suffix)."""
    settings = settings or Settings()
    info = probe(source)
    spec = choose_output(info, settings)
    target = folder / f"out{choose_container(info, spec, settings)}"
    reader = read_frames(info, salvage=settings.salvage)
    # Closed before it is freed: a decoder's threads may have something to say, see `listening`.
    with FilmWriter(info, spec, target, tags=tags) as writer, closing(reader):
        for frame in reader:
            writer.write(frame, *chroma_of(info, spec, frame))
    return Passed(target, info, spec, reader, writer)
