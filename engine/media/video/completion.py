"""What a finished film's file still lacks, since neither PyAV nor FFmpeg's muxers write it."""

from __future__ import annotations

from pathlib import Path

from kinemacolor.engine.media.video.matroska_aspect import view_aspect, write_aspect
from kinemacolor.engine.media.video.matroska_extras import matroska_losses
from kinemacolor.engine.media.video.mp4_boxes import passed_over, put_back
from kinemacolor.engine.media.video.muxing import Layout
from kinemacolor.engine.media.video.output_spec import OutputSpec
from kinemacolor.engine.media.video.probe import VideoInfo

_TELLS_ASPECT = ("h264", "hevc")  # in its own headers


def complete(path: Path, info: VideoInfo, spec: OutputSpec, layout: Layout) -> list[str]:
    """Write the rest into a film's file.

    Args:
        path: of the file, closed.
        info: of the source.
        spec: of the coloured frames.
        layout: of the file.

    Returns:
        What could not be kept, one line each.

    Raises:
        OSError: reading or writing failed.
    """
    notes = []
    if layout.muxer == "matroska" and not _aspect_is_told(path, info, spec, layout):
        aspect = info.sample_aspect_ratio
        assert aspect is not None
        notes.append(f"the pixel aspect {aspect.numerator}:{aspect.denominator} is lost")
    if info.container == ".mkv":
        notes += matroska_losses(info.path)
    if info.container not in (".mp4", ".mov"):
        return notes
    parts = passed_over(info.path, layout.source_track)
    if layout.muxer != "matroska":
        put_back(path, layout.track, parts)
        return notes
    names = {"XMP metadata": parts.xmp, "the clean aperture": parts.clean_aperture}
    return notes + [f"{name} has no place in Matroska" for name, part in names.items() if part]


def _aspect_is_told(path: Path, info: VideoInfo, spec: OutputSpec, layout: Layout) -> bool:
    """Write the pixel aspect where the codec has none; False where there is no room for it."""
    aspect = info.sample_aspect_ratio
    if aspect is None or spec.codec in _TELLS_ASPECT:
        return True
    picture = aspect * info.width / info.height
    view = view_aspect(picture, layout.video.metadata.get("stereo_mode"))
    return write_aspect(path, layout.track, view)
