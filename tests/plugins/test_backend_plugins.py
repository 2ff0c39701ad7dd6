"""Backends of other installed packages: found, used, and refused where they clash."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from kinemacolor.engine.backends import registry
from kinemacolor.engine.backends.choice import Work, choose
from kinemacolor.engine.settings import BACKENDS, Settings
from kinemacolor.models.errors import PluginError, SettingsError
from kinemacolor.models.plugins import PluginGroup
from tests.plugins.packages import install, install_tiny

ROOT = Path(__file__).parents[2]
TRIED = ["tensorrt", "openvino", "inductor"]  # by auto, of our own


class TestBackends:
    @pytest.fixture
    def plugins(self, monkeypatch):
        """The registry's plug-ins, looked up afresh."""
        known = {"auto", *registry.names()}
        found = PluginGroup("kinemacolor.backends", "backend", registry._read, known)
        monkeypatch.setattr(registry, "_PLUGINS", found)

    def test_a_compilers_class(self, site, plugins):
        install_tiny(site)
        assert registry.names() == (*BACKENDS[1:], "pickled")
        assert registry.get("pickled").make_compiler().suffix == ".pickle"
        assert Settings(backend="pickled", precision="fp32").backend == "pickled"

    def test_a_descriptor_has_precisions_and_a_rank_of_its_own(self, site, plugins):
        source = """
            from kinemacolor.engine.backends.registry import Backend
            QUICK = Backend("quick", "nowhere:Compiler", {"fp8": 3.0}, auto_rank=15)
        """
        install(site, "quick-colors", source, backends={"quick": "quick_colors:QUICK"})
        assert Settings(backend="quick", precision="fp8").precision == "fp8"
        with pytest.raises(SettingsError, match="'bf16' is not possible; use auto, fp8"):
            Settings(backend="quick", precision="bf16")
        with pytest.raises(SettingsError, match="use auto, fp32, bf16, fp16, int8"):
            Settings(precision="fp8")
        names = [backend.name for backend in registry.tried_by_auto()]
        assert names == ["tensorrt", "quick", "openvino", "inductor"]

    def test_a_compiler_that_cannot_be_loaded(self, site, plugins, caplog):
        source = """
            from kinemacolor.engine.backends.registry import Backend
            QUICK = Backend("quick", "nowhere:Compiler", auto_rank=1)
        """
        install(site, "quick-colors", source, backends={"quick": "quick_colors:QUICK"})
        with pytest.raises(PluginError, match="backend 'quick': its compiler cannot be loaded"):
            registry.get("quick").make_compiler()
        assert choose(Settings(device="cpu"), Work(0)).backend == "eager"
        assert "'quick': its compiler cannot be loaded" in caplog.text

    def test_unknown_names_tell_the_known_ones(self, site, plugins):
        install_tiny(site)
        with pytest.raises(SettingsError, match="eager, inductor, tensorrt, openvino, pickled"):
            Settings(backend="nonsense")

    @pytest.mark.parametrize(
        ("source", "reason"),
        [
            ("1 / 0", "ZeroDivisionError"),
            ("GIVEN = 'text'", "neither a Backend nor makes a Compiler"),
            (
                "from kinemacolor.engine.backends.registry import Backend\n"
                "GIVEN = Backend('other', 'nowhere:Compiler')",
                "it calls itself 'other'",
            ),
        ],
    )
    def test_a_faulty_one_is_told_when_it_is_asked_for(self, site, plugins, caplog, source, reason):
        install(site, "bad-colors", source, backends={"bad": "bad_colors:GIVEN"})
        assert Settings(backend="bad").backend == "bad"  # nothing is loaded for that
        with pytest.raises(PluginError, match=r"bad-colors 1\.0") as error:
            registry.get("bad")
        assert reason in str(error.value)
        assert [backend.name for backend in registry.tried_by_auto()] == TRIED
        assert reason in caplog.text

    def test_names_that_are_taken(self, site, plugins, caplog):
        install_tiny(site)
        install(site, "twin-colors", "", backends={"pickled": "twin_colors:X", "eager": "x"})
        with pytest.raises(PluginError, match=r"by tiny-colors 1\.0 and by twin-colors 1\.0"):
            registry.get("pickled")
        assert registry.names().count("eager") == 1
        assert [backend.name for backend in registry.tried_by_auto()] == TRIED
        assert "'eager': registered by kinemacolor and by twin-colors 1.0; uninst" in caplog.text

    def test_looking_at_settings_loads_no_torch(self):
        code = "import sys; from kinemacolor.engine.settings import Settings;"
        code += "Settings(backend='inductor', precision='bf16'); print('torch' in sys.modules)"
        result = subprocess.run(
            [sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=ROOT
        )
        assert result.stdout.strip() == "False"
