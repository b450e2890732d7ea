"""Painting with a studio: masks become questions, answers become candidates, and nothing is lost on the way."""

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication, QMainWindow

from dgm_studio.protocol import messages as m
from dgm_studio.studio.painting.brush import Brush
from dgm_studio.studio.painting.canvas_tools import Tools
from dgm_studio.studio.painting.images import to_png

LEFT = Qt.MouseButton.LeftButton
KEY = Qt.Key


def paint_pixel(qtbot, paint, x, y, button=LEFT):
    qtbot.mouseClick(paint.view, button, pos=paint.view.to_widget(x + 0.5, y + 0.5).toPoint())


def answer(world, canvas, n=4, frames=5, done=True, **more):
    """Candidates that keep the known pixels."""
    known = canvas.mask == 0
    x = world.pictures(n)
    x[:, known] = canvas.image[known]
    path = np.stack([x] * frames) if done else None
    if path is not None:
        path[0][:, ~known] = 0
    world.filled(x, done, path=path, times=None if path is None else np.linspace(0, 1, frames), **more)
    return x


def test_the_canvas_starts_with_an_example_and_keeps_what_was_painted(paint, world):
    assert np.array_equal(paint.canvas.image, world.data[0])
    assert not paint.canvas.can_undo
    paint.canvas.fill_mask()
    paint.do("invert")
    before = paint.canvas.image.copy()
    world.open()
    assert np.array_equal(paint.canvas.image, before)


def test_another_image_size_refits_what_was_painted(paint, world):
    paint.do("all")
    world.shape = (16, 16, 3)
    world.open()
    assert paint.canvas.image.shape == (16, 16, 3)
    assert paint.undo()
    assert paint.canvas.image.shape == (28, 28)


def test_painting_and_filling_asks_for_what_is_on_screen(paint, world, qtbot):
    paint.set_tools(Tools(mask_brush=Brush(3)))
    paint_pixel(qtbot, paint, 10, 12)
    qtbot.mouseClick(paint.panel.buttons["fill"], LEFT)
    asked = world.backend.last(m.Fill)
    assert np.array_equal(asked.image, paint.canvas.image)
    assert asked.mask.sum() == 9
    assert asked.mask[12, 10] == 1
    assert asked.count == 4
    assert asked.method == "smc"  # the careful one
    assert paint.panel.buttons["stop"].isVisible()
    assert not paint.panel.buttons["fill"].isVisible()


def test_way_knobs_and_count_of_the_panel_are_asked_for(paint, world):
    paint.do("all")
    panel = paint.panel.answer
    assert "asymptotic" in panel.honesty.text()
    panel.method.changed.emit("replacement")
    assert "heuristic" in panel.honesty.text()
    panel.form.changed.emit("steps", 64)
    panel.count.changed.emit(7)
    paint.fill()
    asked = world.backend.last(m.Fill)
    assert (asked.method, asked.knobs, asked.count) == ("replacement", {"steps": 64}, 7)


def test_temperature_and_class_are_those_of_the_sampling(paint, world):
    paint.panel.answer.label.changed.emit(2)
    assert world.studio.session.spec("images").sampling.label == 2
    paint.do("all")
    paint.fill()
    assert world.backend.last(m.Fill).label == 2


def test_an_empty_mask_is_not_asked_but_explained(paint, world):
    paint.fill()
    assert world.backend.last(m.Fill) is None
    assert world.studio.notices.items[-1].message == "Nothing is masked."


def test_steps_are_shown_live_then_scrubbed(paint, world, qtbot):
    paint.do("all")
    paint.fill()
    x = answer(world, paint.canvas, done=False)
    strip = paint.candidates
    assert np.array_equal(strip.tiles.images, x)
    assert "50%" in strip.caption.text()
    final = answer(world, paint.canvas)
    assert "done" in strip.caption.text()
    strip.player.slider.setValue(0)
    assert not strip.tiles.images.any()
    assert "step 0 of 4" in strip.caption.text()
    strip.player.slider.setValue(4)
    assert np.array_equal(strip.tiles.images, final)


def test_enter_fills_then_accepts_the_picked_candidate_and_undo_brings_everything_back(paint, world, qtbot):
    start = paint.canvas.image.copy()
    paint.set_tools(Tools(mask_brush=Brush(5)))
    paint_pixel(qtbot, paint, 10, 12)
    mask = paint.canvas.mask.copy()
    qtbot.keyClick(paint.view, KEY.Key_Return)
    x = answer(world, paint.canvas)
    qtbot.mouseClick(paint.candidates.tiles, LEFT, pos=paint.candidates.tiles.tile_rect(2).center())
    qtbot.keyClick(paint.view, KEY.Key_Return)
    assert np.array_equal(paint.canvas.image, x[2])
    assert np.array_equal(paint.canvas.mask, mask)
    assert paint.canvas.results is None
    qtbot.keyClick(paint.view, KEY.Key_Z, Qt.KeyboardModifier.ControlModifier)
    assert np.array_equal(paint.canvas.image, start)
    assert np.array_equal(paint.candidates.tiles.images, x)
    qtbot.keyClick(paint.view, KEY.Key_Z, Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.ShiftModifier)
    assert np.array_equal(paint.canvas.image, x[2])


def test_a_result_that_no_longer_matches_is_badged_stale(paint, world, qtbot):
    paint.do("all")
    paint.fill()
    answer(world, paint.canvas)
    assert not paint.candidates.stale.isVisible()
    assert paint.panel.buttons["accept"].isVisible()
    paint.set_tools(Tools(mask_brush=Brush(1), erasing=True))
    paint_pixel(qtbot, paint, 3, 3)
    assert paint.candidates.stale.isVisible()
    assert paint.panel.buttons["fill"].isVisible()
    paint.undo()
    assert not paint.candidates.stale.isVisible()


def test_painting_goes_on_while_candidates_run(paint, world, qtbot):
    paint.do("all")
    paint.fill()
    answer(world, paint.canvas, done=False)
    paint_pixel(qtbot, paint, 3, 3, Qt.MouseButton.RightButton)
    assert paint.canvas.mask[3, 3] == 0
    assert paint.candidates.stale.isVisible()


def test_again_keeps_the_mask_and_takes_the_next_seed(paint, world, qtbot):
    paint.do("all")
    paint.fill()
    answer(world, paint.canvas)
    first = world.backend.last(m.Fill)
    qtbot.keyClick(paint.view, KEY.Key_A)
    second = world.backend.last(m.Fill)
    assert second.seed == first.seed + 1
    assert np.array_equal(second.mask, first.mask)
    assert paint.panel.answer.seed.field.text() == str(second.seed)


def test_escape_stops_then_discards(paint, world, qtbot):
    paint.do("all")
    paint.fill()
    answer(world, paint.canvas, done=False)
    qtbot.keyClick(paint.view, KEY.Key_Escape)
    assert world.backend.last(m.Cancel).kind == "fill"
    answer(world, paint.canvas, stopped=True, progress=0.5)
    assert paint.canvas.results is not None
    assert not paint.panel.buttons["stop"].isVisible()
    qtbot.keyClick(paint.view, KEY.Key_Escape)
    assert paint.canvas.results is None


def test_a_fill_that_fails_is_over(paint, world):
    paint.do("all")
    paint.fill()
    ticket = world.backend.last(m.Fill).ticket
    world.push(m.Failed(world.run, 5, "Out of memory.", "Take fewer candidates.", "fill", ticket))
    assert not paint.panel.buttons["stop"].isVisible()
    assert paint.panel.buttons["fill"].isVisible()


def test_answers_to_an_older_question_are_dropped(paint, world):
    paint.do("all")
    paint.fill()
    old = world.backend.last(m.Fill).ticket
    paint.again()
    world.push(m.Filled(world.run, 5, old, world.pictures(4), 1.0, True, "Replacement", "heuristic"))
    assert paint.canvas.results.answer is None


@pytest.mark.parametrize("key", "EMFI")
def test_keys_choose_tools_and_edit_the_mask(paint, qtbot, key):
    qtbot.keyClick(paint.view, getattr(KEY, f"Key_{key}"))
    if key in "EM":
        assert paint.tools.erasing == (key == "E")
    else:
        assert paint.canvas.mask.all()


def test_brackets_change_the_size_down_to_one_pixel(paint, qtbot):
    qtbot.keyClick(paint.view, KEY.Key_BracketRight)
    assert paint.tools.brush.size == 7
    for _ in range(12):
        qtbot.keyClick(paint.view, KEY.Key_BracketLeft)
    assert paint.tools.brush.size == 1
    assert paint.panel.brush.diameter.value == 1


def test_typing_a_number_is_not_painting(paint, world, qtbot):
    paint.do("all")
    field = paint.panel.brush.diameter.field
    field.setFocus()
    field.selectAll()
    qtbot.keyClicks(field, "12")
    qtbot.keyClick(field, KEY.Key_Return)
    assert paint.tools.brush.size == 12
    assert world.backend.last(m.Fill) is None


def test_undo_goes_to_the_canvas_before_the_window(paint, images, world, qtbot):
    """The window's own Ctrl+Z must not take back the last setting while one paints."""
    taken = []
    window = QMainWindow()
    qtbot.addWidget(window)
    action = window.addAction("Undo")
    action.setShortcut("Ctrl+Z")
    action.triggered.connect(lambda: taken.append(1))
    window.setFixedSize(900, 700)
    window.setCentralWidget(images)
    window.show()
    window.activateWindow()
    paint.do("all")
    paint.view.setFocus()
    qtbot.keyClick(paint.view, KEY.Key_Z, Qt.KeyboardModifier.ControlModifier)
    assert not paint.canvas.mask.any()
    assert not taken
    assert images.undo() is False
    images.choose("samples")
    assert images.redo() is False


def test_a_family_that_cannot_fill_says_so(paint, world):
    world.open(methods=())
    assert "cannot fill a mask" in paint.panel.answer.reason.text()
    assert not paint.panel.buttons["fill"].isEnabled()
    paint.do("all")
    paint.fill()
    assert world.backend.last(m.Fill) is None


def test_start_from_data_sample_blank_and_file(paint, images, world, tmp_path, qtbot):
    event = world.samples()
    images.mosaic.pick(3)
    qtbot.mouseClick(paint.panel.buttons["sample"], LEFT)
    assert np.array_equal(paint.canvas.image, event.x[3])
    qtbot.mouseClick(paint.panel.buttons["example"], LEFT)
    assert any(np.array_equal(paint.canvas.image, d) for d in world.data)
    qtbot.mouseClick(paint.panel.buttons["blank"], LEFT)
    assert not paint.canvas.image.any()
    assert paint.canvas.mask.all()
    picture = tmp_path / "wide.png"
    picture.write_bytes(to_png(np.full((40, 90, 3), 200, np.uint8)))
    paint.sources.open(picture)
    assert paint.canvas.image.shape == (28, 28)
    assert (paint.canvas.image == 200).all()
    picture.write_bytes(b"no picture")
    paint.sources.open(picture)
    paint.sources.open(tmp_path / "missing.png")
    messages = [n.message for n in world.studio.notices.items]
    assert any("wide.png is not a picture" in text for text in messages)
    assert any("missing.png does not exist" in text for text in messages)


def test_the_canvas_is_part_of_the_file(paint, images, world, tmp_path):
    paint.canvas.begin((5, 5), Brush(6, 0.4))
    paint.canvas.end()
    encode = images.paint.encoder()
    mask = paint.canvas.mask.copy()
    paint.do("clear")
    members = encode()  # of the canvas as it was, whenever that is
    world.push(m.Loaded(world.run, 0, tmp_path / "a.dgm", members))
    assert np.array_equal(paint.canvas.mask, mask)
    world.push(m.Loaded(world.run, 0, tmp_path / "a.dgm", {"canvas/image.png": b"rubbish"}))
    assert np.array_equal(paint.canvas.mask, mask)
    assert "not a picture" in world.studio.notices.items[-1].message


def test_the_panel_works_in_a_dock(paint, images, qtbot):
    panel = images.take_panel()
    qtbot.addWidget(panel)
    panel.show()
    QApplication.processEvents()
    assert paint.view.width() > 0.9 * paint.width()
    qtbot.keyClick(paint.panel.buttons["clear"], KEY.Key_F)
    assert paint.canvas.mask.all()
    qtbot.mouseClick(paint.panel.buttons["undo"], LEFT)
    assert not paint.canvas.mask.any()
