"""Colouring one archive into an archive of the same kind, members in the same order."""

from __future__ import annotations

import io
import time
from dataclasses import replace
from functools import partial
from itertools import groupby
from pathlib import Path, PurePosixPath
from typing import Unpack

from kinemacolor.engine.errors import MediaError
from kinemacolor.engine.faults import Fault, traceback_of
from kinemacolor.engine.files import commit, is_disk_full, scratch_beside, sha256
from kinemacolor.engine.jobs.execution.archive_film import plan_film
from kinemacolor.engine.jobs.execution.context import JobContext
from kinemacolor.engine.jobs.execution.stills import StillResult, StillSource, StillStream
from kinemacolor.engine.jobs.execution.worker_protocol import Worker
from kinemacolor.engine.jobs.planning.assets import CARRIED, Asset, error_reason, film_notes
from kinemacolor.engine.jobs.planning.guide_texts import guide_digest, member_guide
from kinemacolor.engine.jobs.planning.other_source import refuse_taken
from kinemacolor.engine.jobs.reporting.events import Outcome, OutcomeFacts, Started, State
from kinemacolor.engine.jobs.reporting.guided_shots import advice_on, guided_shots
from kinemacolor.engine.media.archives import open_archive
from kinemacolor.engine.media.archives.base import ArchiveReader, ArchiveWriter, Member, writing
from kinemacolor.engine.media.archives.guards import short_suffix
from kinemacolor.engine.media.archives.links import Links
from kinemacolor.engine.media.kinds import Kind
from kinemacolor.engine.media.provenance.stills import is_colored_still
from kinemacolor.models.errors import KinemacolorError

LEFT_OUT = "left out of the result"


class _ColoredAlready(KinemacolorError):
    """A still that carries our tag: no failure, but it takes a failure's way through a worker."""


def color_archive(asset: Asset, worker: Worker, context: JobContext) -> list[Outcome]:
    """Colour an archive's stills and films, carry over the rest, and put it in place whole.

    Members stay packed until their turn, and go to the result in their order; what is not coloured
    goes as its stored bytes. So do those that fail, under their own name, as the outcomes tell.
    Only what is unsafe to pass on, or cannot be had, is left out.

    Args:
        asset: the archive.
        worker: colours the members.
        context: of the job; its report receives what is started, but no outcomes.

    Returns:
        What became of every member but folders.

    Raises:
        MediaError: the archive cannot be read.
        OSError: the result cannot be written.
    """
    with (
        scratch_beside(asset.target) as scratch,
        open_archive(asset.source, scratch / "unpacked") as archive,
    ):
        if archive.damage and not context.settings.salvage:
            raise MediaError(asset.source, archive.damage)
        part = scratch / "result"
        with writing(archive, part) as writer:
            outcomes = _ArchiveColorizer(asset, archive, writer, scratch, worker, context).run()
        refuse_taken(asset)
        commit(part, asset.target)
    context.date_result(asset.target, asset.source)
    return outcomes


class _ArchiveColorizer:
    """Colours one open archive into a writer; `run` gives the outcomes in the members' order."""

    def __init__(
        self,
        asset: Asset,
        archive: ArchiveReader,
        writer: ArchiveWriter,
        scratch: Path,
        worker: Worker,
        context: JobContext,
    ) -> None:
        self._asset, self._archive, self._writer, self._scratch = asset, archive, writer, scratch
        self._worker, self._settings = worker, context.settings
        self._report, self._progress = context.report, context.progress
        self._names = {member.name for member in archive.members}
        self._links = Links()
        self._outcomes: list[Outcome] = []

    def run(self) -> list[Outcome]:
        def is_film(member: Member) -> bool:
            return member.kind is Kind.FILM and member.to_color

        for films, members in groupby(self._archive.members, key=is_film):
            if films:
                for member in members:
                    self._film(member)
            else:
                self._stills_and_others(list(members))
        return self._outcomes

    def _stills_and_others(self, members: list[Member]) -> None:
        """Stills go through the worker as one stream; the rest is carried in between."""
        sources = (
            StillSource(
                self._asset.name,
                member.name,
                partial(self._read, member),
                self._report,
                member.size,
                member_guide(self._asset.guide, member.name),
            )
            for member in members
            if member.to_color
        )
        with StillStream(self._worker, sources) as stream:
            for member in members:
                if not member.to_color:
                    self._carry(member)
                    continue
                result = stream.next_result(member.name)
                self._progress.about(PurePosixPath(member.name).name)
                content = result.content
                if isinstance(content, _ColoredAlready):
                    self._carry(replace(member, note=CARRIED))
                    continue
                if result.report and result.report.given_back:
                    self._carry(replace(member, note="; ".join(result.report.notes)))
                elif isinstance(content, KinemacolorError):
                    facts = result.facts(digests=False)
                    facts["traceback"] = traceback_of(content)
                    self._fail(member, error_reason(content), facts)
                else:
                    self._put_still(member, content, result)
                self._progress.advance()

    def _put_still(self, member: Member, content: bytes, result: StillResult) -> None:
        try:
            self._writer.put(member, io.BytesIO(content), len(content), member.name)
        except MediaError as error:  # of this member alone: nothing of it has been written
            self._fail(member, error_reason(error), result.facts(digests=False))
            return
        facts = result.facts(digests=self._report.digests)
        facts["target"] = member.name
        facts["guide"] = guide_digest(result.source.guide)
        self._settle(member, State.DONE, **facts)

    def _read(self, member: Member) -> bytes:
        content = self._archive.read(member)
        if is_colored_still(content):
            raise _ColoredAlready(member.name)
        return content

    def _film(self, member: Member) -> None:
        """Films go through files: their readers and writers need to seek."""
        self._report.add(Started(self._asset.name, Kind.FILM, member.name))
        self._progress.about(PurePosixPath(member.name).name)
        began = time.perf_counter()
        source = self._scratch / f"film{short_suffix(member.name)}"
        target = None
        try:
            digest = self._archive.extract(member, source)
            plan = plan_film(member.name, source, self._names, self._settings)
            if plan is None:
                self._carry(replace(member, note=CARRIED))
                return
            target = self._scratch / f"coloured{PurePosixPath(plan.name).suffix}"
            self._progress.expect(plan.frames)
            guide = member_guide(self._asset.guide, member.name)
            with self._progress.share(plan.frames):
                film = self._worker.film(source, target, self._progress.advance, guide)
            if film.given_back:
                self._progress.expect(-plan.frames)
                self._carry(replace(member, note="; ".join(film.notes)))
                return
            size = target.stat().st_size
            with open(target, "rb") as content:
                self._writer.put(member, content, size, plan.name)
            self._names.add(plan.name)
            shots = guided_shots(film.exemplars, film.led) if film.exemplars else ()
            told = (*film.notes, *advice_on(shots), *self._links.notes_on(member, plan.name))
            self._settle(
                member,
                State.DONE,
                target=plan.name,
                frames=film.frames,
                missing=film.missing,
                notes=film_notes(told, *plan.notes),
                bytes_in=member.size,
                bytes_out=size,
                sha256_in=digest,
                sha256_out=sha256(target) if self._report.digests else None,
                guide=guide_digest(guide),
                shots=shots,
                seconds=round(time.perf_counter() - began, 3),
            )
        except KinemacolorError as error:
            if is_disk_full(error):  # then the archive cannot be finished either
                raise
            if origins := self._asset.origins:
                error = origins.of_member(member.name).told(error)
            self._fail(member, error_reason(error))
        except (OSError, MemoryError):
            raise
        except Exception as error:  # it must not cost the other members
            fault = Fault.of(member.name, error)
            self._fail(member, error_reason(fault), {"traceback": fault.traceback})
        finally:
            source.unlink(missing_ok=True)
            if target:
                target.unlink(missing_ok=True)

    def _carry(self, member: Member) -> None:
        if member.problem:
            return self._fail(member, member.problem)
        if member.kind is None:  # a folder
            return self._writer.copy(member)
        try:
            digest = self._archive.digest(member) if member.readable else None
            member = self._links.copy(member, self._writer)
        except MediaError as error:
            self._fail(member, error_reason(error))
            return
        self._settle(
            member,
            State.CARRIED,
            target=member.name,
            notes=(member.note,) if member.note else (),
            bytes_in=member.size,
            bytes_out=member.size,
            sha256_in=digest,
            sha256_out=digest,
        )

    def _fail(self, member: Member, reason: str, facts: OutcomeFacts | None = None) -> None:
        """Report a member, and let its stored bytes stand in its place where that is possible."""
        target = None if member.dropped else member.name
        if target is not None:
            try:
                self._writer.copy(member)
            except MediaError:
                target = None
        if target is None:
            reason = f"{reason}; {LEFT_OUT}"
        known: OutcomeFacts = {**(facts or {}), "reason": reason, "target": target}
        self._settle(member, State.FAILED, **known)

    def _settle(self, member: Member, state: State, **facts: Unpack[OutcomeFacts]) -> None:
        if name := facts.get("target"):
            self._links.settle(member, name)
        self._outcomes.append(
            Outcome(
                asset=self._asset.name,
                member=member.name,
                kind=member.kind or Kind.OTHER,
                state=state,
                **facts,
            )
        )
