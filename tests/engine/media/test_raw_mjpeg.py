"""Raw Motion JPEG is a film with all its frames; a JPEG that is a still stays one."""

from __future__ import annotations

import io

import numpy as np
import pytest
from PIL import Image

from kinemacolor.engine.errors import MediaError
from kinemacolor.engine.jobs.planning.scan import scan
from kinemacolor.engine.media.kinds import HEAD_BYTES, Kind, kind_of
from kinemacolor.engine.media.raw_mjpeg import begins_with_two_frames, is_raw_mjpeg
from kinemacolor.engine.media.stills import jpeg
from tests.engine.media.video.film_pass import pass_film
from tests.engine.media.video.films import pictures_of


def frame(index, size=(64, 48), **more):
    rows, columns = np.indices(size[::-1])
    stream = io.BytesIO()
    shade = ((rows * 3 + columns * 2 + 20 * index) % 256).astype(np.uint8)
    Image.fromarray(shade).save(stream, "JPEG", quality=90, **more)
    return stream.getvalue()


FILM = b"".join(frame(index) for index in range(12))
PREVIEW = frame(0) + frame(1, size=(32, 24))


@pytest.mark.parametrize("name", ["reel.mjpeg", "reel.MJPG", "reel.bin", "reel", "reel.0001.dat"])
def test_a_film_has_all_its_frames(tmp_path, name):
    source = tmp_path / name
    source.write_bytes(FILM)
    (found,) = scan(source).found
    assert found.kind is Kind.FILM
    done = pass_film(source, tmp_path)
    assert len(pictures_of(done.target)) == 12
    assert any("25 frames a second" in note for note in done.info.notes)


@pytest.mark.parametrize("more", [{}, {"progressive": True}, {"restart_marker_blocks": 2}])
def test_every_kind_of_frame_is_known(more):
    assert begins_with_two_frames(frame(0, **more) + frame(1, **more))
    assert not begins_with_two_frames(frame(0, **more))


@pytest.mark.parametrize("name", ["still", "still.bin", "still.jpg"])
@pytest.mark.parametrize("content", [frame(0), PREVIEW, frame(0) + b"\0" * 20, frame(0)[:-30]])
def test_a_still_stays_a_still(tmp_path, name, content):
    source = tmp_path / name
    source.write_bytes(content)
    assert not is_raw_mjpeg(source)
    (found,) = scan(source).found
    assert found.kind is Kind.STILL


def test_two_pictures_of_one_camera_are_a_still():
    """Both eyes of a stereo camera: the first lists the second."""
    stream = io.BytesIO()
    left, right = (Image.open(io.BytesIO(frame(index))) for index in range(2))
    left.save(stream, "MPO", save_all=True, append_images=[right])
    assert not begins_with_two_frames(stream.getvalue())


def test_a_film_in_an_archive_goes_by_its_name():
    assert kind_of("box/reel.mjpg", FILM[:HEAD_BYTES]) is Kind.FILM
    assert kind_of("box/reel.jpg", FILM[:HEAD_BYTES]) is Kind.STILL


def test_a_film_under_a_stills_name_is_not_cut_to_one_frame():
    with pytest.raises(MediaError, match=r"is a film of JPEG pictures.*\.mjpeg"):
        jpeg.read(FILM, "reel.jpg")
