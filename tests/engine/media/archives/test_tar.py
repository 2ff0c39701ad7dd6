"""Tars come back member by member: names, order, stamps, modes, owners, packing."""

from __future__ import annotations

import gzip
import io
import lzma
import subprocess
import tarfile
from pathlib import Path

import pytest

from kinemacolor.engine.errors import MediaError
from kinemacolor.engine.media.archives import open_archive
from tests.engine.fakes import still, tar_member
from tests.engine.media.archives.making import rewrite

TAR_FIELDS = ("name", "mtime", "mode", "uid", "gid", "uname", "gname", "type", "linkname")
TAR_KINDS = (".tar", ".tar.gz", ".tgz", ".tar.xz", ".txz", ".tar.bz2")


class TestTar:
    def make(self, path: Path, format: int = tarfile.PAX_FORMAT) -> Path:
        mode = {"gz": "w:gz", "xz": "w:xz", "z2": "w:bz2"}.get(
            path.name.replace("tgz", "gz").replace("txz", "xz")[-2:], "w"
        )
        with tarfile.open(path, mode, format=format) as file:
            folder = tar_member("a", type=tarfile.DIRTYPE, mode=0o755)
            file.addfile(folder)
            long = "a/" + "long" * 40 + ".txt"
            contents = {"a/one.png": still(1), long: b"text", "ä.png": still(2)}
            for index, (name, data) in enumerate(contents.items()):
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
        pack = {".tar": bytes, ".tar.gz": gzip.compress, ".tar.xz": lzma.compress}[suffix]
        packed = pack(content)
        source.write_bytes(packed[: len(packed) * 3 // 4 if suffix == ".tar" else len(packed) - 9])
        with open_archive(source, tmp_path / "scratch" if unpack else None) as archive:
            assert "cut off or damaged" in archive.damage
            assert [member.name for member in archive.members][:2] == ["0.png", "1.png"]
            if suffix == ".tar":
                assert archive.members[2].dropped

    def test_garbage_between_members_is_no_end(self, tmp_path):
        source = self.make(tmp_path / "in.tar", tarfile.GNU_FORMAT)
        content = bytearray(source.read_bytes())
        at = content.find("ä.png".encode())
        content[at // 512 * 512 : at // 512 * 512 + 512] = b"garbage!" * 64
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
        monkeypatch.setattr("kinemacolor.engine.media.archives.tar.MAX_UNPACKED", 1 << 20)
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
            dropped = [member.name for member in archive.members if member.dropped]
            assert all(member.problem for member in archive.members if member.dropped)
        assert dropped == ["out.png", "abs.png", "d/hard2.png", "null", "pipe"]


@pytest.mark.parametrize("packed", [bytes, gzip.compress])
def test_what_lies_behind_the_end_is_told(tmp_path, packed):
    plain = TestTar().make(tmp_path / "one.tar").read_bytes()
    padded, joined = tmp_path / "padded.tar", tmp_path / "joined.tar"
    padded.write_bytes(packed(plain + bytes(70_000)))
    joined.write_bytes(packed(plain) + packed(plain))
    with open_archive(padded, tmp_path / "a") as whole, open_archive(joined, tmp_path / "b") as two:
        assert whole.damage == ""
        assert [member.name for member in two.members] == [member.name for member in whole.members]
        assert "bytes behind its end: it may be several archives joined" in two.damage
