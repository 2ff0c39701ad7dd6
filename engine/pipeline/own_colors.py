"""What becomes of a source that is in colour already, or of one hue: the rules, and the words."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from kinemacolor.engine.color.chroma import chroma_of_planes, chroma_of_rgb
from kinemacolor.engine.errors import MediaError
from kinemacolor.engine.media.video.index import FilmIndex
from kinemacolor.engine.media.video.output_spec import OutputSpec
from kinemacolor.engine.media.video.own_chroma import ChromaExtractor, has_chroma
from kinemacolor.engine.media.video.probe import VideoInfo
from kinemacolor.engine.media.video.reader import DecodedFrame
from kinemacolor.engine.pipeline.color_runs import EVERY, Sample, hues_of, runs_in_color, shown
from kinemacolor.engine.pipeline.given_back import Run, covers
from kinemacolor.engine.settings import Settings

_RECOLORED = "was in colour already: coloured anew from its light"
_REMEDY = "leave it out, or choose --on-color keep or recolor"


class ColorSampler:
    """Looks at every few of a film's frames, to find out which are in colour.

    Args:
        info: of the film, which has chroma.

    Attributes:
        samples: what was seen, by rising numbers.
    """

    def __init__(self, info: VideoInfo) -> None:
        self._info, self._extractor = info, ChromaExtractor(info)
        self.samples: list[Sample] = []

    def look(self, frame: DecodedFrame, *, always: bool) -> None:
        """Take the next frame; `always` even if it is not one of every few.

        Damage makes colours that the film never had, so a damaged frame is not looked at.
        """
        if not frame.damaged and (always or frame.index % EVERY == 0):
            cb, cr = self._extractor.extract(frame)
            chroma = chroma_of_planes(frame.luma, cb, cr, self._info.encoding.depth)
            self.samples.append(Sample(frame.index, chroma))


def with_colors(index: FilmIndex, samples: Sequence[Sample]) -> FilmIndex:
    """An index that tells the runs of frames in colour, and the hues of others that are wanted."""
    runs = runs_in_color(samples, index.shots, index.stop)
    start, stop = index.wanted
    wanted = [sample for sample in samples if start <= sample.number < stop]
    return replace(index, in_color=runs, hues=hues_of(wanted, runs))


def frame_keeps_colors(frame: DecodedFrame, info: VideoInfo, settings: Settings) -> bool:
    """Whether a frame, by itself, is in colour and keeps its chroma; for previews.

    Raises:
        MediaError: it is in colour, and the settings refuse that.
    """
    if settings.on_color == "recolor" or not has_chroma(info):
        return False
    cb, cr = ChromaExtractor(info).extract(frame)
    real = chroma_of_planes(frame.luma, cb, cr, info.encoding.depth).is_real
    if real and settings.on_color == "fail":
        raise MediaError(info.path, f"is in colour already in frame {frame.index:,}", _REMEDY)
    return real


class OwnColors:
    """The chroma that a film's result takes from its source.

    Args:
        info: of the film.
        runs: of the frames that keep theirs.
        spec: of its result, which has the size of chroma planes and their encoding.
    """

    def __init__(self, info: VideoInfo, runs: Sequence[Run], spec: OutputSpec) -> None:
        self._runs, self._shape = runs, spec.chroma_shape
        self._extractor = ChromaExtractor(info, spec.encoding(info))

    def keeps(self, start: int, stop: int | None = None) -> bool:
        """Whether a frame, or all from `start` to `stop` (excluded), keep their chroma."""
        return covers(self._runs, start, stop)

    def planes(self, frame: DecodedFrame) -> tuple[np.ndarray, np.ndarray]:
        """Cb and Cr of a frame: the source's, as code values of the result and of its size."""
        return self._extractor.extract(frame, self._shape)


def refuse_in_color(info: VideoInfo, index: FilmIndex, settings: Settings) -> None:
    """Raise where a film is in colour and the settings refuse such films.

    Raises:
        MediaError: it is, at least in parts.
    """
    runs = _wanted(index)
    if settings.on_color == "fail" and runs:
        where = "" if covers(runs, *index.wanted) else f" in {shown(runs)}"
        raise MediaError(info.path, f"is in colour already{where}", _REMEDY)


def film_color_notes(index: FilmIndex, settings: Settings) -> tuple[str, ...]:
    """What a film's owner should know of the colours that it had."""
    notes = []
    runs = _wanted(index)
    if runs and settings.on_color == "keep":
        notes.append(f"is in colour already in {shown(runs)}, which keep their colours")
    elif runs:
        where = "" if covers(runs, *index.wanted) else f" in {shown(runs)}"
        notes.append(f"was in colour already{where}: coloured anew from its light")
    return (*notes, *_replaced(index.hues))


def _wanted(index: FilmIndex) -> tuple[Run, ...]:
    """The runs of frames in colour, as far as the result has them."""
    start, stop = index.wanted
    cut = ((max(first, start), min(end, stop)) for first, end in index.in_color)
    return tuple((first, end) for first, end in cut if first < end)


def still_verdict(
    pixels: np.ndarray, name: str, settings: Settings
) -> tuple[bool, tuple[str, ...]]:
    """Whether a still is given back as it is; if not, what its owner should know of its colours.

    Args:
        pixels: (H, W) or (H, W, 3), as it was decoded.
        name: for errors.
        settings: of which `on_color` counts.

    Raises:
        MediaError: it is in colour, and the settings refuse that.
    """
    if pixels.ndim == 2:
        return False, ()
    chroma = chroma_of_rgb(pixels)
    if not chroma.is_real:
        return False, _replaced((chroma.hue,) if chroma.is_one_hue else ())
    if settings.on_color == "fail":
        raise MediaError(name, "is in colour already", _REMEDY)
    return (True, ()) if settings.on_color == "keep" else (False, (_RECOLORED,))


def _replaced(hues: Sequence[str]) -> tuple[str, ...]:
    if not hues:
        return ()
    if len(hues) == 1:
        return (f"its one hue ({hues[0]}) was replaced",)
    return (f"its hues ({', '.join(hues)}), one to a shot, were replaced",)
