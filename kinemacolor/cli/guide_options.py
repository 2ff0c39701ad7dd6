"""The options by which a person says what colour something was."""

from __future__ import annotations

from pathlib import Path

from kinemacolor.cli.options import KNOWN, Command, expand_parameter, option
from kinemacolor.engine.guidance.guide_file.request import GuideRequest


def with_guide(command: Command) -> Command:
    """Options of a command in place of its `guide`, a `GuideRequest`."""
    return expand_parameter(command, "guide", OPTIONS, _request)


def _request(
    *,
    guide_file: Path | None,
    hint: list[str] | None,
    key_frame: list[str] | None,
    reference: list[Path] | None,
    references: list[Path] | None,
) -> GuideRequest:
    """What the options say.

    Raises:
        SettingsError: a hint or key frame is of another form.
    """
    return GuideRequest(
        guide_file,
        tuple(hint or ()),
        tuple(key_frame or ()),
        tuple(reference or ()),
        tuple(references or ()),
    )


OPTIONS = (
    option(
        "hint",
        list[str] | None,
        None,
        "The colour of a place, such as 120:310,95=#2f5d34: frame or time, x and y in pixels as "
        "shown (and perhaps a radius: 310,95,6), and #rrggbb, grey or a,b. Of a still without the "
        "frame. May be given several times, as may the next three.",
        "--hint",
        metavar="FRAME:X,Y=COLOUR",
        show_default=False,
        rich_help_panel=KNOWN,
    ),
    option(
        "key_frame",
        list[str] | None,
        None,
        "A picture of a frame of this very film, or of this still, in its right colours, such as "
        "120=frame120.png.",
        "--key-frame",
        metavar="FRAME=PICTURE",
        show_default=False,
        rich_help_panel=KNOWN,
    ),
    option(
        "reference",
        list[Path] | None,
        None,
        "A colour picture of the same things in other framing.",
        "--reference",
        metavar="PICTURE",
        show_default=False,
        rich_help_panel=KNOWN,
    ),
    option(
        "references",
        list[Path] | None,
        None,
        "A folder of such pictures, of which each shot takes the likeliest.",
        "--references",
        metavar="FOLDER",
        show_default=False,
        rich_help_panel=KNOWN,
    ),
    option(
        "guide_file",
        Path | None,
        None,
        "All that is known, in a JSON file. One beside a film, still or archive, such as "
        "reel.mkv.colours.json, is found.",
        "--guide",
        metavar="FILE",
        show_default="the one beside it",
        rich_help_panel=KNOWN,
    ),
)
