"""A job's progress as a bar on a terminal."""

from __future__ import annotations

from tqdm import tqdm

from kinemacolor.cli.console import Pipe
from kinemacolor.engine.jobs.reporting.progress import Progress


class Bar(Progress):
    """A tqdm bar on a terminal: frames, frames a second, time left over the whole job."""

    def __init__(self, total: int, stream: Pipe) -> None:
        super().__init__(total)
        known = stream.columns > 0  # tqdm would draw nothing where it is not
        self._bar = tqdm(
            total=total,
            unit="frame",
            file=stream,
            leave=False,
            smoothing=0.1,
            dynamic_ncols=known,
            ncols=None if known else 80,
        )

    def about(self, name: str) -> None:
        short = name if len(name) <= 30 else f"...{name[-27:]}"
        self._bar.set_description_str(short, refresh=False)

    def show(self) -> None:
        self._bar.total = max(self.total, self.done)
        self._bar.update(self.done - self._bar.n)

    def close(self) -> None:
        self._bar.close()
