"""What "auto" takes, and what a job that has begun goes on with."""

from __future__ import annotations

from dataclasses import replace

import pytest
import torch

from kinemacolor.engine.backends import choice
from kinemacolor.engine.backends.choice import (
    WORTH_ADVICE,
    WORTH_COMPILING,
    Films,
    choose,
    open_networks,
)
from kinemacolor.engine.backends.compiled import CompiledNetwork
from kinemacolor.engine.backends.decision import Decision
from kinemacolor.engine.backends.eager import EagerBackend
from kinemacolor.engine.jobs.planning.backend import resolve_backend
from kinemacolor.engine.jobs.planning.plan import make_plan
from kinemacolor.engine.jobs.state.folder import JobFolder
from kinemacolor.engine.jobs.state.record import JobRecord
from kinemacolor.engine.settings import Settings
from kinemacolor.models import weights
from kinemacolor.models.errors import WeightsError
from tests.engine.backends.doubles import CPU, SHAPE, Keeping, Small, only_backend, small
from tests.engine.fakes import still
from tests.engine.media.video.films import make_film

HERE = Settings(device="cpu")
LONG, SHORT = Films(WORTH_COMPILING, [SHAPE]), Films(WORTH_COMPILING - 1, [SHAPE])


@pytest.fixture(autouse=True)
def compiler(tmp_path, monkeypatch):
    monkeypatch.setenv("KINEMACOLOR_CACHE", str(tmp_path / "cache"))
    compiler = Keeping()
    only_backend(monkeypatch, compiler)
    return compiler


class TestChoose:
    def test_long_films_pay_for_the_compiler(self):
        assert str(choose(HERE, LONG)) == "Backend: inductor"

    def test_short_ones_do_not(self):
        decision = choose(HERE, SHORT)
        assert (decision.backend, decision.device) == ("eager", "cpu")
        assert "inductor is not compiled for 64x32, and 4,999 frames are too few" in str(decision)

    def test_advice_is_given_where_it_would_have_helped(self):
        assert "kinemacolor compile" in choose(HERE, SHORT).advice
        assert not choose(HERE, Films(WORTH_ADVICE - 1, [SHAPE])).advice
        assert not choose(HERE, LONG).advice

    def test_they_take_what_is_there(self, compiler):
        variant, digest = weights.identify("kinema")
        CompiledNetwork(replace(small(digest), variant=variant), compiler, CPU).entry(SHAPE)
        assert choose(HERE, SHORT).backend == "inductor"
        assert choose(HERE, Films(2, [SHAPE, (64, 64)])).backend == "eager"
        assert choose(replace(HERE, precision="fp32"), SHORT).backend == "eager"

    def test_stills_do_not_wait(self):
        assert str(choose(HERE, Films(0, []))) == "Backend: eager (inductor is for films)"

    def test_without_a_compiler(self, compiler):
        compiler.reason = "needs a C++ compiler (g++ or clang)"
        assert choose(HERE, LONG).backend == "eager"
        assert choose(HERE, LONG).rejected == ("inductor needs a C++ compiler (g++ or clang)",)

    def test_a_precision_that_it_has_not(self, compiler, monkeypatch):
        monkeypatch.setattr(compiler, "supported_precisions", lambda device: ("fp32",))
        decision = choose(replace(HERE, precision="bf16"), LONG)
        assert decision.backend == "eager" and "bf16" in str(decision)

    def test_an_unknown_model(self):
        with pytest.raises(WeightsError, match="nowhere"):
            choose(replace(HERE, model="nowhere"), SHORT)


class TestOpen:
    def test_auto_is_eager(self):
        films, stills = open_networks(small(), CPU, "auto", "fp32")
        assert isinstance(films, EagerBackend) and films is stills

    def test_stills_do_not_wait_for_compilers(self):
        films, stills = open_networks(small(), CPU, "inductor", "auto")
        assert isinstance(films, CompiledNetwork) and isinstance(stills, EagerBackend)

    def test_eager_complains_of_weights_before_the_work(self, tmp_path):
        weights.save(Small(), tmp_path / "w.safetensors", "kinema")
        loaded = weights.load(tmp_path / "w.safetensors")
        with pytest.raises(WeightsError, match="does not fit network 'kinema'"):
            open_networks(loaded, CPU, "eager", "auto")

    def test_eager_stills_of_a_precision_that_eager_has_not(self, compiler, monkeypatch):
        monkeypatch.setattr(compiler, "supported_precisions", lambda device: ("int8",))
        _, stills = open_networks(small(), CPU, "inductor", "int8")
        assert stills.dtype in (torch.float32, torch.bfloat16)


class TestJob:
    @pytest.fixture
    def plan(self, tmp_path):
        box = tmp_path / "box"
        box.mkdir()
        make_film(box / "reel.mkv")
        (box / "a.png").write_bytes(still(1))
        return make_plan([box], str(tmp_path / "out"), HERE)

    def test_says_what_it_takes(self, plan):
        said: list[Decision] = []
        assert resolve_backend(plan, said.append).settings.backend == "eager"
        assert len(said) == 1 and "inductor is not compiled" in str(said[0])

    def test_goes_on_as_it_began(self, plan, tmp_path):
        begun = replace(plan.settings, backend="inductor")
        plan.folder.mkdir(parents=True)
        record = JobRecord.of(
            plan.sources, plan.asked, begun, fingerprint="f", weights="", overwrite=False
        )
        JobFolder(plan.folder).begin(record)
        said: list[Decision] = []
        assert resolve_backend(plan, said.append).settings.backend == "inductor" and not said
        anew = replace(plan, overwrite=True)
        assert resolve_backend(anew, said.append).settings.backend == "eager"

    def test_keeps_what_was_asked_for(self, plan):
        asked = replace(plan, settings=replace(plan.settings, backend="inductor"))
        assert resolve_backend(asked, None) is asked

    def test_nothing_to_color_needs_no_choice(self, plan, monkeypatch):
        monkeypatch.setattr(choice, "choose", lambda *_: pytest.fail("chosen"))
        done = replace(plan, assets=tuple(replace(a, skipped="done") for a in plan.assets))
        assert resolve_backend(done, None) is done
