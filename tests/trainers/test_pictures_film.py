"""Frames of films: sampled evenly, in the right colours, without repeats, decoded once."""

import socket
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest

from kinemacolor.trainers.pictures import DataError, film, open_pictures
from kinemacolor.trainers.pictures.film import to_rgb

PATCHES = np.array(
    [[200, 40, 30], [30, 160, 60], [40, 60, 190], [230, 200, 40], [128, 128, 128], [20, 20, 20]]
)
# Kr, Kb (ITU-T H.273) by FFmpeg's number of the matrix.
WEIGHTS = {1: (0.2126, 0.0722), 5: (0.299, 0.114), 6: (0.299, 0.114), 9: (0.2627, 0.0593)}


def codes(rgb: np.ndarray, matrix: int, full: bool, depth: int) -> np.ndarray:
    """(N, 3) Y', Cb, Cr codes of (N, 3) 8-bit R'G'B', by the standards' formulas."""
    kr, kb = WEIGHTS[matrix]
    red, green, blue = rgb.T / 255
    y = kr * red + (1 - kr - kb) * green + kb * blue
    cb, cr = (blue - y) / (2 - 2 * kb), (red - y) / (2 - 2 * kr)
    unit = 2 ** (depth - 8)
    if full:
        top = 2**depth - 1
        planes = [y * top, cb * top + 128 * unit, cr * top + 128 * unit]
    else:
        planes = [(219 * y + 16) * unit, (224 * cb + 128) * unit, (224 * cr + 128) * unit]
    return np.rint(planes).T.astype(int)


def patches(pix_fmt: str, values: np.ndarray, height: int = 32) -> av.VideoFrame:
    """Upright bars, 16 pixels wide, of the plane codes given."""
    frame = av.VideoFrame(16 * len(values), height, pix_fmt)
    for number, plane in enumerate(frame.planes):
        dtype = np.uint16 if "le" in pix_fmt else np.uint8
        rows = np.frombuffer(plane, dtype).reshape(plane.height, -1)
        rows[:, : plane.width] = np.repeat(values[:, number], plane.width // len(values))
    return frame


def save(path: Path, frames, *, rate=1, codec="ffv1", muxer=None, turn=0, **fields) -> Path:
    """A film of frames in one pixel format; `fields` are the codec context's."""
    formats = {".mkv": "matroska", ".mp4": "mp4", ".avi": "avi", ".m4v": "m4v"}
    with av.open(str(path), "w", format=formats[path.suffix], options=muxer or {}) as out:
        stream = out.add_stream(codec, rate=rate)
        first = frames[0]
        stream.width, stream.height, stream.pix_fmt = first.width, first.height, first.format.name
        for name, value in fields.items():
            setattr(stream.codec_context, name, value)
        if turn:
            stream.set_display_rotation(turn)
        for i, frame in enumerate(frames):
            frame.pts, frame.time_base = i, Fraction(1, rate)
            out.mux(stream.encode(frame))
        out.mux(stream.encode())
    return path


def plain(grey: int, size=(32, 32)) -> av.VideoFrame:
    rgb = np.full((size[1], size[0], 3), grey, np.uint8)
    return av.VideoFrame.from_ndarray(rgb, "rgb24").reformat(format="bgr0")


@pytest.mark.parametrize("full", [False, True])
@pytest.mark.parametrize("matrix", WEIGHTS)
@pytest.mark.parametrize("pix_fmt", ["yuv444p", "yuv420p", "yuv420p10le"])
def test_a_film_is_read_by_its_own_matrix_and_range(tmp_path, pix_fmt, matrix, full):
    depth = 10 if "10" in pix_fmt else 8
    frame = patches(pix_fmt, codes(PATCHES, matrix, full, depth))
    path = save(tmp_path / "film.mkv", [frame], colorspace=matrix, color_range=2 if full else 1)
    pictures = open_pictures([str(path)], tmp_path / "cache")
    seen = pictures.read(0)[16, 8::16].astype(int)
    assert np.abs(seen - PATCHES).max() <= 2


@pytest.mark.parametrize(("height", "matrix"), [(576, 5), (578, 1)])
def test_an_untagged_film_is_read_by_its_size(height, matrix):
    frame = patches("yuv444p", codes(PATCHES, matrix, False, 8), height)
    assert np.abs(to_rgb(frame)[9, 8::16].astype(int) - PATCHES).max() <= 2


def test_formats_that_say_their_range_need_no_tag():
    frame = patches("yuvj444p", codes(PATCHES, 5, True, 8))
    assert np.abs(to_rgb(frame)[9, 8::16].astype(int) - PATCHES).max() <= 2
    grey = patches("gray", np.array([[0], [37], [255]]))
    assert (to_rgb(grey)[9, 8::16] == [[0] * 3, [37] * 3, [255] * 3]).all()


def test_one_frame_a_second_is_taken_and_repeats_are_left_out(tmp_path):
    greys = [20, 20, 90, 91, 160, 160, 160, 20]
    frames = [plain(grey + noise) for grey in greys for noise in (0, 60, 70, 80)]
    path = save(tmp_path / "film.mkv", frames, rate=4)
    pictures = open_pictures([str(path)], tmp_path / "cache")
    assert list(pictures.names) == [f"film.mkv@{second}.000s" for second in (0, 2, 4, 7)]
    assert [pictures.read(i)[5, 5, 0] for i in range(4)] == [20, 90, 160, 20]


def test_frames_are_lossless_and_decoded_once(tmp_path, monkeypatch):
    rng = np.random.default_rng(0)
    shots = [rng.integers(0, 256, (24, 40, 3), np.uint8) for _ in range(3)]
    frames = [av.VideoFrame.from_ndarray(s, "rgb24").reformat(format="bgr0") for s in shots]
    path, cache = save(tmp_path / "film.avi", frames), tmp_path / "cache"
    open_pictures([str(path)], cache)
    monkeypatch.setattr(film, "_sample", lambda *_: pytest.fail("decoded again"))
    pictures = open_pictures([str(path)], cache)
    for i, shot in enumerate(shots):
        assert (pictures.read(i) == shot).all()
    assert not list(cache.glob("*.part"))


@pytest.mark.parametrize("suffix", [".mkv", ".mp4"])
def test_a_long_film_is_sampled_evenly_by_seeking(tmp_path, monkeypatch, suffix):
    monkeypatch.setattr(film, "LIMIT", 5)
    frames = [plain(40 + 3 * i).reformat(format="yuv420p") for i in range(60)]
    path = save(tmp_path / f"film{suffix}", frames, codec="mpeg4", gop_size=8)
    decoded = []
    monkeypatch.setattr(film, "to_rgb", lambda frame: decoded.append(frame) or to_rgb(frame))
    names = open_pictures([str(path)], tmp_path / "cache").names
    assert list(names) == [f"film{suffix}@{second}.000s" for second in (0, 12, 24, 36, 48)]
    assert len(decoded) == 5


def test_a_film_of_unknown_length_is_measured_first(tmp_path, monkeypatch):
    monkeypatch.setattr(film, "LIMIT", 5)
    frames = [plain(40 + 5 * i).reformat(format="yuv420p") for i in range(40)]
    bare = save(tmp_path / "film.m4v", frames, codec="mpeg4")
    live = save(tmp_path / "film.mkv", frames, codec="mpeg4", muxer={"live": "1"})
    for path in (bare, live):
        with av.open(str(path)) as source:
            assert source.duration is None
        times = [float(name[9:-1]) for name in open_pictures([str(path)], tmp_path / "c").names]
        assert len(times) == 5 and np.ptp(np.diff(times)) <= 1 and times[-1] >= 31


def test_pixels_are_made_square_and_large_frames_reduced(tmp_path):
    frame = plain(9, (40, 30)).reformat(format="yuv420p")
    wide = save(tmp_path / "wide.mp4", [frame], codec="mpeg4", sample_aspect_ratio=Fraction(16, 10))
    assert open_pictures([str(wide)], tmp_path / "cache").read(0).shape == (30, 64, 3)
    large = save(tmp_path / "large.mkv", [plain(9, (1000, 900))])
    assert open_pictures([str(large)], tmp_path / "cache").read(0).shape == (720, 800, 3)


@pytest.mark.parametrize("turn", [90, 180, -90])
def test_a_turned_film_is_shown_upright(tmp_path, turn):
    bars = patches("yuv420p", codes(PATCHES, 5, False, 8))
    path = save(tmp_path / "film.mp4", [bars], codec="mpeg4", turn=turn, bit_rate=4_000_000)
    seen = open_pictures([str(path)], tmp_path / "cache").read(0)
    shown = np.rot90(to_rgb(bars), turn // 90)  # counter-clockwise, as PyAV's degrees are
    assert seen.shape == shown.shape and np.abs(seen.astype(int) - shown).mean() < 12


def test_a_film_cut_off_gives_what_is_left(tmp_path):
    rng = np.random.default_rng(0)
    shots = [rng.integers(0, 256, (48, 64, 3), np.uint8) for _ in range(8)]
    frames = [av.VideoFrame.from_ndarray(s, "rgb24").reformat(format="bgr0") for s in shots]
    path = save(tmp_path / "film.mkv", frames)
    path.write_bytes(path.read_bytes()[: path.stat().st_size * 2 // 3])
    pictures = open_pictures([str(path)], tmp_path / "cache")
    assert 3 <= len(pictures) <= 6
    assert (pictures.read(2) == shots[2]).all()


def test_sound_alone_is_told(tmp_path):
    path = tmp_path / "sound.wav"
    with av.open(str(path), "w", format="wav") as out:
        stream = out.add_stream("pcm_s16le", rate=8000, layout="mono")
        sound = av.AudioFrame.from_ndarray(np.zeros((1, 800), np.int16), "s16", "mono")
        sound.sample_rate = 8000
        out.mux(stream.encode(sound))
        out.mux(stream.encode())
    with pytest.raises(DataError, match=r"sound.wav: is no film; give"):
        open_pictures([str(path)])


def test_a_playlist_opens_nothing_but_local_files(tmp_path):
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.settimeout(0.2)
        address = f"http://127.0.0.1:{server.getsockname()[1]}/film.ts"
        playlist = tmp_path / "list.m3u8"
        playlist.write_text(f"#EXTM3U\n#EXTINF:1,\n{address}\n#EXT-X-ENDLIST\n")
        with pytest.raises(DataError):
            open_pictures([str(playlist)])
        with pytest.raises(TimeoutError):
            server.accept()
