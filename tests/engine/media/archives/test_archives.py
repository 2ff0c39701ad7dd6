"""What is an archive, what is in it, and what must not be unpacked."""

from __future__ import annotations

import gzip
import posixpath
import shutil
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from kinemacolor.engine.errors import MediaError
from kinemacolor.engine.media.archives import open_archive
from kinemacolor.engine.media.archives.guards import unsafe_link_reason, unsafe_name_reason
from kinemacolor.engine.media.archives.tar import TarReader
from kinemacolor.engine.media.archives.zip import ZipReader
from kinemacolor.engine.media.kinds import Kind, kind_of
from tests.engine.fakes import still, write_zip


def write_files(folder: Path) -> str:
    folder.mkdir()
    (folder / "a.png").write_bytes(b"no picture")
    (folder / "b.txt").write_bytes(b"words")
    return str(folder)


class TestHazards:
    @pytest.mark.parametrize(
        "name", ["../x", "/x", "a/../../x", "C:\\x", "c:x", "..\\x", "a\\..\\..\\x", "\\\\host\\x"]
    )
    def test_names_that_lead_outside(self, name):
        assert unsafe_name_reason(name)

    @pytest.mark.parametrize("name", ["x", "a/../x", "..x/y", "a..b", "./x", "a/./b", "...", ""])
    def test_harmless_names(self, name):
        assert not unsafe_name_reason(name)

    @settings(max_examples=200, deadline=None)
    @given(st.lists(st.sampled_from(["..", ".", "a", "b"]), min_size=1, max_size=6))
    def test_as_the_file_system_would_resolve(self, parts):

        resolved = posixpath.normpath("/root/of/it/" + "/".join(parts))
        passes_above, depth = False, 0
        for part in parts:
            depth += {"..": -1, ".": 0}.get(part, 1)
            passes_above |= depth < 0
        inside = resolved == "/root/of/it" or resolved.startswith("/root/of/it/")
        assert bool(unsafe_name_reason("/".join(parts))) == (passes_above or not inside)

    def test_links(self):
        assert not unsafe_link_reason("a/b", "../c")
        assert unsafe_link_reason("a/b", "../../c")
        assert unsafe_link_reason("a", "/etc") and unsafe_link_reason("a", "C:\\")
        assert unsafe_link_reason("a/b", "../c", from_root=True)


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

    @pytest.mark.parametrize("form", ["zip", "tar"])
    def test_kinds_by_name_alone_read_no_member(self, tmp_path, monkeypatch, form):
        path = tmp_path / f"a.{form}"
        shutil.make_archive(str(path.with_suffix("")), form, write_files(tmp_path / "files"))
        reader = {"zip": ZipReader, "tar": TarReader}[form]
        monkeypatch.setattr(reader, "_head", lambda *_: pytest.fail("read"))
        with reader(path, by_name=True) as archive:
            kinds = {m.name.removeprefix("./"): m.kind for m in archive.members if m.readable}
            assert kinds["a.png"] is Kind.STILL and kinds["b.txt"] is Kind.OTHER
            photo = next(m for m in archive.members if m.name.endswith("a.png"))
            assert archive.read(photo) == b"no picture"

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
