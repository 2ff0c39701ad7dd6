"""Times on the command line and in settings files."""

import pytest

from kinemacolor.engine.times import parse_time


@pytest.mark.parametrize(
    ("text", "seconds"), [("62.5", 62.5), ("1:02.5", 62.5), ("01:00:00", 3600), ("90", 90)]
)
def test_is_in_seconds(text, seconds):
    assert parse_time(text) == seconds


@pytest.mark.parametrize("text", ["1:99", "1:60:00", "-1", "1:", "noon", "1:2:3:4"])
def test_is_none(text):
    with pytest.raises(ValueError, match="is no time"):
        parse_time(text)
