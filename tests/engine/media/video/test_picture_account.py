"""What an account of pictures says of those that build on lost ones."""

from __future__ import annotations

from fractions import Fraction

import pytest

from kinemacolor.engine.media.video.picture_account import PictureAccount


def account_of(keys, lost):
    """Of 48 pictures, some of which are not there; a hole is known, but not its place."""
    account = PictureAccount(Fraction(1, 25))
    account.hole(anywhere=True)
    for time in range(48):
        if time not in lost:
            number = account.add(time, key=time in keys, shown=True)
            account.answer(number, corrupt=False, interlaced=False)
    return account.damage(0)


@pytest.mark.parametrize(
    ("keys", "lost", "spoiled"),
    [
        ({0, 12, 24, 36}, {15, 16}, range(17, 24)),
        ({0, 12, 24, 36}, {22, 23, 24, 25}, range(26, 36)),
        (set(range(48)), {15, 16}, ()),
        ({0, 12, 24, 36}, {23}, ()),
    ],
)
def test_behind_a_gap_they_are_damaged_up_to_the_next_key(keys, lost, spoiled):
    """A short film is read while it is opened: nobody knows then where its hole was."""
    damage = account_of(keys, lost)
    assert [picture.number for picture in damage.lost] == sorted(lost)
    assert [picture.number for picture in damage.spoiled] == list(spoiled)
