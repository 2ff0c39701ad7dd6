"""`colorize_image`: one picture, in memory."""

from __future__ import annotations

import json
import logging
import os
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import replace
from functools import lru_cache
from pathlib import Path

import numpy as np

from kinemacolor._guide import GuideLike, fitted, guide_text, name_of, refuse_files
from kinemacolor._hints import HintsLike, place_points, points_of
from kinemacolor._network import Network, checked_network, network_for
from kinemacolor._pixels import Pixels, check_pixels
from kinemacolor.engine.backends.base import Pictures
from kinemacolor.engine.color.still_spaces import SRGB
from kinemacolor.engine.errors import MediaError
from kinemacolor.engine.files import os_reason
from kinemacolor.engine.guidance.guide_file.film_guide import FilmGuide
from kinemacolor.engine.guidance.guide_file.given_colors import fit_points
from kinemacolor.engine.guidance.guide_file.guide import Said, guide_of, merged, text_of
from kinemacolor.engine.guidance.guide_file.resolve import resolve_still
from kinemacolor.engine.guidance.matching.encoder import Encoder
from kinemacolor.engine.jobs.planning.guided_sources import GuidedSource, source_of_pixels
from kinemacolor.engine.media.still_file import read_still_file
from kinemacolor.engine.media.stills import Still, read_still, to_upright
from kinemacolor.engine.media.stills.memory import still_memory
from kinemacolor.engine.memory_budget import check_memory
from kinemacolor.engine.pipeline.guided_still import GuidedStill, GuidedStills
from kinemacolor.engine.pipeline.stills import color_pixels
from kinemacolor.engine.process import single_threaded
from kinemacolor.engine.settings import Settings

log = logging.getLogger(__name__)

Picture = Pixels | str | os.PathLike[str]

_MANY = 30  # hints, from which on the network's own way of spreading them helps


@single_threaded()
def colorize_image(
    image: Picture,
    *,
    network: Network | None = None,
    hints: HintsLike | None = None,
    reference: Picture | Sequence[Picture] | None = None,
    guide: GuideLike | None = None,
    settings: Settings | None = None,
) -> Pixels:
    """Colour one picture; its lightness (CIE L*) stays to within rounding.

    What is in colour already is coloured anew; `Settings.on_color` is for jobs. May be called from
    several threads at once; a call computes in one thread.

    Args:
        image: (H, W) grey or (H, W, 3) RGB, uint8 or uint16 over the full range of codes,
            sRGB-encoded; or a JPEG, PNG, TIFF or WebP file. A file's own colour space is
            honoured, and its alpha is left out.
        network: by `load_network`, instead of the settings' model, device, backend and precision.
            None loads these, and keeps a network of the catalog for the next call.
        hints: colours given at some pixels: `Hint`s, or an (N, 5) array of x, y, red, green, blue
            (column and row from 0, upright; sRGB 0 to 255). They colour what looks like these
            pixels and lies near; away from them the picture stays as it would be.
        reference: a colour picture of the same things in other framing, or several: a file, or an
            (H, W, 3) array. What is found in it again takes its colours.
        guide: all that is known of the colours: a guide file, or a mapping that says the same
            (docs/guide-file.md), in which a `picture` may also be an array.
        settings: working size, saturation, memory and `salvage`; the rest of them is for films.
            None is the command's defaults.

    Returns:
        (H, W, 3) sRGB of the picture's type; of a file upright, whatever its orientation tag.

    Raises:
        MediaError: the file cannot be read, is no picture, or needs more memory than allowed.
        SettingsError: a hint is outside the picture.
        KinemacolorError: the network cannot be loaded; or the guide cannot be read, or does not fit
            the picture.
        ValueError: an array of another type or shape.

    Example:
        >>> import kinemacolor, numpy as np
        >>> grey = np.full((48, 64), 128, np.uint8)
        >>> rgb = kinemacolor.colorize_image(grey)
        >>> rgb.shape, rgb.dtype
        ((48, 64, 3), dtype('uint8'))
    """
    settings = settings or Settings()
    if isinstance(image, (str, os.PathLike)):
        still = _read(Path(image), settings)
        pixels, orientation, space = still.pixels, still.orientation, still.space
    else:
        pixels, orientation, space = check_pixels(image), 1, SRGB
    used = checked_network(network) or network_for(settings)
    if hints is None and reference is None and guide is None:
        rgb, _, _ = color_pixels(pixels, used.for_stills, settings, orientation, space)
        return to_upright(rgb, orientation)
    height, width = pixels.shape[:2]
    size = (height, width) if orientation >= 5 else (width, height)
    name = "the picture" if isinstance(image, np.ndarray) else os.fspath(image)
    with ExitStack() as stack:
        source = source_of_pixels(pixels, orientation)
        file = None if isinstance(image, np.ndarray) else Path(name).name
        text = _text(guide, reference, source, file, stack)
        said = resolve_still(text, name, size)
        given = () if hints is None else points_of(hints, *size)
        said = replace(said, points=(*given, *said.points))
        guided = guided_network(said, used, settings)
        rgb, _, _ = color_pixels(pixels, guided, settings, orientation, space)
    return to_upright(rgb, orientation)


def _text(
    guide: GuideLike | None,
    reference: Picture | Sequence[Picture] | None,
    source: GuidedSource,
    file: str | None,
    stack: ExitStack,
) -> str:
    """The text of what was said of a picture; its files last as long as `stack`.

    Args:
        guide, reference: as given.
        source: the picture.
        file: its name; None of an array.

    Raises:
        KinemacolorError: it does not fit the picture.
    """
    told: list[Said] = []
    if guide is not None:
        whole, name = guide_of(stack.enter_context(guide_text(guide))), name_of(guide)
        if file is None:
            refuse_files(whole, name)
        elif whole.files and file not in whole.files and whole.is_empty:
            log.warning("%s: says nothing of %s", name, file)
        place = f"{name}: files[{json.dumps(file)}]."
        own = fitted(whole.files.get(file or "", Said()), source, place.__add__)
        told = [own, fitted(whole, source, f"{name}: ".__add__)]
    if reference is not None:
        several = reference if isinstance(reference, (list, tuple)) else [reference]
        listed = {"references": [{"picture": picture} for picture in several]}
        said = guide_of(stack.enter_context(guide_text(listed)))
        told.insert(0, fitted(said, source, lambda _: "reference"))
    return text_of(merged(*told))


def guided_network(said: FilmGuide, network: Network, settings: Settings) -> GuidedStill:
    """A network that colours a picture as was said of it.

    Args:
        said: of the picture.
        network: colours it without guidance.
        settings: of which the working size counts.
    """
    stills = GuidedStills(_encoder(), settings.working_size)
    if len(said.points) < _MANY or not network.takes_hints:
        return GuidedStill(network.for_stills, stills, said)
    return _HintedStill(network, stills, said)


class _HintedStill(GuidedStill):
    """Colours a picture as was said of it, and as its network spreads the many hints."""

    def __init__(self, network: Network, stills: GuidedStills, said: FilmGuide) -> None:
        super().__init__(network.for_stills, stills, said)
        self._hinted, self._points = network, said.points

    def __call__(self, lightness: Pictures) -> Pictures:
        """As of `GuidedStill`."""
        [ab] = super().__call__(lightness)
        [plane] = lightness
        points, _ = fit_points(plane, self._points)
        return [(ab + self._hinted.with_hints(plane, place_points(points, plane.shape))) / 2]


@lru_cache(maxsize=1)
def _encoder() -> Encoder:
    return Encoder()


def _read(path: Path, settings: Settings) -> Still:
    try:
        data = read_still_file(path)
    except OSError as error:
        raise MediaError(path, f"cannot be read: {os_reason(error)}") from error
    check_memory(path, still_memory(data), settings)
    return read_still(data, str(path), salvage=settings.salvage)
