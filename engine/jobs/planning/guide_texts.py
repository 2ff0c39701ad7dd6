"""What a person said of an asset's colours, as far as a job looks into it."""

from __future__ import annotations

from collections.abc import Iterable


def guide_digest(guide: str) -> str:
    """SHA-256 of an asset's guide, hexadecimal; empty where nothing was said."""
    if not guide:
        return ""
    from kinemacolor.engine.guidance.guide_file.guide import (
        digest_of,  # the schema takes its time to build
    )

    return digest_of(guide)


def member_guide(guide: str, member: str) -> str:
    """The guide of a member, of its archive's; empty where nothing was said of it."""
    if not guide:
        return ""
    from kinemacolor.engine.guidance.guide_file.guide import member_text

    return member_text(guide, member)


def member_digests(guide: str, members: Iterable[str]) -> set[str]:
    """What `guide_digest` gives of some members of an archive, without ""."""
    return {guide_digest(member_guide(guide, member)) for member in members} - {""}
