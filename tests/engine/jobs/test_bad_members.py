"""One bad member of an archive costs that member, never the others."""

import struct
import tarfile
import zipfile

import pytest

from kinemacolor.engine.jobs.reporting.events import State
from tests.engine.fakes import is_red, still, write_zip
from tests.engine.job_runs import MKV, run
from tests.engine.media.video.films import make_film


def test_members_that_overlap_by_their_local_headers(tmp_path):
    source = write_zip(tmp_path / "in.zip", {"a.png": still(), "b.png": still(), "c.txt": b"c"})
    data = bytearray(source.read_bytes())
    struct.pack_into("<H", data, 28, 300)  # extra length of the first member's local header
    source.write_bytes(data)
    done = run(source, out=tmp_path / "out")
    assert "shares its bytes" in done.failures["a.png"] and len(done.failures) == 1
    with zipfile.ZipFile(tmp_path / "out/in.zip") as file:
        assert file.namelist() == ["b.png", "c.txt"] and is_red(file.read("b.png"))


@pytest.mark.parametrize("packed", [zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_a_lie_about_a_size(tmp_path, packed):
    whole = still()
    source = write_zip(tmp_path / "in.zip", {"a.png": whole, "b.png": whole}, packed)
    data = bytearray(source.read_bytes())
    struct.pack_into("<I", data, data.index(b"PK\1\2") + 24, 20)
    source.write_bytes(data)
    done = run(source, out=tmp_path / "out")
    assert "more than it declares" in done.failures["a.png"] and done.worker.colored == ["b.png"]


def test_a_film_whose_suffix_fits_no_file_name(tmp_path):
    film = make_film(tmp_path / "film.mkv").read_bytes()
    name = "reel." + "x" * 260
    source = tmp_path / "in.tar"
    with tarfile.open(source, "w") as tar:
        for member, content in ((name, film), ("b.png", still())):
            path = tmp_path / "content"
            path.write_bytes(content)
            tar.add(path, member)
    done = run(source, out=tmp_path / "out", settings=MKV)
    assert not done.failures and len(done.names(State.DONE)) == 3
    with tarfile.open(tmp_path / "out/in.tar") as tar:
        assert "b.png" in tar.getnames() and len(tar.getnames()) == 2


def test_a_new_entry_that_fits_no_header(tmp_path):
    """The new content of a member may need more room in its header than is left there."""
    source = tmp_path / "in.zip"
    extra = struct.pack("<HH", 0x9999, 65_520) + bytes(65_520)
    with zipfile.ZipFile(source, "w") as file:
        for name in ("a.png", "b.png"):
            info = zipfile.ZipInfo(name)
            info.extra = extra if name == "a.png" else b""
            file.writestr(info, still())
    done = run(source, out=tmp_path / "out")
    assert "attributes" in done.failures["a.png"]
    with zipfile.ZipFile(tmp_path / "out/in.zip") as file:
        assert file.read("a.png") == still() and is_red(file.read("b.png"))
