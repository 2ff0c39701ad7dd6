"""Who holds a job's lock, as the lock's file tells."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, TypedDict, cast

UNKNOWN = "unknown"  # token of a holder whom a damaged lock does not tell
_LONGEST_TOKEN = 64


class Holder(TypedDict):
    """Who holds a lock, as the lock's file has it.

    Attributes:
        host, pid: machine and number of the process; empty and 0 where the file is damaged.
        space: run of the machine and container, within which `pid` means something.
        born: when the process began, in the kernel's ticks; None where the system does not tell.
        token: random, so that no two holders are equal.
        since: when the lock was made, in seconds since 1970.
    """

    host: str
    space: str
    pid: int
    born: str | None
    token: str
    since: float


def holder(path: Path) -> Holder | None:
    """Who holds the lock `path`; None where nobody does."""
    unknown: Holder = {
        "host": "",
        "space": "",
        "pid": 0,
        "born": None,
        "token": UNKNOWN,
        "since": 0,
    }
    try:
        held = json.loads(path.read_bytes())
        return cast(Holder, unknown | held) if _is_holder(held) else unknown
    except FileNotFoundError:
        return None
    except (OSError, ValueError, TypeError, KeyError, AttributeError, RecursionError):
        return unknown


def _is_holder(held: Mapping[str, Any]) -> bool:
    """Whether a lock's file tells who holds it; the token becomes a part of a file's name."""
    token = held["token"]
    return bool(
        type(held["pid"]) is int
        and 0 < held["pid"] < 2**31
        and isinstance(held["host"], str)
        and held["host"]
        and isinstance(held.get("space", ""), str)
        and token.isascii()
        and token.isalnum()
        and len(token) <= _LONGEST_TOKEN
    )
