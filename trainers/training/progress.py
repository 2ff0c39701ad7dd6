"""Progress of a training: a bar with the time left, and a line for every evaluation."""

from __future__ import annotations

from collections.abc import Mapping
from types import TracebackType
from typing import Any, Protocol

from tqdm import tqdm


class Reporter(Protocol):
    """Observer of new rows of log.csv and scores.csv."""

    def step(self, row: Mapping[str, Any]) -> None: ...

    def scores(self, row: Mapping[str, Any]) -> None: ...


class Silence:
    """Reporter that does nothing, where another process follows the files."""

    def step(self, row: Mapping[str, Any]) -> None:
        pass

    def scores(self, row: Mapping[str, Any]) -> None:
        pass


class Progress:
    """Progress bar on standard error; a context manager.

    Args:
        step: steps done so far.
        steps: steps in all.
    """

    def __init__(self, step: int, steps: int) -> None:
        self._bar = tqdm(total=steps, initial=step, unit="step", dynamic_ncols=True)
        self._running: float | None = None

    def __enter__(self) -> Progress:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._bar.close()

    def step(self, row: Mapping[str, Any]) -> None:
        loss = float(row["loss"])
        self._running = loss if self._running is None else 0.98 * self._running + 0.02 * loss
        self._bar.set_postfix(loss=f"{self._running:.4g}", size=row["size"], refresh=False)
        self._bar.update()

    def scores(self, row: Mapping[str, Any]) -> None:
        of = {name: float(value) for name, value in row.items()}
        self._bar.write(
            f"step {of['step']:.0f}: CIEDE2000 {of['ratio']:.4f} of grey's, PSNR {of['psnr']:.2f} "
            f"dB (grey {of['psnr_grey']:.2f}), colourfulness {of['colorfulness']:.1f} of "
            f"{of['colorfulness_true']:.1f}",
            file=self._bar.fp,
        )
