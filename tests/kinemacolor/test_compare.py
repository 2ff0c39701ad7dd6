"""Comparisons of settings, as texts and as values."""

from kinemacolor._compare import common_settings, parse_comparison, ways_of
from kinemacolor.engine.settings import Settings


def test_of_what_is_true_or_false():
    columns = ways_of(Settings(), parse_comparison(["color-memory=true,False"]))
    assert [heading for heading, _ in columns] == ["color-memory true", "color-memory false"]
    assert [way.color_memory for _, way in columns] == [True, False]
    assert "color-memory false" in common_settings(Settings(color_memory=False), None)
