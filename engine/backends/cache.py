"""The cache of compiled networks: a folder for each, named by all that it depends on."""

from __future__ import annotations

import hashlib
import json
import logging
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from kinemacolor.engine.cache_folder import cache_folder
from kinemacolor.engine.files import remove, scratch_beside, sha256

if TYPE_CHECKING:
    from kinemacolor.engine.backends.base import Shape  # which loads torch

log = logging.getLogger(__name__)

_ABOUT = "about.json"


@dataclass(frozen=True)
class Key:
    """The identity of a compiled network: everything that it depends on.

    Args:
        backend, variant: by name.
        weights: SHA-256 of the weights file, hexadecimal.
        shape, batch, precision: as in `Spec`.
        device: as `kinemacolor.engine.backends.device.identity` gives it.
        versions: of the libraries that made it.
    """

    backend: str
    variant: str
    weights: str
    shape: Shape
    batch: int
    precision: str
    device: str
    versions: str

    @property
    def name(self) -> str:
        """The name of the entry's folder."""
        digest = hashlib.sha256(json.dumps(asdict(self), sort_keys=True).encode()).hexdigest()
        rows, columns = self.shape
        return f"{self.backend}-{self.variant}-{rows}x{columns}-{self.precision}-{digest[:16]}"


@dataclass(frozen=True)
class Entry:
    """A compiled network in the cache, or the record of one that failed the parity check.

    Args:
        file: with the compiled network; it does not exist where that failed the parity check.
        about: the record as JSON has it: "key", "file" (name), "sha256" (None without the file),
            and what was given to `add`: "parity" (the fields of `Parity`) and "seconds".
    """

    file: Path
    about: dict[str, Any]


def find(key: Key) -> Entry | None:
    """Find the entry of a key; None where there is none.

    A damaged one is removed, with a warning.
    """
    folder = cache_folder() / key.name
    if not folder.is_dir():
        return None
    try:
        about = json.loads((folder / _ABOUT).read_text(encoding="utf-8"))
        file = folder / about["file"]
        if about["sha256"] is None or sha256(file) == about["sha256"]:
            return Entry(file, about)
    except (OSError, ValueError, KeyError, TypeError):
        pass
    log.warning("%s: the compiled network is damaged and is compiled again", folder)
    remove(folder)
    return None


def forget(key: Key) -> None:
    """Remove an entry."""
    remove(cache_folder() / key.name)


def same_graph_entries(key: Key) -> list[Entry]:
    """Find the entries that differ from `key` in their weights alone, damaged ones left out."""
    wanted = {name: value for name, value in _plain(key).items() if name != "weights"}
    found = []
    rows, columns = key.shape
    pattern = f"{key.backend}-{key.variant}-{rows}x{columns}-{key.precision}-*/{_ABOUT}"
    for path in sorted(cache_folder().glob(pattern)):
        try:
            about = json.loads(path.read_text(encoding="utf-8"))
            same = {name: about["key"][name] for name in wanted} == wanted
            file = path.parent / about["file"]
            if same and about["sha256"] and sha256(file) == about["sha256"]:
                found.append(Entry(file, about))
        except (OSError, ValueError, KeyError, TypeError):
            continue  # as `find` will tell when it is asked for
    return found


def add(key: Key, suffix: str, compile_into: Callable[[Path], dict[str, Any]]) -> Entry:
    """Make an entry, which appears whole or not at all.

    Args:
        key: of the entry.
        suffix: of the file with the compiled network.
        compile_into: writes the file whose path it gets, or none where it must not be used; gives
            facts for the entry's record, as JSON values.

    Returns:
        The entry, or the one that another process has made meanwhile.

    Raises:
        OSError: the cache cannot be written.
    """
    folder = cache_folder() / key.name
    folder.parent.mkdir(parents=True, exist_ok=True)
    with scratch_beside(folder) as scratch:
        file = scratch / f"network{suffix}"
        facts = compile_into(file)
        digest = sha256(file) if file.exists() else None
        about = {"key": _plain(key), "file": file.name, "sha256": digest, **facts}
        (scratch / _ABOUT).write_text(json.dumps(about, indent=1) + "\n", encoding="utf-8")
        try:
            scratch.rename(folder)
        except OSError:
            other = find(key)  # another process was quicker
            if other is None:
                raise
            return other
    return Entry(folder / file.name, about)


def _plain(key: Key) -> dict[str, Any]:
    """The key as JSON gives it back."""
    return asdict(key) | {"shape": list(key.shape)}
