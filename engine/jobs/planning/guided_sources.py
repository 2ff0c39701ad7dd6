"""Films and stills that something was said of, as far as it needs them known before a job."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass

import numpy as np

from kinemacolor.engine.color.planes import resize_plane
from kinemacolor.engine.guidance.guide_file.checks import Subject
from kinemacolor.engine.guidance.guide_file.guide import Said
from kinemacolor.engine.guidance.guide_file.shown_frames import ShownFrames
from kinemacolor.engine.jobs.planning.assets import Asset
from kinemacolor.engine.media.archives.base import ArchiveReader, Member
from kinemacolor.engine.media.kinds import Kind
from kinemacolor.engine.media.still_file import read_still_file
from kinemacolor.engine.media.stills import read_still, to_upright
from kinemacolor.engine.media.stills.memory import still_memory
from kinemacolor.engine.media.video.numbered_frames import NumberedFrames
from kinemacolor.engine.media.video.probe import probe
from kinemacolor.engine.memory_budget import check_memory
from kinemacolor.engine.settings import Settings
from kinemacolor.models.errors import KinemacolorError

_LOOK = 64  # rows and columns at which stills are looked at


@dataclass(frozen=True)
class GuidedSource:
    """A film or still that something was said of.

    Args:
        subject: what is known of it.
        light: the upright light of a frame; None where it cannot be had.
    """

    subject: Subject
    light: Callable[[int], np.ndarray | None] = lambda number: None


def source_of(asset: Asset, said: Said, settings: Settings) -> GuidedSource:
    """A film or still, as far as what was said needs it known.

    What is wrong with its file is told when it is its turn.
    """
    unknown = GuidedSource(Subject(None, ShownFrames() if asset.kind is Kind.FILM else None))
    if said.is_shared:
        return unknown
    try:
        if asset.kind is Kind.STILL:
            return _still(read_still_file(asset.source), asset.name, settings)
        info = probe(asset.source)
        numbers = NumberedFrames(info, salvage=settings.salvage)
    except (KinemacolorError, OSError):
        return unknown
    if not numbers.exact:  # the index will tell
        return GuidedSource(Subject(info.shown_size, ShownFrames()))
    times = [float(numbers.seconds(number)) for number in range(numbers.count)]

    def light(number: int) -> np.ndarray | None:
        with suppress(KinemacolorError):
            for frame in numbers.read(number, number + 1):
                return np.rot90(frame.luma, info.rotation // 90 % 4)
        return None

    return GuidedSource(Subject(info.shown_size, ShownFrames(times)), light)


def source_of_member(
    archive: ArchiveReader, member: Member, said: Said, settings: Settings
) -> GuidedSource:
    """A film or still of an archive; films are not unpacked for this."""
    if member.kind is Kind.FILM:
        return GuidedSource(Subject(None, ShownFrames()))
    with suppress(KinemacolorError):
        if not said.is_shared:
            return _still(archive.read(member), member.name, settings)
    return GuidedSource(Subject(None))


def _still(content: bytes, name: str, settings: Settings) -> GuidedSource:
    """A still, decoded.

    Raises:
        MediaError: it cannot be read, or is too large.
    """
    check_memory(name, still_memory(content), settings)
    still = read_still(content, name, salvage=settings.salvage)
    return source_of_pixels(still.pixels, still.orientation)


def source_of_pixels(pixels: np.ndarray, orientation: int = 1) -> GuidedSource:
    """A still in memory: (H, W) or (H, W, 3) as stored, and its orientation as EXIF has it."""
    light = pixels.mean(axis=2) if pixels.ndim == 3 else pixels
    upright = to_upright(light, orientation)
    small = resize_plane(upright.astype(np.float32), (_LOOK, _LOOK))
    height, width = upright.shape
    return GuidedSource(Subject((width, height)), lambda number: small)
