"""The help of `kinemacolor train`: losses and fields of a recipe stand after the options."""

from __future__ import annotations

from typing import Any

from kinemacolor.cli.grouped_help import GroupedCommand


class TrainCommand(GroupedCommand):
    """The command `train`, whose help lists what --loss and --set take."""

    def format_options(self, ctx: Any, formatter: Any) -> None:
        """Write arguments and options, then losses and fields."""
        super().format_options(ctx, formatter)
        # Here, for other commands need not load a recipe's module.
        from kinemacolor.trainers.loss_names import LOSS_NAMES
        from kinemacolor.trainers.recipe_fields import FIELDS, default_text

        with formatter.section("Losses (--loss)"):
            formatter.write_dl([(name, text) for name, text in LOSS_NAMES.items()])
        rows = []
        for name, field in FIELDS.items():
            rows.append((name, f"{field.in_words}  [default: {default_text(name)}]"))
        with formatter.section("Fields of the recipe (--set); networks have defaults of their own"):
            formatter.write_dl(rows)
