"""Pictures, films and archives that are not read are found out; documents and sound are not."""

from __future__ import annotations

import gzip
import io
import tarfile
import zipfile
from fractions import Fraction
from pathlib import Path

import av
import imagecodecs
import numpy as np
import pytest
from PIL import Image

from kinemacolor.engine.jobs.reporting.events import State
from kinemacolor.engine.media.kinds import HEAD_BYTES, Kind, kind_of, uncolored_reason
from tests.engine.fakes import is_red, read_archive, still, tar_member, tree, write_zip
from tests.engine.job_runs import run

GREY = np.tile(np.arange(64, dtype=np.uint8), (48, 1))


def by_pillow(kind: str) -> bytes:
    data = io.BytesIO()
    Image.fromarray(GREY).save(data, kind)
    return data.getvalue()


def by_ffmpeg(muxer: str, codec: str, pix_fmt: str = "yuv420p", size=(176, 144)) -> bytes:
    data = io.BytesIO()
    with av.open(data, "w", format=muxer) as film:
        video = film.add_stream(codec, rate=Fraction(25), options={"strict": "-2"})
        video.width, video.height, video.pix_fmt = *size, pix_fmt
        for _ in range(3):
            film.mux(video.encode(av.VideoFrame(*size, pix_fmt)))
        film.mux(video.encode(None))
    return data.getvalue()


REAL = {
    "GIF": lambda: by_pillow("GIF"),
    "BMP": lambda: by_pillow("BMP"),
    "JPEG 2000": lambda: by_pillow("JPEG2000"),
    "JPEG 2000 picture": lambda: imagecodecs.jpeg2k_encode(GREY, codecformat="j2k"),
    "Netpbm": lambda: by_pillow("PPM"),
    "PCX": lambda: by_pillow("PCX"),
    "SGI": lambda: by_pillow("SGI"),
    "DDS": lambda: b"DDS \x7c\0\0\0" + bytes(120),
    "JPEG XL": lambda: imagecodecs.jpegxl_encode(GREY),
    "JPEG XR": lambda: imagecodecs.jpegxr_encode(GREY),
    "AVIF": lambda: imagecodecs.avif_encode(np.stack([GREY] * 3, -1)),
    "QOI": lambda: imagecodecs.qoi_encode(np.stack([GREY] * 3, -1)),
    "DPX": lambda: by_ffmpeg("image2pipe", "dpx", "rgb48le"),
    "OpenEXR": lambda: by_ffmpeg("image2pipe", "exr", "gbrpf32le"),
    "FITS": lambda: by_ffmpeg("fits", "fits", "gray"),
    "Sun raster": lambda: by_ffmpeg("image2pipe", "sunrast", "gray"),
    "H.264": lambda: by_ffmpeg("h264", "libx264"),
    "HEVC": lambda: by_ffmpeg("hevc", "libx265"),
    "IVF": lambda: by_ffmpeg("ivf", "libvpx"),
    "GXF": lambda: by_ffmpeg("gxf", "mpeg2video", size=(720, 576)),
    "RealMedia": lambda: by_ffmpeg("rm", "rv10"),
    "HEIC": lambda: b"\0\0\0\x24ftypheic\0\0\0\0mif1heic",
    "camera raw": lambda: b"\0\0\0\x18ftypcrx \0\0\0\1crx isom",
    "7z": lambda: b"7z\xbc\xaf\x27\x1c\0\4" + bytes(24),
    "RAR": lambda: b"Rar!\x1a\7\1\0" + bytes(20),
    "Windows TV": lambda: b"\xb7\xd8\0\x20\x37\x49\xda\x11\xa6\x4e\0\7\xe9\x5e\xad\x8d" + bytes(40),
}
FOLDER = tar_member("album/", type=tarfile.DIRTYPE)


def tarred(*names: str, mode: str = "w", before: tuple[tarfile.TarInfo, ...] = (FOLDER,)) -> bytes:
    """A tar of a folder and files."""
    box = io.BytesIO()
    with tarfile.open(fileobj=box, mode=mode) as tar:
        for folder in before:
            tar.addfile(folder)
        for name in names:
            tar.addfile(tar_member(name, len(still())), io.BytesIO(still()))
    return box.getvalue()


def zipped(*names: str) -> bytes:
    box = io.BytesIO()
    with zipfile.ZipFile(box, "w") as file:
        for name in names:
            file.writestr(name, b"" if name.endswith("/") else still())
    return box.getvalue()


HEADED = {
    "an icon": lambda: by_pillow("ICO"),
    "a DjVu document": lambda: b"AT&TFORM\0\0\1\0DJVU" + bytes(99),
    "a JBIG picture": lambda: b"\x97JB2\r\n\x1a\n" + bytes(99),
    "a FLIF picture": lambda: b"FLIF11" + bytes(99),
    "a JPEG XS picture": lambda: b"\0\0\0\x0cJXS \r\n\x87\n" + bytes(99),
    "a DICOM picture": lambda: bytes(128) + b"DICM" + bytes(99),
    "a PostScript picture": lambda: b"%!PS-Adobe-3.0 EPSF-3.0\n" + bytes(99),
    "an OGM film": lambda: b"OggS" + bytes(24) + b"\1video\0\0\0XVID",
    "a Dirac film in Ogg": lambda: b"OggS" + bytes(24) + b"BBCD\0" + bytes(9),
    "a bare Dirac stream": lambda: b"BBCD\0\0\0\0\x0d",
    "a film of a game": lambda: b"RIFF\0\0\1\0004XMV" + bytes(99),
}
NAMED = [
    *("x.ico", "x.djvu", "x.jb2", "x.flif", "x.jxs", "x.kra", "x.fpx", "x.g3", "x.g4", "x.eps"),
    *("x.dcm", "x.ogm", "x.h261", "x.h263", "x.cavs", "x.roq", "x.mve", "x.4xm", "x.zip.001"),
    *("x.heic", "x.HEIC", "x.gif", "x.bmp", "x.jxl", "x.jp2", "x.avif", "x.psd", "x.tga", "x.fits"),
    *("x.pgm", "x.ppm", "x.jls", "x.dpx", "x.exr", "x.cin", "x.dng", "x.NEF", "x.cr3", "x.raw"),
    *("x.h264", "x.hevc", "x.265", "x.gxf", "x.ivf", "x.wtv", "x.rm", "x.r3d", "x.yuv", "x.swf"),
    *("x.7z", "x.rar", "x.cbz", "x.tar.zst", "x.tzst", "x.gz", "x.tif.gz", "x.mkv.xz", "x.iso"),
]
SILENT = [
    ("notes.txt", b"P1 is first, BM, GIF and 7z follow"),
    ("photo.xmp", b"<x:xmpmeta>"),
    ("reel.srt", b"1\n00:00"),
    ("reel.mkv.framemd5", b"#format: frame checksums"),
    ("list.csv", b"P5 12 13,a"),
    ("report.pdf", b"%PDF-1.7"),
    ("report.ps", b"%!PS-Adobe-3.0\n"),
    ("part.ts", b"export const a = 1"),
    ("go.mod", b"module a"),
    ("letters.2019", tarred("letter.txt")),
    ("letters.backup", zipped("album/", "letter.txt", "a.jpg")),
    ("letter.odt", zipped("Thumbnails/thumbnail.png")),
    ("book.docx", b"PK\3\4"),
    ("sound.wav", b"RIFF\0\0\0\0WAVEfmt "),
    ("sound.mp3", b"ID3\4"),
    ("sound.m4a", b"\0\0\0\x18ftypM4A "),
    ("sound.ogg", b"OggS\0\2" + bytes(22) + b"\1\x1e\1vorbis"),
    ("log.txt.gz", b"\x1f\x8b\x08\0"),
    ("changelog.gz", gzip.compress(b"1.0: begun\n" * 500, mtime=0)[:512]),
    ("data.csv.zst", b"\x28\xb5\x2f\xfd"),
    ("manifest-sha256", b"0123 a"),
    ("Thumbs.db", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"),
    (".DS_Store", b"\0\0\0\1Bud1"),
    ("__MACOSX/._a.jpg", b"\0\5\x16\7\0\2"),
    ("._reel.mov", b"\0\5\x16\7\0\2"),
    ("VIDEO_TS.IFO", b"DVDVIDEO-VMG"),
    ("drawing.svg", b"<svg xmlns="),
    ("raster.hdr", b"ENVI\nsamples = 400"),
    ("", b""),
]


class TestReason:
    @pytest.mark.parametrize("what", REAL)
    @pytest.mark.parametrize("name", ["a", "a.dat", "a.jpg", "a.mp4", "a.zip"])
    def test_is_found_in_the_content(self, what, name):
        head = REAL[what]()[:512]
        assert kind_of(name, head) is Kind.OTHER
        reason = uncolored_reason(name, head)
        assert what.removesuffix(" picture") in reason and "; " in reason

    @pytest.mark.parametrize("what", HEADED)
    @pytest.mark.parametrize("name", ["a", "a.jpg"])
    def test_is_found_in_a_rare_content(self, what, name):
        head = HEADED[what]()[:HEAD_BYTES]
        assert kind_of(name, head) is Kind.OTHER
        assert uncolored_reason(name, head).startswith(f"is {what}, which is not read; ")

    @pytest.mark.parametrize(
        "data",
        [
            tarred("a.jpg", before=()),
            tarred("album/a.heic"),
            tarred("a.mkv", mode="w:gz"),
            zipped("a.jpg"),
            zipped("album/", "album/more/", "album/more/a.tif"),
        ],
    )
    @pytest.mark.parametrize("name", ["photos.2019", "photos.backup", "photos.tar.old"])
    def test_is_found_in_an_archive_under_another_name(self, data, name):
        assert kind_of(name, data[:HEAD_BYTES]) is Kind.OTHER
        assert "give it the ending .zip" in uncolored_reason(name, data[:HEAD_BYTES])

    @pytest.mark.parametrize("suffix", ["ts", "mts", "m2t", "mod", "tod", "vro", "mpe", "trp"])
    def test_is_not_needed_for_an_empty_film(self, suffix):
        for head in (b"", bytes(HEAD_BYTES)):
            assert kind_of(f"a.{suffix}", head) is Kind.FILM

    @pytest.mark.parametrize("suffix", ["tbz", "tb2", "tz2", "tar.bz", "gtar", "ustar"])
    def test_is_not_needed_for_tars_with_rare_endings(self, suffix):
        head = tarred("a.jpg", mode="w:bz2" if "b" in suffix or "z" in suffix else "w")
        assert kind_of(f"a.{suffix}", head[:HEAD_BYTES]) is Kind.ARCHIVE

    def test_is_not_needed_for_vp8_in_ogg(self):
        head = by_ffmpeg("ogg", "libvpx")[:HEAD_BYTES]
        assert kind_of("a.ogg", head) is kind_of("a.ogv", head) is Kind.FILM

    @pytest.mark.parametrize("name", NAMED)
    def test_is_found_in_the_name(self, name):
        for head in (b"", b"nonsense"):
            assert kind_of(name, head) is Kind.OTHER
            assert "which is not read; " in uncolored_reason(name, head)

    def test_is_found_in_a_compressed_box(self):
        box = io.BytesIO()
        with tarfile.open(fileobj=box, mode="w:gz") as tar:
            tar.addfile(tar_member("a.png", len(still())), io.BytesIO(still()))
        assert "a compressed file" in uncolored_reason("box.gz", box.getvalue()[:512])

    @pytest.mark.parametrize(("name", "head"), SILENT)
    def test_is_none_for_what_nobody_expects_to_be_colored(self, name, head):
        assert kind_of(name, head) is Kind.OTHER
        assert uncolored_reason(name, head) == ""

    @pytest.mark.parametrize(
        ("name", "head"),
        [("a.jpg", b"%PDF-1.4"), ("a.mov", b"RIFF\0\0\0\0WAVE"), ("a.ogv", b"OggS" + bytes(40))],
    )
    def test_of_a_document_under_a_pictures_name(self, name, head):
        assert "another content than its name says" in uncolored_reason(name, head)

    @pytest.mark.parametrize(
        ("name", "head", "kind"),
        [
            ("a.heic", b"\xff\xd8\xff\xe1", Kind.STILL),  # as some telephones name JPEGs
            ("a.bmp", b"\x89PNG\r\n\x1a\n", Kind.STILL),
            ("a.jls", b"\xff\xd8\xff\xf7", Kind.STILL),  # its reader says what it is
            ("a.rm", b"\x1aE\xdf\xa3", Kind.FILM),
            ("a.ogg", b"OggS\0\2" + bytes(22) + b"\x80theora", Kind.FILM),
            ("a.nef", b"II*\0", Kind.OTHER),
            ("a.jpg", b"", Kind.STILL),
            ("a.jpg", b"words", Kind.STILL),
        ],
    )
    def test_is_not_made_up_for_what_is_read(self, name, head, kind):
        assert kind_of(name, head) is kind
        assert bool(uncolored_reason(name, head)) == name.endswith("nef")


@pytest.fixture
def shelf(tmp_path) -> Path:
    """A photo and a letter between pictures that are not read."""
    folder = tmp_path / "in"
    folder.mkdir()
    (folder / "a.png").write_bytes(still())
    (folder / "letter.txt").write_text("words")
    (folder / "b.heic").write_bytes(REAL["HEIC"]())
    (folder / "c.jpg").write_bytes(REAL["HEIC"]())
    (folder / "d.h264").write_bytes(REAL["H.264"]())
    (folder / "e.7z").write_bytes(REAL["7z"]())
    return folder


class TestJob:
    def test_fails_them_and_does_the_rest(self, shelf, tmp_path):
        done = run(shelf, out=tmp_path / "out")
        assert {Path(name).name for name in done.failures} == {"b.heic", "c.jpg", "d.h264", "e.7z"}
        assert "HEIC" in done.failures[str(shelf / "c.jpg")]
        assert done.report.failed == 4
        assert done.names(State.CARRIED) == [str(shelf / "letter.txt")]
        assert set(tree(tmp_path / "out")) == {"a.png", "letter.txt"}

    @pytest.mark.parametrize("suffix", [".zip", ".tar", ".tar.gz"])
    def test_keeps_them_as_they_are_in_an_archive(self, shelf, tmp_path, suffix):
        contents = tree(shelf)
        source = tmp_path / f"box{suffix}"
        if suffix == ".zip":
            write_zip(source, contents)
        else:
            with tarfile.open(source, "w:gz" if suffix.endswith("gz") else "w") as tar:
                for name, content in contents.items():
                    tar.addfile(tar_member(name, len(content)), io.BytesIO(content))
        done = run(source, out=tmp_path / "out")
        assert set(done.failures) == {"b.heic", "c.jpg", "d.h264", "e.7z"}
        after = read_archive(tmp_path / "out" / source.name)
        assert is_red(after.pop("a.png"))
        contents.pop("a.png")
        assert after == contents
