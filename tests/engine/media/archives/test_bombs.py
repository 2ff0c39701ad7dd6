"""Archives that would unpack to far more than they say: bounded in memory, and told."""

import bz2
import gzip
import io
import lzma
import struct
import tarfile
import tracemalloc
import zipfile
import zlib
from contextlib import contextmanager
from functools import partial

import pytest

from kinemacolor.engine.errors import MediaError
from kinemacolor.engine.media.archives import guards, open_archive
from tests.engine.fakes import still, write_zip

LARGE = 32 << 20  # unpacked bytes of every bomb
BOUND = 20 << 20  # of memory: some steps of a megabyte, and LZMA's dictionary
NAMES = ["readme.txt", "a.png", "a.avi", "inner.zip", "noname"]
METHODS = [zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA]
RATIO = "looks like a decompression bomb"


@contextmanager
def bounded():
    """Fails where Python's own memory, decompressors' output with it, grows beyond `BOUND`."""
    tracemalloc.start()
    try:
        yield
        assert tracemalloc.get_traced_memory()[1] < BOUND
    finally:
        tracemalloc.stop()


def declaring(path, size, checksum=0):
    """Rewrite the directory and the local header of a zip's one member to declare `size`."""
    data = bytearray(path.read_bytes())
    for magic, at in ((b"PK\3\4", 14), (b"PK\1\2", 16)):
        place = data.index(magic)
        struct.pack_into("<I", data, place + at, checksum)
        struct.pack_into("<I", data, place + at + 8, size)
    path.write_bytes(data)


@pytest.mark.parametrize(
    ("method", "name"),
    [*((METHODS[0], name) for name in NAMES), *((method, NAMES[0]) for method in METHODS[1:])],
)
def test_a_zip_that_lies_about_a_size(tmp_path, method, name):
    path = write_zip(tmp_path / "in.zip", {name: bytes(LARGE)}, method)
    declaring(path, 1000, zlib.crc32(bytes(1000)))
    with bounded(), open_archive(path) as archive:
        [member] = archive.members
        assert member.size == 1000
        with pytest.raises(MediaError, match="holds more than it declares"):
            archive.read(member)
        with pytest.raises(MediaError, match="holds more than it declares"):
            archive.digest(member)
        with pytest.raises(MediaError, match="holds more than it declares"):
            archive.extract(member, tmp_path / "out")
    assert (tmp_path / "out").stat().st_size <= 1000


@pytest.mark.parametrize("method", METHODS)
def test_large_members_are_unpacked_in_steps(tmp_path, method):
    path = write_zip(tmp_path / "in.zip", {"a.dat": bytes(LARGE)}, method)
    with bounded(), open_archive(path) as archive:
        archive.digest(archive.members[0])


@pytest.mark.parametrize("method", METHODS)
def test_a_member_that_ends_early(tmp_path, method):
    path = write_zip(tmp_path / "in.zip", {"a.png": still()}, method)
    declaring(path, len(still()) + 9)
    with open_archive(path) as archive, pytest.raises(MediaError, match=r"a\.png: is damaged"):
        archive.read(archive.members[0])


@pytest.mark.parametrize("form", ["zip", "tar.gz"])
def test_what_is_no_picture_is_carried_without_being_unpacked(tmp_path, monkeypatch, form):
    """Its stored bytes do no harm; to unpack it for a checksum might take hours."""
    monkeypatch.setattr(guards, "LARGE", 1 << 16)
    monkeypatch.setattr(guards, "MAX_RATIO", 2)
    path, scratch = tmp_path / f"in.{form}", tmp_path / "scratch"
    if form == "zip":
        write_zip(path, {"disk.img": bytes(1 << 20)}, zipfile.ZIP_DEFLATED)
    else:
        with tarfile.open(path, "w:gz", format=tarfile.GNU_FORMAT) as tar:
            info = sparse(1 << 20)
            tar.fileobj.write(info)
    with open_archive(path, scratch) as archive:
        [member] = archive.members
        assert member.size == 1 << 20 and not member.readable
        assert RATIO in member.note and not member.problem and not member.dropped


def sparse(size):
    """GNU's old header of a file that is one hole of `size` bytes."""
    info = tarfile.TarInfo("disk.img")
    info.type = tarfile.GNUTYPE_SPARSE
    header = bytearray(info.tobuf(tarfile.GNU_FORMAT))
    header[386:410] = b"%011o\0%011o\0" % (size, 0)
    header[483:495] = b"%011o\0" % size
    header[148:156] = b" " * 8
    header[148:156] = b"%06o\0 " % sum(header)
    return bytes(header)


HEADERS = [tarfile.GNUTYPE_LONGNAME, tarfile.XHDTYPE, tarfile.XGLTYPE]
PACKED = [gzip.compress, partial(lzma.compress, preset=0), bz2.compress]


@pytest.mark.parametrize(("type_", "packed"), list(zip(HEADERS, PACKED, strict=True)))
def test_a_tar_with_a_gigantic_header(tmp_path, packed, type_):
    info = tarfile.TarInfo("name")
    info.type, info.size = type_, LARGE
    path = tmp_path / "in.tar.x"
    path.write_bytes(packed(info.tobuf(tarfile.GNU_FORMAT) + bytes(LARGE + 512)))
    with bounded(), pytest.raises(MediaError, match="a header claims 33,"):
        open_archive(path)


@pytest.mark.parametrize("form", ["zip", "tar.gz"])
def test_more_members_than_memory_has_room_for(tmp_path, monkeypatch, form):
    monkeypatch.setattr(guards, "MAX_MEMBERS", 10)
    path = tmp_path / f"in.{form}"
    if form == "zip":
        write_zip(path, {f"{number}.txt": b"" for number in range(11)})
    else:
        with tarfile.open(path, "w:gz") as tar:
            for number in range(11):
                tar.addfile(tarfile.TarInfo(f"{number}.txt"))
    with pytest.raises(MediaError, match=r"more than 10 members; split it"):
        open_archive(path)


def test_a_long_tail_behind_a_tar(tmp_path, monkeypatch):
    from kinemacolor.engine.media.archives import tar as module

    monkeypatch.setattr(module, "MAX_UNPACKED", 1 << 20)
    path, whole = tmp_path / "in.tar.gz", io.BytesIO()
    with tarfile.open(fileobj=whole, mode="w") as tar:
        tar.addfile(tarfile.TarInfo("a.txt"))
    path.write_bytes(gzip.compress(whole.getvalue() + bytes(8 << 20)))
    with pytest.raises(MediaError, match=RATIO):
        open_archive(path)


def test_a_member_that_overlaps_by_its_local_header(tmp_path):
    """The directory alone does not show it: the local extra field is longer there."""
    path = write_zip(tmp_path / "in.zip", {"a.png": still(), "b.png": still()})
    data = bytearray(path.read_bytes())
    struct.pack_into("<H", data, 28, 200)  # extra length of the first
    path.write_bytes(data)
    with open_archive(path) as archive:
        first, second = archive.members
        with pytest.raises(MediaError, match="shares its bytes"):
            archive.read(first)
        assert archive.read(second) == still()


def test_an_lzma_dictionary_larger_than_memory(tmp_path):
    path = write_zip(tmp_path / "in.zip", {"a.png": still()}, zipfile.ZIP_LZMA)
    data = bytearray(path.read_bytes())
    struct.pack_into("<I", data, 30 + len("a.png") + 5, 0xFFFFFFFF)
    path.write_bytes(data)
    with open_archive(path) as archive, pytest.raises(MediaError, match="dictionary"):
        archive.read(archive.members[0])


def test_a_directory_that_fails_leaves_no_file_open(tmp_path, monkeypatch):
    from kinemacolor.engine.media.archives.zip import ZipReader

    opened = []
    monkeypatch.setattr(ZipReader, "_member", lambda self, *_: opened.append(self) or 1 / 0)
    path = write_zip(tmp_path / "in.zip", {"a.png": still()})
    with pytest.raises(ZeroDivisionError):
        open_archive(path)
    [reader] = opened
    assert reader._file.closed and reader.zip.fp is None
