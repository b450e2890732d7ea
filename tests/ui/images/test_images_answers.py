"""Asking on the canvas: conditions, what is asked of the model, steps to branch from, and the picture's latent."""

import numpy as np
import pytest
from PySide6.QtCore import Qt

from dgm_studio.protocol import messages as m
from dgm_studio.studio.painting.brush import Brush
from dgm_studio.ui.controls import parse_number

from .painted import answer, asked, choose

KEY = Qt.Key


def test_only_operators_that_can_measure_the_pictures_are_offered(paint, world):
    choose(paint, "observation")
    box = paint.panel.answer.operator.box
    titles = [box.itemText(i) for i in range(box.count())]
    assert "Low resolution 2×" in titles
    assert "Without colour" not in titles
    world.shape = (9, 9, 3)
    world.open()
    titles = [box.itemText(i) for i in range(box.count())]
    assert "Low resolution 2×" not in titles
    assert titles[0] == "Without colour"
    assert paint.answers.question.operator == "gray"


def test_only_ways_of_the_condition_are_listed_and_come_back_with_their_knobs(paint, world):
    panel = paint.panel.answer
    assert [panel.method.box.itemText(i) for i in range(panel.method.box.count())] == ["Replacement", "Twisted SMC"]
    panel.form.changed.emit("steps", 20)
    choose(paint, "strokes")
    assert panel.method.value == "sdedit"
    assert panel.strength.isVisible()
    assert not panel.operator.isVisible()
    choose(paint, "mask")
    assert panel.form.rows["steps"].value == 20


def test_a_family_without_a_way_says_so_and_names_others(paint, world):
    from .conftest import METHODS

    world.open(methods=tuple(w for w in METHODS if w.condition == "mask"))
    choose(paint, "strokes")
    panel = paint.panel.answer
    assert "cannot work strokes" in panel.reason.text()
    assert "diffusion" in panel.reason.text()
    assert not panel.buttons["fill"].isEnabled()
    assert not panel.method.isVisible()
    paint.fill()
    assert asked(world) is None


def test_strokes_are_asked_with_what_is_under_them_and_a_strength_that_makes_a_difference(paint, world):
    under = paint.canvas.image.copy()
    choose(paint, "strokes")
    paint.do("colour")
    paint.canvas.begin((5, 5), Brush(3), paint.tools.ink())
    paint.canvas.end()
    paint.panel.answer.strength.slider.setValue(333)
    paint.fill()
    fill = asked(world)
    assert fill.condition == "strokes"
    assert fill.strength * 32 == pytest.approx(round(fill.strength * 32))
    assert "11 of 32 steps" in paint.panel.answer.strength_note.text()
    assert np.array_equal(fill.image, under)
    assert (fill.strokes[..., 3] > 0).sum() == 9


def test_a_measurement_is_asked_with_its_number_and_shows_what_the_model_saw(paint, world):
    choose(paint, "observation")
    panel = paint.panel.answer
    panel.operator.changed.emit("blur")
    assert panel.numbers["blur"].isVisible()
    assert not panel.numbers["pixels"].isVisible()
    panel.numbers["blur"].changed.emit(2.0)
    panel.noise.changed.emit(0.1)
    paint.fill()
    fill = asked(world)
    assert (fill.condition, fill.operator, fill.noise, fill.method) == ("observation", "blur:2", 0.1, "restore")
    seen = world.pictures(1)[0]
    answer(world, paint, observed=seen)
    summary = paint.candidates.summary
    assert summary.seen.isVisible()
    assert np.array_equal(summary.seen.tile.images[0], seen)
    paint.canvas.fill_mask()
    assert not paint.candidates.stale.isVisible()  # a measurement is of the whole picture


@pytest.mark.parametrize("painted", ["all", "one"])
def test_a_full_mask_and_a_single_pixel_are_asked_as_they_are(paint, world, painted):
    if painted == "all":
        paint.do("all")
    else:
        paint.canvas.begin((3.5, 3.5), Brush(1))
        paint.canvas.end()
    paint.fill()
    assert asked(world).mask.sum() == (28 * 28 if painted == "all" else 1)


def test_mean_and_spread_stand_beside_several_candidates(paint, world):
    paint.do("all")
    paint.fill()
    x = answer(world, paint)
    summary = paint.candidates.summary
    assert np.array_equal(summary.mean.tile.images[0], np.rint(x.astype(np.float32).mean(0)).astype(np.uint8))
    assert summary.spread.isVisible()
    paint.panel.answer.count.changed.emit(1)
    paint.fill()
    answer(world, paint, n=1)
    assert not summary.spread.isVisible()


def test_numbers_pick_candidates(paint, world, qtbot):
    paint.do("all")
    paint.fill()
    answer(world, paint)
    qtbot.keyClick(paint.view, KEY.Key_3)
    assert paint.candidates.index == 2
    qtbot.keyClick(paint.view, KEY.Key_9)
    assert paint.candidates.index == 2


def test_an_unlocked_seed_is_another_one_each_time(paint, world):
    paint.do("all")
    paint.panel.answer.lock.click()
    paint.fill()
    first = asked(world).seed
    answer(world, paint)
    paint.fill()
    assert asked(world).seed != first
    assert parse_number(paint.panel.answer.seed.field.text()) == asked(world).seed


def test_going_on_from_a_step_takes_the_present_mask_and_another_seed(paint, world):
    paint.do("all")
    paint.fill()
    answer(world, paint)
    ticket, strip = asked(world).ticket, paint.candidates
    assert not strip.branch.isEnabled()
    strip.player.slider.setValue(3)
    assert strip.branch.isEnabled()
    paint.canvas.clear_mask()
    paint.canvas.begin((3, 3), Brush(4))
    paint.canvas.end()
    strip.branch_other.click()
    fill = asked(world)
    assert fill.branch == (ticket, 6)
    assert fill.seed == 1
    assert np.array_equal(fill.mask, paint.canvas.mask)


def test_an_answer_whose_steps_are_gone_says_so(paint, world):
    paint.do("all")
    paint.fill()
    x = world.pictures(4)
    world.filled(x)
    assert paint.candidates.gone.isVisible()
    assert not paint.candidates.branch.isVisible()
    paint.answers.branch(0)
    assert "not kept any more" in world.studio.notices.items[-1].message
    first = asked(world)
    paint.candidates.walk.click()
    assert asked(world) is first  # the model is another one by now
    world.push(m.Progress(world.run, 5, "paused", 100.0, 0.1, 1.0, "CPU"))
    paint.candidates.walk.click()
    again = asked(world)
    assert again.ticket > first.ticket
    assert (again.seed, again.method, again.live) == (first.seed, first.method, False)
    assert np.array_equal(again.mask, first.mask)
    assert np.array_equal(paint.candidates.tiles.images, x)  # what is there stays meanwhile
    world.filled(x, path=np.stack([x] * 5), times=np.linspace(0, 1, 5), numbers=np.arange(5))
    assert paint.candidates.player.isVisible()
    assert not paint.candidates.gone.isVisible()
    (only,) = paint.answers.history.items
    assert only.answer.path is not None


# --- the picture's latent -----------------------------------------------------------------------------------------------


def test_dragging_the_code_moves_the_picture_under_mask_and_strokes(paint, images, world, qtbot):
    paint.canvas.begin((3, 3), Brush(4))
    paint.canvas.end()
    mask = paint.canvas.mask.copy()
    qtbot.keyClick(paint.view, KEY.Key_K)
    assert world.backend.last(m.Look).layers == {"latent"}
    world.latents()
    pad = paint.latents.pad
    grid = world.studio.runs["images"].latents.grid
    pad.show_image(grid[1, 4])
    assert pad.plane.place == pytest.approx([2.4, -1.2])  # the middle of its cell
    pad.plane.drag(0.5, -0.5)
    decode = world.backend.last(m.Decode)
    assert decode.latent == pytest.approx([0.5, -0.5])
    decoded = world.pictures(1)[0]
    before = paint.canvas.image.copy()
    world.push(m.Decoded(world.run, 5, decode.ticket, decoded, 0.01))
    assert np.array_equal(paint.canvas.image, before)
    assert paint.view.previews
    qtbot.waitUntil(lambda: np.array_equal(paint.canvas.image, decoded))
    assert np.array_equal(paint.canvas.mask, mask)
    paint.undo()
    assert np.array_equal(paint.canvas.image, before)
    assert images.latent.plane.card.isHidden()  # it did not ask
    qtbot.keyClick(paint.view, KEY.Key_K)
    assert world.backend.last(m.Look).layers == frozenset()


def test_a_family_without_codes_says_so(paint, world):
    world.open(latent_size=None)
    paint.do("latent")
    assert "no latent" in paint.latents.pad.words.text()
    assert not paint.latents.pad.plane.isVisible()
