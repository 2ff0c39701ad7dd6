"""What guides say and the pictures that they name, looked at before a job begins."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path

import msgspec

from kinemacolor.engine.files import os_reason, sha256
from kinemacolor.engine.guidance.guide_file.checks import Where, check_said, frame_of, within
from kinemacolor.engine.guidance.guide_file.guide import Candidate, KeyFrame, Reference, Said
from kinemacolor.engine.guidance.guide_file.guide_json import is_unicode
from kinemacolor.engine.guidance.guide_file.pictures import (
    Thumbnail,
    doubt_of,
    doubt_of_size,
    read_thumbnail,
)
from kinemacolor.engine.jobs.planning.assets import Asset
from kinemacolor.engine.jobs.planning.guided_sources import (
    GuidedSource,
    source_of,
    source_of_member,
)
from kinemacolor.engine.media.archives import open_archive
from kinemacolor.engine.media.kinds import STILL_SUFFIXES, Kind
from kinemacolor.engine.settings import Settings
from kinemacolor.models.errors import KinemacolorError

_LOOK = 64  # short side at which pictures are looked at
_MOST_CANDIDATES = 2000


class GuidePictures:
    """The pictures of guides, each looked at once."""

    def __init__(self) -> None:
        self.notes: list[str] = []  # on what was checked last, to be taken and cleared
        self._digests: dict[Path, str] = {}
        self._looks: dict[Path, Thumbnail] = {}
        self._folders: dict[Path, tuple[Path, ...]] = {}

    @property
    def paths(self) -> list[Path]:
        """The files of all pictures."""
        return list(self._digests)

    def checked(self, asset: Asset, said: Said, where: Where, settings: Settings) -> Said:
        """What was said of a film, still or whole archive, its pictures with their SHA-256.

        Raises:
            KinemacolorError: something of it cannot be.
        """
        if asset.kind is Kind.ARCHIVE:
            if not said.is_shared:
                problem = "are of single files, and this is an archive"
                place = where("points, key_frames, cuts, shots")
                raise KinemacolorError(place, problem, 'put them under "files", by member')
            return self._with_digests(said, where)
        return self.of_source(said, source_of(asset, said, settings), where)

    def of_members(
        self,
        asset: Asset,
        members: Mapping[str, tuple[str, Said]],
        settings: Settings,
    ) -> dict[str, Said]:
        """What was said of an archive's members, checked as far as they are known.

        Films are not unpacked for this: their frames are looked at when it is their turn.

        Args:
            asset: the archive.
            members: where in the guide they are, and what was said, by their names.
            settings: of the job.

        Raises:
            KinemacolorError: there is no such film or still, or something of it cannot be.
        """
        with (
            tempfile.TemporaryDirectory(prefix="kinemacolor-") as scratch,
            open_archive(asset.source, Path(scratch, "unpacked")) as archive,
        ):
            known = {member.name: member for member in archive.members if member.to_color}
            found = {}
            for name, (place, said) in members.items():
                if name not in known:
                    problem = f"no film or still of this name is in {asset.source}"
                    remedy = "name members as the archive spells them"
                    raise KinemacolorError(place, problem, remedy)
                source = source_of_member(archive, known[name], said, settings)
                found[name] = self.of_source(said, source, f"{place}.".__add__)
        return found

    def of_source(self, said: Said, source: GuidedSource, where: Where) -> Said:
        """What was said of a film or still that is known, its pictures with their SHA-256.

        Raises:
            KinemacolorError: something of it cannot be.
        """
        check_said(said, source.subject, where)
        found = self._with_digests(said, where)
        for index, key in enumerate(found.key_frames):
            at = within(where, f"key_frames[{index}]")
            place, picture = at("picture"), Path(key.picture)
            number = frame_of(key.frame, source.subject, at)
            try:
                doubts = self._doubts(picture, number, source)
            except KinemacolorError as error:
                problem = _told(place, picture, error.problem)
                raise KinemacolorError(place, problem, error.remedy) from None
            self.notes += [f"{place}: {_told(place, picture, doubt)}" for doubt in doubts]
        return found

    def _doubts(self, picture: Path, number: int | None, source: GuidedSource) -> list[str]:
        """What is doubtful about a picture that should show a frame.

        Raises:
            KinemacolorError: it cannot; the subject is empty.
        """
        look, size = self._looks[picture], source.subject.size
        doubts = [doubt_of_size(size, look.size)] if size else []
        light = None if number is None else source.light(number)
        if light is not None:
            doubts.append(doubt_of(light, look.lightness))
        return [doubt for doubt in doubts if doubt]

    def _with_digests(self, said: Said, where: Where) -> Said:
        """What was said, pictures looked at, folders of candidates replaced by what they hold."""
        lists: dict[str, tuple[KeyFrame | Reference | Candidate, ...]] = {}
        for name in ("key_frames", "references", "candidates"):
            items: list[KeyFrame | Reference | Candidate] = []
            for index, item in enumerate(getattr(said, name)):
                at = within(where, f"{name}[{index}]")("picture")
                path = Path(item.picture)
                several = isinstance(item, Candidate) and path.is_dir()
                for picture in self._inside(path, at) if several else (path,):
                    digest = self._digest(picture, at)
                    if item.sha256 and not several and item.sha256 != digest:
                        problem = f"{path} is not the picture of this SHA-256"
                        raise KinemacolorError(at, problem, "name the right one")
                    change = {"picture": str(picture), "sha256": digest}
                    items.append(msgspec.structs.replace(item, **change))
            lists[name] = tuple(items)
        found: Said = msgspec.structs.replace(said, **lists)
        return found

    def _inside(self, folder: Path, at: str) -> tuple[Path, ...]:
        """The pictures of a folder that can be used, by name; what else lies there is no matter.

        Raises:
            KinemacolorError: there is none, or there are very many.
        """
        if folder not in self._folders:
            try:
                names = sorted(
                    path
                    for path in folder.iterdir()
                    if path.suffix.lower() in STILL_SUFFIXES
                    and path.name[0] != "."
                    and path.is_file()
                )
            except OSError as error:
                raise KinemacolorError(
                    at, f"{folder} cannot be read: {os_reason(error)}"
                ) from error
            if not names or len(names) > _MOST_CANDIDATES:
                problem = f"{folder} holds {len(names):,} pictures"
                remedy = (
                    f"choose {_MOST_CANDIDATES:,} at most" if names else "name a folder of some"
                )
                raise KinemacolorError(at, problem, remedy)
            self._folders[folder] = self._usable(names, at)
        return self._folders[folder]

    def _usable(self, pictures: Sequence[Path], at: str) -> tuple[Path, ...]:
        """The pictures of a folder that can be used; the others are left out, with a note.

        Raises:
            KinemacolorError: all are.
        """
        found, problems = [], []
        for picture in pictures:
            try:
                self._digest(picture, at)
            except KinemacolorError as error:
                problems.append(error.problem)
                continue
            found.append(picture)
        if not found:
            more = f", and so on of {len(problems):,} pictures" if len(problems) > 1 else ""
            raise KinemacolorError(at, problems[0] + more, "name a folder of colour pictures")
        self.notes += [f"{at}: {problem}; left out" for problem in problems]
        return tuple(found)

    def _digest(self, picture: Path, at: str) -> str:
        """The SHA-256 of a picture that can be read and has colours.

        Raises:
            KinemacolorError: it cannot or has not.
        """
        if picture not in self._digests:
            if not is_unicode(str(picture)):
                raise KinemacolorError(at, f"{picture!a} is no UTF-8", "give it another name")
            try:
                self._looks[picture] = read_thumbnail(picture, _LOOK)
                self._digests[picture] = sha256(picture)
            except KinemacolorError as error:
                problem = _told(at, picture, error.problem or error.subject)
                raise KinemacolorError(at, problem, error.remedy) from error
            except OSError as error:
                problem = _told(at, picture, f"cannot be read: {os_reason(error)}")
                raise KinemacolorError(at, problem) from error
        return self._digests[picture]


def _told(at: str, picture: Path, problem: str) -> str:
    """What is wrong with a picture, with its name unless the place in the guide ends with it."""
    return problem if at.endswith(picture.name) else f"{picture}: {problem}"
