"""Every control of the window has one name, by which it is read, set and described as a person would."""

from __future__ import annotations

import gc
import re
import weakref
from collections import Counter
from collections.abc import Iterator, Mapping
from itertools import pairwise
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from PySide6.QtCore import QEvent, Qt
from PySide6.QtWidgets import (
    QAbstractButton,
    QAbstractItemView,
    QAbstractSlider,
    QApplication,
    QComboBox,
    QDialog,
    QGraphicsView,
    QLineEdit,
    QMenuBar,
    QPushButton,
    QScrollArea,
    QScrollBar,
    QTabBar,
    QToolBar,
    QWidget,
)
from shiboken6 import isValid

from benchmarks.controls import PAGE, page, visit_lessons
from dgm_studio.engine import catalogue
from dgm_studio.lessons.finding import open_lesson
from dgm_studio.peek import Peek
from dgm_studio.protocol.spec import DataChoice
from dgm_studio.studio.studio import Studio
from dgm_studio.ui.controls import Pages
from dgm_studio.ui.panels.steer import SteerPanel
from dgm_studio.ui.window.main_window import MainWindow

from . import fake_backend as fake

SAMPLE = Path(__file__).parent / "lesson" / "sample"
INTERACTIVE = (QAbstractButton, QLineEdit, QComboBox, QAbstractSlider, QAbstractItemView)
OF_QT = (QScrollBar, QScrollArea, QTabBar, QMenuBar, QToolBar)
"""What Qt has ways of its own to reach."""


def above(widget: QWidget) -> Iterator[QWidget]:
    """The widget and all that it is in, up to its window."""
    at: QWidget | None = widget
    while at is not None:
        yield at
        at = at.parentWidget() if not at.isWindow() else None


def interactive(window: MainWindow) -> Iterator[QWidget]:
    """What a person can press, type into or work on: not the insides of Qt's own, nor pages that are put aside."""
    for widget in window.findChildren(QWidget):
        line = list(above(widget))
        insides = any(isinstance(each, OF_QT) for each in line[:1]) or widget.objectName().startswith("qt_")
        popup = isinstance(widget, QAbstractItemView) and any(
            isinstance(each.parentWidget(), QComboBox) for each in line
        )
        viewport = isinstance(widget.parentWidget(), QGraphicsView) and widget is widget.parentWidget().viewport()
        aside = any(isinstance(up, Pages) and page is not up.shown for page, up in pairwise(line))
        focusable = bool(widget.focusPolicy() & Qt.FocusPolicy.TabFocus)
        if (isinstance(widget, INTERACTIVE) or focusable) and not (insides or popup or viewport or aside):
            yield widget


def unnamed(window: MainWindow) -> list[str]:
    """Controls that the studio does not know, each with what it is in."""
    named = {id(widget) for widget in known(window)}
    return [
        f"{widget.accessibleName()!r} " + "<".join(type(each).__name__ for each in above(widget))
        for widget in interactive(window)
        if not any(id(each) in named for each in above(widget))
    ]


def known(window: MainWindow) -> list[QWidget]:
    return [control.widget for _, control in window.studio.controls.offered()]


@pytest.fixture
def everywhere(running: SimpleNamespace, qapp: QApplication) -> Iterator[MainWindow]:
    """The window in one state after another."""

    def states() -> Iterator[MainWindow]:
        window, studio = running.window, running.studio
        yield window
        window.draw()
        yield window
        studio.set_workspace("images")
        qapp.processEvents()
        yield window
        for view in (
            "path",
            "latent",
            "interpolate",
            "inside",
            "paint",
            "shoot-out",
            "compress",
            "attack",
            "maximise",
            "program",
        ):
            studio.set_image_view(view)
            qapp.processEvents()
            yield window
        for workspace in ("sequences", "paths"):
            studio.set_workspace(workspace)
            qapp.processEvents()
            yield window
        visit_lessons(window)
        for at in (0, 1):
            studio.lesson.play(open_lesson(SAMPLE), at)
            qapp.processEvents()
            yield window
        studio.lesson.leave()
        studio.notify("bad", "It failed.", "Try again.", "run.train")
        window.show_runs()
        window.open_palette()
        yield window

    return states()


def test_no_control_is_without_a_name_or_has_that_of_another(everywhere: Iterator[MainWindow]) -> None:
    for window in everywhere:
        assert not unnamed(window)
        names = Counter(name for name, _ in window.studio.controls.offered())
        assert not [name for name, count in names.items() if count > 1]
        twice = Counter(map(id, known(window)))
        assert max(twice.values()) == 1


def test_what_is_read_out_of_a_control_is_its_title(everywhere: Iterator[MainWindow]) -> None:
    for window in everywhere:
        for name, control in window.studio.controls.offered():
            assert control.title, name
            assert "  " not in control.title, name
            assert control.describe().startswith(control.title.rstrip(".")), name
        for widget in interactive(window):
            assert widget.accessibleName(), " < ".join(type(each).__name__ for each in above(widget))


def test_controls_of_dialogs_have_names_as_long_as_they_are_open(running: SimpleNamespace, qapp: QApplication) -> None:
    window, studio = running.window, running.studio
    table = Peek(("a", "b", "kind"), (1, 2, 3), (True, True, False), (("1", "2", "x"),), (0, 1, 2))
    studio.choose_data(DataChoice(name="points", path="/somewhere/points.csv"))
    running.say(
        fake.opened(running.name, studio.spec, table=table, problems=("one was skipped", "another was skipped"))
    )
    before = set(studio.controls)
    for command, name in (
        ("file.columns", "columns.use"),
        ("file.left_out", "left_out.copy"),
        ("help.shortcuts", "shortcuts.close"),
        ("help.families", "families.close"),
        ("help.about", "about.close"),
    ):
        studio.commands.run(command)
        assert name in studio.controls
        assert not unnamed(window)
        assert all(control.title for control in studio.controls.values())
        for dialog in window.findChildren(QDialog):
            dialog.close()
        QApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)
        assert set(studio.controls) == before


def test_a_control_without_a_name_is_found(running: SimpleNamespace) -> None:
    stray = QPushButton("stray", running.window.progress)
    assert unnamed(running.window) == ["'' QPushButton<ProgressPanel<QStackedWidget<Dock<MainWindow"]
    stray.setParent(None)
    stray.deleteLater()


# --- what controls tell and do ----------------------------------------------------------------------------------------


def test_a_control_tells_what_it_holds_and_is_set_as_by_a_person(running: SimpleNamespace) -> None:
    studio = running.studio
    temperature = studio.controls["sampling.temperature"]
    assert (temperature.value, temperature.range, temperature.visible, temperature.enabled) == (
        1.0,
        (0.0, 2.0),
        True,
        True,
    )
    temperature.set(0.5)
    assert studio.spec.sampling.temperature == 0.5
    assert temperature.describe().startswith("temperature: 0.5, from 0 to 2. ")
    studio.controls["run.workspace"].set("images")
    assert studio.workspace == "images"


@pytest.mark.parametrize(
    ("name", "value", "read"),
    [
        ("sampling.steps", 7, lambda studio: studio.spec.sampling.knobs["steps"]),
        ("sampling.sampler", "euler", lambda studio: studio.spec.sampling.sampler),
        ("sampling.seed", 12, lambda studio: studio.spec.sampling.seed),
        ("sampling.hold_seed", False, lambda studio: studio.spec.sampling.seed_locked),
        ("sampling.class", 1, lambda studio: studio.spec.sampling.label),
        ("data.noise", 0.3, lambda studio: studio.spec.data.params["noise"]),
        ("data.set.rings", True, lambda studio: studio.spec.data.name == "rings"),
        ("model.family.vae", True, lambda studio: studio.spec.family == "vae"),
        ("model.coupling", "independent", lambda studio: studio.spec.config["coupling"]),
        ("model.residual", False, lambda studio: studio.spec.config["residual"]),
        ("training.batch", 64, lambda studio: studio.spec.training["batch"]),
        ("run.seed", "31", lambda studio: str(studio.spec.seed)),
        ("plane.layer.truth", True, lambda studio: "truth" in studio.session.layers),
        ("plane.layer.data", False, lambda studio: "data" in studio.session.layers),
        ("plane.time", 250, lambda studio: round(1000 * studio.session.time)),
        ("progress.quality.shown", "sliced_w2", lambda studio: studio.measure),
    ],
)
def test_every_kind_of_control_can_be_set(running: SimpleNamespace, name: str, value: Any, read: Any) -> None:
    running.studio.controls[name].set(value)
    assert read(running.studio) == value


def test_what_cannot_be_done_is_said(running: SimpleNamespace) -> None:
    controls = running.studio.controls
    with pytest.raises(ValueError, match="'temperature' takes 0 to 2, not 3"):
        controls["sampling.temperature"].set(3)
    with pytest.raises(ValueError, match="'sampler' is one of midpoint, euler, not 'heun'"):
        controls["sampling.sampler"].set("heun")
    with pytest.raises(ValueError, match="'Live' cannot be used now"):
        controls["history.live"].set()
    with pytest.raises(ValueError, match="worked on with the pointer"):
        controls["plane.canvas"].set(1)
    with pytest.raises(KeyError, match=r"no control 'sampling\.temprature' now; there is sampling\.temperature"):
        controls["sampling.temprature"]


def test_a_form_answers_for_the_rows_that_it_shows(running: SimpleNamespace) -> None:
    controls = running.studio.controls
    assert "data.noise" in controls
    running.studio.controls["data.set.rings"].set()
    shown = {name for name in controls if name.startswith("data.")}
    assert "data.set.moons" in shown
    assert shown == {name for name in controls if name.startswith("data.")}


def test_controls_leave_with_their_view(studio: Studio, qapp: QApplication) -> None:
    panel = SteerPanel(studio)
    kept = studio.controls["sampling.temperature"]
    assert kept.value == 1.0
    panel.deleteLater()
    QApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)
    assert not len(studio.controls)
    with pytest.raises(LookupError, match="gone with its view"):
        kept.set(0.5)
    panel = SteerPanel(studio)
    there = weakref.ref(panel)
    panel.setParent(None)
    panel.deleteLater()
    del panel
    QApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)
    gc.collect()
    assert there() is None or not isValid(there())


def test_every_name_stands_in_the_page_of_controls(running: SimpleNamespace, qapp: QApplication) -> None:
    for workspace in ("images", "sequences", "paths", "compare"):
        running.studio.set_workspace(workspace)
    running.window.show_runs()
    visit_lessons(running.window)
    qapp.processEvents()
    stands = re.findall(r"^\| `([^`]+)`", PAGE.read_text("utf-8"), re.MULTILINE)
    assert stands == re.findall(r"^\| `([^`]+)`", page(running.window), re.MULTILINE)
    patterns = [re.compile(re.sub("<[^>]+>", r"[\\w.-]+", re.escape(name))) for name in stands]
    assert not [name for name in running.studio.controls if not any(p.fullmatch(name) for p in patterns)]


def test_no_setting_is_called_like_a_control_that_stands_beside_it(running: SimpleNamespace) -> None:
    """A form shares its names with its panel: ``sampling.steps`` beside ``sampling.sampler``."""
    window, described = running.window, catalogue.describe()
    fixed = {f"{top}.{name}" for panel in (window.setup, window.steer) for top, own in panel.controls.items()
             if isinstance(own, Mapping) for name in own}  # fmt: skip
    settings = {"data": [s.schema for s in described.data if not s.from_file],
                "model": [f.schema for f in described.families],
                "training": [f.training_schema for f in described.families],
                "sampling": [s.info.schema for s in catalogue.samplers() if not s.info.condition]}  # fmt: skip
    shown = {f"{top}.{name}" for top, schemas in settings.items() for each in schemas
             for name, field in each.get("properties", {}).items() if not field.get("hidden")}  # fmt: skip
    assert len(fixed) > 12
    assert len(shown) > 40
    assert not fixed & shown
