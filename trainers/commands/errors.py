"""What the commands tell a user in one line."""

from __future__ import annotations


class CommandError(Exception):
    """What a user asked for cannot be done; the message is one line."""
