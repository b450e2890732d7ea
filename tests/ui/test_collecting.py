"""Collecting: garbage of any thread goes in the window's, and Python does not collect by itself meanwhile."""

from __future__ import annotations

import gc
import threading
from collections.abc import Iterator

import pytest
from PySide6.QtCore import QObject

from dgm_studio.ui.window.collecting import Collecting


class Knot:
    """Refers to itself; says in which thread it ended."""

    def __init__(self, ended: list[int]) -> None:
        self.itself, self._ended = self, ended

    def __del__(self) -> None:
        self._ended.append(threading.get_ident())


@pytest.fixture
def collecting(qapp) -> Iterator[Collecting]:
    owner = QObject()
    made = Collecting(owner)
    yield made
    made.stop()


def test_garbage_of_another_thread_ends_in_that_of_the_window(collecting, qtbot) -> None:
    ended: list[int] = []

    def work() -> None:
        Knot(ended)
        for _ in range(5000):
            [].append([])

    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
    assert not ended
    qtbot.waitUntil(lambda: bool(ended), timeout=20_000)
    assert ended == [threading.get_ident()]


def test_what_has_survived_long_goes_soon_after_something_large(collecting, qtbot) -> None:
    ended: list[int] = []
    knot = Knot(ended)
    gc.collect()  # it is of the oldest now
    del knot
    gc.collect(1)
    assert not ended
    collecting.soon()
    qtbot.waitUntil(lambda: bool(ended), timeout=20_000)


def test_what_is_there_when_the_engine_is_ready_is_not_looked_at_again(collecting) -> None:
    here = [[]]
    collecting.settle()
    assert not any(each is here for each in gc.get_objects())


def test_python_collects_by_itself_again_in_the_end(collecting) -> None:
    assert not gc.isenabled()
    collecting.stop()
    assert gc.isenabled()
