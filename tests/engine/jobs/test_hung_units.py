"""Units of actors that get no further: each step tells in its own way that it lives."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace

import pytest

from kinemacolor.engine.jobs.planning.assets import Asset
from kinemacolor.engine.jobs.planning.units import Step, Unit
from kinemacolor.engine.media.kinds import Kind

pytest.importorskip("ray")
from kinemacolor.engine.jobs.execution.ray import actor_handle
from kinemacolor.engine.jobs.execution.ray.actor_handle import ActorHandle

MINUTES = 30
SIZE = 12_000_000_000  # bytes: 100 minutes at the slowest


class Clockwork:
    """An actor that tells what it is made to tell, and the time."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.now, self.told, self.killed = 0.0, (0, 0), False
        remote = SimpleNamespace(remote=lambda *arguments: "a promise")
        self.run = self.frames = remote
        monkeypatch.setattr(actor_handle.time, "monotonic", lambda: self.now)
        monkeypatch.setattr(actor_handle.ray, "wait", lambda promises, timeout: (promises, []))
        monkeypatch.setattr(actor_handle.ray, "get", lambda promise: self.told)
        monkeypatch.setattr(actor_handle.ray, "kill", self.kill)

    def kill(self, actor: object) -> None:
        assert actor is self
        self.killed = True


@pytest.fixture
def actor(monkeypatch) -> Clockwork:
    return Clockwork(monkeypatch)


def handle_of(actor: Clockwork, step: Step) -> ActorHandle:
    asset = Asset(Path("reel.mkv"), Path("out/reel.mkv"), Kind.FILM, SIZE, frames=9)
    handle = ActorHandle(actor)
    handle.give(Unit("aa", step, (asset,)))
    return handle


@pytest.mark.parametrize(
    ("step", "limit"),
    [
        (Step.INDEX, 30),
        (Step.STILLS, 30),
        (Step.EXEMPLARS, 130),
        (Step.ASSEMBLY, 130),
        (Step.ARCHIVE, 130),
    ],
)
def test_a_unit_without_a_sign_of_life_is_ended(actor, step, limit):
    handle = handle_of(actor, step)
    for actor.now in (0, 60 * limit - 1):
        handle.more_frames()
        handle.end_if_hung(MINUTES)
        assert not actor.killed
    actor.now = 60 * limit + 1
    handle.more_frames()
    handle.end_if_hung(MINUTES)
    assert actor.killed and handle.hung


@pytest.mark.parametrize(("step", "told"), [(Step.INDEX, (0, 1)), (Step.STILLS, (1, 0))])
def test_one_that_gets_further_is_left_alone(actor, step, told):
    handle = handle_of(actor, step)
    for minute in range(0, 10 * MINUTES, MINUTES - 1):
        actor.now, actor.told = 60.0 * minute, (told[0] * minute, told[1] * minute)
        handle.more_frames()
        handle.end_if_hung(MINUTES)
    assert not actor.killed
