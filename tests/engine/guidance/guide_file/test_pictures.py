"""Pictures that a person gives: read, compared with frames, aligned to them, or refused."""

from __future__ import annotations

import io

import cv2
import numpy as np
import pytest
from PIL import Image, ImageCms
from skimage.color import rgb2lab

from kinemacolor.engine.errors import MediaError
from kinemacolor.engine.guidance.guide_file import pictures
from kinemacolor.engine.guidance.guide_file.pictures import (
    aligned_to,
    doubt_of,
    doubt_of_size,
    read_picture,
    read_thumbnail,
    resemblance,
)
from kinemacolor.models.errors import KinemacolorError


def scene(height: int = 96, width: int = 160, seed: int = 0) -> np.ndarray:
    """(height, width, 3) uint8 RGB: soft patches of colours, as of things."""
    rng = np.random.default_rng(seed)
    small = rng.uniform(30, 225, (7, 11, 3)).astype(np.float32)
    smooth = cv2.resize(small, (width, height), interpolation=cv2.INTER_CUBIC)
    return np.clip(np.rint(smooth), 0, 255).astype(np.uint8)


def saved(path, rgb, **options):
    Image.fromarray(rgb).save(path, **options)
    return path


class TestReading:
    def test_is_as_sRGB_shows_it(self, tmp_path):
        rgb = scene(64, 128)
        lightness, ab = read_picture(saved(tmp_path / "a.png", rgb), 64)
        lab = rgb2lab(rgb)
        assert lightness.shape == (64, 128) and ab.shape == (64, 128, 2)
        assert lightness.dtype == ab.dtype == np.float32
        assert np.abs(lightness - lab[..., 0]).max() < 0.05
        assert np.abs(ab - lab[..., 1:]).max() < 0.05

    @pytest.mark.parametrize(("size", "shape"), [((200, 150), (64, 96)), ((30, 90), (192, 64))])
    def test_has_its_own_proportions(self, tmp_path, size, shape):
        width, height = size
        lightness, _ = read_picture(saved(tmp_path / "a.webp", scene(height, width)), 64)
        assert lightness.shape == shape

    def test_is_upright(self, tmp_path):
        exif = Image.Exif()
        exif[0x0112] = 6  # to be turned to the right
        rgb = scene(64, 128)
        turned = saved(tmp_path / "a.png", rgb, exif=exif)
        plain = saved(tmp_path / "b.png", np.ascontiguousarray(np.rot90(rgb, -1)))
        for one, other in zip(read_picture(turned, 64), read_picture(plain, 64), strict=True):
            assert np.abs(one - other).max() < 0.01

    def test_of_16_bits(self, tmp_path):
        rgb = scene(64, 128)
        cv2.imwrite(str(tmp_path / "a.tif"), rgb[..., ::-1].astype(np.uint16) * 257)
        deep = read_picture(tmp_path / "a.tif", 64)
        plain = read_picture(saved(tmp_path / "b.png", rgb), 64)
        assert np.abs(deep[1] - plain[1]).max() < 0.01

    def test_its_profile_counts(self, tmp_path):
        profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB"))
        swapped = bytearray(profile.tobytes())
        red, green = swapped.find(b"rXYZ"), swapped.find(b"gXYZ")
        swapped[red : red + 4], swapped[green : green + 4] = b"gXYZ", b"rXYZ"
        rgb = scene(64, 128) // 2 + 60
        odd = saved(tmp_path / "a.png", rgb, icc_profile=bytes(swapped))
        _, ab = read_picture(odd, 64)
        expected = rgb2lab(np.ascontiguousarray(rgb[..., [1, 0, 2]]))[..., 1:]
        assert np.abs(ab - expected).mean() < 1

    def test_a_large_one_is_averaged(self, tmp_path):
        rgb = np.kron(scene(64, 96), np.ones((9, 9, 1), np.uint8))
        found = read_picture(saved(tmp_path / "a.png", rgb), 64)
        plain = read_picture(saved(tmp_path / "b.png", scene(64, 96)), 64)
        assert np.abs(found[1] - plain[1]).mean() < 0.5


class TestRefusing:
    @pytest.mark.parametrize("mode", ["L", "RGB"])
    def test_grey_ones(self, tmp_path, mode):
        path = tmp_path / "a.jpg"
        Image.fromarray(scene()).convert("L").convert(mode).save(path, quality=70)
        with pytest.raises(MediaError) as caught:
            read_picture(path, 64)
        assert str(caught.value) == f"{path}: has no colours; give a colour picture"

    def test_a_little_color_will_do(self, tmp_path):
        rgb = np.full((96, 160, 3), 200, np.uint8)
        rgb[40:50, 70:80] = (180, 40, 40)  # a scarf in the snow
        assert read_picture(saved(tmp_path / "a.png", rgb), 64)[1].max() > 20

    def test_what_is_no_picture(self, tmp_path):
        path = tmp_path / "a.jpg"
        path.write_text("words")
        with pytest.raises(MediaError, match="it is no picture"):
            read_picture(path, 64)
        path.write_bytes(b"")
        with pytest.raises(MediaError, match="the file is empty"):
            read_picture(path, 64)
        with pytest.raises(MediaError, match=r"none.png: cannot be read: No such file"):
            read_picture(tmp_path / "none.png", 64)
        with pytest.raises(MediaError, match="is no file; name a picture"):
            read_picture(tmp_path, 64)

    def test_a_bomb_before_it_is_decoded(self, tmp_path):
        content = io.BytesIO()
        Image.new("1", (20_000, 20_000)).save(content, "PNG")  # 400 megapixels in 50 KB
        path = tmp_path / "a.png"
        path.write_bytes(content.getvalue())
        with pytest.raises(MediaError, match="20000x20000 pixels are too many for a picture"):
            read_picture(path, 64)

    def test_a_huge_file(self, tmp_path):
        path = tmp_path / "a.png"
        with open(path, "wb") as file:
            file.truncate(pictures.LARGEST_FILE + 1)
        with pytest.raises(MediaError, match="is larger than a picture of a guide may be"):
            read_picture(path, 64)


def _planes(rgb: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    lab = rgb2lab(rgb).astype(np.float32)
    return lab[..., 0].copy(), lab[..., 1:].copy()


def textured(height: int = 160, width: int = 256, seed: int = 3) -> np.ndarray:
    """A scene with something to hold on to."""
    rng = np.random.default_rng(seed)
    grain = cv2.GaussianBlur(rng.normal(0, 1, (height, width)).astype(np.float32), (0, 0), 3)
    shade = 40 * grain / grain.std()
    return np.clip(scene(height, width, seed) + shade[..., None] / 2, 0, 255).astype(np.uint8)


class TestComparing:
    def test_the_same_content_in_other_light(self):
        light, _ = _planes(textured())
        assert resemblance(light, cv2.resize(light, (300, 200)) * 0.7 + 10) > 0.95

    def test_other_content(self):
        one, other = _planes(textured())[0], _planes(textured(seed=8))[0]
        assert abs(resemblance(one, other)) < 0.35
        assert resemblance(one, 100 - one) < -0.9

    def test_doubts(self):
        one, other = _planes(textured())[0], _planes(textured(seed=8))[0]
        assert doubt_of(one, one) == "" and doubt_of(np.zeros_like(one), other) == ""
        assert doubt_of(one, one + 1.5 * other).startswith("hardly shows this frame (likeness 0.")
        with pytest.raises(
            KinemacolorError, match=r"does not show this frame .likeness -?0\.\d\d of"
        ):
            doubt_of(one, 0.1 * one - other)

    def test_a_blank_picture_is_doubtful(self):
        light, _ = _planes(textured())
        orange = np.full_like(light, 70)
        assert doubt_of(light, orange) == "shows nothing but one tone, and this frame more"
        assert doubt_of(np.full_like(light, 16) + 0.2 * orange, orange) == ""

    def test_proportions(self):
        assert doubt_of_size((768, 576), (1024, 768)) == doubt_of_size((64, 48), (64, 47)) == ""
        assert doubt_of_size((854, 480), (720, 480)).startswith("720x480 pixels have other prop")
        for size in ((90, 160), (1, 1), (5000, 1)):
            with pytest.raises(KinemacolorError, match="pixels have other proportions than the"):
                doubt_of_size((160, 90), size)

    def test_are_measured_upright(self, tmp_path):
        exif = Image.Exif()
        exif[0x0112] = 6
        look = read_thumbnail(saved(tmp_path / "a.png", scene(64, 128), exif=exif), 64)
        assert look.size == (64, 128) and look.lightness.shape == (128, 64)

    def test_what_is_transparent_is_refused(self, tmp_path):
        rgba = np.dstack([scene(), np.zeros((96, 160), np.uint8)])
        for read in (read_picture, read_thumbnail):
            with pytest.raises(MediaError, match="is transparent throughout; give one that can"):
                read(saved(tmp_path / "a.png", rgba), 64)

    def test_a_blank_frame_tells_nothing(self):
        light, _ = _planes(textured())
        assert resemblance(np.zeros_like(light), light) == 1


class TestAligning:
    def test_what_lies_right_is_not_touched(self):
        light, ab = _planes(textured())
        found = aligned_to(light, light * 0.9 + 3, ab)
        assert np.array_equal(found, ab)

    def test_another_size_is_fitted(self):
        light, ab = _planes(textured())
        large = [cv2.resize(plane, None, fx=1.5, fy=1.5) for plane in (light, ab)]
        assert np.abs(aligned_to(light, *large) - ab).mean() < 0.5

    @pytest.mark.parametrize("shift", [(3, 0), (-2, 4), (5, -3)])
    def test_a_shift_is_mended(self, shift):
        rgb = textured(200, 300)
        x, y = 20 + shift[0], 20 + shift[1]
        light, ab = _planes(np.ascontiguousarray(rgb[20:180, 20:276]))
        picture = _planes(np.ascontiguousarray(rgb[y : y + 160, x : x + 256]))
        before = np.abs(picture[1] - ab).mean()
        after = np.abs(aligned_to(light, *picture) - ab).mean()
        assert after < 0.25 * before

    def test_other_content_stays_as_it_lies(self):
        light, _ = _planes(scene(160, 256))
        picture, ab = _planes(scene(160, 256, seed=9))
        found = aligned_to(light, picture, ab)
        assert np.array_equal(found, ab)
