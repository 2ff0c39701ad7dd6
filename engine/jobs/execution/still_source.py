"""Reads stills when the worker asks for them, and remembers what a report needs to know."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from kinemacolor.engine.errors import MediaError
from kinemacolor.engine.files import is_disk_full, os_reason
from kinemacolor.engine.jobs.reporting.report import Report
from kinemacolor.engine.media.kinds import Kind
from kinemacolor.models.errors import KinemacolorError

if TYPE_CHECKING:
    from kinemacolor.engine.pipeline.stills import StillReport
    from kinemacolor.engine.pipeline.worker import Worker

    Colored = Iterator[tuple[str, bytes | KinemacolorError, StillReport | None]]


class StillSource:
    """One still's content, on demand, in any thread.

    Args:
        asset, member: whose it is.
        read: gives the content.
        report: is told that work on it begins.
    """

    def __init__(
        self, asset: str, member: str | None, read: Callable[[], bytes], report: Report
    ) -> None:
        self.asset, self.member = asset, member
        self._read, self._report = read, report
        self._facts: dict[str, Any] = {}
        self._began = time.perf_counter()

    def __call__(self) -> bytes:
        """The content.

        Raises:
            MediaError: it cannot be read.
        """
        self._began = time.perf_counter()
        self._report.started(self.asset, Kind.STILL, self.member)
        try:
            content = self._read()
        except OSError as error:
            what = "" if is_disk_full(error) else "cannot be read: "
            raise MediaError(self.member or self.asset, what + os_reason(error)) from error
        self._facts = {"bytes_in": len(content)}
        if self._report.digests:
            self._facts["sha256_in"] = hashlib.sha256(content).hexdigest()
        return content

    def facts(self) -> dict[str, Any]:
        """What is known of the source and the time it took, as fields of an `Outcome`."""
        return self._facts | {"seconds": round(time.perf_counter() - self._began, 3)}

    def results(self, colored: bytes, quality: StillReport | None) -> dict[str, Any]:
        """The facts, and what came out."""
        facts = self.facts() | {"bytes_out": len(colored), "frames": 1}
        if self._report.digests:
            facts["sha256_out"] = hashlib.sha256(colored).hexdigest()
        if quality:
            facts["lightness_error_mean"] = quality.lightness_error_mean
            facts["lightness_error_max"] = quality.lightness_error_max
            facts["notes"] = quality.notes
        return facts


@contextmanager
def colored_stills(
    worker: Worker, items: Iterable[tuple[str, Callable[[], bytes]]]
) -> Iterator[Colored]:
    """The worker's stream of stills, whose threads end with the block, however that ends."""
    colored = worker.stills(items)
    try:
        yield colored
    finally:
        close = getattr(colored, "close", None)
        if close is not None:
            close()


def next_result(colored: Colored, name: str) -> tuple[bytes | KinemacolorError, StillReport | None]:
    """What the worker made of the still `name`, which is the next in its stream.

    Raises:
        KinemacolorError: the stream ended early: it broke at an earlier still.
    """
    for _, result, quality in colored:
        return result, quality
    raise KinemacolorError(name, "not coloured: the worker broke down at a still before")
