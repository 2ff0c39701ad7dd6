"""Every source gives the same pictures by number, in any process, and says what is wrong."""

import io
import multiprocessing
import pickle
import tarfile
import zipfile
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from kinemacolor.trainers.abstract import picture
from kinemacolor.trainers.pictures import DataError, open_pictures

FILES = ["a.png", "b/c.webp", "b/d.bmp", "b/e.tif", "z.png"]


def rgb(seed: int) -> np.ndarray:
    return np.random.default_rng(seed).integers(0, 256, (20 + seed, 30, 3), np.uint8)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Lossless photos in every kind, besides what is none."""
    root = tmp_path / "photos"
    (root / "b").mkdir(parents=True)
    for i, name in enumerate(FILES):
        how = {"lossless": True} if name.endswith("webp") else {}
        Image.fromarray(rgb(i)).save(root / name, **how)
    (root / "notes.txt").write_text("no photo")
    (root / "._a.png").write_bytes(b"resource fork")
    (root / "__MACOSX").mkdir()
    (root / "__MACOSX" / "a.png").write_bytes(b"resource fork")
    return root


def zipped(folder: Path, target: Path, how: int = zipfile.ZIP_DEFLATED) -> Path:
    with zipfile.ZipFile(target, "w", how) as archive:
        for path in sorted(folder.rglob("*"), reverse=True):
            archive.write(path, path.relative_to(folder))
    return target


def tarred(folder: Path, target: Path, mode: str) -> Path:
    with tarfile.open(target, mode) as archive:
        archive.add(folder, ".")
    return target


SOURCES = {
    "photos": lambda folder: folder,
    "deflated.zip": lambda folder: zipped(folder, folder.parent / "deflated.zip"),
    "lzma.zip": lambda folder: zipped(folder, folder.parent / "lzma.zip", zipfile.ZIP_LZMA),
    "no_suffix": lambda folder: zipped(folder, folder.parent / "no_suffix", zipfile.ZIP_STORED),
    "plain.tar": lambda folder: tarred(folder, folder.parent / "plain.tar", "w"),
    "packed.tar.gz": lambda folder: tarred(folder, folder.parent / "packed.tar.gz", "w:gz"),
    "packed.tbz2": lambda folder: tarred(folder, folder.parent / "packed.tbz2", "w:bz2"),
    "packed.txz": lambda folder: tarred(folder, folder.parent / "packed.txz", "w:xz"),
}


@pytest.mark.parametrize("title", SOURCES)
def test_a_source_gives_its_photos_by_number(title, folder, tmp_path):
    pictures = open_pictures([str(SOURCES[title](folder))], tmp_path / "cache")
    assert list(pictures.names) == [f"{title}/{name}" for name in FILES]
    assert len(pictures) == len(FILES)
    copy = pickle.loads(pickle.dumps(pictures))
    for number in (3, 0, 4, 1, 2, 0):
        assert (pictures.read(number) == rgb(number)).all()
        assert (copy.read(number) == rgb(number)).all()


def test_a_spawned_process_reads_what_this_one_does(folder, tmp_path):
    sources = [str(SOURCES[title](folder)) for title in ("photos", "deflated.zip", "packed.txz")]
    pictures = open_pictures([*sources, "abstract:both:2"], tmp_path / "cache")
    with multiprocessing.get_context("spawn").Pool(1) as pool:
        theirs = pool.map_async(pictures.read, range(len(pictures))).get(timeout=120)
    assert len(theirs) == 3 * len(FILES) + 4
    for number, seen in enumerate(theirs):
        assert (seen == pictures.read(number)).all()


def test_a_compressed_tar_is_unpacked_once(folder, tmp_path, monkeypatch):
    source, cache = SOURCES["packed.tar.gz"](folder), tmp_path / "cache"
    first = open_pictures([str(source)], cache)
    monkeypatch.setattr(
        "kinemacolor.trainers.pictures.archives._unpack", lambda *_: pytest.fail("again")
    )
    assert open_pictures([str(source)], cache).names == first.names
    assert len(list(cache.iterdir())) == 1
    monkeypatch.undo()
    (folder / "a.png").unlink()
    tarred(folder, source, "w:gz")
    assert len(open_pictures([str(source)], cache)) == len(first) - 1


def test_without_a_cache_nothing_stays_beside_the_source(folder):
    source = SOURCES["packed.tar.gz"](folder)
    before = sorted(folder.parent.iterdir())
    assert (open_pictures([str(source)]).read(2) == rgb(2)).all()
    assert sorted(folder.parent.iterdir()) == before


def test_sources_follow_one_another_under_unique_names(folder, tmp_path):
    single = folder / "b" / "e.tif"
    sources = [folder, single, folder]
    pictures = open_pictures([*map(str, sources), "abstract:fluid:2", "abstract:fluid:1:7"])
    assert list(pictures.names) == [
        *(f"photos/{name}" for name in FILES),
        "e.tif",
        *(f"photos/{name} (2)" for name in FILES),
        "fluid-00000",
        "fluid-00001",
        "fluid-7-00000",
    ]
    for number, seed in ((4, 4), (5, 3), (6, 0), (10, 4)):
        assert (pictures.read(number) == rgb(seed)).all()
    assert (pictures.read(12) == picture("fluid", 1)).all()
    assert (pictures.read(13) == picture("fluid", 0, seed=7)).all()
    for number in (-1, 14):
        with pytest.raises(IndexError):
            pictures.read(number)


@pytest.mark.parametrize(
    ("source", "kinds", "count"),
    [
        ("abstract:geometric", ["geometric"], 350),
        ("abstract:fluid:12", ["fluid"], 12),
        ("abstract:both", ["geometric", "fluid"], 350),
        ("abstract:both:3:9", ["geometric", "fluid"], 3),
    ],
)
def test_abstract_pictures_need_no_files(source, kinds, count):
    pictures = open_pictures([source])
    assert len(pictures) == len(kinds) * count == len(set(pictures.names))
    seed = 9 if source.endswith(":9") else 0
    for i, kind in enumerate(kinds):
        assert pictures.names[i * count].startswith(f"{kind}-")
        assert (pictures.read(i * count + 2) == picture(kind, 2, seed=seed)).all()


@pytest.mark.parametrize(
    "source",
    ["abstract:", "abstract:cubist", "abstract:both:0", "abstract:fluid:x", "abstract:fluid:1:2:3"],
)
def test_unknown_abstract_kinds_are_told(source):
    with pytest.raises(DataError, match=f"^{source}: unknown; write abstract:geometric.fluid.both"):
        open_pictures([source])


def test_a_photo_is_turned_as_its_orientation_says(tmp_path):
    exif = Image.Exif()
    exif[0x0112] = 6  # to be shown turned a quarter clockwise
    Image.fromarray(rgb(1)).save(tmp_path / "a.png", exif=exif)
    assert (open_pictures([str(tmp_path)]).read(0) == np.rot90(rgb(1), -1)).all()


def test_grey_and_transparent_photos_have_three_channels(tmp_path):
    Image.fromarray(rgb(1)[..., 0]).save(tmp_path / "grey.png")
    Image.fromarray(np.dstack([rgb(1), rgb(1)[..., 0]])).save(tmp_path / "rgba.png")
    pictures = open_pictures([str(tmp_path)])
    assert (pictures.read(0) == rgb(1)[..., :1]).all()
    assert (pictures.read(1) == rgb(1)).all()


@pytest.mark.parametrize("content", [b"", b"no photo"])
@pytest.mark.parametrize("pack", [None, "deflated.zip", "plain.tar", "packed.tar.gz"])
def test_an_unreadable_photo_is_told_when_it_is_read(folder, tmp_path, pack, content):
    (folder / "b" / "c.webp").write_bytes(content)
    pictures = open_pictures([str(SOURCES[pack or "photos"](folder))], tmp_path / "cache")
    assert (pictures.read(0) == rgb(0)).all()
    with pytest.raises(DataError, match=r"b/c.webp: cannot be read as a photo$"):
        pictures.read(1)


def test_a_photo_that_is_gone_is_told(folder):
    pictures = open_pictures([str(folder)])
    (folder / "a.png").unlink()
    with pytest.raises(DataError, match=r"photos/a.png: No such file"):
        pictures.read(0)


def test_a_damaged_zip_member_is_told_when_it_is_read(folder):
    source = SOURCES["no_suffix"](folder)
    content = source.read_bytes()
    at = content.index((folder / "a.png").read_bytes()) + 200
    source.write_bytes(content[:at] + bytes([content[at] ^ 255]) + content[at + 1 :])
    with pytest.raises(DataError, match=r"no_suffix/a.png: is damaged \(a checksum does not match"):
        open_pictures([str(source)]).read(0)


def encrypted(folder: Path) -> Path:
    source = zipped(folder, folder.parent / "secret.zip")
    content = bytearray(source.read_bytes())
    for mark, place in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        at = content.find(mark)
        while at >= 0:
            content[at + place] |= 1
            at = content.find(mark, at + 4)
    source.write_bytes(content)
    return source


def cut(source: Path) -> Path:
    source.write_bytes(source.read_bytes()[: source.stat().st_size * 2 // 3])
    return source


def written(path: Path, content: bytes) -> Path:
    path.write_bytes(content)
    return path


def empty_tar() -> bytes:
    buffer = io.BytesIO()
    tarfile.open(fileobj=buffer, mode="w").close()
    return buffer.getvalue()


def bare(folder: Path) -> Path:
    for name in FILES:
        (folder / name).unlink()
    return folder


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda f: f / "absent", "not found; give a folder, zip, tar, pack or film"),
        (bare, "no photos in it; known kinds: .bmp, .jpeg"),
        (lambda f: zipped(bare(f), f.parent / "none.zip"), "no photos in it"),
        (lambda f: tarred(bare(f), f.parent / "none.tar", "w"), "no photos in it"),
        (lambda f: tarred(bare(f), f.parent / "none.tgz", "w:gz"), "no photos in it"),
        (lambda f: written(f.parent / "empty.tar", empty_tar()), "no photos in it"),
        (encrypted, "its photos are encrypted; unpack it with its password first"),
        (lambda f: cut(SOURCES["deflated.zip"](f)), "is cut off or damaged"),
        (lambda f: cut(SOURCES["plain.tar"](f)), "is cut off or damaged"),
        (lambda f: cut(SOURCES["packed.tar.gz"](f)), "is cut off or damaged"),
        (lambda f: cut(SOURCES["packed.txz"](f)), "is cut off or damaged"),
        (lambda f: written(f.parent / "x.zip", b""), "is cut off or damaged"),
        (lambda f: written(f.parent / "x.tgz", b"what"), "cannot be read as a tar"),
        (lambda f: f / "notes.txt", "is no film"),
        (lambda f: written(f.parent / "film.mp4", b"no film" * 99), "is no film that can be read"),
        (lambda f: written(f.parent / "empty.mkv", b""), "is no film that can be read"),
    ],
)
def test_what_is_wrong_with_a_source_is_one_line(make, words, folder, tmp_path):
    source, cache = make(folder), tmp_path / "cache"
    with pytest.raises(DataError) as told:
        open_pictures([str(source)], cache)
    message = str(told.value)
    assert message.startswith(f"{source}: ") and words in message and "\n" not in message
    assert not cache.exists() or not list(cache.iterdir())


def test_a_member_with_an_unsafe_name_is_read_for_it_is_no_path(folder, tmp_path):
    source = tmp_path / "absolute.tar"
    with tarfile.open(source, "w") as archive:
        info = archive.gettarinfo(folder / "a.png")
        info.name = "/photos/a.png"
        archive.addfile(info, (folder / "a.png").open("rb"))
    assert (open_pictures([str(source)]).read(0) == rgb(0)).all()


def test_a_decompression_bomb_is_refused_before_it_is_unpacked(tmp_path, monkeypatch):
    monkeypatch.setattr("kinemacolor.engine.media.archives.guards.LARGE", 1000)
    source = tmp_path / "bomb.zip"
    with zipfile.ZipFile(source, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("bomb.jpg", bytes(1_000_000))
    with pytest.raises(DataError, match=r"bomb.zip/bomb.jpg: looks like a decompression bomb"):
        open_pictures([str(source)]).read(0)


def test_no_source_at_all_is_told():
    with pytest.raises(DataError, match="no source of pictures"):
        open_pictures([])


def test_many_photos_are_listed_without_being_read(tmp_path, monkeypatch):
    source = tmp_path / "many.tar"
    with tarfile.open(source, "w") as archive:
        for i in range(3000):
            info = tarfile.TarInfo(f"{i % 7}/{i:05}.jpg")
            info.size = 5
            archive.addfile(info, io.BytesIO(b"12345"))
    monkeypatch.setattr(
        "kinemacolor.trainers.pictures.archives.decode", lambda *_: pytest.fail("read")
    )
    pictures = open_pictures([str(source)])
    assert len(pictures) == len(set(pictures.names)) == 3000
    assert len(pickle.dumps(pictures)) < 500_000
