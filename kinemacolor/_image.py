"""`colorize_image`: one picture, in memory."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import numpy as np
import numpy.typing as npt

from kinemacolor._hints import HintsLike, place_hints
from kinemacolor._network import Network, checked_network, network_for
from kinemacolor.engine.errors import MediaError
from kinemacolor.engine.files import os_reason
from kinemacolor.engine.media.stills import read_still, to_upright
from kinemacolor.engine.pipeline.stills import color_pixels
from kinemacolor.engine.process import single_threaded
from kinemacolor.engine.settings import Settings
from kinemacolor.models.errors import SettingsError

Color = Callable[[list[np.ndarray]], list[np.ndarray]]
Pixels = npt.NDArray[np.uint8] | npt.NDArray[np.uint16]


@single_threaded()
def colorize_image(
    image: Pixels | str | os.PathLike[str],
    *,
    network: Network | None = None,
    hints: HintsLike | None = None,
    settings: Settings | None = None,
) -> Pixels:
    """Colour one picture; its lightness (CIE L*) stays to within rounding.

    May be called from several threads at once; a call computes in one thread.

    Args:
        image: (H, W) grey or (H, W, 3) RGB, uint8 or uint16 over the full range of codes,
            sRGB-encoded; or a JPEG, PNG, TIFF or WebP file. RGB of a file is taken in the file's
            own colour space, and its alpha is left out.
        network: by `load_network`, instead of the settings' model, device, backend and precision.
            None loads these, and keeps a network of the catalog for the next call.
        hints: colours given at some pixels: `Hint`s, or an (N, 5) array of x, y, red, green, blue
            (column and row from 0, upright; sRGB 0 to 255).
        settings: working size and saturation; the rest of them is for films. None is the command's
            defaults.

    Returns:
        (H, W, 3) RGB of the picture's type; of a file upright, whatever its orientation tag.

    Raises:
        MediaError: the file cannot be read, or is no picture.
        SettingsError: the network takes no hints, or a hint is outside the picture.
        KinemacolorError: the network cannot be loaded.
        ValueError: an array of another type or shape.

    Example:
        >>> import kinemacolor, numpy as np
        >>> grey = np.full((48, 64), 128, np.uint8)
        >>> rgb = kinemacolor.colorize_image(grey)
        >>> rgb.shape, rgb.dtype
        ((48, 64, 3), dtype('uint8'))
    """
    if isinstance(image, (str, os.PathLike)):
        pixels, orientation = _read(Path(image))
    else:
        pixels, orientation = check_pixels(image), 1
    settings = settings or Settings()
    used = checked_network(network) or network_for(settings)
    color: Color = used.for_stills
    if hints is not None:
        if not used.takes_hints:
            raise SettingsError("hints", f"{used.name} takes none", "leave them out")
        height, width = pixels.shape[:2]
        color = _around(hints, used, (width, height) if orientation >= 5 else (height, width))
    rgb, _, _ = color_pixels(pixels, color, settings, orientation)
    return to_upright(rgb, orientation)


def _around(hints: HintsLike, network: Network, size: tuple[int, int]) -> Color:
    """A network that is given colours of a picture of (H, W) pixels, upright."""

    def color(lightness: list[np.ndarray]) -> list[np.ndarray]:
        [plane] = lightness
        rows, columns = plane.shape
        return [network.with_hints(plane, place_hints(hints, size, (rows, columns)))]

    return color


def _read(path: Path) -> tuple[Pixels, int]:
    try:
        data = path.read_bytes()
    except OSError as error:
        raise MediaError(path, f"cannot be read: {os_reason(error)}") from error
    still = read_still(data, str(path))
    return still.pixels, still.orientation


def check_pixels(image: Pixels) -> Pixels:
    """A picture as it came.

    Raises:
        ValueError: another type or shape than the engine takes.
    """
    if not isinstance(image, np.ndarray):
        raise ValueError(f"a picture of {type(image).__name__}: an array or a path is wanted")
    if image.dtype not in (np.uint8, np.uint16):
        raise ValueError(f"a picture of {image.dtype}: uint8 or uint16 is wanted")
    if image.ndim not in (2, 3) or image.shape[2:] not in ((), (3,)) or not image.size:
        raise ValueError(f"a picture of shape {image.shape}: (H, W) or (H, W, 3) is wanted")
    return image
