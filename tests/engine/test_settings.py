"""Settings that are checked, and what follows from them."""

import pytest

from kinemacolor.engine.settings import Settings
from kinemacolor.models.errors import SettingsError


@pytest.mark.parametrize("value", ["0", "-2", "33", "1.5", "", "always"])
def test_color_every_is_auto_or_a_number(value):
    with pytest.raises(SettingsError, match="color_every: "):
        Settings(color_every=value)


@pytest.mark.parametrize(
    ("field", "value"), [("frames", (8, 15)), ("memory", 4), ("suffix", None), ("saturation", "1")]
)
def test_what_is_of_another_type_is_refused(field, value):
    with pytest.raises(SettingsError, match=f"{field}: .* is not possible"):
        Settings(**{field: value})


def test_the_distance_of_keys():
    assert [Settings(color_every=n).key_distance for n in ("1", "32")] == [1, 32]
    assert Settings().key_distance == Settings(color_every="auto").key_distance > 1


@pytest.mark.parametrize(
    ("every", "window", "strength", "follows"),
    [("1", 0, 1, False), ("1", 3, 0, False), ("1", 1, 0.5, True), ("2", 0, 1, True)],
)
def test_motion_is_followed_where_anything_needs_it(every, window, strength, follows):
    settings = Settings(color_every=every, smoothing_window=window, smoothing_strength=strength)
    assert settings.follows_motion is follows
