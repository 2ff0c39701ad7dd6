"""Pictures and frames in memory get what files get from the same network."""

import io
import threading

import numpy as np
import pytest
import torch
from PIL import Image

import kinemacolor
from kinemacolor import Hint, Settings, colorize_frames, colorize_image
from kinemacolor.engine.media.stills import to_upright
from kinemacolor.engine.media.video.probe import probe
from kinemacolor.models.colorizer import Colorizer
from kinemacolor.models.weights import Loaded
from tests.engine.media.stills.pictures import encoded, exif, gradient
from tests.engine.media.video.films import pictures_of
from tests.engine.tint import Tint, pan, photo, tinting_worker, write_grey

SETTINGS = Settings(working_size=32, device="cpu", codec="ffv1")


def network_of(patch, network):
    """A network of the public API around one of ours."""
    loaded = Loaded(lambda: network, "ours", "0" * 64, {})
    patch.setattr("kinemacolor._network.load", lambda _: loaded)
    return kinemacolor.load_network("kinema", device="cpu")


@pytest.fixture
def tint(monkeypatch):
    return network_of(monkeypatch, Tint())


def rgb_of(content):
    return np.asarray(Image.open(io.BytesIO(content)).convert("RGB"))


class Given(Colorizer):
    """Gives the hints themselves."""

    size_multiple = 32
    takes_hints = True

    def forward(self, lightness, hints=None):
        return torch.zeros_like(lightness).repeat(1, 2, 1, 1) if hints is None else hints.ab


class TestImage:
    @pytest.mark.parametrize("pixels", [gradient(), gradient(3)], ids=["grey", "rgb"])
    def test_is_colored_as_a_file_is(self, monkeypatch, tint, pixels):
        worker = tinting_worker(monkeypatch)
        [(_, content, _)] = worker.stills([("a.png", lambda: encoded(pixels, "PNG"))])
        rgb = colorize_image(pixels, network=tint, settings=SETTINGS)
        np.testing.assert_array_equal(rgb, rgb_of(content))

    def test_keeps_its_type(self, tint):
        deep = gradient().astype(np.uint16) * 257
        rgb = colorize_image(deep, network=tint, settings=SETTINGS)
        assert rgb.dtype == np.uint16 and rgb.shape == (*deep.shape, 3)

    @pytest.mark.parametrize("orientation", [1, 6])
    def test_of_a_file_comes_upright(self, tmp_path, monkeypatch, tint, orientation):
        source = encoded(gradient(3), "PNG", exif=exif(orientation=orientation))
        (tmp_path / "in.png").write_bytes(source)
        [(_, content, _)] = tinting_worker(monkeypatch).stills([("in.png", lambda: source)])
        np.testing.assert_array_equal(
            colorize_image(tmp_path / "in.png", network=tint, settings=SETTINGS),
            to_upright(rgb_of(content), orientation),
        )

    @pytest.mark.parametrize(
        "wrong",
        [np.zeros((4, 4)), np.zeros((4, 4, 4), np.uint8), np.zeros((0, 4), np.uint8)],
        ids=["floats", "alpha", "empty"],
    )
    def test_of_another_kind_is_refused(self, tint, wrong):
        with pytest.raises(ValueError, match="wanted"):
            colorize_image(wrong, network=tint)

    def test_that_cannot_be_read_is_our_error(self, tmp_path, tint):
        (tmp_path / "words.png").write_bytes(b"words")
        for name in ("words.png", "absent.png"):
            with pytest.raises(kinemacolor.MediaError, match=name):
                colorize_image(tmp_path / name, network=tint)


class TestHints:
    @pytest.fixture
    def given(self, monkeypatch):
        return network_of(monkeypatch, Given())

    @pytest.mark.parametrize("form", ["hints", "array"])
    def test_are_where_they_were_put(self, given, form):
        grey = np.full((64, 64), 128, np.uint8)
        grey[32:] = 30
        hints = [Hint(50, 10, (200, 30, 30))]
        if form == "array":
            hints = np.array([[50, 10, 200, 30, 30]])
        rgb = colorize_image(grey, network=given, hints=hints, settings=SETTINGS).astype(int)
        red = rgb[..., 0] - rgb[..., 1]
        assert red[10, 50] > 30 and red[10, 50] > red[:, :20].max() + 5

    def test_of_one_place_are_averaged(self, given):
        grey = np.full((64, 64), 128, np.uint8)
        colors = (200, 30, 30), (30, 200, 30)
        one, other, both = (
            colorize_image(
                grey, network=given, settings=SETTINGS, hints=[Hint(8, 8, c) for c in chosen]
            )[8, 8].astype(int)
            for chosen in (colors[:1], colors[1:], colors)
        )
        assert one[0] > both[0] > other[0] and one[1] < both[1] < other[1]

    @pytest.mark.parametrize("hint", [Hint(64, 0, (1, 2, 3)), Hint(0, 0, (1, 2, 256))])
    def test_outside_are_refused(self, given, hint):
        with pytest.raises(kinemacolor.SettingsError, match="hints"):
            colorize_image(np.zeros((64, 64), np.uint8), network=given, hints=[hint])

    def test_need_no_network_that_takes_them(self, tint):
        grey = photo(64, 64)
        rgb = colorize_image(
            grey, network=tint, settings=SETTINGS, hints=[Hint(20, 20, (160, 40, 160))]
        ).astype(int)
        assert rgb[20, 20, 0] > rgb[20, 20, 1] + 20 < rgb[20, 20, 2]

    def test_none_are_nothing(self, tint):
        grey = photo(64, 64)
        np.testing.assert_allclose(
            colorize_image(grey, network=tint, settings=SETTINGS, hints=[]).astype(int),
            colorize_image(grey, network=tint, settings=SETTINGS).astype(int),
            atol=1,
        )

    def test_of_many_the_network_makes_use_too(self, given):
        """`Given` colours hinted pixels alone: beside them it is grey, and so half of it all."""
        hints = [Hint(x, y, (200, 60, 60)) for x in range(0, 64, 8) for y in range(0, 64, 8)]
        grey = np.full((64, 64), 128, np.uint8)
        many = colorize_image(grey, network=given, hints=hints, settings=SETTINGS)
        few = colorize_image(grey, network=given, hints=hints[::4], settings=SETTINGS)
        assert np.ptp(many, axis=2).mean() < 0.8 * np.ptp(few, axis=2).mean()


class TestGuidance:
    def test_reference_is_a_file_or_an_array(self, tmp_path, tint):
        grey = photo(64, 96)
        rgb = np.dstack([grey, grey // 3, grey // 3])
        (tmp_path / "set.png").write_bytes(encoded(rgb, "PNG"))
        from_file, from_array, plain = (
            colorize_image(grey, network=tint, reference=reference, settings=SETTINGS)
            for reference in (tmp_path / "set.png", rgb, None)
        )
        np.testing.assert_array_equal(from_file, from_array)
        redness = [(p[..., 0].astype(int) - p[..., 1]).mean() for p in (from_file, plain)]
        assert redness[0] > redness[1] + 10

    def test_guide_says_the_same_as_hints(self, tint):
        grey = photo(64, 96)
        point = {"x": 30, "y": 20, "color": "#a02828"}
        guided = colorize_image(grey, network=tint, guide={"points": [point]}, settings=SETTINGS)
        hints = [Hint(30, 20, (160, 40, 40))]
        hinted = colorize_image(grey, network=tint, hints=hints, settings=SETTINGS)
        # The colour comes to a* and b* in two ways, which differ in the sixth digit.
        np.testing.assert_allclose(guided.astype(int), hinted, atol=1)
        assert (guided != hinted).mean() < 0.001

    def test_guide_of_several_files_counts_by_name(self, tmp_path, tint):
        for name in ("one.png", "two.png"):
            (tmp_path / name).write_bytes(encoded(photo(64, 96), "PNG"))
        point = {"x": 30, "y": 20, "color": "#a02828"}
        guide = {"files": {"one.png": {"points": [point]}}}
        one, two = (
            colorize_image(tmp_path / name, network=tint, guide=guide, settings=SETTINGS)
            for name in ("one.png", "two.png")
        )
        assert np.ptp(one[20, 30]) > np.ptp(two[20, 30]) + 10

    def test_guide_that_does_not_fit_is_our_error(self, tint):
        guide = {"points": [{"x": 500, "y": 2, "color": "grey"}]}
        with pytest.raises(
            kinemacolor.KinemacolorError, match=r"guide: points\[0\].x: 500 is outside"
        ):
            colorize_image(photo(64, 96), network=tint, guide=guide, settings=SETTINGS)


class TestFrames:
    def test_planes_are_a_films(self, tmp_path, monkeypatch, tint):
        frames = pan(13) + [photo(64, 96, seed=5)] * 2 + pan(4, seed=7)  # three shots
        source, target = write_grey(tmp_path / "in.mkv", frames), tmp_path / "out.mkv"
        tinting_worker(monkeypatch).film(source, target, lambda: None)
        encoding = probe(source).encoding
        colored = colorize_frames(frames, network=tint, settings=SETTINGS, encoding=encoding)
        for chroma, picture in zip(colored, pictures_of(target), strict=True):
            for ours, theirs in zip(chroma, picture.planes[1:3], strict=True):
                np.testing.assert_array_equal(ours, theirs)

    def test_come_one_for_one_and_keep_their_light(self, tint):
        frames = pan(9)
        for rgb, grey in zip(
            colorize_frames(frames, network=tint, settings=SETTINGS), frames, strict=True
        ):
            luminance = (rgb / 255.0) ** 2.2 @ [0.2126, 0.7152, 0.0722]
            assert np.abs(luminance - (grey / 255.0) ** 2.2).mean() < 0.01
            assert np.ptp(rgb, axis=2).max() > 20

    def test_may_lie_in_one_buffer(self, tint):
        frames = pan(6)

        def reused():
            buffer = np.empty_like(frames[0])
            for frame in frames:
                buffer[:] = frame
                yield buffer

        for one, other in zip(
            colorize_frames(reused(), network=tint, settings=SETTINGS),
            colorize_frames(frames, network=tint, settings=SETTINGS),
            strict=True,
        ):
            np.testing.assert_array_equal(one, other)

    def test_are_read_as_they_are_needed(self, tint):
        read = []

        def endless():
            for number in range(10_000):
                read.append(number)
                yield photo(64, 96, seed=number % 3)

        threads = threading.active_count()
        colored = colorize_frames(endless(), network=tint, settings=SETTINGS)
        assert not read
        for _ in range(3):
            next(colored)
        colored.close()
        assert len(read) < 200
        assert threading.active_count() == threads

    def test_of_a_failing_source_raise_its_error(self, tint):
        def failing():
            yield from pan(4)
            raise OSError("the tape is torn")

        with pytest.raises(OSError, match="torn"):
            list(colorize_frames(failing(), network=tint, settings=SETTINGS))

    def test_of_two_sizes_are_refused(self, tint):
        frames = [np.zeros((64, 96), np.uint8), np.zeros((64, 94), np.uint8)]
        with pytest.raises(ValueError, match="after one of"):
            list(colorize_frames(frames, network=tint, settings=SETTINGS))

    def test_of_no_film_are_none(self, tint):
        assert list(colorize_frames([], network=tint)) == []
        encoding = kinemacolor.YCbCrEncoding()
        assert list(colorize_frames([], network=tint, encoding=encoding)) == []

    @pytest.mark.parametrize(("name", "shape"), [("420", (4, 5)), ("422", (7, 5)), ("444", (7, 9))])
    def test_give_chroma_as_it_is_sampled(self, tint, name, shape):
        encoding = kinemacolor.YCbCrEncoding(depth=10)
        luma = [np.full((7, 9), 500, np.uint16)] * 2
        for cb, cr in colorize_frames(
            luma, network=tint, settings=SETTINGS, encoding=encoding, subsampling=name
        ):
            assert cb.shape == cr.shape == shape and cb.dtype == np.uint16


class TestWrongArguments:
    @pytest.mark.parametrize("image", [[[1, 2]], None, b"photo.png"])
    def test_no_picture(self, image):
        with pytest.raises(ValueError, match="an array or a path is wanted"):
            colorize_image(image)

    def test_no_network(self):
        with pytest.raises(ValueError, match="give what load_network returns"):
            colorize_image(gradient(), network="kinema")

    @pytest.mark.parametrize("hint", [(1, 2, 3, 4, 5), Hint(1, 2, "red"), Hint(1, 2, (3, 4))])
    def test_no_hint(self, monkeypatch, hint):
        network = network_of(monkeypatch, Given())
        with pytest.raises(ValueError, match="is no Hint with a color of three numbers"):
            colorize_image(gradient(), network=network, hints=[hint], settings=SETTINGS)

    def test_luma_beyond_its_depth(self, tint):
        encoding = kinemacolor.YCbCrEncoding("bt709", full_range=False, depth=10)
        frames = [np.full((32, 32), code, np.uint16) for code in (500, 1024)]
        with pytest.raises(ValueError, match="frame 1: luma codes of more than 10 bits"):
            list(colorize_frames(frames, network=tint, settings=SETTINGS, encoding=encoding))
