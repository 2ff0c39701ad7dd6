"""What stills take in memory: told by their headers, and kept within the budget."""

import io
import struct
import subprocess
import sys

import numpy as np
import pytest
import tifffile
from PIL import Image

from kinemacolor.engine.media.still_file import read_still_file
from kinemacolor.engine.media.stills.header import read_header
from kinemacolor.engine.media.stills.memory import still_memory
from kinemacolor.models.errors import KinemacolorError
from tests.engine.media.stills import pictures
from tests.engine.media.stills.pictures import encoded, gradient
from tests.engine.tint import tinting_worker

GB = 1 << 30


@pytest.mark.parametrize("channels", [1, 3, 4])
@pytest.mark.parametrize("format", ["PNG", "JPEG", "TIFF", "WEBP"])
def test_headers_as_pillow_reads_them(format, channels):
    if format == "JPEG" and channels == 4:
        pytest.skip("has no alpha")
    data = encoded(gradient(channels, size=(48, 80)), format)
    header = read_header(data)
    assert (header.format, header.width, header.height) == (format, 80, 48)
    assert header.channels >= channels and header.depth == 1


@pytest.mark.parametrize("shape", [(40, 60), (40, 60, 3), (40, 60, 4)])
def test_deep_headers(shape):
    file = io.BytesIO()
    kind = "minisblack" if len(shape) == 2 else "rgb"
    tifffile.imwrite(file, np.zeros(shape, np.uint16), photometric=kind)
    header = read_header(file.getvalue())
    assert (header.width, header.height, header.depth) == (60, 40, 2)
    assert header.channels == (shape[2] if len(shape) == 3 else 1)


def test_a_palette_and_its_transparency():
    palette = encoded(Image.fromarray(gradient()).convert("P"), "PNG")
    assert read_header(palette).channels == 3
    assert read_header(pictures.with_chunk(palette, b"tRNS", b"\0")).channels == 4


@pytest.mark.parametrize("data", [b"", b"text", b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n", b"II*\0"])
def test_no_header_is_no_error(data):
    assert read_header(data) is None and still_memory(data) == 3 * len(data)


def behind_a_thumbnail(pixels):
    file = io.BytesIO()
    with tifffile.TiffWriter(file) as writer:
        writer.write(pixels[:8, :8], subfiletype=1)
        writer.write(pixels)
    return file.getvalue()


PLAIN = gradient(size=(300, 400))


@pytest.mark.parametrize(
    "data",
    [
        bytes(100) + encoded(PLAIN, "JPEG"),
        b"\xff\xd8\xff\xd8\0\2" + encoded(PLAIN, "JPEG")[2:],
        behind_a_thumbnail(PLAIN),
    ],
)
def test_a_header_that_is_not_the_first(data):
    assert still_memory(data) > 3 * len(data) + 5 * PLAIN.size


def huge_png(side):
    """A PNG whose header claims `side` squared pixels of 16-bit RGBA."""
    data = bytearray(encoded(gradient(), "PNG"))
    data[16:26] = struct.pack(">IIBB", side, side, 16, 6)
    return bytes(data)


def test_one_that_is_too_large_is_refused_and_the_rest_goes_on(monkeypatch):
    small = encoded(gradient(), "PNG")
    items = [(f"{number}.png", lambda: small) for number in range(6)]
    items.insert(2, ("huge.png", lambda: huge_png(20_000)))
    results = list(tinting_worker(monkeypatch, memory="6G").stills(items))
    assert [name for name, _, _ in results] == [name for name, _ in items]
    for name, result, _ in results:
        if name == "huge.png":
            assert isinstance(result, KinemacolorError)
            assert "of memory, 6.0 GB are allowed; raise --memory" in str(result)
        else:
            assert isinstance(result, bytes)


def test_large_ones_wait_for_one_another(monkeypatch):
    """Each of them takes over half of the budget; results are the same as with much memory."""
    still = encoded(gradient(3, size=(400, 600)), "PNG")
    items = [(f"{number}.png", lambda: still) for number in range(4)]
    monkeypatch.setattr("kinemacolor.engine.memory_budget.BASE", 0)
    monkeypatch.setenv("KINEMACOLOR_CORES", "4")
    import kinemacolor.engine.pipeline.stills as stills

    inside, most = [0], [0]
    real = stills.read_still

    def counted(*args, **options):
        inside[0] += 1
        most[0] = max(most[0], inside[0])
        try:
            return real(*args, **options)
        finally:
            inside[0] -= 1

    monkeypatch.setattr(stills, "read_still", counted)
    need = still_memory(still) >> 10
    tight = list(tinting_worker(monkeypatch, memory=f"{need * 3 // 2}K").stills(items))
    assert most[0] == 1
    assert tight == list(tinting_worker(monkeypatch, memory="8G").stills(items))


def test_a_loose_file_has_a_bound(tmp_path, monkeypatch):
    monkeypatch.setattr("kinemacolor.engine.media.still_file.MAX_STILL", 1000)
    path = tmp_path / "a.tif"
    path.write_bytes(bytes(1000))
    assert len(read_still_file(path)) == 1000
    path.write_bytes(bytes(1001))
    with pytest.raises(KinemacolorError, match=r"a\.tif: is larger than a still may be"):
        read_still_file(path)


PROGRAM = """
import io, sys
import numpy as np
import tifffile
from PIL import Image
from kinemacolor.engine.media.stills.memory import still_memory
from kinemacolor.engine.pipeline.stills import color_stills
from kinemacolor.engine.settings import Settings

def encoded(kind, dtype, channels, side):
    channels = int(channels)
    pixels = np.random.default_rng(0).integers(0, 200, (side, side, channels)).astype(dtype)
    pixels = pixels[..., 0] if channels == 1 else pixels
    file = io.BytesIO()
    if kind == "TIFF":
        tifffile.imwrite(file, pixels, photometric="rgb" if channels > 2 else "minisblack",
                         byteorder=">", extrasamples=["unassalpha"] if channels == 4 else None)
    else:
        Image.fromarray(pixels).save(file, kind, progressive=True)
    return file.getvalue()

def network(planes):
    return [np.ones((*plane.shape, 2), np.float32) for plane in planes]

def status(field):
    lines = open("/proc/self/status").read().splitlines()
    return int(next(line for line in lines if line.startswith(field)).split()[1]) * 1024

def color(content):
    settings = Settings(memory="64G", on_color="recolor")
    [(_, result, _)] = color_stills([("a", lambda: content)], network, settings, {})
    assert isinstance(result, bytes), result

for still in sys.argv[1:]:
    color(encoded(*still.split(), 64))
    content = encoded(*still.split(), 800)
    before = status("VmRSS")
    open("/proc/self/clear_refs", "w").write("5")  # the peak counts from here
    color(content)
    print(status("VmHWM") - before + len(content), still_memory(content), still)
"""


@pytest.mark.skipif(sys.platform != "linux", reason="peaks are read from /proc")
def test_estimates_are_no_less_than_what_is_taken():
    stills = ["PNG uint8 1", "PNG uint8 4", "JPEG uint8 3", "TIFF uint16 4", "WEBP uint8 4"]
    run = [sys.executable, "-c", PROGRAM, *stills]
    done = subprocess.run(run, capture_output=True, text=True, check=True)
    lines = done.stdout.splitlines()
    assert len(lines) == len(stills)
    for line in lines:
        taken, told, *_ = line.split()
        assert int(taken) < int(told) + (16 << 20), line  # pools of threads, tables
