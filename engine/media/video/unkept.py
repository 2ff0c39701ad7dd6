"""What stands beside a film's pictures and has no place in a coloured one: told, not dropped."""

from __future__ import annotations

import av
from av.video.stream import VideoStream

_HDR = {
    "MASTERING_DISPLAY_METADATA": "mastering display",
    "CONTENT_LIGHT_LEVEL": "light levels",
    "DYNAMIC_HDR_PLUS": "HDR10+",
    "DYNAMIC_HDR_VIVID": "HDR Vivid",
    "DOVI_METADATA": "Dolby Vision",
    "DOVI_RPU_BUFFER": "Dolby Vision",
    "AMBIENT_VIEWING_ENVIRONMENT": "viewing environment",
}


def unkept_notes(video: VideoStream, first: av.VideoFrame) -> list[str]:
    """What a coloured film will not have of its source, one line each.

    Args:
        video: the stream that is coloured.
        first: its first frame.
    """
    notes = []
    metadata = dict.fromkeys(what for kind, what in _HDR.items() if _has(first, kind))
    if metadata:
        notes.append(f"HDR metadata is not kept: {', '.join(metadata)}")
    has_alpha = any(component.is_alpha for component in first.format.components)
    beside = ("alpha_mode", "1") in {(key.lower(), value) for key, value in video.metadata.items()}
    if beside and not has_alpha:  # of VP8 and VP9
        notes.append("transparency is lost: the decoder does not read this codec's")
    return notes


def _has(frame: av.VideoFrame, kind: str) -> bool:
    try:
        return frame.side_data.get(kind) is not None
    except (KeyError, ValueError):  # absent, or beside a kind of side data that PyAV cannot name
        return False
