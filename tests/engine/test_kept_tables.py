"""Tables in the cache folder: the same bits as computed, computed once, and never damaged ones."""

import numpy as np
import pytest

from kinemacolor.engine import kept_tables
from kinemacolor.engine.color.recombination.film import _computed_tables, chroma_tables
from kinemacolor.engine.color.still_spaces import SRGBSpace, _largest_chroma
from kinemacolor.engine.kept_tables import kept_table
from kinemacolor.models.color.encoding import YCbCrEncoding

TABLE = np.linspace(0, 1, 12, dtype=np.float32).reshape(3, 4)


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch):
    monkeypatch.setenv("KINEMACOLOR_CACHE", str(tmp_path / "cache"))
    return tmp_path / "cache/tables"


@pytest.fixture
def ask():
    """Asks for a table, and notes in `calls` when it is computed."""

    def asked(name="table", shape=(3, 4), code=__file__):
        def compute():
            asked.calls += 1
            return TABLE.reshape(shape)

        return kept_table(name, shape, code, compute)

    asked.calls = 0
    return asked


def test_it_is_computed_once_and_read_to_the_bit(ask):
    first, second = ask(), ask()
    assert ask.calls == 1
    assert first.tobytes() == second.tobytes() == TABLE.tobytes()
    assert second.dtype == np.float32 and second.flags.writeable


@pytest.mark.parametrize("content", [b"", b"short", None])
def test_a_damaged_one_is_computed_again(ask, folder, content):
    ask()
    [file] = folder.iterdir()
    whole = file.read_bytes()
    file.write_bytes(whole[:-1] + bytes([whole[-1] ^ 1]) if content is None else content)
    assert np.array_equal(ask(), TABLE) and ask.calls == 2
    assert file.read_bytes() == whole


def test_another_machine_library_code_or_name_has_its_own(ask, tmp_path, monkeypatch):
    ask()
    ask("other")
    ask(shape=(4, 3))
    code = tmp_path / "code.py"
    code.write_text("changed")
    ask(code=str(code))
    monkeypatch.setattr(kept_tables, "_here", lambda: ("another processor",))
    ask()
    assert ask.calls == 5


def test_without_a_folder_to_write_to_it_is_computed(ask, folder):
    folder.parent.write_text("no folder")
    assert np.array_equal(ask(), TABLE) and np.array_equal(ask(), TABLE)
    assert ask.calls == 2


def test_the_engines_tables_are_what_is_computed(folder):
    for _ in range(2):  # computed, then read
        chroma_tables.cache_clear()
        cb, cr = chroma_tables("bt601", "smpte170m")
        assert np.array_equal([cb, cr], _computed_tables(YCbCrEncoding("bt601", "smpte170m")))
        assert np.array_equal(SRGBSpace().gamut.largest, _largest_chroma(None))
    assert len(list(folder.iterdir())) == 2
    chroma_tables.cache_clear()
