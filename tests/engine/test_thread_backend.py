"""The backend on its thread: events arrive, closing is quick, and what was to be written is written."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from dgm_studio.engine import messages as m
from dgm_studio.engine.spec import RunSpec
from dgm_studio.engine.thread_backend import ThreadBackend


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


def test_trains_on_its_own_thread_and_closes_in_time(backend: ThreadBackend) -> None:
    backend.send(m.Open("a", RunSpec(family="kde")))
    _wait(backend, lambda e: isinstance(e, m.Opened))
    backend.send(m.Train("a"))
    _wait(backend, lambda e: isinstance(e, m.Progress) and e.step > 5)
    begin = time.monotonic()
    assert backend.close(2)
    assert time.monotonic() - begin < 2
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
