"""What `kinemacolor train` is asked for, and what can be seen to be wrong with it at once.

Nothing here loads PyTorch or reads a photo, so that a mistake is answered within a second.
"""

from __future__ import annotations

import math
import os
from dataclasses import dataclass, field
from pathlib import Path

from kinemacolor.models.catalog import CATALOG, suggest_networks
from kinemacolor.models.errors import SettingsError
from kinemacolor.models.extras import require_extra
from kinemacolor.models.plain_files import is_dangling, special_kind
from kinemacolor.models.weights_content import CHECKPOINT
from kinemacolor.models.weights_files import checked_file
from kinemacolor.trainers.recipe_changes import StageChanges, read_changes

NO_SCORES = ["none"]
GENERATED = "abstract:"  # begins the name of a source that is drawn, not read
_NO_FILES = ("imagenet", "none")


@dataclass(frozen=True, kw_only=True)
class Request:
    """The options of `kinemacolor train`, None or empty where they are not given.

    Args:
        variant: network to train, by its name in the catalog.
        out: folder of the run.
        data: sources of photos to learn from.
        val: sources of photos to score on; `NO_SCORES` for none.
        changes: NAME=VALUE for fields of the recipe.
        stages: changes to the recipe's stages.
        init: weights file or variant to start from.
        device: "auto", "cpu", "cuda" or "cuda:N".
        workers: processes that train together.
        replicas: trainings side by side, of which the mean of the weights is taken; None is one,
            or as many as the run has that is gone on with.
        hours: that the training takes, whatever the machine does in them; None goes by steps.
        loaders: processes of each worker that read photos.
        save_every: steps between checkpoints.
        score_every: steps between scores.
        resume: go on with the run in `out`, whose values stand in for options not given.
    """

    variant: str
    out: Path
    data: list[str] | None = None
    val: list[str] | None = None
    changes: tuple[str, ...] = ()
    stages: StageChanges = field(default_factory=StageChanges)
    init: str | None = None
    device: str = "auto"
    workers: int = 1
    replicas: int | None = None
    hours: float | None = None
    loaders: int | None = None
    save_every: int | None = None
    score_every: int | None = None
    resume: bool = False

    def check(self) -> None:
        """See that names, files and folders are as they must be.

        Raises:
            SettingsError: one is not.
            WeightsError: `init` is no weights file.
            KinemacolorError: a package that training needs is not installed.
            PluginError: the network's plug-in is faulty or refused.
        """
        require_extra("train", "train")
        changes = read_changes(self.changes)
        if self.stages.get("epochs") is not None and self.stages.get("steps") is not None:
            raise SettingsError("--epochs and --steps: give one of them")
        if (epochs := self.stages.get("epochs")) is not None and epochs <= 0:
            raise SettingsError(f"--epochs {epochs:g}", "must be more than 0")
        self._check_length()
        check_folder(self.out, resume=self.resume)
        check_sources([*(self.data or []), *([] if self.val == NO_SCORES else self.val or [])])
        for name in ("encoder_weights", "embedding_weights"):
            source = str(changes.get(name, "none"))
            if source not in _NO_FILES and not Path(source).is_file():
                option = "--encoder-weights" if name == "encoder_weights" else f"--set {name}"
                remedy = "give imagenet, none, or a file that is there"
                raise SettingsError(f"{option}: {source}", "there is no such file", remedy)
        if self.init is not None:
            checked_file(self.init)
        check_network(self.variant)

    def _check_length(self) -> None:
        if self.hours is None:
            length = None
        elif not 0 < self.hours < math.inf:
            raise SettingsError(f"--hours {self.hours:g}", "must be more than 0")
        else:
            length = next((n for n in ("steps", "epochs") if self.stages.get(n) is not None), None)
        if length:
            raise SettingsError(f"--hours and --{length}: give one of them")
        many = (self.replicas or 1) > 1
        if many and self.init is None and not self.resume:
            problem = "have no useful mean unless they begin with the same weights"
            raise SettingsError("--replicas", problem, "give --init")
        if self.workers > 1 and (self.hours is not None or many):
            other = "--replicas" if many else "--hours"
            remedy = "leave out --workers, which share every step"
            raise SettingsError(f"{other} and --workers", "do not go together", remedy)


def check_network(name: str) -> None:
    """See that there is a network of a name.

    Raises:
        SettingsError: there is none.
        PluginError: its plug-in is faulty or refused.
    """
    if name not in CATALOG:
        raise SettingsError(name, "is no network", suggest_networks(name))


def check_folder(folder: Path, *, resume: bool) -> None:
    """See that a run may begin or go on in a folder.

    Raises:
        SettingsError: it may not.
    """
    if os.path.lexists(folder) and not folder.is_dir():
        kind = "a link to nothing" if is_dangling(folder) else special_kind(folder) or "a file"
        raise SettingsError(f"--out {folder}", f"is {kind}", "name a folder")
    begun = (folder / CHECKPOINT, folder / "replica-1" / CHECKPOINT)
    if not resume and any(place.exists() for place in begun):
        remedy = "--resume goes on with it; another --out begins anew"
        raise SettingsError(folder, "holds a training already", remedy)


def check_sources(sources: list[str]) -> None:
    """See that sources of photos are there; what is in them is not looked at.

    Raises:
        SettingsError: one is not.
    """
    for source in sources:
        if not source.startswith(GENERATED) and not Path(source).exists():
            raise SettingsError(
                source, "not found", "give a folder, zip, tar, pack or film that is there"
            )
