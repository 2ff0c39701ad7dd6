"""Tracking: the motion from every frame to the given frames about it, chained from the flow.

A track depends on the frames between its ends alone, and reaches no further than a fixed number of
them: a segment that is decoded from the given frames about it has the tracks of the whole film.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from typing import TypeVar

from kinemacolor.engine.motion.frames import LumaFrame
from kinemacolor.engine.motion.optical_flow import (
    BidirectionalFlow,
    compose_flow,
    enlarged,
    identity_grid,
)
from kinemacolor.engine.motion.tracks import TRACK_REACH, Track

L = TypeVar("L", bound=LumaFrame[object])


def with_tracks(
    with_flow: Iterable[tuple[L, BidirectionalFlow | None]],
    given: Sequence[int],
    reach: int = TRACK_REACH,
) -> Iterator[tuple[L, BidirectionalFlow | None]]:
    """Frames with their tracks: to the nearest given frames of the shot, and to itself if given.

    A frame waits for the next given one where that is in reach; so `reach` frames wait, at most.

    Args:
        with_flow: frames in order of presentation, with the flow to the next one of the shot.
        given: numbers of the frames whose colours are given, rising.
        reach: frames to either side within which a given frame is followed.
    """
    known = frozenset(given)
    before: Track | None = None
    for stretch, following in _stretches(with_flow, given, reach):
        after = [] if following is None else _tracks_to(following, stretch)
        for place, (frame, flow) in enumerate(stretch):
            shape = frame.lightness.shape
            own = _at_itself(frame.index, shape) if frame.index in known else None
            tracks = [track for track in (before, own) if track is not None]
            tracks += after[place : place + 1]
            yield replace(frame, tracks=tuple(_at_size(shape, track) for track in tracks)), flow
            before = None if flow is None else _stepped_on(own or before, flow, reach)


def _stretches(
    with_flow: Iterable[tuple[L, BidirectionalFlow | None]], given: Sequence[int], reach: int
) -> Iterator[tuple[list[tuple[L, BidirectionalFlow | None]], L | None]]:
    """Runs of frames, each with the given frame that comes after it and that it leads to."""
    waiting: list[tuple[L, BidirectionalFlow | None]] = []
    for item in with_flow:
        frame, flow = item
        upcoming = bisect_right(given, frame.index)
        if waiting and given[upcoming - 1] == frame.index:
            yield waiting, frame
            waiting = []
        waiting.append(item)
        leads_on = flow is not None and upcoming < len(given)
        if not (leads_on and given[upcoming] - frame.index <= reach):
            yield waiting, None
            waiting = []
    if waiting:
        yield waiting, None


def _at_itself(number: int, shape: tuple[int, ...]) -> Track:
    height, width = shape
    still = identity_grid(height, width)
    return Track(number, still, still, 0)


def _at_size(shape: tuple[int, ...], track: Track) -> Track:
    """A track among the pixels of frames of this size."""
    height, width = shape
    positions, onward = (
        enlarged(field, (height, width)) for field in (track.positions, track.onward)
    )
    return replace(track, positions=positions, onward=onward)


def _stepped_on(track: Track | None, flow: BidirectionalFlow, reach: int) -> Track | None:
    """A frame's track to one before it, as the next frame has it, at the size of the flow."""
    if track is None or track.distance == reach:
        return None
    if track.distance == 0:
        track = _at_itself(track.frame, flow.to_next.shape[1:])
    positions = compose_flow(track.positions, flow.to_previous)
    onward = compose_flow(flow.to_next, track.onward)
    return Track(track.frame, positions, onward, track.distance + 1)


def _tracks_to(given: L, stretch: Sequence[tuple[L, BidirectionalFlow | None]]) -> list[Track]:
    """Tracks of the frames just before a given one, in order, at the size of the flow."""
    track: Track | None = None
    found = []
    for _, flow in reversed(stretch):
        assert flow is not None
        if track is None:
            track = _at_itself(given.index, flow.to_next.shape[1:])
        positions = compose_flow(track.positions, flow.to_next)
        onward = compose_flow(flow.to_previous, track.onward)
        track = Track(track.frame, positions, onward, track.distance + 1)
        found.append(track)
    return found[::-1]
