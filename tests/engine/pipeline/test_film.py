"""One film through the whole pipeline: light, times, colour, and what is left when it breaks."""

import resource
import threading
from fractions import Fraction
from functools import partial

import av
import numpy as np
import pytest
import torch

from kinemacolor.engine.color.recombination.film_gpu import DeviceRecombiner
from kinemacolor.engine.errors import MediaError
from kinemacolor.engine.motion.frames import ColoredFrame, with_flow
from kinemacolor.engine.motion.smoothing import smooth_temporally
from tests.engine.media.video.films import make_film, pictures_of
from tests.engine.tint import Tint, pan, photo, tinting_worker, write_grey

LIMITED, FULL = 1, 2


def chroma(path):
    """Cb and Cr of every frame, less their neutral code."""
    seen = []
    for item in pictures_of(path):
        middle = 1 << (item.frame.format.components[0].bits - 1)
        seen.append(np.stack([plane.astype(int) - middle for plane in item.planes[1:3]]))
    return np.stack(seen)


def nothing():
    """What a job does after a frame, here."""


class TestLight:
    @pytest.mark.parametrize("range_", [LIMITED, FULL])
    @pytest.mark.parametrize("pix_fmt", ["gray", "gray10le", "yuv420p", "yuv420p10le", "yuv422p"])
    def test_is_byte_identical(self, tmp_path, monkeypatch, pix_fmt, range_):
        source = make_film(tmp_path / "in.mkv", pix_fmt=pix_fmt, color={"color_range": range_})
        target = tmp_path / "out.mkv"
        frames = []
        report = tinting_worker(monkeypatch).film(source, target, lambda: frames.append(1))
        before, after = pictures_of(source), pictures_of(target)
        assert len(after) == len(before) == len(frames) == report.frames == 12
        for old, new in zip(before, after, strict=True):
            np.testing.assert_array_equal(old.planes[0], new.planes[0])
        assert np.abs(chroma(target)).mean() > 5

    def test_is_the_same_with_and_without_smoothing(self, tmp_path, monkeypatch):
        source = write_grey(tmp_path / "in.mkv", pan(10))
        for window in (0, 3):
            target = tmp_path / f"{window}.mkv"
            tinting_worker(monkeypatch, smoothing_window=window).film(source, target, nothing)
        without, with_ = (pictures_of(tmp_path / f"{window}.mkv") for window in (0, 3))
        for one, other in zip(without, with_, strict=True):
            np.testing.assert_array_equal(one.planes[0], other.planes[0])
        assert not np.array_equal(chroma(tmp_path / "0.mkv"), chroma(tmp_path / "3.mkv"))

    @pytest.mark.parametrize("suffix", [".mkv", ".mp4"])
    def test_comes_at_its_own_times(self, tmp_path, monkeypatch, suffix):
        steps = [40, 40, 80, 20, 120, 40, 33, 41, 10, 40, 200, 40]
        times = [7 + sum(steps[:i]) for i in range(len(steps))]
        source = make_film(
            tmp_path / f"in{suffix}", pts=times, durations=steps, time_base=Fraction(1, 1000)
        )
        target = tmp_path / f"out{suffix}"
        tinting_worker(monkeypatch).film(source, target, nothing)
        before, after = ([p.time for p in pictures_of(path)] for path in (source, target))
        assert after == before
        assert np.ptp(np.diff(np.array(after, float))) > 0.1  # the times did vary


class TestColor:
    def test_is_the_same_every_time(self, tmp_path, monkeypatch):
        source = write_grey(tmp_path / "in.mkv", pan(16))
        for name in "ab":
            tinting_worker(monkeypatch).film(source, tmp_path / f"{name}.mkv", nothing)
        packets = [self.packets(tmp_path / f"{name}.mkv") for name in "ab"]
        assert packets[0] == packets[1] and len(packets[0]) == 16

    @staticmethod
    def packets(path):
        with av.open(str(path)) as film:
            return [bytes(packet) for packet in film.demux(video=0) if packet.size]

    def test_owes_nothing_to_the_old_color(self, tmp_path, monkeypatch):
        worker, results = tinting_worker(monkeypatch), []
        for swap in (False, True):
            source = tmp_path / f"in-{swap}.mkv"
            with av.open(str(source), "w") as film:
                video = film.add_stream("ffv1", rate=25, width=96, height=64, pix_fmt="yuv420p")
                for luma in pan(4):
                    blue, red = np.full((32, 48), 70, np.uint8), np.full((32, 48), 200, np.uint8)
                    planes = (luma, *((red, blue) if swap else (blue, red)))
                    flat = np.concatenate([plane.ravel() for plane in planes]).reshape(96, 96)
                    film.mux(video.encode(av.VideoFrame.from_ndarray(flat, format="yuv420p")))
                film.mux(video.encode(None))
            worker.film(source, tmp_path / "out.mkv", nothing)
            results.append(chroma(tmp_path / "out.mkv"))
        assert len(results[0]) == 4
        np.testing.assert_array_equal(*results)

    def test_is_the_same_where_recombination_is_on_a_device(self, tmp_path, monkeypatch):
        source = write_grey(tmp_path / "in.mkv", pan(8))
        tinting_worker(monkeypatch).film(source, tmp_path / "here.mkv", nothing)
        there = partial(DeviceRecombiner, device=torch.device("cpu"))
        monkeypatch.setattr("kinemacolor.engine.pipeline.frames.FilmRecombiner", there)
        tinting_worker(monkeypatch).film(source, tmp_path / "there.mkv", nothing)
        here, there = pictures_of(tmp_path / "here.mkv"), pictures_of(tmp_path / "there.mkv")
        for one, other in zip(here, there, strict=True):
            np.testing.assert_array_equal(one.planes[0], other.planes[0])
        assert np.abs(chroma(tmp_path / "here.mkv") - chroma(tmp_path / "there.mkv")).max() <= 2

    @pytest.mark.parametrize("turns", [1, 2, 3])
    def test_of_a_turned_film_is_that_of_the_upright_one(self, tmp_path, monkeypatch, turns):
        upright = pan(3)
        plain = write_grey(tmp_path / "plain.mkv", upright)
        # Stored turned clockwise; to be shown turned back, counter-clockwise.
        turned = write_grey(
            tmp_path / "turned.mkv", [np.rot90(f, -turns) for f in upright], rotation=90 * turns
        )
        network = Tint()
        worker = tinting_worker(monkeypatch, network, smoothing_window=0)
        for source in (plain, turned):
            worker.film(source, tmp_path / f"{source.stem}-out.mkv", nothing)
        assert set(network.sizes) == {(32, 64)}
        expected = chroma(tmp_path / "plain-out.mkv")
        stored = chroma(tmp_path / "turned-out.mkv")
        shown = np.rot90(stored, turns, axes=(2, 3))
        assert np.abs(shown - expected).mean() < 0.5
        assert np.abs(shown - expected[:, :, ::-1]).mean() > 5  # upside down is told apart
        with av.open(str(tmp_path / "turned-out.mkv")) as film:
            assert next(film.decode(video=0)).rotation % 360 == 90 * turns

    def test_of_an_anamorphic_film_is_seen_in_its_true_shape(self, tmp_path, monkeypatch):
        wide = [np.repeat(frame, 2, axis=1) for frame in pan(3, 64, 48)]
        square = write_grey(tmp_path / "square.mkv", wide)
        squeezed = write_grey(
            tmp_path / "squeezed.mp4", [frame[:, ::2] for frame in wide], aspect=Fraction(2)
        )
        network = Tint()
        worker = tinting_worker(monkeypatch, network, smoothing_window=0)
        for source in (square, squeezed):
            worker.film(source, tmp_path / f"{source.stem}-out.mkv", nothing)
        assert set(network.sizes) == {(32, 64)}
        expected = chroma(tmp_path / "square-out.mkv").reshape(3, 2, 32, 24, 2).mean(axis=4)
        assert np.abs(chroma(tmp_path / "squeezed-out.mkv") - expected).mean() < 1.5


class TestSmoothing:
    """A segment with enough frames around it comes out as it does within the whole film."""

    @staticmethod
    def scene(frames, shape=(64, 96)):
        rng = np.random.default_rng(5)
        for i, luma in enumerate(pan(frames, *shape)):
            ab = rng.normal(10, 20, (*shape, 2)).astype(np.float32)
            yield ColoredFrame(i, (luma / 2.55).astype(np.float32), ab)

    @pytest.mark.parametrize("window", [1, 2, 3, 5])
    @pytest.mark.parametrize(("start", "end"), [(6, 10), (8, 9), (0, 4), (15, 20)])
    def test_of_a_segment_is_that_of_the_whole(self, window, start, end):
        frames = list(self.scene(20))
        whole = [item.ab for item in smooth_temporally(with_flow(frames), window, 1.0)]

        def alone(context):
            first = max(0, start - context)
            part = list(smooth_temporally(with_flow(frames[first : end + context]), window, 1.0))
            return [item.ab for item in part[start - first : end - first]]

        same = [np.array_equal(a, b) for a, b in zip(alone(window), whole[start:end], strict=True)]
        assert all(same) and len(same) == end - start
        fewer = [
            np.array_equal(a, b) for a, b in zip(alone(window - 1), whole[start:end], strict=True)
        ]
        assert not all(fewer)  # the promise is as tight as it can be

    def test_of_a_segment_is_that_of_the_whole_film_in_the_file(self, tmp_path, monkeypatch):
        frames = pan(16)
        whole = write_grey(tmp_path / "whole.mkv", frames)
        part = write_grey(tmp_path / "part.mkv", frames[3:13])
        worker = tinting_worker(monkeypatch, smoothing_window=3, color_every="1")
        for source in (whole, part):
            worker.film(source, tmp_path / f"{source.stem}-out.mkv", nothing)
        np.testing.assert_array_equal(
            chroma(tmp_path / "part-out.mkv")[3:7], chroma(tmp_path / "whole-out.mkv")[6:10]
        )

    @pytest.mark.parametrize("window", [1, 3, 8])
    def test_never_crosses_a_cut(self, window):
        shape = (64, 96)
        shots = ((photo(*shape, seed=1), 40), (photo(*shape, seed=2), -25))
        frames = [
            ColoredFrame(i, (light / 2.55).astype(np.float32), np.full((*shape, 2), ab, np.float32))
            for i, (light, ab) in enumerate(shot for shot in shots for _ in range(6))
        ]
        for item in smooth_temporally(with_flow(frames), window, 1.0):
            expected = 40 if item.frame < 6 else -25
            np.testing.assert_allclose(item.ab, expected, atol=1e-4)


class TestABreakdown:
    """Nothing is left of it: no thread, no file, while the error is still held."""

    @pytest.fixture(autouse=True)
    def leaves_nothing(self, tmp_path):
        before = set(threading.enumerate())
        self.folder = tmp_path / "out"
        self.folder.mkdir()
        yield
        assert self.left == set()
        assert list(self.folder.iterdir()) == []
        assert set(threading.enumerate()) <= before

    def broken(self, worker, source, expected):
        before = set(threading.enumerate())
        with pytest.raises(expected) as error:
            worker.film(source, self.folder / "out.mkv", nothing)
        self.left = set(threading.enumerate()) - before
        return error

    def test_of_the_decoder(self, tmp_path, monkeypatch):
        source = tmp_path / "damaged.mkv"
        whole = write_grey(tmp_path / "in.mkv", pan(40))
        with av.open(str(whole)) as film, av.open(str(source), "w") as copy:
            video = copy.add_stream_from_template(film.streams.video[0])
            for number, packet in enumerate(film.demux(video=0)):
                if packet.size:
                    wrong = av.Packet(b"\xff" * 40) if number == 20 else packet
                    wrong.pts, wrong.dts, wrong.time_base = packet.pts, packet.dts, packet.time_base
                    wrong.stream = video
                    copy.mux(wrong)
        error = self.broken(tinting_worker(monkeypatch), source, MediaError)
        assert "damaged" in str(error.value)

    def test_of_the_encoder(self, tmp_path, monkeypatch):
        source = write_grey(tmp_path / "in.mkv", pan(60, 192, 256))
        worker = tinting_worker(monkeypatch)
        soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
        resource.setrlimit(resource.RLIMIT_FSIZE, (300_000, hard))
        try:
            error = self.broken(worker, source, MediaError)
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
        assert "cannot be written" in str(error.value)

    @pytest.mark.parametrize("fail_at", [0, 3, 30])
    def test_of_the_network(self, tmp_path, monkeypatch, fail_at):
        source = write_grey(tmp_path / "in.mkv", pan(40))
        network = Tint(fail_at, RuntimeError("the network broke"))
        worker = tinting_worker(monkeypatch, network, color_every="1")
        error = self.broken(worker, source, RuntimeError)
        assert "the network broke" in str(error.value)

    def test_of_what_follows_a_frame(self, tmp_path, monkeypatch):
        """As when the user stops the job."""
        source = write_grey(tmp_path / "in.mkv", pan(40))
        counted = []

        def on_frame():
            counted.append(1)
            if len(counted) == 5:
                raise KeyboardInterrupt

        worker = tinting_worker(monkeypatch)
        before = set(threading.enumerate())
        with pytest.raises(KeyboardInterrupt):
            worker.film(source, self.folder / "out.mkv", on_frame)
        self.left = set(threading.enumerate()) - before
        assert len(counted) == 5
