"""Compiled networks: compiled once, parity-checked, cached, and never wrong."""

import errno
import math
import os
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import numpy as np
import pytest
import torch

from kinemacolor.engine.backends import cache
from kinemacolor.engine.backends.compiled import CompiledNetwork
from kinemacolor.engine.backends.parity import probes, reference
from kinemacolor.engine.cache_folder import cache_folder
from kinemacolor.models import weights
from kinemacolor.models.errors import KinemacolorError, WeightsError
from tests.engine.backends.doubles import CPU, SHAPE, Keeping, Small, small


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch):
    monkeypatch.setenv("KINEMACOLOR_CACHE", str(tmp_path / "cache"))
    return tmp_path / "cache"


@pytest.fixture
def pictures():
    return probes(SHAPE)


@pytest.fixture
def true(pictures):
    return reference(small().network(), pictures)


def network(compiler, **options) -> CompiledNetwork:
    return CompiledNetwork(small(), compiler, CPU, **options)


class TestCompiling:
    def test_once_for_each_size_and_then_from_the_cache(self, pictures, true):
        compiler = Keeping()
        for _ in range(2):
            color = network(compiler)
            with ThreadPoolExecutor(3) as pool:
                several = [pool.submit(color, pictures) for _ in range(3)]
            for got in (call.result() for call in several):
                np.testing.assert_allclose(np.stack(got), np.stack(true), atol=1e-4)
        assert compiler.compiled == [SHAPE]
        color(probes((64, 32)))
        assert compiler.compiled == [SHAPE, (64, 32)]

    @pytest.mark.parametrize("count", [1, 2, 3])
    def test_batches_are_filled_up(self, pictures, true, count):
        got = network(Keeping())(pictures[:count])
        assert len(got) == count and got[0].dtype == np.float32
        np.testing.assert_allclose(np.stack(got), np.stack(true[:count]), atol=1e-4)

    def test_the_entry_records_what_is_known(self):
        entry = network(Keeping()).entry(SHAPE)
        assert entry.about["parity"]["problem"] == "" and entry.about["parity"]["p99"] < 1e-4
        assert entry.about["seconds"] >= 0 and entry.about["key"]["weights"] == "5" * 64

    def test_what_is_cached_needs_no_network(self, pictures, true):
        compiler = Keeping()
        network(compiler).entry(SHAPE)

        def unbuildable():
            raise AssertionError("the network was built")

        cached = CompiledNetwork(replace(small(), network=unbuildable), compiler, CPU)
        np.testing.assert_allclose(np.stack(cached(pictures)), np.stack(true), atol=1e-4)

    def test_weights_that_do_not_fit(self, pictures, tmp_path):
        file = tmp_path / "w.safetensors"
        weights.save(Small(), file, "kinema")
        color = CompiledNetwork(weights.load(file), Keeping(), CPU)
        with pytest.raises(WeightsError, match="does not fit network 'kinema'"):
            color(pictures)

    def test_a_fingerprint_says_what_decides(self):
        compiler = Keeping()
        seen = {network(compiler).fingerprint, network(compiler, precision="fp32").fingerprint}
        compiler.version = "2"
        seen.add(network(compiler).fingerprint)
        assert len(seen) == 3


BROKEN = {
    "nan": Keeping(lambda ab: ab * math.nan),
    "flat": Keeping(lambda ab: torch.zeros_like(ab)),
    "swapped": Keeping(lambda ab: ab.flip(1)),
    "fails": Keeping(error=RuntimeError("no such operator\nand more")),
}


class TestWrongColors:
    @pytest.mark.parametrize("kind", BROKEN)
    def test_are_never_used(self, kind, pictures, true, caplog):
        compiler = BROKEN[kind]
        compiler.compiled.clear()
        for _ in range(2):  # known from the cache the second time
            caplog.clear()
            got = network(compiler)(pictures)
            np.testing.assert_allclose(np.stack(got), np.stack(true), atol=1e-3)
            assert "eager float32 is used" in caplog.text
        assert compiler.compiled == [SHAPE]

    def test_nothing_broken_is_cached(self, folder):
        entry = network(BROKEN["swapped"]).entry(SHAPE)
        assert not entry.file.exists() and not list(folder.rglob("*.pt"))
        entry = network(Keeping(error=RuntimeError("no such operator\nmore"))).entry((64, 64))
        assert entry.about["parity"]["mean"] is None
        assert entry.about["parity"]["problem"] == "cannot take this network (no such operator)"

    def test_what_this_machine_lacks_is_told(self, pictures, folder):
        lack = KinemacolorError("--backend keeping", "no compiler")
        with pytest.raises(KinemacolorError, match="no compiler"):
            network(Keeping(error=lack))(pictures)
        assert not list(folder.glob("*"))

    def test_a_precision_without_a_parity_limit(self):
        with pytest.raises(KinemacolorError, match="no parity limit"):
            network(Keeping(), parity_limits={"fp32": 0.1})

    def test_the_limit_is_the_backends_own(self, pictures):
        shifted = Keeping(lambda ab: ab + 3)
        assert network(shifted).entry(SHAPE).about["parity"]["problem"]
        cache.forget(network(shifted).key(SHAPE))
        assert (
            not network(shifted, parity_limits={"bf16": 5}).entry(SHAPE).about["parity"]["problem"]
        )

    def test_a_compiler_that_does_not_fit(self):
        compiler = Keeping()
        with pytest.raises(KinemacolorError, match="bf16 or fp32"):
            network(compiler, precision="int8")
        compiler.reason = "is for other machines"
        with pytest.raises(KinemacolorError, match="is for other machines"):
            network(compiler)


class TestCache:
    def test_its_place(self, monkeypatch, tmp_path):
        assert cache_folder() == tmp_path / "cache"
        monkeypatch.delenv("KINEMACOLOR_CACHE")
        monkeypatch.setattr("sys.platform", "linux")
        monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "xdg"))
        assert cache_folder() == tmp_path / "xdg/kinemacolor"
        monkeypatch.setenv("XDG_CACHE_HOME", "")
        monkeypatch.setenv("HOME", str(tmp_path))
        assert cache_folder() == tmp_path / ".cache/kinemacolor"

    @pytest.mark.parametrize("name", ["network.pt", "about.json"])
    @pytest.mark.parametrize("content", [b"", b"broken", None])
    def test_a_damaged_file_is_compiled_again(self, name, content, pictures, true, caplog):
        compiler = Keeping()
        file = network(compiler).entry(SHAPE).file.with_name(name)
        file.write_bytes(content) if content is not None else file.unlink()
        got = network(compiler)(pictures)
        np.testing.assert_allclose(np.stack(got), np.stack(true), atol=1e-4)
        assert "compiled again" in caplog.text and compiler.compiled == [SHAPE, SHAPE]

    @pytest.mark.parametrize("error", [MemoryError(), torch.OutOfMemoryError()])
    def test_a_lack_of_memory_is_no_damage(self, pictures, monkeypatch, error):
        compiler = Keeping()
        file = network(compiler).entry(SHAPE).file

        def full(*_):
            raise error

        monkeypatch.setattr(compiler, "load", full)
        with pytest.raises((MemoryError, KinemacolorError)):
            network(compiler)(pictures)
        assert file.exists() and compiler.compiled == [SHAPE]

    def test_a_disk_that_does_not_answer_is_no_damage(self, pictures, monkeypatch):
        """The cache may be others', too: what is whole is not removed for that."""
        compiler = Keeping()
        file = network(compiler).entry(SHAPE).file

        def stale(*_):
            raise OSError(errno.ESTALE, os.strerror(errno.ESTALE))

        monkeypatch.setattr(compiler, "load", stale)
        with pytest.raises(OSError, match="Stale"):
            network(compiler)(pictures)
        assert file.exists() and compiler.compiled == [SHAPE]

    def test_what_cannot_be_loaded_is_compiled_again(self, pictures, true, monkeypatch, caplog):
        compiler = Keeping()
        network(compiler).entry(SHAPE)
        load, tries = compiler.load, iter([OSError("torn"), None])

        def sometimes(file, spec):
            if error := next(tries, None):
                raise error
            return load(file, spec)

        monkeypatch.setattr(compiler, "load", sometimes)
        got = network(compiler)(pictures)
        np.testing.assert_allclose(np.stack(got), np.stack(true), atol=1e-4)
        assert "torn" in caplog.text and len(compiler.compiled) == 2

    def test_a_name_for_all_that_matters(self):
        compiler = Keeping()
        keys = [network(compiler).key(SHAPE), network(compiler).key((64, 32))]
        keys.append(network(compiler, precision="fp32").key(SHAPE))
        keys.append(CompiledNetwork(small("6" * 64), compiler, CPU).key(SHAPE))
        compiler.version = "2"
        keys.append(network(compiler).key(SHAPE))
        assert len({key.name for key in keys}) == len(keys)

    def test_of_two_processes_the_first_one_wins(self, folder):
        key = network(Keeping()).key(SHAPE)

        def compile_into(file, content):
            if content == b"slow":
                cache.add(key, ".pt", lambda file: compile_into(file, b"quick"))
            file.write_bytes(content)
            return {}

        entry = cache.add(key, ".pt", lambda file: compile_into(file, b"slow"))
        assert entry.file.read_bytes() == b"quick" and len(list(folder.iterdir())) == 1

    def test_no_room(self, folder, pictures):
        folder.parent.joinpath("cache").write_text("a file where the folder should be")
        with pytest.raises(KinemacolorError, match="KINEMACOLOR_CACHE"):
            network(Keeping())(pictures)

    def test_entries_of_the_same_graph(self):
        compiler = Keeping()
        old = network(compiler).entry(SHAPE)
        key = CompiledNetwork(small("6" * 64), compiler, CPU).key(SHAPE)
        assert [entry.file for entry in cache.same_graph_entries(key)] == [old.file]
        old.file.write_bytes(b"broken")
        assert cache.same_graph_entries(key) == []
