"""Rehearsing a lesson: every step is opened once and waited for, nothing is kept as done, and what was in front is again."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace

import pytest
from PySide6.QtWidgets import QApplication

from dgm_studio.lessons.finding import open_lesson
from dgm_studio.protocol import messages as m
from dgm_studio.studio.lesson import rehearsing

from .. import fake_backend as fake

SAMPLE = Path(__file__).parent / "sample"


@pytest.fixture
def lecturer(
    running: SimpleNamespace, backend: fake.FakeBackend, monkeypatch: pytest.MonkeyPatch, qapp: QApplication
) -> SimpleNamespace:
    """Somebody who rehearses; the first step has been read."""
    monkeypatch.setattr(rehearsing, "SETTLE", 0.0)
    studio = running.studio
    studio.rehearsal.start(open_lesson(SAMPLE))
    name, id = next(iter(studio.link.opening.items()))
    running.say(m.Opened(name, 9, fake.resolved(studio.spec), fake.info(), place=studio.tray.place(id)))
    studio.lesson.not_opened()
    studio.pump()
    running.backend = backend
    return running


def _ready(lecturer: SimpleNamespace) -> None:
    ticket = lecturer.backend.of(m.Rehearse)[-1].ticket
    lecturer.say(m.Rehearsed("", 0, ticket, 1000))
    lecturer.studio.pump()


def test_every_step_is_waited_for_and_nothing_is_kept(lecturer: SimpleNamespace, home: Path) -> None:
    studio, rehearsal = lecturer.studio, lecturer.studio.rehearsal
    asked = lecturer.backend.of(m.Rehearse)
    assert [(each.on, each.ticket) for each in asked] == [(False, 0), (True, 0), (True, 1)]
    panel = lecturer.window.lessons.panel
    assert panel.rehearsing.text() == "Rehearsing step 1 of 2"
    assert panel.next.isHidden()
    assert studio.session.layers != ("data",)  # what a prediction would cover is prepared too
    lecturer.say(m.Rehearsed("", 0, 99, 0))  # of another time
    assert rehearsal.done == 0
    _ready(lecturer)
    assert (rehearsal.done, studio.lesson.at) == (1, 1)
    _ready(lecturer)
    assert not rehearsal.under_way
    assert studio.lesson.place == "shelf"
    assert studio.notices.items[-1].message.startswith("Rehearsed 'One step is not enough': all 2 steps in ")
    assert not list((home / "lesson-progress").glob("*"))
    lecturer.window.lessons.end()


def test_it_can_be_stopped_and_is_let_go_for_another_lesson(lecturer: SimpleNamespace) -> None:
    studio = lecturer.studio
    lecturer.window.lessons.panel.stop.click()
    assert not studio.rehearsal.under_way
    assert "0 of 2 steps" in studio.notices.items[-1].message
    studio.lesson.play(open_lesson(SAMPLE), 0)
    assert lecturer.backend.of(m.Rehearse)[-1].on  # it is the one that was rehearsed
    studio.lesson.play(studio.lesson.known()[0], 0)
    assert not lecturer.backend.of(m.Rehearse)[-1].on
    lecturer.window.lessons.end()


def test_who_goes_elsewhere_is_left_alone(lecturer: SimpleNamespace) -> None:
    studio = lecturer.studio
    studio.lesson.leave()
    studio.pump()
    assert not studio.rehearsal.under_way
    assert studio.lesson.place == ""
