"""Attacks in the window: what is asked, what is shown of it, and what other runs say of the pictures."""

from __future__ import annotations

import numpy as np
import pytest

from dgm_studio.protocol import messages as m
from dgm_studio.studio.compare.adversarial import JUDGED, SHOWN
from dgm_studio.ui.images.adversarial_view import AdversarialView

from .. import fake_backend as fake

CLASSES = ("zero", "one")


@pytest.fixture
def view(running, qapp) -> AdversarialView:
    studio = running.studio
    studio.set_workspace("images")
    running.say(fake.opened(studio.run.name, studio.spec, "images", classes=CLASSES, density="exact"))
    studio.set_image_view("attack")
    qapp.processEvents()
    return running.window.images.adversarial


def attacked(running, *, step: int = 0, purified: bool = False) -> m.Attacked:
    """Every second picture is seen as the other class once it is moved."""
    sent = running.studio.backend.of(m.Attack)[-1]
    n = 10
    labels = np.arange(n) % 2
    x = np.full((n, 8, 8), 100, np.uint8)
    right = np.eye(2)[labels] * 0.8 + 0.1
    wrong = right.copy()
    wrong[::2] = right[::2, ::-1]
    judged = {"logistic": (0.9, 0.3, 0.4), "net": (1.0, 0.5, 0.5), "robust": (0.95, 0.8, 0.9)}
    return m.Attacked(
        sent.run, step, sent.ticket, CLASSES, x, x + 25, labels, right, wrong, judged,
        x + 5 if purified else None, 0.75 if purified else None,
    )  # fmt: skip


def cells(view: AdversarialView) -> list[list[str]]:
    return [
        [view.table.item(row, column).text() for column in range(view.table.columnCount())]
        for row in range(view.table.rowCount())
    ]


def test_pictures_are_asked_for_when_the_view_comes_to_the_front(view, running) -> None:
    asked = running.studio.backend.of(m.Attack)[-1]
    assert (asked.classifier, asked.epsilon, asked.count, asked.purify) == ("net", 0.1, JUDGED, 0.0)
    running.say(attacked(running))
    assert view.rows["before"].images.shape == (SHOWN, 8, 8)
    assert view.rows["added"].images.max() == 128 + 4 * 25
    assert view.words["before"].words[:2] == ["zero · 90%", "one · 90%"]
    assert view.words["after"].words[:2] == ["one · 90%", "one · 90%"]
    assert "100% are told right, and 50%" in view.said.text()
    assert cells(view)[1][:4] == ["Network", "100%", "50%", "50%"]
    assert not view.rows["purified"].isVisibleTo(view)


def test_a_slider_asks_anew_and_what_is_late_is_dropped(view, running, qtbot) -> None:
    late = attacked(running)
    running.studio.controls["attack.classifier"].set("robust")
    running.studio.controls["attack.epsilon"].set(0.25)
    qtbot.waitUntil(lambda: running.studio.backend.of(m.Attack)[-1].epsilon == 0.25)
    running.say(late)
    assert running.studio.adversarial.told is None
    running.say(attacked(running, purified=True))
    assert running.studio.backend.of(m.Attack)[-1].classifier == "robust"
    assert ["Robust network, purified", "", "", "75%", "", ""] in cells(view)


def test_runs_say_how_likely_they_find_the_pictures(view, running) -> None:
    running.say(attacked(running))
    asked = running.studio.backend.of(m.Classify)[-1]
    assert asked.examples.shape == (2 * SHOWN, 8, 8)
    assert cells(view)[-1][4:] == ["…", "…"]
    log_p = np.repeat([-10.0, -30.0], SHOWN)
    evidence = np.tile([[0.0, -1.0]], (2 * SHOWN, 1))
    running.say(m.Classified(asked.run, 0, asked.ticket, CLASSES, evidence, "by Bayes' rule", "exact", log_p, "exact"))
    assert cells(view)[-1][1:] == [f"50% of {SHOWN}", "", f"50% of {SHOWN}", "−10.0", "−30.0"]
    assert not running.studio.adversarial.busy


def test_the_picture_on_the_canvas_is_attacked(view, running) -> None:
    running.studio.controls["attack.source"].set("canvas")
    asked = running.studio.backend.of(m.Attack)[-1]
    assert np.array_equal(asked.examples[0], running.window.images.canvas.flat)


def test_what_fails_is_said_and_data_without_classes_are_not_asked_about(view, running) -> None:
    sent = running.studio.backend.of(m.Attack)[-1]
    running.say(m.Failed(sent.run, 0, "Something is wrong.", "Mend it.", "attack", sent.ticket))
    assert view.said.text() == "Something is wrong."
    many = len(running.studio.backend.of(m.Attack))
    running.say(fake.opened(running.studio.run.name, running.studio.spec, "images", classes=()))
    assert "no classes" in view.said.text()
    assert len(running.studio.backend.of(m.Attack)) == many


def test_a_model_that_learned_on_is_asked_anew_once_it_rests(view, running) -> None:
    running.say(attacked(running))
    many = len(running.studio.backend.of(m.Attack))
    running.say(fake.progress(running.studio.run.name, "training", 3))
    assert "step 0 of 3" in view.said.text()
    assert len(running.studio.backend.of(m.Attack)) == many
    running.say(fake.progress(running.studio.run.name, "paused", 4))
    assert len(running.studio.backend.of(m.Attack)) == many + 1
