"""The outcome of the choice of a backend, in words; loads no torch."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Decision:
    """The backend that "auto" stands for in a job, and why.

    Args:
        backend: its name.
        device: where it computes: "cpu" or "cuda".
        rejected: the backends that were passed over, and why, a phrase for each.
        advice: what would make such jobs faster, as a sentence; empty where nothing is worth it.
    """

    backend: str
    device: str
    rejected: tuple[str, ...] = ()
    advice: str = ""

    def __str__(self) -> str:
        """The choice and its reasons in a line."""
        reasons = f" ({'; '.join(self.rejected)})" if self.rejected else ""
        return f"Backend: {self.backend}{reasons}"
