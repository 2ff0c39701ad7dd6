"""Results of different settings, weights or software: never mixed in one job."""

from __future__ import annotations

from kinemacolor.engine.jobs.state.folder import OTHER_WAYS, JobFolder
from kinemacolor.engine.jobs.state.making import Making, difference
from kinemacolor.engine.jobs.state.software import other_versions
from kinemacolor.engine.machine import result_versions
from kinemacolor.engine.settings import Settings
from kinemacolor.models.errors import SettingsError


def refuse_mixing(
    folder: JobFolder, settings: Settings, weights: str, fingerprint: str | None = None
) -> None:
    """Refuse to mix results of different settings, weights or software in one job.

    A job that has nothing done yet may go on with any. `touch` and `memory` may always change, and
    `salvage` be added: with it, a job goes on after files have failed. Where the job's record is
    damaged, the entries of its ledger tell the fingerprint.

    Args:
        folder: of the job.
        settings: those that the job is to go on with; its backend may still be "auto".
        weights: SHA-256 of the weights that it is to go on with.
        fingerprint: SHA-256 over settings, weights and backend; None where it is not known yet.

    Raises:
        SettingsError: the job was begun with others.
        KinemacolorError: its record is of another version, or its ledger cannot be read.
    """
    if not folder.is_begun or not folder.ledger.has_work:
        return
    record = folder.readable_record
    if record is None:
        made_by = {entry.get("fingerprint") for entry in folder.ledger.entries()}
        if fingerprint is not None and made_by - {None, fingerprint}:
            problem = "has results made with other settings or by other software"
            remedy = OTHER_WAYS.format("everything")
            raise SettingsError(folder.path.parent.parent, problem, remedy)
        return
    made = record.making
    differences = [
        difference(name, made.settings[name], wanted)
        for name, wanted in vars(settings).items()
        if name in made.settings and not _may_become(name, made.settings[name], wanted)
    ]
    differences += made.other_weights(Making(vars(settings), settings.model, weights))
    remedy = OTHER_WAYS.format("everything")
    if differences:
        differences = list(dict.fromkeys(differences))  # the model may be in both
    elif fingerprint not in (None, record.fingerprint):
        differences = other_versions(record.versions, result_versions())
        remedy = "go on with those versions, or " + remedy
        if not differences:
            differences = ["by other software, or on another kind of processor"]
        if not record.fingerprint:
            differences = ["by an older Kinemacolor, which this one cannot go on with"]
    if differences:
        problem = f"has results made {' and '.join(differences)}"
        raise SettingsError(record.out, problem, remedy)


def _may_become(setting: str, was: object, wanted: object) -> bool:
    """Whether a job that has results may go on with another value of a setting."""
    if setting == "salvage":
        return wanted is True or was is False
    return (
        was == wanted
        or setting in ("touch", "memory")
        or (setting == "backend" and wanted == "auto")
    )
