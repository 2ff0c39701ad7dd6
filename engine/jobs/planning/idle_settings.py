"""Settings that have nothing to act on, which is told: they may be a mistake."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from kinemacolor.engine.jobs.planning.assets import Asset
from kinemacolor.engine.jobs.state.making import option_of
from kinemacolor.engine.media.kinds import Kind
from kinemacolor.engine.settings import PURPOSES, Settings
from kinemacolor.models.errors import SettingsError

_DEFAULTS = Settings()
# How films are coloured is not among them: it does no harm, and nobody takes it for anything else.
_OF_FILMS = ("quality", "codec", "preset", "container", "chroma", "bit_depth", "framemd5")
_REMEDIES = {"quality": "stills take --still-quality", "still_quality": "films take --quality"}


def refuse_excerpt_without_films(settings: Settings, assets: Sequence[Asset]) -> None:
    """Refuse an excerpt where there is no film, nor anything that may have been one.

    Raises:
        SettingsError: names the settings.
    """
    if settings.is_excerpt and not any(_may_be_film(asset) or asset.is_colored for asset in assets):
        raise SettingsError("--frames, --from, --to", "are of films, and there is none")


def idle_notes(settings: Settings, assets: Sequence[Asset]) -> tuple[str, ...]:
    """A line for every setting of films where there is no film, and of stills where is no still.

    Other files do not matter; in an archive whose result is there already may be anything. What a
    purpose sets suits both kinds.
    """
    films = any(map(_may_be_film, assets))
    stills = any(
        asset.kind is Kind.STILL
        or (asset.kind is Kind.ARCHIVE and asset.frames)
        or _is_unseen(asset)
        for asset in assets
    )
    if stills and not films:
        return tuple(_notes(settings, _OF_FILMS, "films"))
    return tuple(_notes(settings, ("still_quality",), "stills")) if films and not stills else ()


def _notes(settings: Settings, names: Sequence[str], kind: str) -> Iterator[str]:
    of_purpose = _set_by_purpose(settings)
    for name in names:
        if name not in of_purpose and getattr(settings, name) != getattr(_DEFAULTS, name):
            remedy = f"; {_REMEDIES[name]}" if name in _REMEDIES else ""
            yield f"{option_of(name)} is of {kind}, and there is none{remedy}"


def _set_by_purpose(settings: Settings) -> set[str]:
    """Settings that a purpose brings: one of archives is right for photos, too."""
    return {
        name
        for fields in PURPOSES.values()
        if all(getattr(settings, field) == value for field, value in fields.items())
        for name in fields
    }


def _may_be_film(asset: Asset) -> bool:
    return asset.kind is Kind.FILM or asset.frame_count_unknown or _is_unseen(asset)


def _is_unseen(asset: Asset) -> bool:
    """Whether an asset is an archive that has not been looked into."""
    return asset.kind is Kind.ARCHIVE and not asset.pending
