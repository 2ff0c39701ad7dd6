"""What a segment's writer holds goes with it, not when Python comes to collect."""

from __future__ import annotations

import gc

import av
import pytest

from kinemacolor.engine.errors import MediaError
from kinemacolor.engine.media.video.probe import probe
from kinemacolor.engine.media.video.reader import read_frames
from kinemacolor.engine.media.video.segment_files import segment_writer
from kinemacolor.engine.pipeline.output_choice import choose_output
from kinemacolor.engine.settings import Settings
from tests.engine.media.video.film_pass import chroma_of
from tests.engine.media.video.films import make_film


def encoders() -> int:
    """How many there are, those among them that only the collector would find."""
    contexts = [it for it in gc.get_objects() if type(it) is av.VideoCodecContext]
    return sum(context.is_encoder for context in contexts)


@pytest.fixture
def no_collecting():
    gc.collect()
    gc.disable()
    yield
    gc.enable()


@pytest.mark.usefixtures("no_collecting")
@pytest.mark.parametrize("codec", ["h264", "hevc", "ffv1", "prores"])
@pytest.mark.parametrize("fails", [False, True])
def test_its_encoder_is_gone_with_it(tmp_path, codec, fails):
    info = probe(make_film(tmp_path / "in.mkv", frames=3))
    spec = choose_output(info, Settings(codec=codec))
    frames, before = list(read_frames(info)), encoders()
    try:
        with segment_writer(info, spec, tmp_path / "part") as write:
            for frame in frames:
                write(frame, *chroma_of(info, spec, frame))
            assert encoders() == before + 1
            if fails:
                raise MediaError("in.mkv", "is damaged")
    except MediaError:
        assert fails
    del write
    assert encoders() == before and (tmp_path / "part").exists() != fails
