"""Guides of frames in memory: a file, or what one says, in which pictures may be arrays."""

from __future__ import annotations

import logging
import os
import re
from collections.abc import Callable, Generator, Mapping
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

import cv2
import msgspec
import numpy as np

from kinemacolor._pixels import check_pixels
from kinemacolor.engine.guidance.guide_file.guide import (
    VERSION,
    Candidate,
    Guide,
    KeyFrame,
    Reference,
    Said,
    text_of,
    with_pictures,
)
from kinemacolor.engine.guidance.guide_file.read_guide import check_guide, read_guide
from kinemacolor.models.errors import KinemacolorError

if TYPE_CHECKING:  # plans load slowly, and most pictures have no guide
    from kinemacolor.engine.jobs.planning.guided_sources import GuidedSource

log = logging.getLogger(__name__)

GuideLike = str | os.PathLike[str] | Mapping[str, Any]
_ARRAYS = "kinemacolor-arrays-"  # begins the names of folders of pictures that are arrays
_NAMES = ("frame", "until", "to", "shot", "like")  # of fields that may name a frame by its time


@contextmanager
def guide_text(guide: GuideLike) -> Generator[str, None, None]:
    """The text of a guide for frames in memory; pictures that are arrays are files while it lasts.

    Args:
        guide: a guide file, or what one says.

    Raises:
        KinemacolorError: it is not as guides are, or names frames by times.
        ValueError: an array is no colour picture; or it is neither a file nor a mapping.
    """
    if not isinstance(guide, Mapping | str | os.PathLike):
        raise ValueError(f"a guide of {type(guide).__name__}: a file or a mapping is wanted")
    if not isinstance(guide, Mapping):
        found = read_guide(Path(guide))
        _refuse_times(found, str(guide))
        yield text_of(found, found.files)
        return
    with TemporaryDirectory(prefix=_ARRAYS) as folder:
        tree = _with_files({"version": VERSION, **guide}, Path(folder))
        said = check_guide(tree, Path("guide"))
        _refuse_times(said, "guide")
        files = {name: with_pictures(one, _absolute) for name, one in said.files.items()}
        yield text_of(with_pictures(said, _absolute), files)


def name_of(guide: GuideLike) -> str:
    """What errors call a guide."""
    return "guide" if isinstance(guide, Mapping) else os.fspath(guide)


def fitted(said: Said, source: GuidedSource, where: Callable[[str], str]) -> Said:
    """What was said of frames or a picture, as a job checks it; folders are what they hold.

    Args:
        said: of it, by `guide_text`.
        source: what is known of it.
        where: names places of the guide, for errors.

    Raises:
        KinemacolorError: something of it cannot be, or a picture cannot be read.
    """
    from kinemacolor.engine.jobs.planning.guide_pictures import GuidePictures

    pictures = GuidePictures()
    try:
        found = pictures.of_source(said, source, where)
    except KinemacolorError as error:  # of an array, its file's name tells nothing
        problem = re.sub(rf"\S*{_ARRAYS}[^/\\]+[/\\]picture \d+\.png: ", "", error.problem)
        raise KinemacolorError(error.subject, problem, error.remedy) from error
    for note in pictures.notes:
        log.warning("%s", note)
    return found


def refuse_files(guide: Guide, name: str) -> None:
    """Raise where a guide says something of files, and what it is for is none.

    Raises:
        KinemacolorError: it does.
    """
    if guide.files:
        problem = "are of films and stills in files, and this is in memory"
        raise KinemacolorError(f"{name}: files", problem, "put what they say at the top")


def _absolute(item: Candidate | KeyFrame | Reference) -> str:
    return str(Path(item.picture).absolute())


def _with_files(value: Any, folder: Path) -> Any:
    """What a guide says, with the paths of its pictures; arrays are written to files."""
    if isinstance(value, Mapping):
        return {key: _with_files(child, folder) for key, child in value.items()}
    if isinstance(value, list | tuple):
        return [_with_files(child, folder) for child in value]
    if isinstance(value, os.PathLike):
        return os.fspath(value)
    if isinstance(value, np.ndarray):
        check_pixels(value)
        if value.ndim != 3:
            raise ValueError(f"a picture of shape {value.shape}: (H, W, 3) RGB is wanted")
        path = folder / f"picture {len(list(folder.iterdir())) + 1}.png"
        path.write_bytes(cv2.imencode(".png", value[..., ::-1])[1].tobytes())
        return str(path)
    return value.item() if isinstance(value, np.generic) else value


def _refuse_times(guide: Guide, name: str) -> None:
    """Raise where a frame is named by its time: frames in memory have none."""
    pending: list[tuple[str, Any]] = [("", msgspec.to_builtins(guide))]
    while pending:
        place, value = pending.pop()
        field = place.rpartition(".")[2]
        if isinstance(value, str) and (field in _NAMES or field.startswith("shots[")):
            problem = f"frames in memory have no times such as {value}"
            raise KinemacolorError(f"{name}: {place}", problem, "give a number")
        if isinstance(value, dict):
            pending += [(f"{place}.{key}".lstrip("."), child) for key, child in value.items()]
        elif isinstance(value, list | tuple):
            pending += [(f"{place}[{index}]", child) for index, child in enumerate(value)]
