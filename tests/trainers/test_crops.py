"""Crops: pure functions of their keys, and each kind of chance does what it is said to."""

from dataclasses import dataclass, replace

import cv2
import numpy as np
import pytest
import skimage.color
import torch

from kinemacolor.models.recipe import Recipe, Stage
from kinemacolor.trainers.crops import Crops, _turned, crops_to_lab
from kinemacolor.trainers.photos import PhotoSet
from kinemacolor.trainers.pictures import open_pictures

RECIPE = Recipe(stages=(Stage(32, 4, 3), Stage(48, 2, 4)), seed=3)


@dataclass(frozen=True)
class Made:
    """Photos in memory."""

    photos: tuple[np.ndarray, ...]

    @property
    def names(self):
        return tuple(map(str, range(len(self.photos))))

    def __len__(self):
        return len(self.photos)

    def read(self, number):
        return self.photos[number]


@pytest.fixture
def pictures(photo_folder):
    return open_pictures([str(photo_folder)])


def rgb_of(item):
    return item[:3].permute(1, 2, 0).numpy().astype(np.float32)


def test_hints_come_with_the_crop(pictures):
    recipe = Recipe(stages=(Stage(64, 1, 1),), hints=(0.05,))
    item = Crops(PhotoSet.scan(pictures), recipe)[(5, 0, 64)]
    assert item.shape == (5, 64, 64) and item.dtype == torch.float16
    assert set(item[4].unique().tolist()) == {0, 1} and 0.02 < item[4].float().mean() < 0.09
    assert torch.equal(item, Crops(PhotoSet.scan(pictures), recipe)[(5, 0, 64)])
    assert not torch.equal(item, Crops(PhotoSet.scan(pictures), recipe)[(6, 0, 64)])


def test_a_films_faults_are_in_the_lightness_alone(pictures):
    photos = PhotoSet.scan(pictures)
    keys = [(position, position % 7, 32) for position in range(40)]

    def learnt(film):
        crops = Crops(photos, replace(RECIPE, film=film))
        return crops_to_lab(torch.stack([crops[key] for key in keys]))

    plain, aged, some = learnt(0.0), learnt(1.0), learnt(0.5)
    assert torch.equal(aged, learnt(1.0))
    assert torch.equal(aged[:, 1:], plain[:, 1:]) and torch.equal(some[:, 1:], plain[:, 1:])
    assert (aged[:, 0] != plain[:, 0]).any(dim=(1, 2)).all()
    changed = (some[:, 0] != plain[:, 0]).any(dim=(1, 2))
    assert 8 < changed.sum() < 32
    assert torch.equal(some[changed], aged[changed])


def test_crops_become_lab_as_their_photos_do(pictures):
    """Neither mirrored nor enlarged, a photo's shortest side long."""
    photos = PhotoSet.scan(pictures)
    recipe = Recipe(stages=(Stage(64, 1, 1),), film=0.0)
    crops = Crops(photos, recipe)
    for number in range(len(photos)):
        rgb = photos.read(number)
        side = min(rgb.shape[:2])
        item = crops[(number, number, side)]
        [lab] = crops_to_lab(item[None])
        pixels = item[:3].byte().permute(1, 2, 0).numpy()
        assert pixels.tobytes() in {
            np.ascontiguousarray(rgb[top : top + side, left : left + side]).tobytes()
            for top in range(rgb.shape[0] - side + 1)
            for left in range(rgb.shape[1] - side + 1)
        }
        expected = torch.from_numpy(skimage.color.rgb2lab(pixels)).permute(2, 0, 1).float()
        torch.testing.assert_close(lab[:3], expected, atol=0.05, rtol=0)
        assert not lab[3].any() and (item[3] == -1).all()


def test_an_old_films_grey_becomes_its_lightness():
    crops = torch.full((1, 5, 2, 2), 128.0)
    crops[:, 3] = torch.tensor([[0.0, 1.0], [0.5, -1.0]])
    lightness = crops_to_lab(crops.half())[0, 0]
    grey = crops_to_lab(torch.full((1, 5, 1, 1), 128.0).index_fill(1, torch.tensor(3), -1))[0, 0, 0]
    expected = [0.0, 100.0, skimage.color.rgb2lab([[[0.5] * 3]])[0, 0, 0], float(grey)]
    torch.testing.assert_close(
        lightness.flatten(), torch.tensor(expected, dtype=torch.float32), atol=0.01, rtol=0
    )


def test_without_other_chances_a_crop_is_as_it_always_was():
    """By the same draws in the same order: trainings of older versions go on with their crops."""
    photo = np.random.default_rng(0).integers(0, 256, (90, 120, 3), np.uint8)
    recipe = replace(RECIPE, crop=(0.4, 1.0), flip=0.5)
    for position in range(12):
        rng = np.random.default_rng((3, position))
        side = round(90 * rng.uniform(0.4, 1.0))
        top, left = rng.integers(90 - side + 1), rng.integers(120 - side + 1)
        how = cv2.INTER_AREA if side > 64 else cv2.INTER_CUBIC
        crop = cv2.resize(photo[top : top + side, left : left + side], (64, 64), interpolation=how)
        crop = crop[:, ::-1] if rng.random() < 0.5 else crop
        assert (rgb_of(Crops(Made((photo,)), recipe)[(position, 0, 64)]) == crop).all()


def test_a_mixed_crop_has_a_rectangle_of_another_photo():
    photos = Made(tuple(np.full((80, 80, 3), level, np.uint8) for level in (40, 90, 140, 190)))
    crops = Crops(photos, replace(RECIPE, mixed=0.5))
    shares = []
    for position in range(80):
        plane = crops[(position, 0, 64)][0].numpy()
        other = plane != 40
        if not other.any():
            continue
        assert len(np.unique(plane)) == 2
        rows, columns = np.flatnonzero(other.any(1)), np.flatnonzero(other.any(0))
        assert other.sum() == len(rows) * len(columns)
        assert rows[-1] - rows[0] == len(rows) - 1 and columns[-1] - columns[0] == len(columns) - 1
        shares += [len(rows) / 64, len(columns) / 64]
    # Of the half that is mixed a quarter is so with its own photo.
    assert 2 * 18 < len(shares) < 2 * 42
    assert 0.29 < min(shares) < 0.4 and 0.55 < max(shares) < 0.66


def test_stretched_crops_show_other_ratios():
    y, x = np.mgrid[:200, :200]
    photo = np.stack([x, y, y], 2).astype(np.uint8)
    crops = Crops(Made((photo,)), replace(RECIPE, crop=(0.5, 0.7), stretch=1.5))
    ratios = []
    for position in range(60):
        rgb = rgb_of(crops[(position, 0, 64)])
        across, down = (np.polyfit(np.arange(64), rgb[..., c].mean(c), 1)[0] for c in (0, 1))
        ratios.append(down / across)
    assert 1 / 1.53 < min(ratios) < 0.8 and 1.25 < max(ratios) < 1.53
    assert np.median(ratios) == pytest.approx(1, abs=0.15)


def test_turned_by_right_angles_it_is_numpys():
    photo = np.random.default_rng(1).integers(0, 256, (51, 51, 3), np.uint8)
    for turns in range(4):
        assert (_turned(photo, 90 * turns) == np.rot90(photo, turns)).all()


def test_turned_photos_lean_as_much_as_they_are_told():
    stripes = np.broadcast_to(128 + 80 * np.sin(np.arange(240) / 6), (240, 240)).astype(np.uint8)
    crops = Crops(Made((np.stack([stripes] * 3, 2),)), replace(RECIPE, turn=8.0, crop=(0.4, 0.5)))
    leans = []
    for position in range(40):
        plane = rgb_of(crops[(position, 0, 96)])[..., 0]
        across, down = cv2.Sobel(plane, cv2.CV_32F, 1, 0), cv2.Sobel(plane, cv2.CV_32F, 0, 1)
        leans.append(np.degrees(np.arctan2((across * down).sum(), (across * across).sum())))
    assert np.std(leans) == pytest.approx(8, rel=0.35)


def test_another_tone_changes_the_lightness_alone(pictures):
    photos = PhotoSet.scan(pictures)
    keys = [(position, position % 7, 32) for position in range(40)]

    def learnt(**chances):
        crops = Crops(photos, replace(RECIPE, **chances))
        return crops_to_lab(torch.stack([crops[key] for key in keys]))

    plain, toned, some = learnt(), learnt(tone=1.0), learnt(tone=0.5)
    assert torch.equal(toned[:, 1:], plain[:, 1:])
    assert (toned[:, 0] != plain[:, 0]).any(dim=(1, 2)).all()
    assert 8 < (some[:, 0] != plain[:, 0]).any(dim=(1, 2)).sum() < 32
    # A degraded crop has its own tone already.
    assert torch.equal(learnt(film=1.0, tone=1.0), learnt(film=1.0))
