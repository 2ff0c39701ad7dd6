"""Links in archives to films that get other names with their containers."""

from __future__ import annotations

import io
import os
import stat
import subprocess
import tarfile
import zipfile

import pytest

from tests.engine.fakes import tar_member
from tests.engine.job_runs import MKV, run
from tests.engine.media.video.films import make_film

LONG = "very long" * 20  # more than a plain header's 100 bytes


@pytest.fixture
def film(tmp_path) -> bytes:
    return make_film(tmp_path / "reel.avi").read_bytes()


def events(done) -> dict[str, dict]:
    return {e["member"]: e for e in done.events if e.get("member") and e["event"] != "started"}


def make_tar(path, members, format=tarfile.PAX_FORMAT):
    """A tar of files (bytes) and links (type and target)."""
    with tarfile.open(path, "w", format=format) as file:
        for name, content in members:
            if isinstance(content, bytes):
                file.addfile(tar_member(name, len(content)), io.BytesIO(content))
            else:
                kind, target = content
                info = tar_member(name, type=kind, linkname=target, uid=7, uname="anna")
                file.addfile(info)
    return path


HARD, SOFT = tarfile.LNKTYPE, tarfile.SYMTYPE


class TestTar:
    @pytest.mark.parametrize("format", [tarfile.PAX_FORMAT, tarfile.GNU_FORMAT])
    @pytest.mark.parametrize("folder", ["", "./", "films/", f"{LONG}/"])
    def test_links_lead_to_the_new_name(self, tmp_path, film, format, folder):
        members = [
            (f"{folder}a.avi", film),
            (f"{folder}hard.avi", (HARD, f"{folder}a.avi")),
            (f"{folder}soft.avi", (SOFT, "a.avi")),
            (f"{folder}sub/up.avi", (SOFT, "../a.avi")),
            (f"{folder}sub/to_link.avi", (SOFT, "../soft.avi")),
        ]
        source = make_tar(tmp_path / "in.tar", members, format)
        done = run(source, out=tmp_path / "out", settings=MKV)
        assert not done.failures
        place = tmp_path / "extracted"
        with tarfile.open(tmp_path / "out/in.tar") as result:
            names = [name for name, _ in members]
            assert [m.name for m in result] == [f"{folder}a.mkv", *names[1:]]
            assert {m.uname for m in result if m.linkname} == {"anna"}
            result.extractall(place, filter="data")
        new = (place / folder / "a.mkv").read_bytes()
        assert all((place / name).read_bytes() == new for name in names[1:])
        assert os.readlink(place / folder / "sub/up.avi") == "../a.mkv"
        told = events(done)[f"{folder}hard.avi"]["notes"]
        assert told == (f"link to {folder}a.mkv, which was {folder}a.avi",)
        (tmp_path / "by_tar").mkdir()
        archive = str(tmp_path / "out/in.tar")
        subprocess.run(["tar", "-xf", archive, "-C", str(tmp_path / "by_tar")], check=True)

    def test_a_longer_name_and_one_that_was_long(self, tmp_path, film):
        mkv = make_film(tmp_path / "reel.mkv").read_bytes()
        stem = "x" * 95  # a.avi.mkv needs more than a plain header
        members = [
            (f"{stem}.avi", film),
            (f"{stem}.mkv", mkv),
            ("hard", (HARD, f"{stem}.avi")),
            ("other", (HARD, f"{stem}.mkv")),
        ]
        source = make_tar(tmp_path / "in.tar", members)
        run(source, out=tmp_path / "out", settings=MKV)
        with tarfile.open(tmp_path / "out/in.tar") as result:
            links = {m.name: m.linkname for m in result if m.linkname}
        assert links == {"hard": f"{stem}.avi.mkv", "other": f"{stem}.mkv"}

    def test_of_a_film_that_keeps_its_name_stay_as_stored(self, tmp_path, film):
        members = [("a.avi", b"no film"), ("b.avi", film), ("hard.avi", (HARD, "a.avi"))]
        source = make_tar(tmp_path / "in.tar", [*members, ("out", (SOFT, "nowhere/b.avi"))])
        done = run(source, out=tmp_path / "out", settings=MKV)
        with tarfile.open(tmp_path / "out/in.tar") as result:
            assert [m.linkname for m in result] == ["", "", "a.avi", "nowhere/b.avi"]
        assert events(done)["hard.avi"]["notes"] == ("link to a.avi",)

    def test_of_a_name_that_comes_twice_lead_to_the_last(self, tmp_path, film):
        members = [("a.avi", film), ("a.avi", b"no film"), ("hard.avi", (HARD, "a.avi"))]
        run(make_tar(tmp_path / "in.tar", members), out=tmp_path / "out", settings=MKV)
        with tarfile.open(tmp_path / "out/in.tar") as result:
            assert [m.name for m in result] == ["a.mkv", "a.avi", "hard.avi"]
            assert result.getmember("hard.avi").linkname == "a.avi"

    def test_that_come_before_are_told(self, tmp_path, film):
        links = [(f"{number}.avi", (SOFT, "z.avi")) for number in range(5)]
        source = make_tar(tmp_path / "in.tar", [*links, ("z.avi", film)])
        done = run(source, out=tmp_path / "out", settings=MKV)
        told = "links before it lead to its old name: 0.avi, 1.avi, 2.avi and 2 more"
        assert told in events(done)["z.avi"]["notes"]


def test_links_in_zips_lead_to_the_new_name(tmp_path, film):
    def link(name):
        info = zipfile.ZipInfo(name, (2001, 2, 3, 4, 5, 6))
        info.create_system, info.external_attr = 3, (stat.S_IFLNK | 0o777) << 16
        return info

    with zipfile.ZipFile(tmp_path / "in.zip", "w") as file:
        file.writestr("films/a.avi", film)
        file.writestr(link("top.avi"), "films/a.avi")
        file.writestr(link("films/beside.avi"), "./a.avi")
        file.writestr(link("films/other.avi"), "b.avi")
    done = run(tmp_path / "in.zip", out=tmp_path / "out", settings=MKV)
    assert not done.failures
    with (
        zipfile.ZipFile(tmp_path / "in.zip") as old,
        zipfile.ZipFile(tmp_path / "out/in.zip") as new,
    ):
        assert new.testzip() is None
        assert new.namelist()[0] == "films/a.mkv"
        texts = {name: new.read(name) for name in new.namelist()[1:]}
        for name in texts:
            before, after = old.getinfo(name), new.getinfo(name)
            for field in ("external_attr", "create_system", "date_time"):
                assert getattr(after, field) == getattr(before, field)
    assert texts == {
        "top.avi": b"films/a.mkv",
        "films/beside.avi": b"./a.mkv",
        "films/other.avi": b"b.avi",
    }
