"""The engine stops, or the device is gone: what was trained stays, can be saved, and can be gone on with."""

from __future__ import annotations

import errno
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import torch

from dgm_studio.contract import finish
from dgm_studio.engine.errors import UserError, blame
from dgm_studio.engine.runs import store
from dgm_studio.engine.runs.opening import DataCache
from dgm_studio.engine.runs.run import Run
from dgm_studio.engine.schedule.inline_backend import InlineBackend
from dgm_studio.engine.schedule.scheduler import Engine
from dgm_studio.engine.schedule.thread_backend import ThreadBackend
from dgm_studio.protocol import messages as m
from dgm_studio.protocol.spec import RunSpec

VANISHED = "CUDA error: CUDA-capable device(s) is/are busy or unavailable"
MATCHING = RunSpec(family="flow-matching")


@pytest.fixture(autouse=True)
def names_of_devices(monkeypatch: pytest.MonkeyPatch) -> None:
    """Also of those that this machine does not have."""
    monkeypatch.setattr("dgm_studio.engine.devices.title", lambda device: device.type)


class Vanished:
    """A model on a GPU that no longer answers."""

    def __init__(self, model: Any) -> None:
        self._abilities = model.abilities()

    def abilities(self) -> Any:
        return self._abilities

    def __getattr__(self, name: str) -> Any:
        raise torch.AcceleratorError(VANISHED)


class Bench:
    """Runs on a device that is there until `vanish`."""

    def __init__(self, *names: str) -> None:
        self.backend = InlineBackend(live=False)
        self.backend.start()
        for name in names:
            self.ask(m.Open(name, MATCHING), m.Opened)
            self.ask(m.Train(name, steps=40), m.Finished)

    def ask(self, intent: m.Intent, kind: type[m.Event]) -> Any:
        self.backend.send(intent)
        found = self.backend.run_until(lambda e: isinstance(e, kind), 120)
        assert found is not None
        return found

    def run(self, name: str) -> Run:
        return self.backend.engine.run(name)

    def vanish(self, *names: str) -> None:
        for name in names:
            run = self.run(name)
            run.trainer.device, run.trainer.model = torch.device("cuda"), Vanished(run.trainer.model)

    def kept(self, name: str) -> tuple[int, dict[str, torch.Tensor]]:
        """The newest snapshot of a run."""
        newest = self.run(name).trainer.recorder.snapshots[-1]
        return newest.step, newest.full()


def same(state: dict[str, torch.Tensor], kept: dict[str, torch.Tensor]) -> bool:
    return all(torch.equal(state[key], tensor) for key, tensor in kept.items())


def test_training_on_a_device_that_vanishes_goes_back_to_what_was_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    bench = Bench("a", "b")
    step, weights = bench.kept("a")
    bench.vanish("a", "b")
    monkeypatch.setattr(bench.run("a").trainer, "train", lambda _: bench.run("a").trainer.model.train_step)
    failed = bench.ask(m.Train("a"), m.Failed)
    assert "stopped working" in failed.message
    assert f"step {step}" in failed.advice
    for name in ("a", "b"):  # all that was on it
        assert bench.run(name).device == torch.device("cpu")
        assert bench.run(name).trainer.phase == "paused"
    assert bench.run("a").step == step
    assert same(bench.run("a").trainer.model.state_dict(), weights)
    monkeypatch.undo()
    assert bench.ask(m.Train("a", steps=3), m.Finished).step == step + 3


def test_what_was_on_a_device_that_vanished_can_be_saved(tmp_path: Path) -> None:
    bench = Bench("a")
    step, weights = bench.kept("a")
    bench.vanish("a")
    bench.ask(m.Save("a", tmp_path / "run.dgm", {}), m.Saved)
    read, _ = finish(store.read("r", tmp_path / "run.dgm", DataCache(), lambda _: None))
    assert read.step == step
    assert same(read.trainer.model.state_dict(), weights)


def test_a_picture_from_a_device_that_vanished_is_told_and_drawn_on_the_cpu() -> None:
    bench = Bench("a")
    bench.vanish("a")
    bench.run("a").shown.abilities = lambda: bench.run("a").trainer.model.gone  # type: ignore[method-assign]
    failed = bench.ask(m.Sample("a", 10, 0, 1), m.Failed)
    assert "stopped working" in failed.message
    assert len(bench.ask(m.Sample("a", 10, 0, 2), m.Samples).x) == 10


def test_a_device_that_vanished_is_not_chosen_again_by_itself(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    bench = Bench("a")
    bench.vanish("a")
    bench.ask(m.Save("a", tmp_path / "run.dgm", {}), m.Saved)
    monkeypatch.setattr("dgm_studio.engine.devices.names", lambda: ["cuda", "cpu"])
    opened = bench.ask(m.Open("b", MATCHING), m.Opened)
    assert opened.spec.device == "cpu"
    edited = bench.ask(m.Edit("a", MATCHING.with_sampling(temperature=0.5)), m.Edited)
    assert edited.spec.sampling.temperature == 0.5
    assert bench.run("a").device == torch.device("cpu")


class Stop(BaseException):
    """Nothing that the engine knows."""


class Threaded:
    """An engine on its thread, with a run that trains until the engine stops in the midst of it."""

    def __init__(self, backend: ThreadBackend) -> None:
        self.backend = backend
        self._events: list[m.Event] = []

    def wait(self, kind: type[m.Event]) -> Any:
        """The next event of a kind; those that came with it are kept."""
        end = time.monotonic() + 60
        while time.monotonic() < end:
            self._events += self.backend.poll()
            found = next((e for e in self._events if isinstance(e, kind)), None)
            if found is not None:
                self._events.remove(found)
                return found
            time.sleep(0.005)
        raise AssertionError("the event did not come")

    def stop(self, monkeypatch: pytest.MonkeyPatch) -> m.Failed:
        """What is told of it."""
        self.backend.send(m.Open("a", MATCHING))
        self.wait(m.Opened)
        self.backend.send(m.Train("a"))
        while not self.wait(m.Progress).step:
            pass
        self._events.clear()

        def stop(engine: Engine) -> bool:
            raise Stop("of a sudden")

        with monkeypatch.context() as patch:
            patch.setattr(Engine, "turn", stop)
            failed = self.wait(m.Failed)
        assert isinstance(failed, m.Failed)
        return failed


@pytest.fixture
def engine() -> Iterator[Threaded]:
    made = Threaded(ThreadBackend())
    made.backend.start()
    made.wait(m.Ready)
    yield made
    assert made.backend.close(10)


def test_that_the_engine_stopped_is_told_and_nothing_trains(engine: Threaded, monkeypatch: pytest.MonkeyPatch) -> None:
    failed = engine.stop(monkeypatch)
    assert failed.kind == "stopped"
    assert "of a sudden" in failed.message
    while engine.wait(m.Progress).phase != "paused":
        pass


def test_a_stopped_engine_still_saves_and_goes_on_when_told_to(
    engine: Threaded, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    engine.stop(monkeypatch)
    engine.backend.send(m.Train("a", steps=5))
    engine.backend.send(m.Save("a", tmp_path / "run.dgm", {}))
    saved = engine.wait(m.Saved)
    assert saved.step > 0
    engine.backend.restart()
    assert engine.wait(m.Finished).step == saved.step + 5


def test_a_stopped_engine_saves_before_the_program_ends(
    engine: Threaded, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    engine.stop(monkeypatch)
    engine.backend.send(m.Save("a", tmp_path / "run.dgm", {}))
    assert engine.backend.close(10)
    assert (tmp_path / "run.dgm").stat().st_size > 0


def test_an_engine_that_could_not_start_may_be_started_again(monkeypatch: pytest.MonkeyPatch) -> None:
    made = Threaded(ThreadBackend())
    with monkeypatch.context() as patch:
        patch.setattr(Engine, "warm_up", lambda _: 1 / 0)
        made.backend.start()
        assert made.wait(m.Failed).kind == "start"
    made.backend.restart()
    made.wait(m.Ready)
    assert made.backend.close(10)


@pytest.mark.parametrize(
    ("error", "whose"),
    [
        (UserError("no such thing"), "input"),
        (FileNotFoundError(errno.ENOENT, "", "a.csv"), "input"),
        (OSError(errno.ENOSPC, "", "a.dgm"), "machine"),
        (MemoryError(), "machine"),
        (KeyError("a defect"), "defect"),
    ],
    ids=lambda value: value if isinstance(value, str) else type(value).__name__,
)
def test_every_error_has_somebody_to_blame(error: BaseException, whose: str) -> None:
    assert blame(error) == whose
