"""What the options of a job say of colours, as one guide."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from functools import partial
from typing import TYPE_CHECKING

from kinemacolor.engine.guidance.guide_file.request import GuideRequest

if TYPE_CHECKING:  # the schema takes its time to build
    from kinemacolor.engine.guidance.guide_file.checks import Where
    from kinemacolor.engine.guidance.guide_file.guide import Said


def options_of(request: GuideRequest) -> tuple[Where, Said]:
    """What a job's options say together, and how its places are named: by their options."""
    from kinemacolor.engine.guidance.guide_file.guide import Said, merged

    options: dict[str, str] = {}
    counts: Counter[str] = Counter()
    items = request.said()
    for option, said in items:
        [name] = (name for name in Said.__struct_fields__ if getattr(said, name))
        options[f"{name}[{counts[name]}]"] = option
        counts[name] += 1
    return partial(_option, options), merged(*(said for _, said in items))


def _option(options: Mapping[str, str], place: str) -> str:
    """What is wrong at any place of an option is the option's affair."""
    item, bracket, _ = place.partition("]")
    return options.get(item + bracket, place)
