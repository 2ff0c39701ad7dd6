"""Sizes of what is installed."""

from __future__ import annotations

from benchmarks import footprint


def test_sizes_are_of_files_and_links_are_not_followed(tmp_path):
    (tmp_path / "one/deep").mkdir(parents=True)
    (tmp_path / "one/deep/file").write_bytes(b"x" * 5000)
    (tmp_path / "two").mkdir()
    (tmp_path / "two/file").write_bytes(b"x" * 300)
    (tmp_path / "two/link").symlink_to(tmp_path / "one", target_is_directory=True)
    assert footprint.size_of(tmp_path / "one") == 5000
    assert 300 < footprint.size_of(tmp_path / "two") < 5000
    assert list(footprint.largest(tmp_path, 1).items()) == [("one", 5000)]


def test_the_wheel_has_the_weights():
    weights = footprint.ROOT / "models/weights"
    assert footprint.wheel_bytes() > 0.8 * footprint.size_of(weights)
