"""Exemplars by earlier versions of a film's guide: what an edit does not reach is taken from them.

Each exemplar tells what it was made of; where that is the same again, so is the exemplar.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

from kinemacolor.engine.guidance.exemplars.exemplar import Exemplar
from kinemacolor.engine.guidance.exemplars.exemplar_files import DAMAGE, read_exemplar, read_record


class EarlierExemplars:
    """What there is of a film's exemplars by earlier versions of its guide.

    Args:
        folders: of exemplars of this very film, coloured in this very way. What is damaged in them
            counts as not there.
    """

    def __init__(self, folders: Sequence[Path] = ()) -> None:
        self._stated: dict[str, tuple[Path, dict[str, Any]]] = {}
        self._found: dict[str, Any] = {}
        self._sound: dict[str, Path] = {}  # files that have been read, by name
        for folder in folders:
            with suppress(*DAMAGE):
                record = read_record(folder)
                self._found |= record.get("found", {})
                for stated in (one for shot in record["shots"] for one in shot["exemplars"]):
                    if made_of := stated.get("made_of"):
                        self._stated[made_of] = folder, stated

    @classmethod
    def beside(cls, folder: Path) -> EarlierExemplars:
        """Those of the folders beside one that is to be written, with other ends of its name."""
        pattern = folder.name.rpartition("-")[0] + "-*"
        return cls([place for place in sorted(folder.parent.glob(pattern)) if place != folder])

    def get(self, made_of: str) -> Exemplar | None:
        """The exemplar that was made of the same; None where there is none."""
        folder, stated = self._stated.get(made_of, (None, {}))
        if folder is None:
            return None
        try:
            exemplar = read_exemplar(folder, stated)
        except DAMAGE:
            return None
        name = f"{stated['file']}.npz"
        self._sound[name] = folder / name
        return exemplar

    def found(self, made_of: str) -> Any:
        """What was found from the same of the film as a whole; None where nothing."""
        return self._found.get(made_of)

    def lend(self, name: str, place: Path) -> bool:
        """Link a file of planes that `get` has read to another place; False where it cannot be."""
        if name not in self._sound:
            return False
        try:
            os.link(self._sound[name], place)
        except OSError:
            return False
        return True
