"""The backend on its thread: events arrive, closing is quick, and what was to be written is written."""

from __future__ import annotations

import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from dgm_studio.engine.schedule.thread_backend import ThreadBackend
from dgm_studio.protocol import messages as m
from dgm_studio.protocol.spec import DataChoice, RunSpec


def _wait(backend: ThreadBackend, found: Callable[[m.Event], bool], timeout: float = 60) -> m.Event:
    end = time.monotonic() + timeout
    while time.monotonic() < end:
        for event in backend.poll():
            if found(event):
                return event
        time.sleep(0.005)
    raise AssertionError("the event did not come")


@pytest.fixture
def backend() -> ThreadBackend:
    backend = ThreadBackend()
    backend.start()
    _wait(backend, lambda e: isinstance(e, m.Ready))
    yield backend
    assert backend.close(5)


def test_trains_on_its_own_thread_and_closes_while_training(backend: ThreadBackend) -> None:
    backend.send(m.Open("a", RunSpec(family="kde")))
    _wait(backend, lambda e: isinstance(e, m.Opened))
    backend.send(m.Train("a"))
    _wait(backend, lambda e: isinstance(e, m.Progress) and e.step > 5)
    assert backend.close(5)
    assert not any(t.name == "dgm-engine" and t.is_alive() for t in threading.enumerate())


def test_saving_just_before_closing_is_done(backend: ThreadBackend, tmp_path: Path) -> None:
    backend.send(m.Open("a", RunSpec(family="kde")))
    _wait(backend, lambda e: isinstance(e, m.Opened))
    backend.send(m.Save("a", tmp_path / "run.dgm"))
    assert backend.close(5)
    assert (tmp_path / "run.dgm").stat().st_size > 0


def test_sending_after_closing_does_nothing(backend: ThreadBackend) -> None:
    assert backend.close(5)
    backend.send(m.Train("a"))
    assert backend.poll() == []


def test_a_defect_of_the_engine_is_told_and_the_thread_goes_on(
    backend: ThreadBackend, monkeypatch: pytest.MonkeyPatch
) -> None:
    from dgm_studio.engine.schedule.scheduler import Engine

    turns: list[float] = []

    def broken(engine: Engine) -> bool:
        turns.append(time.monotonic())
        raise ZeroDivisionError("somewhere deep")

    with monkeypatch.context() as patch:
        patch.setattr(Engine, "turn", broken)
        backend.send(m.Look("a"))
        failed = _wait(backend, lambda e: isinstance(e, m.Failed))
        assert "somewhere deep" in failed.message
        time.sleep(0.3)
    assert len(turns) <= 3
    backend.send(m.Open("a", RunSpec(family="kde")))
    _wait(backend, lambda e: isinstance(e, m.Opened))


def test_an_idle_engine_sleeps(backend: ThreadBackend, monkeypatch: pytest.MonkeyPatch) -> None:
    from dgm_studio.engine.schedule.scheduler import Engine

    turns: list[None] = []
    turn = Engine.turn

    def counted(engine: Engine) -> bool:
        turns.append(None)
        return turn(engine)

    few = DataChoice(name="moons", params={"examples": 100})  # of which there is little to measure
    backend.send(m.Open("a", RunSpec(data=few, family="kde")))
    _wait(backend, lambda e: isinstance(e, m.Opened))
    backend.send(m.Look("a", frozenset({"samples", "field"}), (-3.0, 3.0, -3.0, 3.0)))
    _wait(backend, lambda e: isinstance(e, m.Samples))
    monkeypatch.setattr(Engine, "turn", counted)
    for _ in range(100):  # what is left to measure and draw is done some time
        turns.clear()
        time.sleep(0.2)
        if len(turns) <= 2:
            break
    assert len(turns) <= 2


@pytest.mark.parametrize("after", [0.0, 0.3, 1.0])
def test_closing_while_torch_is_imported_ends_the_process_soon(after: float) -> None:
    """Within the 2 seconds that the engine gets, or the process ends without it; the test's limit is for a hung one."""
    script = (
        "import time\n"
        "from dgm_studio.engine.schedule.thread_backend import ThreadBackend\n"
        "b = ThreadBackend(); b.start(); time.sleep(%s)\n"
        "b.close(2.0); print('closed')\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", script % after], capture_output=True, text=True, timeout=60, check=False
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip() == "closed"
