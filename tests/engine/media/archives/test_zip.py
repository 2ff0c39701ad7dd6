"""Zips come back member by member: names, order, stamps, modes, comments, packing."""

from __future__ import annotations

import io
import subprocess
import sys
import zipfile
import zlib

import pytest

from kinemacolor.engine.errors import MediaError
from kinemacolor.engine.media.archives import guards as limits
from kinemacolor.engine.media.archives import open_archive
from kinemacolor.engine.media.kinds import Kind
from tests.engine.fakes import break_member, still, write_zip
from tests.engine.media.archives.making import rewrite

ZIP_FIELDS = (
    "filename",
    "date_time",
    "comment",
    "external_attr",
    "internal_attr",
    "create_system",
    "compress_type",
    "extra",
)


class TestZip:
    @pytest.mark.parametrize(
        "method", [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA]
    )
    def test_everything_but_new_content_stays(self, tmp_path, method):
        contents = {"a/": b"", "a/one.png": still(1), "a/n.txt": b"text " * 99, "two.png": still(2)}
        source = write_zip(tmp_path / "in.zip", contents, method)
        rewrite(source, tmp_path / "out.zip", {"a/one.png": b"new" * 500})
        with zipfile.ZipFile(source) as old, zipfile.ZipFile(tmp_path / "out.zip") as new:
            assert new.testzip() is None
            assert new.comment == old.comment
            for before, after in zip(old.infolist(), new.infolist(), strict=True):
                for field in ZIP_FIELDS:
                    assert getattr(after, field) == getattr(before, field), field
                expected = b"new" * 500 if before.filename == "a/one.png" else old.read(before)
                assert new.read(after) == expected

    def test_a_self_extracting_archive_keeps_its_program(self, tmp_path):
        program = b"MZ" + bytes(range(256)) * 100
        plain = write_zip(tmp_path / "plain.zip", {"a.png": still(1), "n.txt": b"words"})
        source = tmp_path / "in.zip"
        source.write_bytes(program + plain.read_bytes())
        rewrite(source, tmp_path / "out.zip", {"a.png": b"new" * 500})
        assert (tmp_path / "out.zip").read_bytes().startswith(program)
        with zipfile.ZipFile(tmp_path / "out.zip") as new:
            assert new.read("a.png") == b"new" * 500 and new.read("n.txt") == b"words"
            assert new.testzip() is None

    def test_infozip_agrees(self, tmp_path):
        source = write_zip(tmp_path / "in.zip", {"ä.png": still(1), "b.txt": b"text"})
        rewrite(source, tmp_path / "out.zip", {"ä.png": b"new"})
        command = [sys.executable, "-m", "zipfile", "-t", str(tmp_path / "out.zip")]
        assert subprocess.run(command, capture_output=True, timeout=60).returncode == 0

    def test_names_of_old_code_pages_keep_their_bytes(self, tmp_path):
        source = tmp_path / "in.zip"
        with zipfile.ZipFile(source, "w") as file:
            file.writestr("XXXX.png", still(1))
            file.writestr("YYYY.txt", b"text")
        sjis = "写真".encode("shift_jis")
        raw = source.read_bytes().replace(b"XXXX", sjis).replace(b"YYYY", sjis[::-1])
        source.write_bytes(raw)
        with zipfile.ZipFile(source) as file:
            name = file.namelist()[0]
        rewrite(source, tmp_path / "out.zip", {name: b"new"})
        assert (tmp_path / "out.zip").read_bytes().count(sjis) == 2  # local header and directory
        with zipfile.ZipFile(source) as old, zipfile.ZipFile(tmp_path / "out.zip") as new:
            assert new.namelist() == old.namelist()
            assert [info.flag_bits & 0x800 for info in new.infolist()] == [0, 0]

    def test_a_name_may_come_twice(self, tmp_path, recwarn):
        source = tmp_path / "in.zip"
        with zipfile.ZipFile(source, "w") as file, pytest.warns(UserWarning):
            file.writestr("a.png", b"first")
            file.writestr("a.png", b"second")
        rewrite(source, tmp_path / "out.zip", {"a.png": b"new"})
        with zipfile.ZipFile(tmp_path / "out.zip") as file:
            assert [file.read(info) for info in file.infolist()] == [b"new", b"new"]
        assert not recwarn

    def test_attributes_of_zero_and_streamed_members_stay(self, tmp_path):
        class Unseekable(io.RawIOBase):
            def __init__(self, file):
                self.file = file

            def writable(self):
                return True

            def write(self, data):
                return self.file.write(data)

        source = tmp_path / "in.zip"
        with open(source, "wb") as raw, zipfile.ZipFile(Unseekable(raw), "w", 8) as file:
            for name in ("a.png", "b.txt", "c.png"):
                file.writestr(zipfile.ZipInfo(name), b"content of " + name.encode())
        rewrite(source, tmp_path / "out.zip", {"a.png": b"new"})
        with zipfile.ZipFile(tmp_path / "out.zip") as file:
            assert file.testzip() is None
            assert file.read("b.txt") == b"content of b.txt"
            assert file.infolist()[1].flag_bits & 8  # sizes after the data, as in the source

    def test_broken_member_is_told_and_carried_as_it_is(self, tmp_path):
        data = bytes(range(256)) * 40
        source = write_zip(tmp_path / "in.zip", {"a.png": data, "b.png": data})
        break_member(source, "a.png")
        with open_archive(source) as archive:
            with pytest.raises(MediaError, match=r"a\.png: is damaged"):
                archive.read(archive.members[0])
            assert archive.read(archive.members[1]) == data
        rewrite(source, tmp_path / "out.zip", {})
        assert tmp_path.joinpath("out.zip").read_bytes()[:400] == source.read_bytes()[:400]
        with zipfile.ZipFile(tmp_path / "out.zip") as file:
            assert file.read("b.png") == data
            with pytest.raises((zipfile.BadZipFile, zlib.error)):
                file.read("a.png")

    def test_password(self, tmp_path):
        source = write_zip(tmp_path / "in.zip", {"a.png": still(1), "b.txt": b"x", "c.png": b"y"})
        content = bytearray(source.read_bytes())
        for mark, flags in ((b"PK\3\4", 6), (b"PK\1\2", 8)):
            at = content.find(mark)
            content[at + flags] |= 1  # the first two members
            content[content.find(mark, at + 4) + flags] |= 1
        source.write_bytes(bytes(content))
        with open_archive(source) as archive:
            locked, text, free = archive.members
        assert "password" in locked.problem and locked.kind is Kind.STILL
        assert not text.problem and text.note == "password-protected"
        assert not free.problem
        rewrite(source, tmp_path / "out.zip", {})
        with zipfile.ZipFile(tmp_path / "out.zip") as file:
            assert [info.flag_bits & 1 for info in file.infolist()] == [1, 1, 0]

    @pytest.mark.parametrize("cut", [30, 80, 0.5])
    def test_truncated(self, tmp_path, cut):
        source = write_zip(tmp_path / "in.zip", {"a.png": still(1), "b.png": still(2)})
        content = source.read_bytes()
        keep = len(content) - cut if isinstance(cut, int) else int(len(content) * cut)
        source.write_bytes(content[:keep])
        with pytest.raises(MediaError, match="cut off or damaged"):
            open_archive(source)

    def test_bombs(self, tmp_path, monkeypatch):
        monkeypatch.setattr(limits, "LARGE", 1 << 16)
        zeros = {"bomb.png": bytes(1 << 20), "fine.png": still(), "log.txt": bytes(1 << 20)}
        with open_archive(write_zip(tmp_path / "in.zip", zeros)) as archive:
            bomb_reason, fine, text = archive.members
        assert "bomb" in bomb_reason.problem and not bomb_reason.dropped
        assert not fine.problem and not text.problem

    def test_overlapping_members(self, tmp_path):
        """One packed run that many entries share: the compact kind of bomb."""
        source = write_zip(tmp_path / "in.zip", {"a.png": still(1), "b.png": still(2)})
        content = bytearray(source.read_bytes())
        second = content.find(b"PK\1\2", content.find(b"PK\1\2") + 4)
        content[second + 42 : second + 46] = bytes(4)  # its header is the first one's
        source.write_bytes(bytes(content))
        with open_archive(source) as archive:
            assert sorted(member.dropped for member in archive.members) == [False, True]

    def test_members_are_read_beside_the_copying(self, tmp_path):
        """As threads do it: a still is read while another member's bytes are copied."""
        members = {"a.txt": b"a" * 3_000_000, "b.png": still(2), "c.txt": bytes(range(256)) * 9000}
        source = write_zip(tmp_path / "in.zip", members, zipfile.ZIP_STORED)
        with open_archive(source) as archive:
            first, second, third = archive.members
            packed, _ = archive.packed(first)
            assert archive.read(second) == members["b.png"]
            assert packed.read(3_000_000) == members["a.txt"]
            with archive.open(third) as content:
                begun = content.read(10)
                archive.packed(first)[0].read(100)
                assert begun + content.read() == members["c.txt"]
