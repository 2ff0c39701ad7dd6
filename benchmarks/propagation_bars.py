"""Bars of guided colour, for the means of eight clips of DAVIS 2017 val at 854x480.

These are blackswan, camel, car-shadow, cows, dance-twirl, goat, horsejump-high and libby, as H.264
at 25 frames a second. Figures of other clips have nothing to do with them.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from benchmarks.propagation_scores import TRUTH
from benchmarks.propagation_summary import SEEDS, Clips, Protocol, clip_means, with_seeds

Bar = dict[str, Any]  # of, value, is ("at most" or "at least"), bar, holds

CLIPS = 8
AT_MOST, AT_LEAST = "at most", "at least"
# By measure: the bar of frames 1 to 24 in the mean, of frame 24, and of the last frame.
_KEY = {
    "de_l": (AT_MOST, 2.1, 2.8, 3.7),
    "ab_psnr": (AT_LEAST, 38.7, 35.3, 33.2),
    "cm_ssim": (AT_LEAST, 0.991, 0.9875, 0.985),
}
_KEY_ITSELF = 0.3  # de_l of frame 0
_COLORFULNESS = 0.1  # of the truth's, that frame 24 may differ by
_WORSE = {"held": 0.1, "grey": 0.0}  # de_l, at any frame
_POINTS = 0.68  # of automatic's de_l
_RANK = 0.6  # of the told share with de_l
_CPU = 0.12  # seconds a frame beyond automatic colouring


def bars(name: str, protocol: Protocol, clips: Clips, found: Mapping[str, Any]) -> list[Bar]:
    """The bars of a protocol, as far as what they need was measured.

    Args:
        name: of the protocol.
        protocol: itself.
        clips: scores.
        found: their means, by distance, worst frames and told shares.
    """
    if name == "vpn":
        return list(_vpn(protocol, clips, found))
    return list({"colormnet": _colormnet, "between": _between}[name](found))


def _bar(of: str, value: float, relation: str, bar: float) -> Bar:
    holds = value <= bar if relation == AT_MOST else value >= bar
    return {"of": of, "value": value, "is": relation, "bar": bar, "holds": bool(holds)}


def _vpn(protocol: Protocol, clips: Clips, found: Mapping[str, Any]) -> Iterator[Bar]:
    mean, at = found["mean"], found["by_distance"]
    if "key" in mean:
        for measure, (relation, in_mean, at_24, _) in _KEY.items():
            yield _bar(f"key, {measure}", mean["key"][measure], relation, in_mean)
            if "24" in at:
                value = at["24"]["key"][measure]
                yield _bar(f"key, {measure} at 24", value, relation, at_24)
        yield _bar("key, de_l at 0", at["0"]["key"]["de_l"], AT_MOST, _KEY_ITSELF)
        if "24" in at:
            true = at["24"][TRUTH]["colorfulness"]
            off = abs(at["24"]["key"]["colorfulness"] / true - 1)
            yield _bar("key, colourfulness at 24 off the truth's", off, AT_MOST, _COLORFULNESS)
        yield _bar("key, flicker", mean["key"]["flicker"], AT_MOST, mean[TRUTH]["flicker"])
        yield from _never_worse(found)
        if "key" in found["told"]:
            rank = found["told"]["key"]["rank_correlation"]
            yield _bar("key, rank correlation", rank, AT_LEAST, _RANK)
    if "key" in mean and "automatic" in mean:
        frames = sum(len(scores[TRUTH]["frames"]) for scores in clips.values()) / len(clips)
        more = (mean["key"]["cpu"] - mean["automatic"]["cpu"]) / frames
        yield _bar("key, seconds a frame beyond automatic's", more, AT_MOST, _CPU)
    if SEEDS in mean and "automatic" in mean:
        ratio = mean[SEEDS]["de_l"] / mean["automatic"]["de_l"]
        yield _bar("points, de_l to automatic's", ratio, AT_MOST, _POINTS)
        for clip, scores in clips.items():
            rows = with_seeds({m: clip_means(scores[m], protocol) for m in scores if m != TRUTH})
            ratio = rows[SEEDS]["de_l"] / rows["grey"]["de_l"]
            yield _bar(f"points, de_l to grey's, {clip}", ratio, AT_MOST, 1)


def _colormnet(found: Mapping[str, Any]) -> Iterator[Bar]:
    if "key" in found["mean"]:
        for measure, (relation, _, _, at_last) in _KEY.items():
            value = found["by_distance"]["last"]["key"][measure]
            yield _bar(f"key, {measure} at the last", value, relation, at_last)
        yield from _never_worse(found)


def _between(found: Mapping[str, Any]) -> Iterator[Bar]:
    at = found["by_distance"]
    if {"key", "keys"} <= found["mean"].keys() and {"12", "24"} <= at.keys():
        bar = at["12"]["key"]["de_l"]
        yield _bar("two key frames, de_l at 24", at["24"]["keys"]["de_l"], AT_MOST, bar)


def _never_worse(found: Mapping[str, Any]) -> Iterator[Bar]:
    for yardstick, most in _WORSE.items():
        if yardstick in found["worst"].get("key", {}):
            loss = found["worst"]["key"][yardstick]["more_de_l"]
            yield _bar(f"key, worst de_l beyond {yardstick}'s", loss, AT_MOST, most)
