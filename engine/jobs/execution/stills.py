"""Stills on their way through a worker: read when it asks for them, results with their source."""

from __future__ import annotations

import hashlib
import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from types import TracebackType
from typing import Self

from kinemacolor.engine.errors import MediaError
from kinemacolor.engine.files import is_disk_full, os_reason
from kinemacolor.engine.jobs.execution.worker_protocol import StillReport, Worker
from kinemacolor.engine.jobs.reporting.events import EventSink, OutcomeFacts, Started
from kinemacolor.engine.media.kinds import Kind
from kinemacolor.models.errors import KinemacolorError


class StillSource:
    """A still that is read when the worker asks for it, in any thread.

    Args:
        asset, member: the file, and the archive's member where it is one.
        read: gives the content.
        report: receives the event that work on it has begun.
        size: of the content in bytes, as far as it is known before it is read.
        guide: what a person said of its colours, as an asset has it.

    Attributes:
        name: what errors call it.
        began: when it was read, by `time.perf_counter`.
        facts: of the content, once it has been read.
    """

    def __init__(
        self,
        asset: str,
        member: str | None,
        read: Callable[[], bytes],
        report: EventSink,
        size: int = 0,
        guide: str = "",
    ) -> None:
        self.name, self.size, self.guide = member or asset, size, guide
        self._started = Started(asset, Kind.STILL, member)
        self._read, self._report = read, report
        self.began = time.perf_counter()
        self.facts: OutcomeFacts = {}

    def __call__(self) -> bytes:
        """Read the content.

        Raises:
            MediaError: it cannot be read.
        """
        self.began = time.perf_counter()
        self._report.add(self._started)
        try:
            content = self._read()
        except OSError as error:
            what = "" if is_disk_full(error) else "cannot be read: "
            raise MediaError(self.name, what + os_reason(error)) from error
        self.facts = {"bytes_in": len(content)}
        if self._report.digests:
            self.facts["sha256_in"] = hashlib.sha256(content).hexdigest()
        return content


@dataclass(frozen=True)
class StillResult:
    """What a worker made of a still.

    Args:
        source: the still.
        content: the coloured file, or why there is none.
        report: of the worker; None where it has none.
    """

    source: StillSource
    content: bytes | KinemacolorError
    report: StillReport | None

    def facts(self, *, digests: bool) -> OutcomeFacts:
        """All that is known of source and result; the time counts from reading to now.

        Args:
            digests: whether to hash the result.
        """
        facts: OutcomeFacts = {
            **self.source.facts,
            "seconds": round(time.perf_counter() - self.source.began, 3),
        }
        if isinstance(self.content, KinemacolorError):
            return facts
        facts["bytes_out"], facts["frames"] = len(self.content), 1
        if digests:
            facts["sha256_out"] = hashlib.sha256(self.content).hexdigest()
        if self.report:
            facts["lightness_error_mean"] = self.report.lightness_error_mean
            facts["lightness_error_max"] = self.report.lightness_error_max
            facts["notes"] = self.report.notes
        return facts


class StillStream:
    """A worker's stream of stills, as a context manager that ends its threads.

    The worker takes sources a few ahead of the results, and no more: neither are all stills read
    at once, nor all results kept.

    Args:
        worker: colours the stills.
        sources: the stills, made as they are taken.
    """

    def __init__(self, worker: Worker, sources: Iterable[StillSource]) -> None:
        self._taken: deque[StillSource] = deque()  # by the worker, whose results are to come
        self._results = worker.stills(self._items(sources))

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        close = getattr(self._results, "close", None)  # a generator has it, other iterators not
        if close is not None:
            close()

    def next_result(self, name: str) -> StillResult:
        """What the worker made of the still `name`, which is the next source.

        Raises:
            KinemacolorError: the stream ended early: it broke at an earlier still.
        """
        for _, content, report in self._results:
            return StillResult(self._taken.popleft(), content, report)
        raise KinemacolorError(name, "not coloured: the worker broke down at a still before")

    def _items(self, sources: Iterable[StillSource]) -> Iterator[tuple[str, Callable[[], bytes]]]:
        for source in sources:
            self._taken.append(source)
            yield source.name, source
