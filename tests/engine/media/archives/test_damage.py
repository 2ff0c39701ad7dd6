"""What damaged archives are said to be: in our words, not in those of Python's libraries."""

from __future__ import annotations

import bz2
import gzip
import io
import lzma
import tarfile
import zipfile

import numpy as np
import pytest

from kinemacolor.engine.errors import MediaError
from kinemacolor.engine.media.archives import open_archive
from kinemacolor.engine.media.archives.damage import in_words

PACKERS = {"gz": gzip.compress, "bz2": bz2.compress, "xz": lzma.compress}


def tar_content() -> bytes:
    whole, noise = io.BytesIO(), np.random.default_rng(0)
    with tarfile.open(fileobj=whole, mode="w") as tar:
        for name in ("a.txt", "b.txt", "c.txt"):
            info = tarfile.TarInfo(name)
            info.size = 20_000
            tar.addfile(info, io.BytesIO(noise.bytes(20_000)))
    return whole.getvalue()


@pytest.mark.parametrize("packer", PACKERS)
@pytest.mark.parametrize("damage", ["cut off", "scrambled"])
@pytest.mark.parametrize("share", [0.1, 0.5, 0.9])
def test_of_a_compressed_tar(tmp_path, packer, damage, share):
    content = PACKERS[packer](tar_content())
    place = int(share * len(content))
    broken = content[:place] + (b"" if damage == "cut off" else b"?" * 40 + content[place + 40 :])
    path = tmp_path / f"in.tar.{packer}"
    path.write_bytes(broken)
    try:
        with open_archive(path) as archive:
            said = archive.damage
    except MediaError as error:
        said = str(error)
    ours = (
        "ends early",
        "data is damaged",
        "checksum does not match",
        "whole members",
        "head is none",
    )
    assert any(words in said for words in ours), said
    assert not any(words in said for words in ("Error", "error", "stream", "header", "CRC")), said


def test_of_a_zip_without_its_end(tmp_path):
    path = tmp_path / "in.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("a.txt", b"words" * 99)
    path.write_bytes(path.read_bytes()[:-30])
    with pytest.raises(MediaError, match=r"no table of contents at its end"):
        open_archive(path)


def test_what_is_behind_a_gzip(tmp_path):
    path = tmp_path / "in.tar.gz"
    path.write_bytes(gzip.compress(tar_content()) + b"junk")
    with open_archive(path) as archive:
        assert "something else stands" in archive.damage


def test_what_is_not_known_is_said_as_it_is():
    assert in_words(ValueError("a thing of its own")) == "a thing of its own"
