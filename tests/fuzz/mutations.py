"""Damage to a file, drawn from a seed: flipped bytes, an end cut off, a hole, swapped chunks."""

from __future__ import annotations

from random import Random


def _flipped(content: bytearray, random: Random) -> str:
    places = [random.randrange(len(content)) for _ in range(random.choice((1, 1, 2, 8, 40)))]
    for at in places:
        content[at] ^= random.randrange(1, 256)
    return f"{len(places)} bytes flipped, the first at {places[0]}"


def _truncated(content: bytearray, random: Random) -> str:
    length = random.randrange(len(content))
    del content[length:]
    return f"cut off at {length}"


def _holed(content: bytearray, random: Random) -> str:
    start = random.randrange(len(content))
    stop = min(len(content), start + random.choice((1, 16, 188, 512, 2048)))
    if random.random() < 0.5:
        content[start:stop] = bytes(stop - start)
        return f"zeros from {start} to {stop}"
    del content[start:stop]
    return f"without {start} to {stop}"


def _swapped(content: bytearray, random: Random) -> str:
    size = min(random.choice((16, 188, 512, 2048)), max(1, len(content) // 3))
    first, second = sorted(random.sample(range(0, len(content) - size + 1), 2))
    second = min(max(second, first + size), len(content) - size)
    if second < first + size:
        return _flipped(content, random)
    one, other = content[first : first + size], content[second : second + size]
    content[first : first + size], content[second : second + size] = other, one
    return f"{size} bytes at {first} and {second} swapped"


_KINDS = (_flipped, _truncated, _holed, _swapped)


def mutant(content: bytes, name: str, seed: int, number: int) -> tuple[bytes, str]:
    """A damaged file, and in words what was done to it.

    Args:
        content: of the whole file.
        name, seed, number: the same ones give the same damage; numbers take the kinds in turn.
    """
    random = Random(f"{name} {seed} {number}")
    damaged = bytearray(content)
    words = _KINDS[number % len(_KINDS)](damaged, random)
    return bytes(damaged), words
