"""FFmpeg's log: what decoders and demuxers say of damage that no exception tells."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Lock

from av import logging as log

Line = tuple[int, str, str]  # level, name of the decoder or demuxer, message

# Errors by their level that whole films give as well: their pictures are good.
_HARMLESS = re.compile(
    r"mmco: unref short failure|number of reference frames|co located POCs unavailable"
    r"|SEI type|truncated SEI|Overread (VUI|SPS|PPS)|VUI|unable to decode APP fields"
    r"|upload a sample|invalid font|Unknown cover|Duplicate element"
)
# Warnings that tell of damage.
_TELLING = re.compile(
    r"^overread |EOI missing|Missing EOC|End mismatch|Packet mismatch"
    r"|ignoring overflow|ignoring extra picture|bits left after decoding"
    r"|is not implemented"
)

_lock = Lock()
_users = 0
_before: int | None = None
_everybody: log.Capture | None = None


def tells_damage(line: Line, *names: str) -> bool:
    """Whether a line of the log says that something is damaged.

    Args:
        line: of the log.
        names: of the decoder and the demuxer that are asked about, as FFmpeg has them.
    """
    level, name, message = line
    if name not in names or _HARMLESS.search(message):
        return False
    return level <= log.ERROR or (level <= log.WARNING and bool(_TELLING.search(message)))


@contextmanager
def listening() -> Iterator[list[Line]]:
    """Hear FFmpeg's errors and warnings from all threads, as long as the block lasts.

    Gives:
        The lines so far, of all who listen; new ones are appended. A decoder that other threads
        than the caller's serve must be flushed before it is let go: a thread that is about to write
        a line waits for Python's lock, which whoever frees a decoder holds.
    """
    global _users, _before, _everybody
    with _lock:
        if not _users:
            _before = log.get_level()
            log.set_skip_repeated(False)  # one line a frame, though it be the same
            log.set_level(max(log.WARNING, _before or log.WARNING))
            _everybody = log.Capture(local=False)
            _everybody.__enter__()
        _users += 1
        assert _everybody is not None
        lines: list[Line] = _everybody.logs
    try:
        yield lines
    finally:
        with _lock:
            _users -= 1
            if not _users:
                log.set_level(_before)
                _everybody.__exit__(None, None, None)


def own_lines() -> log.Capture:
    """A context that collects the lines of this thread alone, within `listening`."""
    return log.Capture()
