"""Films and stills that got no colour at all: they are not passed off as coloured."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

import numpy as np

from kinemacolor.engine.errors import MediaError
from kinemacolor.engine.settings import Settings
from kinemacolor.models.color.encoding import YCbCrEncoding

_LEAST_SATURATION = 0.1  # below it, grey is what was asked for
_LEAST_CHROMA = 0.1  # LAB units, that no picture shows
_DARK, _LIGHT = 0.1, 0.9  # of the range: what is beyond can bear hardly any colour
_PROBLEM = "the network gives no colour for it"
_REMEDY = "use other weights"
BLACK_OR_WHITE = "it is black or white throughout, and has got no colour"


class FrameColors(NamedTuple):
    """How many of some frames have got colours.

    Args:
        colored: those that have, or would if no person had asked for grey.
        grey: those that have not, though they are neither black nor white.
        unstable: those that are damaged, as only decoding them more than once has shown.
        led: of key frames among them by number: the share of the picture, 0..1, that gets its
            colours from exemplars.
    """

    colored: int = 0
    grey: int = 0
    unstable: int = 0
    led: tuple[tuple[int, float], ...] = ()

    @property
    def notes(self) -> tuple[str, ...]:
        """What a user should be told of frames that turned out to be damaged."""
        if not self.unstable:
            return ()
        frames = "frame is" if self.unstable == 1 else "frames are"
        return (f"{self.unstable:,} {frames} damaged: decoding gives other pictures each time",)

    def counting(
        self,
        luma: np.ndarray,
        cb: np.ndarray,
        cr: np.ndarray,
        encoding: YCbCrEncoding,
        output: YCbCrEncoding,
    ) -> FrameColors:
        """These frames and one more.

        Args:
            luma, cb, cr: its planes, as code values.
            encoding: of its luma.
            output: of its chroma.
        """
        neutral, _ = output.chroma_scale
        if any(plane.min() != neutral or plane.max() != neutral for plane in (cb, cr)):
            return self._replace(colored=self.colored + 1)
        return self._replace(grey=self.grey + _bears_color(luma, (1 << encoding.depth) - 1))

    def as_asked(self) -> FrameColors:
        """These frames where a person's guide, not the network, makes the grey ones so."""
        return self._replace(colored=self.colored + self.grey, grey=0)


def refuse_colorless_film(source: Path, colors: FrameColors, settings: Settings) -> tuple[str, ...]:
    """See that a film has got colours, if only in one frame.

    Returns:
        Notes for its owner.

    Raises:
        MediaError: it has got none, and could bear some.
    """
    if colors.colored or settings.saturation < _LEAST_SATURATION:
        return ()
    if colors.grey:
        raise MediaError(source, _PROBLEM, _REMEDY)
    return (BLACK_OR_WHITE,)


def has_color(ab: np.ndarray) -> bool:
    """Whether any of (h, w, 2) ab is more than grey."""
    return bool(np.abs(ab).max() >= _LEAST_CHROMA)


def refuse_colorless_still(
    ab: np.ndarray, lightness: np.ndarray, settings: Settings, name: str
) -> None:
    """See that a still has got colours.

    Args:
        ab: (h, w, 2) of the network.
        lightness: (h, w) L* that `ab` belongs to, 0 to 100.
        settings: of which saturation counts.
        name: of the still, for errors.

    Raises:
        MediaError: it has got none, and could bear some.
    """
    if settings.saturation < _LEAST_SATURATION or has_color(ab):
        return
    if _bears_color(lightness, 100):
        raise MediaError(name, _PROBLEM, _REMEDY)


def _bears_color(light: np.ndarray, largest: float) -> bool:
    return bool(((light > _DARK * largest) & (light < _LIGHT * largest)).any())
