"""What a file that is given as weights is: told by its content, without loading PyTorch.

Names do not count: a weights file may be called anything, and a photo may be called
`best.safetensors`.
"""

from __future__ import annotations

import json
from pathlib import Path
from zipfile import BadZipFile, ZipFile

from kinemacolor.models.errors import WeightsError

CHECKPOINT = "checkpoint.pt"  # the name that a training gives to its own
AGAIN = "fetch or copy it again"  # what helps where a file is damaged
_WANTED = (
    "give a .safetensors file that `kinemacolor train` wrote, a network's name, or DDColor's, "
    "siggraph17's or eccv16's weights"
)
# `torch.save` before PyTorch 1.6: a pickle that begins with its magic number.
_OLD_TORCH = b"\x80\x02\x8a\nl\xfc\x9cF\xf9 j\xa8P\x19."
_LONGEST_HEADER = 100_000_000  # bytes, by the format of safetensors
_BEGINNINGS = (
    (b"\xff\xd8\xff", "a JPEG photo"),
    (b"\x89PNG", "a PNG picture"),
    (b"GIF8", "a GIF picture"),
    (b"II*\0", "a TIFF picture"),
    (b"MM\0*", "a TIFF picture"),
    (b"RIFF", "a WebP picture or an AVI film"),
    (b"\x1a\x45\xdf\xa3", "a Matroska film"),
    (b"PK\x03\x04", "a zip archive"),
    (b"\x1f\x8b", "a gzip archive"),
    (b"BZh", "a bzip2 archive"),
    (b"\xfd7zXZ", "an xz archive"),
    (b"\x89HDF", "an HDF5 file, perhaps of Keras"),
    (b"%PDF", "a PDF document"),
    (b"version https://git-lfs", "a Git LFS pointer (`git lfs pull` fetches the file itself)"),
    (b"\x80\x02", "a pickle"),
    (b"\x80\x03", "a pickle"),
    (b"\x80\x04", "a pickle"),
    (b"\x80\x05", "a pickle"),
)


def is_safetensors(path: Path) -> bool:
    """Whether a file begins as a safetensors file does, and is long enough for its header.

    Raises:
        OSError: it cannot be read.
    """
    with path.open("rb") as file:
        length = int.from_bytes(file.read(8), "little")
        if not 2 <= length <= min(path.stat().st_size - 8, _LONGEST_HEADER):
            return False
        return file.read(1) == b"{"


def is_torch_file(path: Path) -> bool:
    """Whether `torch.save` wrote a file, such as a training's checkpoint.

    Raises:
        OSError: it cannot be read.
    """
    with path.open("rb") as start:
        if start.read(len(_OLD_TORCH)) == _OLD_TORCH:
            return True
    try:
        with ZipFile(path) as file:
            return any(name.endswith("/data.pkl") for name in file.namelist())
    except (BadZipFile, ValueError, NotImplementedError):  # the last: of a later kind of zip
        return False


def describe_content(path: Path) -> str:
    """What a file is by its first bytes, in a few words with an article.

    Raises:
        OSError: it cannot be read.
    """
    with path.open("rb") as file:
        start = file.read(512)
    if not start:
        return "empty"
    if start.startswith(b"PK") and b"data.pkl" in start:
        return f"a part of a PyTorch file, which is cut off ({AGAIN})"
    for beginning, words in _BEGINNINGS:
        if start.startswith(beginning):
            return words
    if start[4:8] == b"ftyp":
        return "an MP4 or QuickTime film"
    if start[257:262] == b"ustar":
        return "a tar archive"
    if is_torch_file(path):
        return "a PyTorch file"
    return "a text" if _is_text(start) else "of no kind that is known here"


def check_content(path: Path) -> None:
    """See that a file is a weights file, or a file of PyTorch that may have weights.

    Raises:
        WeightsError: it is something else, which the message names, or cannot be read.
    """
    try:
        if is_safetensors(path) or is_torch_file(path):
            return
        problem = f"is not a weights file, but {describe_content(path)}"
    except OSError as error:
        raise WeightsError(path, f"cannot be read ({error.strerror})") from error
    raise WeightsError(path, problem.replace("but empty", "but an empty one"), _WANTED)


def no_network_in(path: Path) -> WeightsError:
    """The error for weights of a network that neither their file nor their tensors tell."""
    problem = "does not say which network it is for, and is of none that is known by its tensors"
    return WeightsError(path, problem, _WANTED)


def missing_file(model: str) -> WeightsError | None:
    """The error for a path of weights where there is no file; None where `model` is a plain name.

    Where the folder is a training's, the message says what else is in it.
    """
    path = Path(model)
    if path.suffix not in (".safetensors", ".pt", ".pth") and len(path.parts) < 2:
        return None
    folder = path.parent
    if not folder.is_dir():
        return WeightsError(model, f"there is no folder {folder}")
    others = sorted(file.name for file in folder.glob("*.safetensors"))
    if others:
        there = "last.safetensors" if "last.safetensors" in others else others[0]
        return WeightsError(model, "there is no such file", f"{folder / there} is there")
    if (folder / CHECKPOINT).is_file():
        remedy = f"give {folder / CHECKPOINT}, or go on with the run by {_resume(folder)}"
    elif (folder / "run.json").is_file():
        remedy = f"go on with the run by {_resume(folder)}"
    else:
        return WeightsError(model, "there is no such file")
    return WeightsError(model, "there is no such file: the run has no weights yet", remedy)


def _resume(folder: Path) -> str:
    """The command that goes on with a training."""
    try:
        network = json.loads((folder / "run.json").read_text(encoding="utf-8"))["variant"]
    except (OSError, ValueError, KeyError, TypeError):
        network = "NETWORK"
    return f"`kinemacolor train {network} --out {folder} --resume`"


def _is_text(start: bytes) -> bool:
    try:
        text = start.decode()
    except UnicodeDecodeError as error:  # a letter of several bytes may be cut off
        text = start[: error.start].decode()
        if error.start < len(start) - 4:
            return False
    return all(character.isprintable() or character.isspace() for character in text)
