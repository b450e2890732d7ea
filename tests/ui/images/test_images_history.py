"""Earlier answers on the canvas: they come back whole, by undo, from the strip and from a file."""

import dataclasses

import numpy as np
from PySide6.QtCore import Qt

from dgm_studio.protocol import messages as m
from dgm_studio.studio.painting.brush import Brush
from dgm_studio.studio.painting.canvas_tools import Tools

from .painted import answer, asked, choose

KEY = Qt.Key


def test_an_earlier_answer_comes_back_whole_and_undo_takes_it_away(paint, world):
    paint.do("all")
    paint.panel.answer.form.changed.emit("steps", 20)
    paint.fill()
    x = answer(world, paint)
    first = asked(world)
    paint.start_from(world.data[5])
    paint.do("clear")
    paint.canvas.begin((3, 3), Brush(4))
    paint.canvas.end()
    paint.panel.answer.form.changed.emit("steps", 40)
    paint.again()
    answer(world, paint)
    before, mask = paint.canvas.image.copy(), paint.canvas.mask.copy()
    strip = paint.candidates.history
    assert strip.list.count() == 2
    assert "steps 20" in strip.list.item(1).toolTip()
    strip.list.itemClicked.emit(strip.list.item(1))
    assert np.array_equal(paint.canvas.image, first.image)
    assert paint.canvas.mask.all()
    assert np.array_equal(paint.candidates.tiles.images, x)
    assert paint.panel.answer.form.rows["steps"].value == 20
    assert not paint.candidates.stale.isVisible()
    assert paint.candidates.player.isVisible()
    paint.undo()
    assert np.array_equal(paint.canvas.image, before)
    assert np.array_equal(paint.canvas.mask, mask)


def test_an_answer_of_another_family_is_recalled_with_the_title_of_its_way(paint, world):
    from .conftest import METHODS

    paint.do("all")
    paint.fill()
    answer(world, paint)
    world.open(methods=(dataclasses.replace(METHODS[1], name="gibbs", title="Gibbs"),))
    paint.answers.show(1)
    assert "Twisted SMC" in paint.candidates.caption.text()
    assert paint.answers.question.method == "gibbs"


def test_a_blank_page_is_one_step(paint, world):
    before = paint.canvas.image.copy()
    paint.do("blank")
    assert paint.canvas.mask.all()
    paint.undo()
    assert np.array_equal(paint.canvas.image, before)
    assert not paint.canvas.mask.any()


def test_undoing_an_accept_picks_the_accepted_candidate_again(paint, world, qtbot):
    paint.do("all")
    paint.fill()
    x = answer(world, paint)
    qtbot.keyClick(paint.view, KEY.Key_3)
    qtbot.keyClick(paint.view, KEY.Key_Return)
    assert np.array_equal(paint.canvas.image, x[2])
    paint.undo()
    assert paint.candidates.index == 2


def test_a_stroke_that_changes_nothing_leaves_the_candidate_in_view(paint, world, qtbot):
    paint.do("all")
    paint.fill()
    x = answer(world, paint)
    qtbot.keyClick(paint.view, KEY.Key_2)
    at = paint.view.to_widget(5, 5).toPoint()
    qtbot.mousePress(paint.view, Qt.MouseButton.LeftButton, pos=at)
    assert not paint.view.previews  # painting is done on the picture itself
    qtbot.mouseRelease(paint.view, Qt.MouseButton.LeftButton, pos=at)
    assert paint.candidates.index == 1
    assert paint.view.previews
    paint.candidates.tiles.pick(-1)
    paint.accept()  # of none that is seen: one is shown first
    assert paint.canvas.results is not None
    assert paint.candidates.index == 0
    paint.accept()
    assert np.array_equal(paint.canvas.image, x[0])


def test_again_changes_nothing_where_the_family_has_no_answer(paint, world, qtbot):
    from .conftest import METHODS

    world.open(methods=tuple(w for w in METHODS if w.condition == "mask"))
    choose(paint, "strokes")
    seed = paint.answers.question.seed
    qtbot.keyClick(paint.view, KEY.Key_A)
    assert paint.answers.question.seed == seed
    assert asked(world) is None


def test_answers_are_deleted_one_by_one_and_all_at_once(paint, world):
    paint.do("all")
    for _ in range(3):
        paint.fill()
        answer(world, paint)
    strip = paint.candidates.history
    strip.list.setCurrentRow(1)
    strip.delete.click()
    assert [r.facts.number for r in paint.answers.history.items] == [3, 1]
    strip.delete_all.click()
    assert not strip.isVisible()


def test_answers_survive_the_file(paint, images, world, tmp_path):
    paint.do("all")
    paint.fill()
    x = answer(world, paint)
    members = images.paint.encoder()()
    paint.answers.history.clear()
    world.push(m.Loaded(world.run, 0, tmp_path / "a.dgm", members))
    (kept,) = paint.answers.history.items
    assert np.array_equal(kept.answer.x, x)
    paint.answers.show(kept.facts.number)
    assert np.array_equal(paint.candidates.tiles.images, x)
    assert paint.candidates.gone.isVisible()


def test_question_tools_and_candidates_survive_the_file(paint, images, world, tmp_path):
    world.push(m.Progress(world.run, 5, "paused", 100.0, 0.1, 1.0, "CPU"))
    panel = paint.panel.answer
    choose(paint, "observation")
    panel.operator.changed.emit("blur")
    panel.numbers["blur"].changed.emit(2.0)
    panel.form.changed.emit("steps", 20)
    panel.count.changed.emit(2)
    panel.seed.changed.emit(77)
    panel.lock.click()
    paint.set_tools(paint.tools.with_brush(size=11, hardness=0.25).with_(colour=(9, 8, 7)))
    paint.answers.choice.lock_seed(True)
    paint.fill()
    x = answer(world, paint, n=2)
    question, tools = paint.answers.question, paint.tools
    members = images.paint.encoder()()

    paint.do("discard")
    choose(paint, "mask")
    panel.count.changed.emit(9)
    paint.set_tools(Tools())
    world.push(m.Loaded(world.run, 0, tmp_path / "a.dgm", members))
    assert paint.answers.question == question
    assert paint.tools == tools
    assert np.array_equal(paint.candidates.tiles.images, x)
    assert not paint.candidates.stale.isVisible()

    older = {name: data for name, data in members.items() if "easel" not in name}
    world.push(m.Loaded(world.run, 0, tmp_path / "a.dgm", older))
    assert len(world.studio.notices.items) == 0
    world.push(m.Loaded(world.run, 0, tmp_path / "a.dgm", {**members, "canvas/easel.json": b"{"}))
    assert "easel.json" in world.studio.notices.items[-1].message
