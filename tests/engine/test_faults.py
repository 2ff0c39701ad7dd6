"""Our own faults are told as such, with a traceback; those of decoders are not ours."""

import pickle
import struct
import zlib

import imagecodecs
import numpy as np
import pytest
import tifffile
from PIL import Image

from kinemacolor.engine.faults import Fault, raised_by, traceback_of
from kinemacolor.engine.files import sha256
from kinemacolor.models.errors import KinemacolorError


def raised(function, *arguments):
    with pytest.raises(Exception) as caught:
        function(*arguments)
    return caught.value


def test_a_fault_says_where_and_brings_its_traceback():
    fault = Fault.of("a.png", raised(sha256, 3.5))
    assert "a.png: unexpected TypeError in kinemacolor/engine/files.py:" in str(fault)
    assert "please report it" in str(fault) and "\n" not in str(fault)
    assert traceback_of(fault).startswith("Traceback") and "TypeError" in traceback_of(fault)
    other = pickle.loads(pickle.dumps(fault))
    assert str(other) == str(fault) and other.traceback == fault.traceback
    assert traceback_of(KinemacolorError("a", "b")) == ""


@pytest.mark.parametrize(
    ("ours", "function", "arguments"),
    [
        (False, struct.unpack, ("<I", b"")),
        (False, zlib.decompress, (b"no",)),
        (False, Image.open, (__file__,)),
        (False, imagecodecs.png_decode, (b"no",)),
        (False, tifffile.TiffFile, (__file__,)),
        (True, sha256, (3.5,)),
        (True, (lambda: [][1]), ()),
        (True, np.frombuffer, (b"abc", np.uint16)),
    ],
)
def test_whose_an_exception_is(ours, function, arguments):
    error = raised(function, *arguments)
    assert raised_by(error, {"PIL", "imagecodecs", "tifffile", "struct", "zlib"}) is not ours
