"""The contact sheet: the right pictures in the right places."""

from __future__ import annotations

import zipfile
from fractions import Fraction
from pathlib import Path

import av
import cv2
import numpy as np
import pytest
from PIL import Image

from examples.contact_sheet import main, pairs_of, write_sheet
from kinemacolor.engine.errors import MediaError
from tests.engine.media.video.films import make_film


def _stepped(path: Path, frames: int) -> Path:
    """A lossless grey film whose frame i is 10 i all over."""
    with av.open(str(path), "w") as film:
        stream = film.add_stream("ffv1", rate=24)
        stream.width, stream.height, stream.pix_fmt = 64, 48, "gray"
        for number in range(frames):
            picture = np.full((48, 64), 10 * number, np.uint8)
            film.mux(stream.encode(av.VideoFrame.from_ndarray(picture, format="gray")))
        film.mux(stream.encode(None))
    return path


def _zip(path: Path, names: list[str], level: int) -> Path:
    with zipfile.ZipFile(path, "w") as archive:
        for name in names:
            archive.writestr(name, cv2.imencode(".png", np.full((8, 6), level, np.uint8))[1])
        archive.writestr("notes.txt", "not a picture")
    return path


class TestFilms:
    def test_even_steps_and_two_neighbours(self, tmp_path: Path) -> None:
        film = _stepped(tmp_path / "film.mkv", 12)
        pairs = list(pairs_of(film, film))
        levels = [round(pair.before.mean() / 10) for pair in pairs]
        assert levels == [1, 3, 5, 7, 9, 11, 6, 7]
        assert pairs[0].caption == "frame 2, 0.04 s"
        assert pairs[-1].caption.endswith("the next frame")

    def test_after_comes_from_the_other_film(self, tmp_path: Path) -> None:
        before = _stepped(tmp_path / "before.mkv", 12)
        after = make_film(tmp_path / "after.mkv", pix_fmt="yuv420p")
        for pair in pairs_of(before, after):
            assert np.ptp(pair.before) == 0
            assert np.ptp(pair.after) > 100

    def test_one_frame_is_enough(self, tmp_path: Path) -> None:
        film = _stepped(tmp_path / "film.mkv", 1)
        assert len(list(pairs_of(film, film))) == 8

    @pytest.mark.parametrize(
        ("options", "shape"),
        [
            ({}, (48, 64)),
            ({"rotation": 90}, (64, 48)),
            ({"aspect": Fraction(2)}, (48, 128)),
            ({"aspect": Fraction(2), "rotation": 90}, (128, 48)),
        ],
    )
    def test_shown_as_displayed(
        self, tmp_path: Path, options: dict, shape: tuple[int, int]
    ) -> None:
        film = make_film(tmp_path / "film.mp4", codec="libx264", pix_fmt="yuv420p", **options)
        assert {pair.before.shape for pair in pairs_of(film, film)} == {(*shape, 3)}

    @pytest.mark.parametrize("matrix", [1, 6])
    def test_colors_by_the_films_own_matrix(self, tmp_path: Path, matrix: int) -> None:
        """The same codes, by the formulas of BT.709 and of BT.601."""
        path = tmp_path / "film.mkv"
        with av.open(str(path), "w") as film:
            stream = film.add_stream("ffv1", rate=24)
            stream.width, stream.height, stream.pix_fmt = 64, 48, "yuv444p"
            stream.codec_context.colorspace, stream.codec_context.color_range = matrix, 1
            planes = np.empty((3, 48, 64), np.uint8)
            planes[:] = np.array([63, 102, 240])[:, None, None]
            film.mux(stream.encode(av.VideoFrame.from_ndarray(planes, format="yuv444p")))
            film.mux(stream.encode(None))
        shown = next(pairs_of(path, path)).before[24, 32].astype(int)
        kr, kb = (0.2126, 0.0722) if matrix == 1 else (0.299, 0.114)
        y, cb, cr = (63 - 16) / 219, (102 - 128) / 224, (240 - 128) / 224
        r, b = y + 2 * (1 - kr) * cr, y + 2 * (1 - kb) * cb
        g = (y - kr * r - kb * b) / (1 - kr - kb)
        wanted = np.clip([r, g, b], 0, 1) * 255
        assert np.abs(shown - wanted).max() < 4

    def test_a_shorter_film_is_no_counterpart(self, tmp_path: Path) -> None:
        long, short = _stepped(tmp_path / "a.mkv", 12), _stepped(tmp_path / "b.mkv", 9)
        with pytest.raises(MediaError, match="fewer frames than the 12"):
            list(pairs_of(long, short))


class TestStillsAndArchives:
    def test_members_of_archives_by_name(self, tmp_path: Path) -> None:
        before = _zip(tmp_path / "a.zip", ["x/1.png", "x/2.png"], 50)
        after = _zip(tmp_path / "b.zip", ["x/2.png", "x/1.png"], 90)
        pairs = list(pairs_of(before, after))
        assert [pair.caption for pair in pairs] == ["1.png", "2.png"]
        assert {(int(p.before.mean()), int(p.after.mean())) for p in pairs} == {(50, 90)}

    def test_a_missing_member_is_named(self, tmp_path: Path) -> None:
        before = _zip(tmp_path / "a.zip", ["1.png", "2.png"], 50)
        after = _zip(tmp_path / "b.zip", ["1.png"], 90)
        with pytest.raises(MediaError, match=r"lacks 2\.png"):
            list(pairs_of(before, after))

    def test_sixteen_bits_and_orientation(self, tmp_path: Path) -> None:
        exif = Image.Exif()
        exif[0x0112] = 6
        Image.new("L", (60, 40), 77).save(tmp_path / "turned.jpg", exif=exif)
        cv2.imwrite(str(tmp_path / "deep.png"), np.full((40, 60), 77 * 257, np.uint16))
        (turned,) = pairs_of(tmp_path / "turned.jpg", tmp_path / "deep.png")
        assert turned.before.shape == (60, 40, 3)
        assert turned.after.shape == (40, 60, 3)
        assert (turned.after == 77).all()

    def test_other_files_are_refused(self, tmp_path: Path) -> None:
        text = tmp_path / "notes.txt"
        text.write_text("words")
        with pytest.raises(MediaError, match="neither a film"):
            list(pairs_of(text, text))


class TestCommand:
    def test_writes_a_sheet(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        film = _stepped(tmp_path / "film.mkv", 12)
        out = tmp_path / "sheet.png"
        monkeypatch.setattr("sys.argv", ["contact_sheet", str(out), str(film), str(film)])
        main()
        with Image.open(out) as sheet:
            assert (sheet.format, sheet.width) == ("PNG", 1600)

    @pytest.mark.parametrize(
        ("files", "status"),
        [(["a.mkv"], 2), (["missing.mkv", "missing.mkv"], "missing.mkv: cannot be opened")],
    )
    def test_mistakes_are_told(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, files: list[str], status: int | str
    ) -> None:
        monkeypatch.chdir(tmp_path)
        monkeypatch.setattr("sys.argv", ["contact_sheet", "sheet.png", *files])
        with pytest.raises(SystemExit) as stop:
            main()
        if isinstance(status, str):
            assert status in str(stop.value.code)
        else:
            assert stop.value.code == status
        assert not list(tmp_path.iterdir())

    def test_a_failed_sheet_leaves_nothing(self, tmp_path: Path) -> None:
        film = _stepped(tmp_path / "film.mkv", 3)
        with pytest.raises(FileNotFoundError):
            write_sheet(tmp_path / "no folder" / "sheet.png", [(film, film)])
        assert [path.name for path in tmp_path.iterdir()] == ["film.mkv"]
