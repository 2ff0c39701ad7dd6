"""Which field of an interlaced film is shown first."""

from __future__ import annotations

import av
import numpy as np
from av.video.reformatter import VideoReformatter

PROGRESSIVE, TOP_FIRST, BOTTOM_FIRST = 1, 2, 3  # AVFieldOrder
# What containers say beside: fields that are stored in another order than they are shown in.
_TOP_STORED_BOTTOM_SHOWN, _BOTTOM_STORED_TOP_SHOWN = 4, 5
INTERLACED = (TOP_FIRST, BOTTOM_FIRST, _TOP_STORED_BOTTOM_SHOWN, _BOTTOM_STORED_TOP_SHOWN)
_SIDE = 32  # pixels: of the smallest picture that any filter takes


def shows_bottom_first(field_order: int) -> bool:
    """Whether an AVFieldOrder is that of a film whose bottom field is shown first."""
    return field_order in (BOTTOM_FIRST, _TOP_STORED_BOTTOM_SHOWN)


def field_order_of(frame: av.VideoFrame, stated: int) -> int:
    """The AVFieldOrder of a film.

    A decoded frame knows which of its fields comes first, but PyAV does not tell; FFmpeg's filter
    that takes fields apart does.

    Args:
        frame: its first.
        stated: by the container or the codec's headers; 0 where unknown.

    Returns:
        `stated`, unless that leaves the order open for an interlaced frame: then what the frame
        says. It does so too where fields are said to be stored and shown in different orders:
        writers disagree about which is which.
    """
    if stated in (TOP_FIRST, BOTTOM_FIRST) or not frame.interlaced_frame:
        return stated
    # Its own, small pixels: all even rows black, all odd ones white.
    marked = VideoReformatter().reformat(frame, width=_SIDE, height=_SIDE, format="gray")
    marked.make_writable()
    plane = marked.planes[0]
    rows = np.frombuffer(memoryview(plane), np.uint8).reshape(plane.height, plane.line_size)
    rows[0::2], rows[1::2] = 0, 255
    marked.pts = 0
    graph = av.filter.Graph()
    source = graph.add_buffer(
        width=_SIDE, height=_SIDE, format=marked.format, time_base=frame.time_base
    )
    graph.link_nodes(source, graph.add("separatefields"), graph.add("buffersink")).configure()
    graph.push(marked)
    first = graph.pull()
    assert isinstance(first, av.VideoFrame)
    return BOTTOM_FIRST if first.planes and bytes(first.planes[0])[0] else TOP_FIRST


class FieldMarker:
    """Marks frames as interlaced, which PyAV cannot: for films whose container alone says it.

    Args:
        field_order: of the film.
    """

    def __init__(self, field_order: int) -> None:
        self._order = "bff" if shows_bottom_first(field_order) else "tff"
        self._graph: av.filter.Graph | None = None

    def mark(self, frame: av.VideoFrame) -> av.VideoFrame:
        """The same picture, marked."""
        if self._graph is None:
            self._graph = av.filter.Graph()
            source = self._graph.add_buffer(
                width=frame.width,
                height=frame.height,
                format=frame.format,
                time_base=frame.time_base,
            )
            marker = self._graph.add("setfield", self._order)
            self._graph.link_nodes(source, marker, self._graph.add("buffersink")).configure()
        self._graph.push(frame)
        marked = self._graph.pull()
        assert isinstance(marked, av.VideoFrame)
        return marked
