"""Which photos teach, and that every crop is a pure function of its key."""

import json
import shutil

import pytest
import torch
from torch.utils.data import DataLoader

from kinemacolor.models.recipe import Recipe, Stage
from kinemacolor.trainers.crops import Crops
from kinemacolor.trainers.photos import PhotoSet, StepSampler
from kinemacolor.trainers.pictures import DataError, open_pictures

RECIPE = Recipe(stages=(Stage(32, 4, 3), Stage(48, 2, 4)), seed=3)


@pytest.fixture
def pictures(photo_folder):
    return open_pictures([str(photo_folder)])


def test_grey_toned_and_broken_photos_are_left_out_and_counted(pictures):
    photos = PhotoSet.scan(pictures)
    colored = [f"photos/{i}.png" for i in range(6)] + ["photos/more/6.jpg"]
    assert list(photos.names) == colored and len(photos) == 7
    assert photos.left_out == {"grey": 1, "toned": 1, "unreadable": 1}
    for i, name in enumerate(colored):
        assert (photos.read(i) == pictures.read(pictures.names.index(name))).all()


def test_the_cache_saves_looking_twice(pictures, tmp_path, monkeypatch):
    cache = tmp_path / "kinds.json"
    first = PhotoSet.scan(pictures, cache)
    assert [p.name for p in tmp_path.iterdir() if p.is_file()] == ["kinds.json"]
    monkeypatch.setattr(
        "kinemacolor.trainers.photos.color_kind",
        lambda rgb: pytest.fail("looked at a photo again"),
    )
    assert PhotoSet.scan(pictures, cache) == first


def test_new_photos_alone_are_looked_at(pictures, photo_folder, tmp_path, monkeypatch):
    cache = tmp_path / "kinds.json"
    first = PhotoSet.scan(pictures, cache)
    (photo_folder / "new.png").write_bytes((photo_folder / "0.png").read_bytes())
    (photo_folder / "1.png").unlink()
    looks = []
    monkeypatch.setattr(
        "kinemacolor.trainers.photos.color_kind", lambda rgb: looks.append(rgb) or "colour"
    )
    second = PhotoSet.scan(open_pictures([str(photo_folder)]), cache)
    assert len(looks) == 1
    assert {*second.names} ^ {*first.names} == {"photos/new.png", "photos/1.png"}


def test_a_photo_that_was_replaced_is_looked_at_again(photo_folder, tmp_path, monkeypatch):
    cache = tmp_path / "kinds.json"
    first = PhotoSet.scan(open_pictures([str(photo_folder)]), cache)
    grey = (photo_folder / "grey.png").read_bytes()
    (photo_folder / "0.png").write_bytes(grey)
    again = PhotoSet.scan(open_pictures([str(photo_folder)]), cache)
    assert {*first.names} - {*again.names} == {"photos/0.png"} and again.left_out["grey"] == 2
    assert PhotoSet.scan(open_pictures([str(photo_folder)]), cache).names == again.names


@pytest.mark.parametrize("form", ["zip", "tar", "gztar"])
def test_photos_of_an_archive_that_was_replaced_are_looked_at_again(photo_folder, tmp_path, form):
    def scanned():
        box = shutil.make_archive(str(tmp_path / "box"), form, photo_folder)
        return PhotoSet.scan(open_pictures([box], tmp_path / "cache"), tmp_path / "kinds.json")

    first = scanned()
    (photo_folder / "0.png").write_bytes((photo_folder / "grey.png").read_bytes())
    assert len(scanned()) == len(first) - 1


def test_kinds_without_versions_are_of_an_older_file(pictures, tmp_path):
    cache = tmp_path / "kinds.json"
    cache.write_text(json.dumps(dict.fromkeys(pictures.names, "grey")))
    assert len(PhotoSet.scan(pictures, cache)) == 7


def test_pictures_that_all_teach_nothing_are_told(photo_folder):
    for path in (*photo_folder.glob("*.png"), photo_folder / "more" / "6.jpg"):
        if path.stem.isdigit():
            path.unlink()
    with pytest.raises(DataError, match=r"none of 3 pictures.*1 grey, 1 toned, 1 unreadable"):
        PhotoSet.scan(open_pictures([str(photo_folder)]))


def test_sampler_goes_through_every_photo_each_epoch():
    keys = [key for batch in StepSampler(7, RECIPE) for key in batch]
    assert [size for _, _, size in keys] == [32] * 12 + [48] * 8
    assert sorted(number for _, number, _ in keys[:7]) == list(range(7))
    assert sorted(number for _, number, _ in keys[7:14]) == list(range(7))


def test_sampler_from_a_later_step_is_the_rest():
    whole = list(StepSampler(7, RECIPE))
    assert list(StepSampler(7, RECIPE, first_step=3)) == whole[3:]


@pytest.mark.parametrize("world", [1, 2])
def test_the_workers_share_every_batch(world):
    shares = [list(StepSampler(7, RECIPE, 1, rank, world)) for rank in range(world)]
    for batch, *parts in zip(StepSampler(7, RECIPE, 1), *shares, strict=True):
        assert {len(part) for part in parts} == {len(batch) // world}
        assert sorted(key for part in parts for key in part) == sorted(batch)
        assert parts[-1] == batch[world - 1 :: world]


def test_a_batch_that_cannot_be_shared_is_told():
    with pytest.raises(ValueError, match="batch 4 cannot be dealt evenly to 3 workers"):
        StepSampler(7, RECIPE, world=3)
    with pytest.raises(ValueError, match="rank 2 is not one of 2"):
        StepSampler(7, RECIPE, rank=2, world=2)


def test_crops_do_not_depend_on_workers(pictures):
    photos = PhotoSet.scan(pictures)
    batches = [
        list(
            DataLoader(
                Crops(photos, RECIPE),
                batch_sampler=StepSampler(len(photos), RECIPE),
                num_workers=workers,
                multiprocessing_context="spawn" if workers else None,
            )
        )
        for workers in (0, 2)
    ]
    assert [b.shape for b in batches[0]] == [(4, 5, 32, 32)] * 3 + [(2, 5, 48, 48)] * 4
    for one, other in zip(*batches, strict=True):
        assert torch.equal(one, other)
    assert batches[0][0][:, :3].min() >= 0 and batches[0][0][:, :3].max() <= 255
