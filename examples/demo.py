"""Demo of the command on generated samples: `python -m examples.demo FOLDER`.

Makes a black-and-white reel with sound and an archive of photos, runs `kinemacolor colorize` on
both, and draws a contact sheet of before and after. Run again, it replaces its own results.
"""

from __future__ import annotations

import argparse
import shlex
import subprocess
import sys
from pathlib import Path

import av

from examples.contact_sheet import write_sheet
from examples.samples import ARCHIVE, REEL, write_archive, write_reel
from kinemacolor.engine.files import os_reason
from kinemacolor.models.errors import KinemacolorError, SettingsError

MARK = ".kinemacolor-demo"  # marks a folder as the demo's own
SHEET = "contact-sheet.png"


def claim(folder: Path) -> None:
    """Make the demo's folder, or check that it is empty or an earlier demo's.

    Raises:
        SettingsError: it holds other files, or is no folder.
        OSError: it cannot be made.
    """
    if folder.exists() and not folder.is_dir():
        raise SettingsError(folder, "is not a folder", "name another")
    if folder.is_dir() and any(folder.iterdir()) and not (folder / MARK).is_file():
        raise SettingsError(folder, "holds files that no demo made", "name another folder")
    for part in ("samples", "coloured"):
        (folder / part).mkdir(parents=True, exist_ok=True)
    (folder / MARK).touch()


def demo(folder: Path, model: str | None = None) -> int:
    """Make the samples, colour them and draw the contact sheet.

    Args:
        folder: for samples and results.
        model: variant or weights file; None for the default network.

    Returns:
        The command's exit status.

    Raises:
        SettingsError: `folder` holds other files.
        MediaError: a result cannot be read back.
        OSError: the folder cannot be written to.
    """
    claim(folder)
    sources = [folder / "samples" / name for name in (REEL, ARCHIVE)]
    results = [folder / "coloured" / name for name in (REEL, ARCHIVE)]
    sheet = folder / SHEET
    for made in (*results, sheet):
        made.unlink(missing_ok=True)
    print("Making the samples", flush=True)
    write_reel(sources[0])
    write_archive(sources[1])

    arguments = ["colorize", *map(str, sources), "-o", str(folder / "coloured")]
    if model is not None:
        arguments += ["--model", model]
    print(f"\n$ kinemacolor {shlex.join(arguments)}", flush=True)
    status = subprocess.run([sys.executable, "-m", "kinemacolor", *arguments]).returncode
    if status:
        return status

    write_sheet(sheet, zip(sources, results, strict=True))
    print("\nLook at")
    print(f"  film           {results[0]} ({kept(results[0])})")
    print(f"  photos         {results[1]}")
    print(f"  before, after  {sheet}")
    return 0


def kept(film: Path) -> str:
    """Summary of what a coloured film keeps besides its pictures: sound, chapters, title."""
    with av.open(str(film)) as content:
        sounds = [f"{stream.codec_context.name} sound" for stream in content.streams.audio]
        chapters = f"{len(content.chapters())} chapters"
        return ", ".join([*sounds, chapters, f"title: {content.metadata.get('title', 'none')}"])


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m examples.demo", description=__doc__)
    parser.add_argument("folder", type=Path, help="for the demo alone; made where absent")
    parser.add_argument("--model", help="another network: a variant's name or a weights file")
    options = parser.parse_args()
    try:
        sys.exit(demo(options.folder, options.model))
    except KinemacolorError as error:
        sys.exit(str(error))
    except OSError as error:
        sys.exit(f"{error.filename or options.folder}: {os_reason(error)}")


if __name__ == "__main__":
    main()
