"""Archives come back member by member: names, order, stamps, modes, comments, packing."""

from __future__ import annotations

import gzip
import io
import lzma
import subprocess
import sys
import tarfile
import zipfile
import zlib
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from engine.errors import MediaError
from engine.media import members as limits
from engine.media.archives import open_archive
from engine.media.kinds import Kind, kind_of
from engine.media.members import link_hazard, name_hazard
from tests.engine.fakes import break_member, still, tar_member, write_zip

ZIP_FIELDS = (
    "filename", "date_time", "comment", "external_attr", "internal_attr", "create_system",
    "compress_type", "extra",
)
TAR_FIELDS = ("name", "mtime", "mode", "uid", "gid", "uname", "gname", "type", "linkname")
TAR_KINDS = (".tar", ".tar.gz", ".tgz", ".tar.xz", ".txz", ".tar.bz2")


def rewrite(source: Path, target: Path, new: dict[str, bytes], names: dict[str, str] | None = None):
    """Through our reader and writer, with new content for some members."""
    scratch = target.with_name(target.name + ".scratch")
    with open_archive(source, scratch) as archive:
        writer = archive.writer(target)
        for member in archive.members:
            if member.name in new:
                data = new[member.name]
                name = (names or {}).get(member.name, member.name)
                writer.put(member, io.BytesIO(data), len(data), name)
            else:
                writer.copy(member)
        writer.close()


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

    def test_infozip_agrees(self, tmp_path):
        source = write_zip(tmp_path / "in.zip", {"ä.png": still(1), "b.txt": b"text"})
        rewrite(source, tmp_path / "out.zip", {"ä.png": b"new"})
        command = [sys.executable, "-m", "zipfile", "-t", str(tmp_path / "out.zip")]
        assert subprocess.run(command, capture_output=True, check=False).returncode == 0

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
            with pytest.raises(MediaError, match="a.png: is damaged"):
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
            bomb, fine, text = archive.members
        assert "bomb" in bomb.problem and not bomb.lost
        assert not fine.problem and not text.problem

    def test_overlapping_members(self, tmp_path):
        """One packed run that many entries share: the compact kind of bomb."""
        source = write_zip(tmp_path / "in.zip", {"a.png": still(1), "b.png": still(2)})
        content = bytearray(source.read_bytes())
        second = content.find(b"PK\1\2", content.find(b"PK\1\2") + 4)
        content[second + 42:second + 46] = bytes(4)  # its header is the first one's
        source.write_bytes(bytes(content))
        with open_archive(source) as archive:
            assert sorted(member.lost for member in archive.members) == [False, True]


class TestTar:
    def make(self, path: Path, format: int = tarfile.PAX_FORMAT) -> Path:
        mode = {"gz": "w:gz", "xz": "w:xz", "z2": "w:bz2"}.get(
            path.name.replace("tgz", "gz").replace("txz", "xz")[-2:], "w"
        )
        with tarfile.open(path, mode, format=format) as file:
            folder = tar_member("a", type=tarfile.DIRTYPE, mode=0o755)
            file.addfile(folder)
            for index, (name, data) in enumerate(
                (("a/one.png", still(1)), ("a/" + "long" * 40 + ".txt", b"text"), ("ä.png", still(2)))
            ):
                info = tar_member(
                    name, len(data), mode=0o640 + index, uid=1000, gid=7, uname="anna", gname="ö"
                )
                if format == tarfile.PAX_FORMAT:
                    info.mtime += 0.25
                file.addfile(info, io.BytesIO(data))
            file.addfile(tar_member("link.png", type=tarfile.SYMTYPE, linkname="ä.png"))
        return path

    @pytest.mark.parametrize("suffix", TAR_KINDS)
    @pytest.mark.parametrize("format", [tarfile.PAX_FORMAT, tarfile.GNU_FORMAT])
    def test_everything_but_new_content_stays(self, tmp_path, suffix, format):
        source, target = self.make(tmp_path / f"in{suffix}", format), tmp_path / f"out{suffix}"
        rewrite(source, target, {"a/one.png": b"new" * 500, "ä.png": b""})
        new_data = {"a/one.png": b"new" * 500, "ä.png": b""}
        assert target.read_bytes()[:3] == source.read_bytes()[:3]  # packed alike
        with tarfile.open(source) as old, tarfile.open(target) as new:
            for before, after in zip(old, new, strict=True):
                for field in TAR_FIELDS:
                    assert getattr(after, field) == getattr(before, field), field
                if before.isreg():
                    expected = new_data.get(before.name, old.extractfile(before).read())
                    assert new.extractfile(after).read() == expected

    def test_gnu_tar_agrees(self, tmp_path):
        source = self.make(tmp_path / "in.tar")
        rewrite(source, tmp_path / "out.tar", {"a/one.png": b"new"})
        listed = subprocess.run(
            ["tar", "-tf", tmp_path / "out.tar"], capture_output=True, check=True, text=True
        )
        assert not listed.stderr and len(listed.stdout.splitlines()) == 5

    def test_renamed_member_with_a_long_name(self, tmp_path):
        name = "a/" + "x" * 150 + ".avi"
        source = tmp_path / "in.tar"
        with tarfile.open(source, "w") as file:
            file.addfile(tar_member(name, 3), io.BytesIO(b"abc"))
        new = name.replace(".avi", ".mkv")
        rewrite(source, tmp_path / "out.tar", {name: b"film"}, {name: new})
        with tarfile.open(tmp_path / "out.tar") as file:
            assert file.getnames() == [new]

    def test_global_headers_stay(self, tmp_path):
        source = tmp_path / "in.tar"
        headers = {"comment": "from the vault"}
        with tarfile.open(source, "w", pax_headers=headers) as file:
            file.addfile(tar_member("a.png", 3), io.BytesIO(b"abc"))
        rewrite(source, tmp_path / "out.tar", {"a.png": b"new"})
        with tarfile.open(tmp_path / "out.tar") as file:
            assert file.pax_headers == headers and file.getnames() == ["a.png"]

    def test_equal_content_gives_equal_bytes(self, tmp_path):
        source = self.make(tmp_path / "in.tar.gz")
        for name in ("one.tar.gz", "two.tar.gz"):
            rewrite(source, tmp_path / name, {"ä.png": b"new"})
        assert (tmp_path / "one.tar.gz").read_bytes() == (tmp_path / "two.tar.gz").read_bytes()

    @pytest.mark.parametrize("suffix", [".tar", ".tar.gz", ".tar.xz"])
    @pytest.mark.parametrize("unpack", [False, True])
    def test_truncated(self, tmp_path, suffix, unpack):
        source = tmp_path / f"in{suffix}"
        plain = io.BytesIO()
        with tarfile.open(fileobj=plain, mode="w") as file:
            for index in range(3):
                # Incompressible, so that a cut in the packed file is a cut in this one.
                data = still(index) * 40
                file.addfile(tar_member(f"{index}.png", len(data)), io.BytesIO(data))
        content = plain.getvalue()
        packed = {".tar": bytes, ".tar.gz": gzip.compress, ".tar.xz": lzma.compress}[suffix](content)
        source.write_bytes(packed[:len(packed) * 3 // 4 if suffix == ".tar" else len(packed) - 9])
        with open_archive(source, tmp_path / "scratch" if unpack else None) as archive:
            assert "cut off or damaged" in archive.damage
            assert [member.name for member in archive.members][:2] == ["0.png", "1.png"]
            if suffix == ".tar":
                assert archive.members[2].lost

    def test_garbage_between_members_is_no_end(self, tmp_path):
        source = self.make(tmp_path / "in.tar", tarfile.GNU_FORMAT)
        content = bytearray(source.read_bytes())
        at = content.find("ä.png".encode())
        content[at // 512 * 512:at // 512 * 512 + 512] = b"garbage!" * 64
        source.write_bytes(bytes(content))
        with open_archive(source) as archive:
            assert "damaged" in archive.damage and len(archive.members) < 5

    def test_checksum_of_the_packing(self, tmp_path):
        source = self.make(tmp_path / "in.tar.gz")
        content = bytearray(source.read_bytes())
        content[-6] ^= 1
        source.write_bytes(bytes(content))
        for scratch in (None, tmp_path / "scratch"):
            with open_archive(source, scratch) as archive:
                assert "damaged" in archive.damage and len(archive.members) == 5

    def test_bomb(self, tmp_path, monkeypatch):
        monkeypatch.setattr("engine.media.tar_archives.MAX_UNPACKED", 1 << 20)
        source = tmp_path / "in.tar.gz"
        with tarfile.open(source, "w:gz") as file:
            file.addfile(tar_member("a.png", 4 << 20), io.BytesIO(bytes(4 << 20)))
        for scratch in (None, tmp_path / "scratch"):
            with pytest.raises(MediaError, match="bomb"):
                open_archive(source, scratch)

    def test_links_and_devices(self, tmp_path):
        source = tmp_path / "in.tar"
        with tarfile.open(source, "w") as file:
            file.addfile(tar_member("in.png", type=tarfile.SYMTYPE, linkname="a.png"))
            file.addfile(tar_member("d/up.png", type=tarfile.SYMTYPE, linkname="../a.png"))
            file.addfile(tar_member("out.png", type=tarfile.SYMTYPE, linkname="../a.png"))
            file.addfile(tar_member("abs.png", type=tarfile.SYMTYPE, linkname="/etc/passwd"))
            file.addfile(tar_member("d/hard.png", type=tarfile.LNKTYPE, linkname="in.png"))
            file.addfile(tar_member("d/hard2.png", type=tarfile.LNKTYPE, linkname="../in.png"))
            file.addfile(tar_member("null", type=tarfile.CHRTYPE, devmajor=1, devminor=3))
            file.addfile(tar_member("pipe", type=tarfile.FIFOTYPE))
        with open_archive(source) as archive:
            lost = [member.name for member in archive.members if member.lost]
            assert all(member.problem for member in archive.members if member.lost)
        assert lost == ["out.png", "abs.png", "d/hard2.png", "null", "pipe"]


class TestHazards:
    @pytest.mark.parametrize(
        "name", ["../x", "/x", "a/../../x", "C:\\x", "c:x", "..\\x", "a\\..\\..\\x", "\\\\host\\x"]
    )
    def test_names_that_lead_outside(self, name):
        assert name_hazard(name)

    @pytest.mark.parametrize("name", ["x", "a/../x", "..x/y", "a..b", "./x", "a/./b", "...", ""])
    def test_harmless_names(self, name):
        assert not name_hazard(name)

    @settings(max_examples=200, deadline=None)
    @given(st.lists(st.sampled_from(["..", ".", "a", "b"]), min_size=1, max_size=6))
    def test_as_the_file_system_would_resolve(self, parts):
        import posixpath

        resolved = posixpath.normpath("/root/of/it/" + "/".join(parts))
        passes_above, depth = False, 0
        for part in parts:
            depth += {"..": -1, ".": 0}.get(part, 1)
            passes_above |= depth < 0
        inside = resolved == "/root/of/it" or resolved.startswith("/root/of/it/")
        assert bool(name_hazard("/".join(parts))) == (passes_above or not inside)

    def test_links(self):
        assert not link_hazard("a/b", "../c")
        assert link_hazard("a/b", "../../c") and link_hazard("a", "/etc") and link_hazard("a", "C:\\")
        assert link_hazard("a/b", "../c", from_root=True)


class TestOpening:
    @pytest.mark.parametrize("name", ["a.zip", "a.tar", "a.tar.gz"])
    def test_empty_or_no_archive(self, tmp_path, name):
        path = tmp_path / name
        path.write_bytes(b"")
        with pytest.raises(MediaError, match="empty"):
            open_archive(path)
        path.write_bytes(b"plain words " * 100)
        with pytest.raises(MediaError):
            open_archive(path)

    def test_content_counts_not_the_name(self, tmp_path):
        path = write_zip(tmp_path / "photos.tar.gz", {"a.png": still()})
        with open_archive(path) as archive:
            assert archive.format == "zip"

    def test_packed_but_no_tar(self, tmp_path):
        path = tmp_path / "a.tar.gz"
        path.write_bytes(gzip.compress(b"words " * 1000))
        with pytest.raises(MediaError, match="tar"):
            open_archive(path)

    @settings(
        max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
    )
    @given(flips=st.lists(st.tuples(st.integers(0, 10_000), st.integers(1, 255)), max_size=6))
    def test_damage_is_always_one_clear_error(self, tmp_path, flips):
        """Whatever bits flip, reading gives content or a MediaError, and never hangs or crashes."""
        source = write_zip(tmp_path / "in.zip", {f"{i}.png": still(i) for i in range(3)})
        content = bytearray(source.read_bytes())
        for at, mask in flips:
            content[at % len(content)] ^= mask
        source.write_bytes(bytes(content))
        try:
            with open_archive(source) as archive:
                for member in archive.members:
                    if not member.problem:
                        archive.read(member)
        except MediaError:
            pass


class TestKinds:
    @pytest.mark.parametrize(
        ("name", "head", "kind"),
        [
            ("a.jpg", b"\xff\xd8\xff\xe0", Kind.STILL),
            ("a.jpg", b"", Kind.STILL),
            ("a", b"\xff\xd8\xff\xe0", Kind.STILL),
            ("a.dat", b"\x89PNG\r\n\x1a\n", Kind.STILL),
            ("a.jpg", b"\0\0\0\x18ftypmp42", Kind.FILM),
            ("a.mp4", b"\xff\xd8\xff\xe0", Kind.STILL),
            ("A.MP4", b"nonsense", Kind.FILM),
            ("a.ts", b"import { x } from 'y'", Kind.OTHER),
            ("a.ts", (b"G" + bytes(187)) * 3, Kind.FILM),
            ("a.mts", (bytes(4) + b"G" + bytes(187)) * 3, Kind.FILM),
            ("a.heic", b"\0\0\0\x18ftypheic", Kind.OTHER),
            ("a.nef", b"II*\0", Kind.OTHER),
            ("a.m4a", b"\0\0\0\x18ftypisom", Kind.OTHER),
            ("a.docx", b"PK\3\4", Kind.OTHER),
            ("a", b"PK\3\4", Kind.ARCHIVE),
            ("a.jpg", b"PK\3\4", Kind.ARCHIVE),
            ("a.tar.gz", b"\x1f\x8b", Kind.ARCHIVE),
            ("a.txt.gz", b"\x1f\x8b", Kind.OTHER),
            ("a.txt", b"words", Kind.OTHER),
            ("__MACOSX/._a.jpg", b"\0\5\x16\7\0\2", Kind.OTHER),
            ("a.xmp", b"\xff\xd8\xff", Kind.STILL),
        ],
    )
    def test_kind(self, name, head, kind):
        assert kind_of(name, head) is kind
