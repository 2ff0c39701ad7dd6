"""What "auto" takes, and what a job that has begun goes on with."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch

from kinemacolor.engine.backends import choice, compiled
from kinemacolor.engine.backends.by_shape import NetworkByShape
from kinemacolor.engine.backends.choice import (
    WORTH_ADVICE,
    WORTH_COMPILING,
    Work,
    choose,
    compiles_stills,
    open_networks,
)
from kinemacolor.engine.backends.compiled import CompiledNetwork
from kinemacolor.engine.backends.decision import Decision
from kinemacolor.engine.backends.eager import EagerBackend
from kinemacolor.engine.backends.registry import Backend
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
STILLS = ((32, 32), (32, 64))
LONG, SHORT = Work(WORTH_COMPILING, [SHAPE]), Work(WORTH_COMPILING - 1, [SHAPE])


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
        assert not choose(HERE, Work(WORTH_ADVICE - 1, [SHAPE])).advice
        assert not choose(HERE, LONG).advice

    def test_they_take_what_is_there(self, compiler):
        variant, digest = weights.identify("kinema")
        CompiledNetwork(replace(small(digest), variant=variant), compiler, CPU).entry(SHAPE)
        assert choose(HERE, SHORT).backend == "inductor"
        assert choose(HERE, Work(2, [SHAPE, (64, 64)])).backend == "eager"
        assert choose(replace(HERE, precision="fp32"), SHORT).backend == "eager"

    def test_few_stills_do_not_wait(self):
        work = Work(0, [], 1_000, STILLS)
        decision = choose(HERE, work)
        assert decision.backend == "eager" and "--size stills" in decision.advice
        assert "inductor is not compiled for stills, and 1,000 are too few" in str(decision)
        assert not choose(HERE, replace(work, stills=WORTH_ADVICE - 1)).advice

    def test_many_stills_pay_for_each_of_their_sizes(self):
        enough = len(STILLS) * WORTH_COMPILING
        assert choose(HERE, Work(0, [], enough - 1, STILLS)).backend == "eager"
        assert choose(HERE, Work(0, [], enough, STILLS)).backend == "inductor"

    def test_stills_take_what_is_there(self, compiler):
        variant, digest = weights.identify("kinema")
        network = CompiledNetwork(replace(small(digest), variant=variant), compiler, CPU)
        network.entry(STILLS[0])
        assert choose(HERE, Work(0, [], 1, STILLS)).backend == "eager"
        network.entry(STILLS[1])
        assert choose(HERE, Work(0, [], 1, STILLS)).backend == "inductor"

    def test_a_film_does_not_make_a_few_stills_wait(self):
        assert choose(HERE, replace(LONG, stills=2, still_shapes=STILLS)).backend == "eager"
        much = Work(3 * WORTH_COMPILING, [SHAPE], 2, STILLS)
        assert choose(HERE, much).backend == "inductor"

    def test_of_several_the_fastest_that_was_measured(self, monkeypatch):
        variant, digest = weights.identify("kinema")
        slow, quick = Keeping(), Keeping()
        slow.name, quick.name = "slow", "quick"
        backends = [
            Backend(each.name, lambda each=each: each, auto_rank=1) for each in (slow, quick)
        ]
        monkeypatch.setattr(choice.registry, "tried_by_auto", lambda: backends)
        costs = iter((9.0, 4.0, 8.0))
        monkeypatch.setattr(compiled, "milliseconds", lambda *_: next(costs))
        for compiler in (slow, quick):
            network = CompiledNetwork(replace(small(digest), variant=variant), compiler, CPU)
            network.entry(SHAPE)
        decision = choose(HERE, replace(SHORT, shapes=iter([SHAPE])))
        assert decision.backend == "quick"
        assert str(decision) == "Backend: quick (slow takes 9 ms a picture and quick 4)"
        other = Work(WORTH_COMPILING, [SHAPE, (64, 64)])
        assert choose(HERE, other).backend == "slow"  # the first, where not all is measured
        network.entry((64, 64))
        assert choose(HERE, replace(other, frames=1)).backend == "quick"

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

    def test_stills_of_common_sizes_are_compiled_for(self, compiler):
        films, stills = open_networks(small(), CPU, "inductor", "auto")
        assert isinstance(films, CompiledNetwork) and isinstance(stills, NetworkByShape)
        assert films.fingerprint in stills.fingerprint != films.fingerprint
        for shape in ((32, 32), (32, 96), (96, 32), (32, 64)):
            [ab] = stills([np.full(shape, 50, np.float32)])
            assert ab.shape == (*shape, 2)
        assert compiler.compiled == [(32, 32)]

    def test_stills_look_the_same_whatever_came_before(self):
        rng = np.random.default_rng(0)
        shapes = ((32, 32), (32, 96), (64, 64), (32, 32))
        planes = [rng.uniform(0, 100, shape).astype(np.float32) for shape in shapes]
        _, one = open_networks(small(), CPU, "inductor", "auto")
        _, other = open_networks(small(), CPU, "inductor", "auto")
        colors = [one([plane])[0] for plane in planes]
        again = [other([plane])[0] for plane in reversed(planes)][::-1]
        assert all(np.array_equal(*pair) for pair in zip(colors, again, strict=True))

    def test_gpus_color_stills_without_compiling(self):
        assert not compiles_stills(torch.device("cuda"))

    def test_eager_complains_of_weights_before_the_work(self, tmp_path):
        weights.save(Small(), tmp_path / "w.safetensors", "kinema")
        loaded = weights.load(tmp_path / "w.safetensors")
        with pytest.raises(WeightsError, match="does not fit network 'kinema'"):
            open_networks(loaded, CPU, "eager", "auto")

    def test_eager_stills_of_a_precision_that_eager_has_not(self, compiler, monkeypatch):
        monkeypatch.setattr(compiler, "supported_precisions", lambda device: ("int8",))
        _, stills = open_networks(small(), CPU, "inductor", "int8")
        [ab] = stills([np.full((32, 96), 50, np.float32)])
        assert ab.shape == (32, 96, 2) and "odd sizes eager" in stills.fingerprint


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
