"""Packs hold what was decoded, small, and nothing else; and are read like any photos."""

from __future__ import annotations

import json
import pickle

import cv2
import numpy as np
import pytest
from safetensors import safe_open
from safetensors.numpy import save_file

from kinemacolor.models.recipe import Recipe, Stage
from kinemacolor.trainers import packing
from kinemacolor.trainers.crops import Crops
from kinemacolor.trainers.packing import pack
from kinemacolor.trainers.photos import PhotoSet, StepSampler
from kinemacolor.trainers.pictures import DataError, open_pictures
from kinemacolor.trainers.pictures.pack import packs_in


def colored(height, width, seed):
    rng = np.random.default_rng(seed)
    soft = cv2.resize(rng.random((4, 5, 3)).astype(np.float32), (width, height))
    return np.rint(soft.clip(0, 1) * 255).astype(np.uint8)


@pytest.fixture
def photos(tmp_path):
    """Five in colour, one of them small; one grey, and one that is no photo."""
    folder = tmp_path / "photos"
    folder.mkdir()
    for number, (height, width) in enumerate([(90, 120), (100, 60), (40, 50), (64, 64), (70, 99)]):
        cv2.imwrite(str(folder / f"{number}.png"), colored(height, width, number))
    cv2.imwrite(str(folder / "grey.png"), np.full((50, 60, 3), 99, np.uint8))
    (folder / "text.jpg").write_text("no photo")
    return folder


def test_one_pack(photos, tmp_path):
    source = open_pictures([str(photos)])
    done = pack(source, tmp_path / "all.pack", 48)
    assert (done.photos, dict(done.left_out)) == (5, {"grey": 1, "unreadable": 1})
    assert done.files == [tmp_path / "all.pack"]
    packed = open_pictures([str(tmp_path / "all.pack")])
    assert list(packed.names) == [f"all.pack/photos/{number}.png" for number in range(5)]
    shapes = [packed.read(number).shape for number in range(5)]
    assert shapes == [(48, 64, 3), (80, 48, 3), (40, 50, 3), (48, 48, 3), (48, 68, 3)]
    assert done.bytes == sum(np.prod(shape) for shape in shapes)
    assert np.array_equal(packed.read(2), source.read(2))  # not enlarged
    small = cv2.resize(source.read(0), (64, 48), interpolation=cv2.INTER_AREA)
    assert np.array_equal(packed.read(0), small)
    assert not list(tmp_path.glob(".*"))


def test_it_is_a_safetensors_file(photos, tmp_path):
    pack(open_pictures([str(photos)]), tmp_path / "all.pack", 48)
    with safe_open(tmp_path / "all.pack", framework="numpy") as file:
        assert file.get_tensor("1").shape == (80, 48, 3)
        assert file.metadata()["size"] == "48"


def test_shards_are_one_source(photos, tmp_path):
    source = open_pictures([str(photos)])
    pack(source, tmp_path / "all.pack", 48)
    done = pack(source, tmp_path / "parts", 48, shard=20_000)
    assert [file.name for file in done.files] == [f"parts-{n:04d}.pack" for n in (1, 2, 3)]
    whole = open_pictures([str(tmp_path / "all.pack")])
    parts = open_pictures([str(tmp_path / "parts")])
    assert len(parts) == len(whole) == 5
    for number in range(5):
        assert np.array_equal(parts.read(number), whole.read(number))
    for file in done.files:
        assert file.stat().st_size < 20_000 + 1000


def test_a_training_takes_the_same_crops_from_it(photos, tmp_path):
    """Where the photos are not larger than the pack's size, to the bit."""
    pack(open_pictures([str(photos)]), tmp_path / "all.pack", 200)
    recipe = Recipe(stages=(Stage(32, 2, 3),), crop=(0.5, 1), flip=0.5, film=0.5, seed=4)
    drawn = []
    for source in (photos, tmp_path / "all.pack"):
        learnt = PhotoSet.scan(open_pictures([str(source)]))
        crops = Crops(learnt, recipe)
        drawn.append([crops[key] for keys in StepSampler(len(learnt), recipe) for key in keys])
    assert len(drawn[0]) == 6
    assert all(a.equal(b) for a, b in zip(*drawn, strict=True))


def test_it_crosses_process_borders(photos, tmp_path):
    pack(open_pictures([str(photos)]), tmp_path / "all.pack", 48)
    packed = open_pictures([str(tmp_path / "all.pack")])
    again = pickle.loads(pickle.dumps(packed))
    assert np.array_equal(again.read(3), packed.read(3))


def test_nothing_is_replaced(photos, tmp_path):
    target = tmp_path / "all.pack"
    target.write_text("mine")
    with pytest.raises(DataError, match=r"all\.pack: is there already; give another name"):
        pack(open_pictures([str(photos)]), target, 48)
    assert target.read_text() == "mine"
    pack(open_pictures([str(photos)]), tmp_path / "parts/one.pack", 48)
    with pytest.raises(DataError, match="parts: has packs already; give another name"):
        pack(open_pictures([str(photos)]), tmp_path / "parts", 48, shard=20_000)


def test_no_photo_in_color_writes_nothing(tmp_path):
    (tmp_path / "photos").mkdir()
    cv2.imwrite(str(tmp_path / "photos/grey.png"), np.full((50, 60, 3), 99, np.uint8))
    for target, shard in ((tmp_path / "all.pack", 0), (tmp_path / "parts", 1000)):
        with pytest.raises(DataError, match="none of 1 pictures teaches colour: 1 grey; give"):
            pack(open_pictures([str(tmp_path / "photos")]), target, 48, shard)
    assert [file.name for file in tmp_path.iterdir()] == ["photos"]


def test_a_stop_leaves_no_part_of_a_set(photos, tmp_path, monkeypatch):
    source = open_pictures([str(photos)])
    read = source.parts[0].read

    def stopped(number):
        if number == 4:
            raise KeyboardInterrupt
        return read(number)

    monkeypatch.setattr(source.parts[0], "read", stopped)
    with pytest.raises(KeyboardInterrupt):
        pack(source, tmp_path / "parts", 48, shard=10_000)
    assert [file.name for file in tmp_path.iterdir()] == ["photos"]


def test_a_set_appears_when_it_is_whole(photos, tmp_path, monkeypatch):
    """So that what a kill leaves is not taken for all photos."""
    source, seen = open_pictures([str(photos)]), []
    read = source.parts[0].read

    def watched(number):
        seen.extend(packs_in(tmp_path / "parts"))
        return read(number)

    monkeypatch.setattr(source.parts[0], "read", watched)
    pack(source, tmp_path / "parts", 48, shard=10_000)
    assert not seen and len(packs_in(tmp_path / "parts")) > 1


def test_more_photos_than_a_pack_can_name_are_refused(photos, tmp_path, monkeypatch):
    monkeypatch.setattr(packing, "_LARGEST_HEADER", 600)
    source = open_pictures([str(photos)])
    with pytest.raises(DataError, match=r"all\.pack: one pack cannot name so many .* --shard"):
        pack(source, tmp_path / "all.pack", 48)
    done = pack(source, tmp_path / "parts", 48, shard=10**9)
    assert len(done.files) > 1 and len(open_pictures([str(tmp_path / "parts")])) == 5


def test_photos_and_packs_of_a_folder_all_count(photos, tmp_path):
    pack(open_pictures([str(photos)]), tmp_path / "more" / "deep" / "all.pack", 48)
    cv2.imwrite(str(tmp_path / "more/one.png"), colored(40, 50, 9))
    assert len(open_pictures([str(tmp_path / "more")])) == 6


def test_a_pack_under_another_name(photos, tmp_path):
    pack(open_pictures([str(photos)]), tmp_path / "all.pack", 48)
    (tmp_path / "all.pack").rename(tmp_path / "all.bin")
    assert len(open_pictures([str(tmp_path / "all.bin")])) == 5


def test_a_pack_that_changes_is_told(photos, tmp_path):
    path = tmp_path / "all.pack"
    pack(open_pictures([str(photos)]), path, 48)
    packed = open_pictures([str(path)])
    path.write_bytes(path.read_bytes()[:-1])
    with pytest.raises(DataError, match=r"all\.pack: has changed since it was opened"):
        packed.read(4)


def hand_made(path, names, **photos):
    save_file(photos, path, {"kinemacolor": "photos", "names": json.dumps(names)})


@pytest.mark.parametrize(
    ("names", "photo"),
    [
        (["a"], np.zeros((4, 5, 3), np.float32)),
        (["a"], np.zeros((4, 5), np.uint8)),
        (["a"], np.zeros((0, 5, 3), np.uint8)),
        (["a", "b"], np.zeros((4, 5, 3), np.uint8)),
        ([1], np.zeros((4, 5, 3), np.uint8)),
        ("a", np.zeros((4, 5, 3), np.uint8)),
    ],
)
def test_a_pack_made_by_hand_is_looked_through(names, photo, tmp_path):
    hand_made(tmp_path / "all.pack", names, **{"0": photo})
    with pytest.raises(DataError, match=r"all\.pack: is a damaged pack, or none"):
        open_pictures([str(tmp_path / "all.pack")])


@pytest.mark.parametrize("damage", ["cut", "text", "weights"])
def test_a_damaged_pack_is_told(photos, tmp_path, damage):
    path = tmp_path / "all.pack"
    pack(open_pictures([str(photos)]), path, 48)
    content = path.read_bytes()
    if damage == "cut":
        path.write_bytes(content[: len(content) // 2])
    elif damage == "text":
        path.write_text("no pack at all")
    else:
        path.write_bytes(content.replace(b'"kinemacolor"', b'"kinemacolon"'))
    with pytest.raises(DataError, match=r"all\.pack: is a damaged pack, or none .*; make it anew"):
        open_pictures([str(path)])
