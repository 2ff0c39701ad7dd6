"""Colour black-and-white films and photographs; their light stays as it is.

`colorize` does what the command does: films, stills, folders and archives, from files to files.
`colorize_image` and `colorize_frames` do it in memory. What is named here is loaded when it is
first used. Neither importing nor using it changes thread counts, limits, signals or memory
allocation of the process for good; the libraries below may set variables as they are loaded.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

from kinemacolor._version import __version__

if TYPE_CHECKING:
    from kinemacolor._bench import Bench, bench
    from kinemacolor._frames import colorize_frames
    from kinemacolor._hints import Hint
    from kinemacolor._image import colorize_image
    from kinemacolor._job import Progress, colorize
    from kinemacolor._network import Network, load_network
    from kinemacolor._preview import Preview, preview
    from kinemacolor._preview_pictures import PreviewPicture
    from kinemacolor._report import Report
    from kinemacolor._settings_file import settings_from_file
    from kinemacolor.engine.errors import MediaError
    from kinemacolor.engine.jobs.execution.ray_options import RayOptions
    from kinemacolor.engine.jobs.reporting.events import Outcome
    from kinemacolor.engine.settings import Settings
    from kinemacolor.models.color.encoding import YCbCrEncoding
    from kinemacolor.models.errors import (
        KinemacolorError,
        PluginError,
        SettingsError,
        WeightsError,
    )

__all__ = [
    "Bench",
    "Hint",
    "KinemacolorError",
    "MediaError",
    "Network",
    "Outcome",
    "PluginError",
    "Preview",
    "PreviewPicture",
    "Progress",
    "RayOptions",
    "Report",
    "Settings",
    "SettingsError",
    "WeightsError",
    "YCbCrEncoding",
    "__version__",
    "bench",
    "colorize",
    "colorize_frames",
    "colorize_image",
    "load_network",
    "preview",
    "settings_from_file",
]

if not TYPE_CHECKING:  # a type checker would take any name for one of these
    _HOMES = {
        "Bench": "kinemacolor._bench",
        "Hint": "kinemacolor._hints",
        "KinemacolorError": "kinemacolor.models.errors",
        "MediaError": "kinemacolor.engine.errors",
        "Network": "kinemacolor._network",
        "Outcome": "kinemacolor.engine.jobs.reporting.events",
        "PluginError": "kinemacolor.models.errors",
        "Preview": "kinemacolor._preview",
        "PreviewPicture": "kinemacolor._preview_pictures",
        "Progress": "kinemacolor._job",
        "RayOptions": "kinemacolor.engine.jobs.execution.ray_options",
        "Report": "kinemacolor._report",
        "Settings": "kinemacolor.engine.settings",
        "SettingsError": "kinemacolor.models.errors",
        "WeightsError": "kinemacolor.models.errors",
        "YCbCrEncoding": "kinemacolor.models.color.encoding",
        "bench": "kinemacolor._bench",
        "colorize": "kinemacolor._job",
        "colorize_frames": "kinemacolor._frames",
        "colorize_image": "kinemacolor._image",
        "load_network": "kinemacolor._network",
        "preview": "kinemacolor._preview",
        "settings_from_file": "kinemacolor._settings_file",
    }

    def __getattr__(name):
        """Load a public name when it is first used (PEP 562)."""
        home = _HOMES.get(name)
        if home is None:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        value = globals()[name] = getattr(import_module(home), name)
        return value

    def __dir__():
        return sorted({*globals(), *__all__})
