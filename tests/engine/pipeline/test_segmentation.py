"""Pieces of a film, coloured one by one and put together, are the film."""

from __future__ import annotations

import json
import random
from dataclasses import replace
from fractions import Fraction

import numpy as np
import pytest

from kinemacolor.engine.errors import MediaError
from kinemacolor.engine.pipeline.segmentation import plan_segments
from tests.engine.media.video.films import make_film, pictures_of, tracks_of
from tests.engine.tint import pan, tinting_worker, write_grey

SHOTS = (9, 7, 14)


def reel(path, seed=0):
    """Three shots of a moving camera."""
    return write_grey(
        path, [frame for n, length in enumerate(SHOTS) for frame in pan(length, seed=seed + n)]
    )


def in_segments(worker, source, target, order=None, cutting=plan_segments):
    """Colour a film piece by piece, in any order."""
    index = worker.index(source, lambda: None)
    settings = worker.settings
    cut = cutting(
        len(index.pts),
        index.shots,
        settings.segment_frames,
        settings.smoothing_window,
        settings.key_distance,
    )
    parts = {part: target.with_name(f"{target.stem}-{part.start}") for part in cut}
    for part in random.Random(order).sample(cut, len(cut)):
        worker.segment(source, index, part, parts[part], lambda: None)
    report = worker.assemble(source, index, list(parts.values()), target)
    return report, cut


class TestFilm:
    @pytest.mark.parametrize("longest", [1, 4, 11, 100])
    @pytest.mark.parametrize(("every", "window"), [("1", 3), ("4", 0), ("4", 3), ("auto", 3)])
    def test_is_what_the_whole_gives(self, tmp_path, monkeypatch, longest, every, window):
        source = reel(tmp_path / "in.mkv")
        worker = tinting_worker(
            monkeypatch, segment_frames=longest, color_every=every, smoothing_window=window
        )
        worker.film(source, tmp_path / "whole.mkv", lambda: None)
        report, cut = in_segments(worker, source, tmp_path / "cut.mkv", order=longest)
        assert report.frames == sum(SHOTS) and len(cut) >= sum(SHOTS) / longest
        whole, pieces = (pictures_of(tmp_path / f"{name}.mkv") for name in ("whole", "cut"))
        assert [p.time for p in whole] == [p.time for p in pieces]
        for one, other in zip(whole, pieces, strict=True):
            for plane, same in zip(one.planes, other.planes, strict=True):
                np.testing.assert_array_equal(plane, same)

    def test_shots_are_found_where_they_are(self, tmp_path, monkeypatch):
        index = tinting_worker(monkeypatch).index(reel(tmp_path / "in.mkv"), lambda: None)
        assert index.shots == [0, 9, 16]

    def test_needs_its_context(self, tmp_path, monkeypatch):
        """Without it the pieces differ: so the test above can fail."""
        self.differs(tmp_path, monkeypatch, "1", range(5, 11), 0)

    def test_needs_its_keys(self, tmp_path, monkeypatch):
        self.differs(tmp_path, monkeypatch, "7", range(1, 15), 3)

    def differs(self, tmp_path, monkeypatch, every, where, context):
        source = write_grey(tmp_path / "in.mkv", pan(16))
        worker = tinting_worker(monkeypatch, segment_frames=8, color_every=every)

        def narrow(frames, *given):
            return [
                replace(
                    p,
                    decode_start=max(0, p.start - context),
                    decode_stop=min(frames, p.stop + context),
                )
                for p in plan_segments(frames, *given)
            ]

        worker.film(source, tmp_path / "whole.mkv", lambda: None)
        in_segments(worker, source, tmp_path / "cut.mkv", cutting=narrow)
        whole, pieces = (pictures_of(tmp_path / f"{name}.mkv") for name in ("whole", "cut"))
        differ = [
            n
            for n, (one, other) in enumerate(zip(whole, pieces, strict=True))
            if not np.array_equal(one.planes[1], other.planes[1])
        ]
        assert differ and set(differ) <= set(where)

    @pytest.mark.parametrize(
        ("codec", "suffix"),
        [
            ("h264", ".mkv"),
            ("h264", ".mp4"),
            ("hevc", ".mkv"),
            ("hevc", ".mov"),
            ("av1", ".mp4"),
            ("ffv1", ".mkv"),
            ("prores", ".mov"),
            ("dnxhr", ".mov"),
        ],
    )
    def test_in_one_piece_is_the_file_that_one_go_gives(self, tmp_path, monkeypatch, codec, suffix):
        source = make_film(
            tmp_path / f"in{suffix}",
            codec="libx264",
            pix_fmt="yuv420p",
            size=(258, 124) if codec == "dnxhr" else (64, 48),
            frames=30,
            audio=["aac"],
            chapters=True,
        )
        worker = tinting_worker(monkeypatch, codec=codec)
        worker.film(source, tmp_path / f"whole{suffix}", lambda: None)
        in_segments(worker, source, tmp_path / f"cut{suffix}")
        files = [tmp_path / f"{name}{suffix}" for name in ("whole", "cut")]
        if codec in ("hevc", "av1"):  # PyAV cannot mark packets that nothing refers to
            assert tracks_of(files[0]) == tracks_of(files[1])
        else:
            assert files[0].read_bytes() == files[1].read_bytes()

    @pytest.mark.parametrize(
        ("codec", "suffix"), [("ffv1", ".mp4"), ("prores", ".mov"), ("dnxhr", ".mov")]
    )
    def test_of_full_range_is_the_file_that_one_go_gives(
        self, tmp_path, monkeypatch, codec, suffix
    ):
        source = make_film(tmp_path / "in.mkv", pix_fmt="gray", size=(258, 124), frames=9)
        worker = tinting_worker(monkeypatch, codec=codec)
        worker.film(source, tmp_path / f"whole{suffix}", lambda: None)
        in_segments(worker, source, tmp_path / f"cut{suffix}")
        whole, cut = (tmp_path / f"{name}{suffix}" for name in ("whole", "cut"))
        assert whole.read_bytes() == cut.read_bytes()

    @pytest.mark.parametrize("codec", ["h264", "hevc", "av1", "prores"])
    @pytest.mark.parametrize("steps", [[40], [33, 90, 11, 40, 200, 7]])
    def test_of_any_codec_keeps_times_and_sound(self, tmp_path, monkeypatch, codec, steps):
        suffix = ".mov" if codec == "prores" else ".mp4"
        lasts = [steps[n % len(steps)] for n in range(40)]
        source = make_film(
            tmp_path / f"in{suffix}",
            codec="libx264",
            pix_fmt="yuv420p",
            pts=[5 + sum(lasts[:n]) for n in range(40)],
            durations=lasts,
            time_base=Fraction(1, 1000),
            audio=["aac"],
        )
        worker = tinting_worker(monkeypatch, codec=codec, segment_frames=7)
        target = tmp_path / f"out{suffix}"
        in_segments(worker, source, target, order=1)
        before, after = pictures_of(source), pictures_of(target)
        assert [p.time for p in after] == [p.time for p in before]
        sounds = [[t for t in tracks_of(p) if t.type == "audio"] for p in (source, target)]
        assert sounds[0][0].packets == sounds[1][0].packets

    def test_is_the_same_file_every_time(self, tmp_path, monkeypatch):
        source = reel(tmp_path / "in.mkv")
        worker = tinting_worker(monkeypatch, codec="h264", segment_frames=6)
        for order in (1, 2):
            in_segments(worker, source, tmp_path / f"{order}.mkv", order=order)
        assert (tmp_path / "1.mkv").read_bytes() == (tmp_path / "2.mkv").read_bytes()


class TestTrouble:
    def test_a_source_that_has_changed(self, tmp_path, monkeypatch):
        worker = tinting_worker(monkeypatch)
        index = worker.index(reel(tmp_path / "in.mkv"), lambda: None)
        other = reel(tmp_path / "other.mkv", seed=5)
        [part] = plan_segments(len(index.pts), index.shots, 100, 3)
        with pytest.raises(MediaError, match="has changed since the job began"):
            worker.segment(other, index, part, tmp_path / "part", lambda: None)
        assert not (tmp_path / "part").exists()

    @pytest.mark.parametrize("damage", ["cut", "bit", "gone"])
    def test_a_damaged_segment(self, tmp_path, monkeypatch, damage):
        source = reel(tmp_path / "in.mkv")
        worker = tinting_worker(monkeypatch)
        index = worker.index(source, lambda: None)
        [part] = plan_segments(len(index.pts), index.shots, 100, 3)
        worker.segment(source, index, part, tmp_path / "part", lambda: None)
        content = bytearray((tmp_path / "part").read_bytes())
        if damage == "cut":
            (tmp_path / "part").write_bytes(content[:-9])
        elif damage == "bit":
            content[100] ^= 4
            (tmp_path / "part").write_bytes(content)
        else:
            (tmp_path / "part").unlink()
        with pytest.raises(MediaError, match="no whole segment"):
            worker.assemble(source, index, [tmp_path / "part"], tmp_path / "out.mkv")
        assert not (tmp_path / "out.mkv").exists()

    def test_segments_that_are_not_all_of_the_film(self, tmp_path, monkeypatch):
        source, target = reel(tmp_path / "in.mkv"), tmp_path / "out.mkv"
        worker = tinting_worker(monkeypatch)
        index = worker.index(source, lambda: None)
        cut = plan_segments(len(index.pts), index.shots, 12, 3)
        parts = [tmp_path / f"part-{part.start}" for part in cut]
        for part, path in zip(cut, parts, strict=True):
            worker.segment(source, index, part, path, lambda: None)
        for some in (parts[1:], [*parts, parts[-1]]):
            with pytest.raises(MediaError, match=f"frames in all, not of {sum(SHOTS)}"):
                worker.assemble(source, index, some, target)
            assert not target.exists()

    def test_a_segment_of_other_settings(self, tmp_path, monkeypatch):
        source = reel(tmp_path / "in.mkv")
        worker = tinting_worker(monkeypatch, codec="h264")
        index = worker.index(source, lambda: None)
        [part] = plan_segments(len(index.pts), index.shots, 100, 3)
        other = tinting_worker(monkeypatch, codec="ffv1")
        other.segment(source, index, part, tmp_path / "part", lambda: None)
        with pytest.raises(MediaError, match="encoded differently"):
            worker.assemble(source, index, [tmp_path / "part"], tmp_path / "out.mkv")

    @pytest.mark.parametrize(("schema", "read"), [(None, True), (2, False)])
    def test_a_segment_of_another_version(self, tmp_path, monkeypatch, schema, read):
        """The first version's table has other keys, and no schema; a later one's is refused."""
        source, path = reel(tmp_path / "in.mkv"), tmp_path / "part"
        worker = tinting_worker(monkeypatch)
        index = worker.index(source, lambda: None)
        [part] = plan_segments(len(index.pts), index.shots, 100, 3)
        worker.segment(source, index, part, path, lambda: None)
        worker.assemble(source, index, [path], tmp_path / "this.mkv")
        content = path.read_bytes()
        end = len(content) - 8 - int.from_bytes(content[-8:], "big")
        record = json.loads(content[end:-8])
        assert record.pop("schema") == 1
        if schema is None:
            keys = ("headers", "ahead", "times", "durations", "sizes", "checks", "keys")
            record = dict(zip(keys, record.values(), strict=True))
        else:
            record["schema"] = schema
        table = json.dumps(record).encode()
        path.write_bytes(content[:end] + table + len(table).to_bytes(8, "big"))
        if read:
            worker.assemble(source, index, [path], tmp_path / "other.mkv")
            assert (tmp_path / "other.mkv").read_bytes() == (tmp_path / "this.mkv").read_bytes()
        else:
            with pytest.raises(MediaError, match="no whole segment"):
                worker.assemble(source, index, [path], tmp_path / "other.mkv")
