"""Settings that have nothing to act on: a mistake that is told before it is waited for."""

from __future__ import annotations

from collections.abc import Sequence

from kinemacolor.engine.jobs.planning.assets import Asset
from kinemacolor.engine.jobs.state.making import option_of
from kinemacolor.engine.media.kinds import Kind
from kinemacolor.engine.settings import PURPOSES, Settings
from kinemacolor.models.errors import SettingsError

_DEFAULTS = Settings()
# How films are coloured is not among them: it does no harm, and nobody takes it for anything else.
_OF_FILMS = ("quality", "codec", "preset", "container", "framemd5")
_REMEDIES = {"quality": "stills take --still-quality", "still_quality": "films take --quality"}


def refuse_idle(settings: Settings, assets: Sequence[Asset]) -> None:
    """Refuse settings of films where there is no film, and of stills where there is no still.

    Other files do not matter; in an archive whose result is there already may be anything.

    Raises:
        SettingsError: names the setting.
    """
    films = any(
        asset.kind is Kind.FILM or asset.frame_count_unknown or _is_unseen(asset)
        for asset in assets
    )
    stills = any(
        asset.kind is Kind.STILL
        or (asset.kind is Kind.ARCHIVE and asset.frames)
        or _is_unseen(asset)
        for asset in assets
    )
    colored = any(asset.is_colored for asset in assets)  # which might have been either
    if settings.is_excerpt and not (films or colored):
        raise SettingsError("--frames, --from, --to", "are of films, and there is none")
    if stills and not films:
        _refuse(settings, _OF_FILMS, "films")
    if films and not stills:
        _refuse(settings, ("still_quality",), "stills")


def _set_by_purpose(settings: Settings) -> set[str]:
    """Settings that a purpose brings: one of archives is right for photos, too."""
    return {
        name
        for fields in PURPOSES.values()
        if all(getattr(settings, field) == value for field, value in fields.items())
        for name in fields
    }


def _is_unseen(asset: Asset) -> bool:
    """Whether an asset is an archive that has not been looked into."""
    return asset.kind is Kind.ARCHIVE and not asset.pending


def _refuse(settings: Settings, names: Sequence[str], kind: str) -> None:
    of_purpose = _set_by_purpose(settings)
    for name in names:
        if name not in of_purpose and getattr(settings, name) != getattr(_DEFAULTS, name):
            problem = f"is of {kind}, and there is none"
            raise SettingsError(option_of(name), problem, _REMEDIES.get(name, ""))
