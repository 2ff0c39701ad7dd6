"""Excerpts that a trial is made with: packets copied as they are."""

from __future__ import annotations

import av
import numpy as np
import pytest

from kinemacolor.engine.media.video.excerpt import cut_excerpt
from kinemacolor.engine.media.video.probe import probe
from tests.engine.media.video.films import make_film


@pytest.mark.parametrize("name", ["in.mkv", "in.mp4"])
def test_of_a_film_with_reordered_frames(tmp_path, name):
    """Behind a seek Matroska tells no decoding times of the first packets."""
    options = {"bf": "3", "g": "25"}
    source = make_film(
        tmp_path / name, codec="libx264", pix_fmt="yuv420p", frames=120, options=options
    )
    cut_excerpt(probe(source), tmp_path / "part.mkv", 30)
    with av.open(str(tmp_path / "part.mkv")) as part, av.open(str(source)) as whole:
        found = [frame.to_ndarray() for frame in part.decode(video=0)]
        there = {frame.to_ndarray().tobytes() for frame in whole.decode(video=0)}
    assert len(found) >= 24  # the last may want frames that are cut off
    assert all(np.ascontiguousarray(frame).tobytes() in there for frame in found)
