"""Fixtures of window tests: the application with its type and look, a studio over a fake backend, a window."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from types import SimpleNamespace

import pytest
from PySide6.QtCore import QEvent
from PySide6.QtWidgets import QApplication

from dgm_studio.studio import actions
from dgm_studio.studio.studio import Studio
from dgm_studio.ui.app import load_type
from dgm_studio.ui.look import theme
from dgm_studio.ui.window.ahead import Ahead
from dgm_studio.ui.window.main_window import MainWindow

from . import fake_backend as fake


@pytest.fixture(autouse=True)
def look(qapp: QApplication, nothing_left_on_screen: None) -> Iterator[None]:
    """The bundled type and the dark look, so that no text depends on the machine."""
    load_type(qapp)
    theme.apply(qapp, "dark")
    yield
    theme.settle()


@pytest.fixture(autouse=True)
def views_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever changes to images finds their views there."""
    monkeypatch.setattr(Ahead, "hurry", Ahead.finish)


@pytest.fixture
def backend() -> fake.FakeBackend:
    return fake.FakeBackend()


@pytest.fixture
def studio(backend: fake.FakeBackend) -> Studio:
    """A studio over the fake backend, with its commands; not started."""
    made = Studio(backend)
    actions.install(made)
    made.settings.seen_welcome = True
    return made


@pytest.fixture
def say(studio: Studio, backend: fake.FakeBackend, qapp: QApplication) -> Callable[..., None]:
    """Let the engine say something and let the window take it in."""

    def speak(*events: object) -> None:
        backend.say(*events)
        studio.pump()
        qapp.processEvents()

    return speak


@pytest.fixture
def window(studio: Studio, qapp: QApplication) -> Iterator[MainWindow]:
    made = MainWindow(studio)
    made.resize(1440, 900)
    made.show()
    qapp.processEvents()
    yield made
    made.close()
    made.deleteLater()
    QApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)


@pytest.fixture
def running(window: MainWindow, studio: Studio, say: Callable[..., None]) -> SimpleNamespace:
    """A window whose 2D run is open, has data, samples, fields, curves and a history, and trains."""
    say(fake.ready())
    name = studio.run.name
    say(fake.opened(name, studio.spec))
    from dgm_studio.protocol import messages as m

    x, labels = fake.moons(500)
    say(m.Data(name, 0, x, labels), fake.samples(name, 400), *fake.fields(name), fake.curves(name))
    say(fake.measured(name), fake.progress(name), fake.history(name))
    return SimpleNamespace(window=window, studio=studio, name=name, say=say)
