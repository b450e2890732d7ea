"""How questions on the canvas end: stopped, failed, waited for, or outdated by class, temperature or model."""

import numpy as np
import pytest
from PySide6.QtCore import Qt

from dgm_studio.protocol import messages as m

from .painted import answer, asked

KEY = Qt.Key


def test_a_stopped_answer_can_be_accepted_scrubbed_and_found_again(paint, world, qtbot):
    paint.do("all")
    paint.fill()
    world.filled(world.pictures(4), False)
    paint.stop()
    assert world.backend.last(m.Cancel).kind == "fill"
    x = answer(world, paint, stopped=True, progress=0.4)
    assert not paint.answers.running
    assert paint.panel.buttons["accept"].isVisible()
    assert paint.candidates.player.isVisible()
    assert "stopped at 40%" in paint.candidates.caption.text()
    (item,) = paint.answers.history.items
    assert "stopped at 40%" in item.facts.lines()
    qtbot.keyClick(paint.view, KEY.Key_2)
    qtbot.keyClick(paint.view, KEY.Key_Return)
    assert np.array_equal(paint.canvas.image, x[1])


@pytest.mark.parametrize("ends", ["failed", "stopped", "rebuilt"])
def test_a_question_without_an_answer_leaves_the_candidates_that_were_there(paint, world, ends):
    paint.do("all")
    paint.fill()
    x = answer(world, paint)
    paint.again()
    assert len(paint.candidates.tiles.images) == 0
    ticket = asked(world).ticket
    if ends == "failed":
        world.filled(world.pictures(4), False)
        world.push(m.Failed(world.run, 5, "It went wrong.", "Try again.", "fill", ticket))
    elif ends == "stopped":
        paint.stop()
        world.push(m.Filled(world.run, 5, ticket, np.empty(0), 0.0, True, "", "", stopped=True))
    else:
        world.open()
    assert np.array_equal(paint.candidates.tiles.images, x)
    assert not paint.answers.running
    assert len(paint.answers.history.items) == 1
    paint.accept()
    assert np.array_equal(paint.canvas.image, x[0])


def test_asking_while_another_model_is_on_its_way_waits_for_it(paint, world):
    paint.do("all")
    paint.fill()
    x = answer(world, paint)
    world.studio.choose_family("kde")
    assert "another model is chosen" in paint.candidates.stale.text()
    paint.fill()
    assert paint.answers.running
    assert "waiting for the model" in paint.candidates.caption.text()
    assert len(world.backend.all(m.Fill)) == 1
    assert np.array_equal(paint.candidates.tiles.images, x)
    world.push(m.Progress(world.run, 0, "loading", 0.0, None, 0.0, "CPU"))
    world.open()
    assert len(world.backend.all(m.Fill)) == 2
    answer(world, paint)
    assert not paint.answers.running

    world.studio.choose_family("vae")
    paint.fill()
    world.push(m.Failed(world.run, 0, "It cannot be built.", "", "open"))
    assert not paint.answers.running  # it is waited for in vain


def test_class_and_temperature_belong_to_the_question_and_come_back_with_an_answer(paint, world):
    panel = paint.panel.answer
    paint.do("all")
    panel.label.changed.emit(2)
    panel.temperature.changed.emit(0.7)
    paint.fill()
    assert (asked(world).label, asked(world).temperature) == (2, 0.7)
    answer(world, paint)
    assert not paint.candidates.stale.isVisible()
    panel.label.changed.emit(1)
    assert "question has changed" in paint.candidates.stale.text()
    panel.temperature.changed.emit(1.0)
    paint.fill()
    answer(world, paint)
    first = paint.answers.history.items[1]
    assert "class 2" in "".join(first.facts.lines())
    paint.answers.show(first.facts.number)
    sampling = world.studio.session.spec("images").sampling
    assert (sampling.label, sampling.temperature) == (2, 0.7)
    assert panel.label.value == 2
    assert not paint.candidates.stale.isVisible()


def test_live_asks_anew_when_class_or_model_are_others(paint, world):
    paint.do("all")
    paint.do("live")
    paint.pulse.stop()
    paint.tick()
    answer(world, paint)
    paint.tick()
    assert len(world.backend.all(m.Fill)) == 1
    paint.panel.answer.label.changed.emit(1)
    paint.tick()
    assert asked(world).label == 1
    answer(world, paint)
    world.push(m.Progress(world.run, 80, "paused", 100.0, 0.1, 1.0, "CPU"))
    for _ in range(3):
        paint.tick()
    assert len(world.backend.all(m.Fill)) == 3
    paint.do("live")


def test_a_model_that_trained_on_is_said_and_accepting_stays_possible(paint, world):
    paint.do("all")
    paint.fill()
    x = answer(world, paint)
    world.push(m.Progress(world.run, 80, "training", 100.0, 0.1, 1.0, "CPU"))
    assert "model has changed" in paint.candidates.stale.text()
    assert paint.panel.buttons["accept"].isVisible()
    paint.accept()
    assert np.array_equal(paint.canvas.image, x[0])
