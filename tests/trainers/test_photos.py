"""Which photos teach, and that every crop is a pure function of its key."""

import pytest
import torch
from torch.utils.data import DataLoader

from models.recipe import Recipe, Stage
from trainers.photos import Crops, DataError, PhotoSet, StepSampler, find_photos

RECIPE = Recipe(stages=(Stage(32, 4, 3), Stage(48, 2, 4)), seed=3)


def test_grey_toned_and_broken_photos_are_left_out_and_counted(photo_folder):
    photos = PhotoSet.scan(photo_folder)
    assert [p.name for p in photos.paths] == [f"{i}.png" for i in range(6)] + ["6.jpg"]
    assert photos.left_out == {"grey": 1, "toned": 1, "unreadable": 1}


def test_the_cache_saves_looking_twice(photo_folder, tmp_path, monkeypatch):
    cache = tmp_path / "kinds.json"
    first = PhotoSet.scan(photo_folder, cache)
    monkeypatch.setattr(
        "trainers.photos.colour_kind", lambda path: pytest.fail(f"looked at {path}")
    )
    assert PhotoSet.scan(photo_folder, cache) == first


def test_folders_without_photos_are_told(tmp_path):
    with pytest.raises(DataError, match="no such folder"):
        find_photos(tmp_path / "absent")
    with pytest.raises(DataError, match="no photos in it"):
        find_photos(tmp_path)


def test_sampler_goes_through_every_photo_each_epoch():
    keys = [key for batch in StepSampler(7, RECIPE) for key in batch]
    assert [size for _, _, size in keys] == [32] * 12 + [48] * 8
    assert sorted(number for _, number, _ in keys[:7]) == list(range(7))
    assert sorted(number for _, number, _ in keys[7:14]) == list(range(7))


def test_sampler_from_a_later_step_is_the_rest():
    whole = list(StepSampler(7, RECIPE))
    assert list(StepSampler(7, RECIPE, first_step=3)) == whole[3:]
    assert len(StepSampler(7, RECIPE, first_step=3)) == 4


def test_crops_do_not_depend_on_workers(photo_folder):
    photos = PhotoSet.scan(photo_folder)
    batches = [
        list(
            DataLoader(
                Crops(photos, RECIPE),
                batch_sampler=StepSampler(len(photos.paths), RECIPE),
                num_workers=workers,
                multiprocessing_context="spawn" if workers else None,
            )
        )
        for workers in (0, 2)
    ]
    assert [b.shape for b in batches[0]] == [(4, 4, 32, 32)] * 3 + [(2, 4, 48, 48)] * 4
    for one, other in zip(*batches, strict=True):
        assert torch.equal(one, other)
    assert batches[0][0][:, 0].min() >= 0 and batches[0][0][:, 0].max() <= 100.1
