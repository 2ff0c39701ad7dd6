"""The sheet and the page: the right pictures in the right places, and nothing cut off."""

from __future__ import annotations

import re

import numpy as np
import pytest
from PIL import Image, ImageFont

from kinemacolor.engine.preview import sheet as drawing
from kinemacolor.engine.preview.layout import Cell, Section, rows_of
from kinemacolor.engine.preview.page import write_page
from kinemacolor.engine.preview.sheet import draw_sheet, shortened, write_sheet

RED, BLUE, GREEN = (200, 30, 30), (30, 30, 200), (30, 200, 30)
LONG = "a very long name of a photograph that nobody would give to a file " * 3 + "1923.tif"


def plain(color, size=(320, 240)):
    return np.full((size[1], size[0], 3), color, np.uint8)


def cell(title="picture", size=(320, 240), colors=(RED, BLUE), marks=(None, None)):
    labels = ("before", "after", "more", "and more", "still more")[: len(colors)]
    return Cell(title, "frame 7", tuple(plain(c, size) for c in colors), labels, marks)


def found(sheet, color):
    """Where a colour is on a sheet: (top, bottom, left, right) of its runs of columns."""
    here = (np.asarray(sheet) == color).all(axis=2)
    edges = np.flatnonzero(np.diff(np.r_[False, here.any(axis=0), False].astype(int)))
    rows = np.flatnonzero(here.any(axis=1))
    return rows[0], rows[-1] + 1, list(zip(edges[::2], edges[1::2], strict=True))


class TestRows:
    @pytest.mark.parametrize("count", [1, 2, 3, 7, 12, 24])
    @pytest.mark.parametrize("size", [(320, 240), (300, 450), (640, 268)])
    @pytest.mark.parametrize("colors", [(RED, BLUE), (RED, BLUE, GREEN), (RED,) * 5])
    def test_keep_the_order_and_the_page(self, count, size, colors):
        cells = [cell(str(n), size, colors, (None,) * len(colors)) for n in range(count)]
        rows = rows_of(cells, 1504, height=250, tallest=480, gap=32, inner=6)
        assert [one.title for row in rows for one in row.cells] == [str(n) for n in range(count)]
        for row in rows:
            width = sum(round(one.aspect * row.height) for one in row.cells)
            width += 32 * (len(row.cells) - 1) + 6 * sum(len(c.pictures) - 1 for c in row.cells)
            assert width <= 1504 + len(colors) and row.height <= 480
            if row is not rows[-1]:
                assert width > 1480 or row.height == 480

    def test_the_last_row_is_no_higher_than_the_one_before(self):
        rows = rows_of([cell()] * 3, 1504, height=250, tallest=480, gap=32, inner=6)
        assert [len(row.cells) for row in rows] == [2, 1]
        assert rows[1].height == rows[0].height


class TestSheet:
    def test_after_stands_beside_before(self):
        sheet = draw_sheet([Section("reel", "", (cell(),))])
        top, bottom, [(left, right)] = found(sheet, RED)
        below, under, [(begin, end)] = found(sheet, BLUE)
        assert (top, bottom) == (below, under)
        assert left == 48 and right < begin and right - left == end - begin
        assert abs((right - left) / (bottom - top) - 4 / 3) < 0.01

    def test_columns_stand_below_each_other(self):
        cells = (cell("a", colors=(RED, BLUE, GREEN), marks=(None,) * 3),) * 3
        sheet = draw_sheet([Section("reel", "", cells)])
        for color in (RED, BLUE, GREEN):
            _, _, columns = found(sheet, color)
            assert len(columns) == len(rows_of(cells, 1504, height=250, tallest=480, gap=32,
                                               inner=6)[0].cells)  # fmt: skip

    def test_a_mark_is_the_longer_the_less_sure(self):
        def filled(error):
            sheet = draw_sheet([Section("a", "", (cell(marks=(None, error)),))])
            _, bottom, [(_, right)] = found(sheet, BLUE)
            strip = np.asarray(sheet)[bottom + 4 : bottom + 26, right - 46 : right]
            return max((row == drawing._FAINT).all(axis=1).sum() for row in strip)

        assert filled(5) < filled(20) < filled(35) <= filled(400) == 46

    def test_without_marks_there_is_no_legend(self):
        with_legend, without = (
            np.asarray(draw_sheet([Section("a", "", (cell(marks=(None, mark)),))]))[40:110, 900:]
            for mark in (9.0, None)
        )
        assert np.ptp(with_legend) > 100 and np.ptp(without) == 0

    @pytest.mark.parametrize("title", [LONG, "Łódź 1923.jpg", "写真.png"])
    def test_texts_stay_in_their_place(self, title):
        """Beside a narrow pair nothing is written: long names are shortened."""
        sheet = draw_sheet([Section(title, LONG, (cell(title, (60, 240)),))])
        _, bottom, [(_, right)] = found(sheet, BLUE)
        pixels = np.asarray(sheet)
        assert np.ptp(pixels[bottom : bottom + 30, right + 1 :]) == 0
        assert np.ptp(pixels[bottom : bottom + 30, 48:right]) > 100
        assert np.ptp(pixels[:, 1553:]) == 0

    def test_a_text_is_written_without_any_font_for_it(self, monkeypatch):
        monkeypatch.setattr(drawing, "_SYSTEM_FONTS", ())
        assert drawing._lettering("Café …", 15)[1] == "Cafe ..."

    def test_shortening_keeps_both_ends(self):
        font = ImageFont.load_default(15)
        short = shortened(LONG, font, 200)
        assert font.getlength(short) <= 200
        assert short.startswith("a very") and short.endswith("1923.tif")
        assert shortened("short", font, 200) == "short"

    @pytest.mark.parametrize("suffix", [".png", ".jpg", ".webp", ".JPEG"])
    def test_is_written_in_its_format(self, tmp_path, suffix):
        target = tmp_path / f"sheet{suffix}"
        write_sheet(draw_sheet([Section("a", "", (cell(),))], ["the end"]), target)
        with Image.open(target) as written:
            assert written.width == 1600
            assert written.format == drawing.FORMATS[suffix.lower()]
        assert list(tmp_path.iterdir()) == [target]

    def test_a_failure_leaves_nothing(self, tmp_path):
        with pytest.raises(OSError):
            write_sheet(draw_sheet([Section("a", "", (cell(),))]), tmp_path / "none" / "a.png")
        assert not list(tmp_path.iterdir())


def test_a_page_needs_no_other_file_and_escapes_names(tmp_path):
    target = tmp_path / "page.html"
    nasty = '<script>"&'
    write_page([Section(nasty, nasty, (cell(nasty, marks=(None, 12.0)),))], [nasty], target)
    text = target.read_text(encoding="utf-8")
    assert "<script" not in text and text.count("&lt;script&gt;") == 7
    assert text.count('src="data:image/jpeg;base64,') == 2
    assert not re.search(r'(src|href)="(?!data:)', text)
    assert 'value="12.0"' in text
