"""Shared by all tests: one thread for torch, no screen, a home of its own, other luck if wanted, and nothing left behind.

``--seed-shift K`` gives every stream of random numbers, the program's and the tests', another seed: a law that holds by
its margin holds for any K.

A widget, thread or timer that outlives its test crashes a later one, far from the cause (pytest-qt issue 498), so a
test fails that leaves one.
"""

from __future__ import annotations

import gc
import os
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

os.environ.setdefault("OMP_NUM_THREADS", "1")
os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--seed-shift", type=int, default=0, metavar="K", help="shift every seed of program and tests by K"
    )


def pytest_configure(config: pytest.Config) -> None:
    if shift := config.getoption("--seed-shift"):
        _shift_seeds(shift)
    # The offscreen platform says this of windows with a smallest size and of pop-ups; it means nothing for the program.
    config.addinivalue_line("qt_log_ignore", "This plugin does not support (propagateSizeHints|raise|grabbing)")


def _shift_seeds(shift: int) -> None:
    """Other streams for torch and numpy, wherever a test or the program asks for one by its seed."""
    import numpy as np

    from dgm_studio.contract import rng_for

    assert rng_for.__kwdefaults__ is not None
    rng_for.__kwdefaults__["shift"] = shift
    default_rng = np.random.default_rng
    np.random.default_rng = lambda seed=None: default_rng([seed, shift] if isinstance(seed, int) else seed)


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Settings and autosaves of the test go below its own folder."""
    folder = tmp_path / "home"
    monkeypatch.setenv("DGM_STUDIO_HOME", str(folder))
    return folder


@pytest.fixture(autouse=True)
def no_threads_left() -> Iterator[None]:
    """No thread that a test started is alive when it ends."""
    before = set(threading.enumerate())
    yield
    for thread in set(threading.enumerate()) - before:
        thread.join(2.0)
    left = [t.name for t in set(threading.enumerate()) - before if t.is_alive()]
    assert not left, f"threads outlive the test: {left}"


@pytest.fixture
def nothing_left_on_screen(qapp) -> Iterator[None]:
    """Teardown that destroys what is due and says which widgets and running timers are left."""
    from PySide6.QtCore import QEvent, QTimer
    from PySide6.QtWidgets import QApplication

    gc.freeze()  # what is here already is not this test's: collections below then cost milliseconds, not tenths of seconds
    yield
    for _ in range(3):
        QApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)
        QApplication.processEvents()
        gc.collect()
    # A combo box opened once keeps its list for Qt's own use; it goes with its owner, so only owners count.
    left = [f"{type(w).__name__} {w.objectName()}".strip() for w in QApplication.topLevelWidgets() if not w.parent()]
    timers = [t for t in qapp.findChildren(QTimer) if t.isActive()]
    assert not left, f"widgets outlive the test: {left}"
    assert not timers, f"{len(timers)} timers outlive the test"
