"""Live painting through the view: drafts follow the brush, and a careful answer its release."""

import numpy as np
from PySide6.QtCore import Qt

from dgm_studio.protocol import messages as m
from dgm_studio.studio.painting.brush import Brush
from dgm_studio.studio.painting.fill_state import STALE

from .painted import answer, asked

KEY = Qt.Key


def test_live_mode_drafts_while_painting_and_is_careful_on_release(paint, world, qtbot):
    answers = paint.answers
    answers.choice.choose_method("smc")
    qtbot.keyClick(paint.view, KEY.Key_V)
    assert paint.panel.answer.live.value
    paint.pulse.stop()
    answers.tick()
    assert asked(world) is None  # nothing is masked, and nobody needs to be told
    assert not world.studio.notices.items
    paint.canvas.begin((3, 3), Brush(4))
    answers.tick()
    draft = asked(world)
    assert (draft.method, draft.knobs, draft.live) == ("replacement", {"steps": 8}, False)
    paint.canvas.move((9, 9))
    assert paint.canvas.mask[8, 8] == 1  # asking does not end the stroke
    answers.tick()
    assert asked(world) is draft  # one job in flight
    shown = answer(world, paint)
    assert answers.history.items == ()
    answers.tick()
    assert asked(world).ticket > draft.ticket
    assert np.array_equal(paint.candidates.tiles.images, shown)  # the last draft stays until there is another
    paint.canvas.end()
    answers.tick()
    final = asked(world)
    assert (final.method, final.seed) == ("smc", draft.seed)
    assert np.array_equal(final.mask, paint.canvas.mask)
    answer(world, paint)
    assert len(answers.history.items) == 1
    cadence = paint.panel.answer.cadence.text()
    assert "s a draft" in cadence
    assert "s careful" in cadence
    answers.tick()
    assert asked(world) is final
    paint.canvas.undo()  # however many drafts came, it was one stroke
    assert not paint.canvas.can_undo


def test_what_is_on_screen_is_badged_when_a_slow_draft_leaves_it_behind_the_brush(paint, world, monkeypatch):
    now = [100.0]
    monkeypatch.setattr(paint.answers, "clock", lambda: now[0])
    paint.do("live")
    paint.pulse.stop()
    paint.canvas.begin((3, 3), Brush(4))
    paint.tick()
    answer(world, paint)
    paint.canvas.move((9, 9))
    paint.tick()
    assert not paint.candidates.stale.isVisible()
    now[0] += STALE + 1
    paint.canvas.move((12, 9))
    paint.tick()
    assert "newest strokes" in paint.candidates.stale.text()
    assert len(world.backend.all(m.Cancel)) == 0
    answer(world, paint)
    paint.tick()
    assert not paint.candidates.stale.isVisible()
    paint.do("live")


def test_a_stroke_that_changes_nothing_ends_with_a_careful_answer_too(paint, world):
    paint.do("all")
    paint.answers.choice.choose_method("smc")
    paint.do("live")
    paint.pulse.stop()
    paint.canvas.begin((3, 3), Brush(4))  # over what is masked already
    paint.tick()
    assert asked(world).method == "replacement"
    answer(world, paint)
    paint.canvas.move((9, 9))
    paint.canvas.end()
    paint.tick()
    assert asked(world).method == "smc"
    answer(world, paint)
    paint.canvas.begin((3, 3), Brush(4))  # and none is asked again where it stands already
    paint.canvas.end()
    paint.tick()
    assert len(world.backend.all(m.Fill)) == 2
    paint.do("live")


def test_live_mode_waits_after_an_answer_was_accepted(paint, world):
    paint.switch_live(True)
    paint.pulse.stop()
    paint.do("all")
    paint.answers.tick()
    answer(world, paint)
    last = asked(world)
    paint.accept()
    paint.answers.tick()
    assert asked(world) is last
    paint.switch_live(False)
    assert not paint.pulse.isActive()
