"""Guides at plan time: what was said of each asset, found, checked, and put into it as text.

A guide is given with the job, or lies beside its film, still or archive: "reel.mkv.colours.json".
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from kinemacolor.engine.guidance.guide_file.request import GuideRequest
from kinemacolor.engine.jobs.planning.assets import Asset
from kinemacolor.engine.jobs.planning.guide_options import options_of
from kinemacolor.engine.jobs.planning.scan import Found, Scan
from kinemacolor.engine.media.kinds import Kind
from kinemacolor.engine.settings import Settings
from kinemacolor.models.errors import KinemacolorError, SettingsError

if TYPE_CHECKING:  # these load slowly, and most jobs have no guide
    from kinemacolor.engine.guidance.guide_file.checks import Where
    from kinemacolor.engine.guidance.guide_file.guide import Guide, Said
    from kinemacolor.engine.guidance.guide_file.origins import Origins
    from kinemacolor.engine.jobs.planning.guide_pictures import GuidePictures

ENDINGS = (".colours.json", ".colors.json")
_GUIDED = (Kind.FILM, Kind.STILL, Kind.ARCHIVE)
_NAMED = 3  # files of a guide that are in no source, and are listed


class Guides:
    """What was said of the assets of a job.

    Args:
        request: what was given with the job.
        scans: of its sources.
        settings: of the job.

    Raises:
        SettingsError: the guide that was named cannot be used, or hints or key frames are given
            where there are several films and stills.
    """

    def __init__(self, request: GuideRequest, scans: Sequence[Scan], settings: Settings) -> None:
        self._request, self._settings = request, settings
        self._beside = set(_beside(scans))
        guided = [found for scan in scans for found in scan.found if found.kind in _GUIDED]
        self._alone = len(guided) == 1
        if request.is_of_one and (len(guided) != 1 or guided[0].kind is Kind.ARCHIVE):
            count = f"there are {len(guided):,}" if guided else "there is none"
            count = "this is an archive" if len(guided) == 1 else count
            remedy = "give it alone, or name each in a guide file (docs/guide-file.md)"
            problem = f"are of one film or still, and {count}"
            raise SettingsError("--hint, --key-frame", problem, remedy)
        self._pictures: GuidePictures | None = None
        self._options: tuple[Where, Said] | None = None
        self._file: Guide | None = None
        self._used: set[str] = set()  # of the files in it
        self._shared: dict[Kind, tuple[str, Origins]] = {}  # what many assets have in common
        if request.file is not None:
            from kinemacolor.engine.guidance.guide_file.read_guide import read_guide

            with _as_wrong_usage():
                self._file = read_guide(request.file)
            if guided and not self._alone and not self._file.is_shared:
                problem = "says points, key frames, cuts or shots of no file, and there are several"
                raise SettingsError(request.file, problem, 'put them under "files"')

    @property
    def paths(self) -> list[Path]:
        """The files of what was said: nothing is written over them."""
        named = [self._request.file] if self._request.file else []
        return [*named, *(self._pictures.paths if self._pictures else ())]

    def applied(self, asset: Asset, found: Found) -> Asset:
        """The asset with what was said of it; what is wrong with a guide beside it is its problem.

        Args:
            asset: looked into.
            found: the asset's file.

        Raises:
            SettingsError: what was given with the job is wrong.
        """
        if asset.kind not in _GUIDED or asset.problem:
            return asset
        if self._file is not None:
            with _as_wrong_usage():
                return self._guided(asset, self._own_parts(asset, found))
        try:
            beside = self._sidecar(found.path)
            if beside is None and not self._request:
                return asset
            return self._guided(asset, _parts_beside(asset, beside))
        except _OfOption as error:
            raise SettingsError(error.subject, error.problem, error.remedy) from None
        except KinemacolorError as error:
            return replace(asset, problem=str(error))

    def check_all_used(self) -> None:
        """See that every file of the guide that was given is one of the job.

        Raises:
            SettingsError: some are not.
        """
        missing = sorted(set(self._file.files) - self._used) if self._file else []
        if missing:
            names = ", ".join(name or '""' for name in missing[:_NAMED])
            more = f" and {len(missing) - _NAMED:,} more" if len(missing) > _NAMED else ""
            problem = f"no film or still {names}{more} is in the sources"
            remedy = "name files by their paths within the source"
            raise SettingsError(f"{self._request.file}: files", problem, remedy)

    def _sidecar(self, path: Path) -> Path | None:
        """The guide beside a file.

        Raises:
            KinemacolorError: there are two.
        """
        places = [path.with_name(path.name + ending) for ending in ENDINGS]
        there = [place for place in places if str(place) in self._beside]
        if len(there) > 1:
            problem = f"is there, and so is {there[1].name}"
            raise KinemacolorError(there[0], problem, "keep one of them")
        return there[0] if there else None

    def _own_parts(self, asset: Asset, found: Found) -> _Parts:
        """What the guide that was given says of an asset."""
        guide, path, name = self._file, self._request.file, found.inside.as_posix()
        assert guide is not None
        parts = _Parts([(f"{path}: ", guide)])
        if asset.kind is Kind.ARCHIVE:
            inside = "" if self._alone else f"{name}/"
            own = [key for key in guide.files if key.startswith(inside)]
            self._used |= set(own)
            for key in own:
                member = key.removeprefix(inside)
                parts.members[member] = _place_of(path, key), guide.files[key]
        elif name in guide.files:
            parts.whole.append((f"{_place_of(path, name)}.", guide.files[name]))
            self._used.add(name)
        return parts

    def _guided(self, asset: Asset, parts: _Parts) -> Asset:
        """The asset with what a guide, and the job's options, say of it.

        Raises:
            _OfOption: what an option says cannot be.
            KinemacolorError: what the guide says cannot be.
        """
        from kinemacolor.engine.guidance.guide_file.guide import merged, text_of
        from kinemacolor.engine.guidance.guide_file.origins import Origins
        from kinemacolor.engine.jobs.planning.guide_pictures import GuidePictures

        if self._options is None:
            self._options = options_of(self._request)
        where, options = self._options
        everything = [options, *(said for _, said in parts.whole)]
        # All stills of a job share a reference: its text is made, and kept, once.
        is_common = not parts.beside and not parts.members and len(parts.whole) < 2
        is_common = is_common and all(said.is_shared for said in everything)
        if is_common and asset.kind in self._shared:
            text, origins = self._shared[asset.kind]
            return replace(asset, guide=text, origins=origins)
        self._pictures = self._pictures or GuidePictures()
        check = partial(self._pictures.checked, asset, settings=self._settings)
        try:
            given = [(where, check(options, where=where))]
        except KinemacolorError as error:
            raise _OfOption(error.subject, error.problem, error.remedy) from error
        for prefix, said in parts.whole:
            given.append((prefix.__add__, check(said, where=prefix.__add__)))
        members: dict[str, Said] = {}
        if parts.members:
            members = self._pictures.of_members(asset, parts.members, self._settings)
        text = text_of(merged(*(said for _, said in given)), members)
        of_members = {
            name: Origins.of([(f"{place}.".__add__, said)])
            for name, (place, said) in parts.members.items()
        }
        origins = Origins.of(given, of_members)
        if is_common:
            self._shared[asset.kind] = text, origins
        notes, self._pictures.notes = tuple(self._pictures.notes), []
        return replace(asset, guide=text, origins=origins, notes=asset.notes + notes)


@dataclass
class _Parts:
    """What a guide says of an asset.

    Args:
        whole: of it all, with how places of the guide begin.
        members: of an archive's members by their names, with their places in the guide.
        beside: the guide lies beside the asset.
    """

    whole: list[tuple[str, Said]]
    members: dict[str, tuple[str, Said]] = field(default_factory=dict)
    beside: bool = False


class _OfOption(KinemacolorError):
    """What is wrong with an option, found while an asset is looked at."""


def _beside(scans: Sequence[Scan]) -> Iterator[str]:
    """The guides that lie in the sources, or beside those that are single files."""
    for scan in scans:
        if scan.folders:
            names = (str(found.path) for found in scan.found)
            yield from (name for name in names if name.endswith(ENDINGS))
        else:
            path = scan.source
            places = (path.with_name(path.name + ending) for ending in ENDINGS if path.name)
            yield from (str(place) for place in places if place.is_file())


def _parts_beside(asset: Asset, path: Path | None) -> _Parts:
    """What the guide beside an asset says, if there is one.

    Raises:
        KinemacolorError: it cannot be used.
    """
    if path is None:
        return _Parts([])
    from kinemacolor.engine.guidance.guide_file.read_guide import read_guide

    guide = read_guide(path)
    if guide.files and asset.kind is not Kind.ARCHIVE:
        problem = "are of an archive, or of a guide that is given by --guide"
        raise KinemacolorError(f"{path}: files", problem, "put what they say at the top")
    members = {name: (_place_of(path, name), said) for name, said in guide.files.items()}
    return _Parts([(f"{path}: ", guide)], members, beside=True)


def _place_of(path: Path | None, name: str) -> str:
    return f"{path}: files[{json.dumps(name)}]"


@contextmanager
def _as_wrong_usage() -> Iterator[None]:
    """Tell what is wrong with what was given with the job as a wrong option."""
    try:
        yield
    except KinemacolorError as error:
        raise SettingsError(error.subject, error.problem, error.remedy) from None
