"""Markdown table of the league's results."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

_HEAD = (
    "variant",
    "M",
    "GFLOPs",
    "ms",
    "steps",
    "CIEDE2000 to grey's",
    "PSNR (gain)",
    "SSIM (gain)",
    "colorfulness",
    "MS-SSIM = KMHCNet's accuracy (grey)",
    "photo-colorization's accuracy (grey)",
    "its loss (grey)",
    "published",
)


def _cells(row: dict[str, Any]) -> tuple[str, ...]:
    scores = row["scores"]
    hints = f" (hints {row['hint_rate']:.1%})" if row["hint_rate"] else ""
    return (
        row["variant"] + hints,
        f"{row['parameters'] / 1e6:.2f}",
        f"{row['flops'] / 1e9:.1f}",
        f"{row['ms_per_frame']:.0f}",
        f"{row['steps']}",
        f"{scores['ratio']:.3f}",
        f"{scores['psnr']:.2f} ({scores['psnr_gain']:+.2f})",
        f"{scores['ssim']:.4f} ({scores['ssim_gain']:+.4f})",
        f"{scores['colorfulness']:.1f} of {scores['colorfulness_true']:.1f}",
        f"{scores['ms_ssim']:.4f} ({scores['ms_ssim_grey']:.4f})",
        f"{scores['agreement']:.3f} ({scores['agreement_grey']:.3f})",
        f"{scores['ab_mse']:.5f} ({scores['ab_mse_grey']:.5f})",
        ", ".join(f"{what} {figure}" for what, figure in row["published"].items()),
    )


def markdown(rows: Sequence[dict[str, Any]]) -> str:
    """One line a variant, the best CIEDE2000 first; variants that are given hints come last."""
    ordered = sorted(rows, key=lambda row: (bool(row["hint_rate"]), row["scores"]["ratio"]))
    lines = [_HEAD, ("---",) * len(_HEAD), *map(_cells, ordered)]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)
