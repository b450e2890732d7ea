"""Answers on the canvas: conditions, live painting, steps to branch from, and the history of answers."""

import dataclasses

import numpy as np
import pytest
from PySide6.QtCore import Qt

from dgm_studio.engine import messages as m
from dgm_studio.studio.brush import Brush
from dgm_studio.studio.canvas_tools import Tools
from dgm_studio.studio.live import STALE
from dgm_studio.ui.controls import parse_number

KEY = Qt.Key


@pytest.fixture
def paint(images):
    images._choose("paint")
    return images.paint


def answer(world, paint, n=4, frames=5, **more):
    known = paint.canvas.mask == 0
    x = world.pictures(n)
    x[:, known] = paint.canvas.image[known]
    world.filled(x, True, path=np.stack([x] * frames), times=np.linspace(0, 1, frames),
                 numbers=2 * np.arange(frames), **more)  # fmt: skip
    return x


def choose(paint, condition):
    paint.panel.answer.condition.buttons[condition].click()


def asked(world):
    return world.backend.last(m.Fill)


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
    assert [panel.way.box.itemText(i) for i in range(panel.way.box.count())] == ["Replacement", "Twisted SMC"]
    panel.form.changed.emit("steps", 20)
    choose(paint, "strokes")
    assert panel.way.value == "sdedit"
    assert panel.strength.isVisible()
    assert not panel.operator.isVisible()
    choose(paint, "mask")
    assert panel.form.rows["steps"].value == 20


def test_a_family_without_a_way_says_so_and_names_others(paint, world):
    from .conftest import WAYS

    world.open(ways=tuple(w for w in WAYS if w.condition == "mask"))
    choose(paint, "strokes")
    panel = paint.panel.answer
    assert "cannot work strokes" in panel.reason.text()
    assert "diffusion" in panel.reason.text()
    assert not panel.buttons["fill"].isEnabled()
    assert not panel.way.isVisible()
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
    assert (fill.condition, fill.operator, fill.noise, fill.way) == ("observation", "blur:2", 0.1, "restore")
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
    assert (again.seed, again.way, again.live) == (first.seed, first.way, False)
    assert np.array_equal(again.mask, first.mask)
    assert np.array_equal(paint.candidates.tiles.images, x)  # what is there stays meanwhile
    world.filled(x, path=np.stack([x] * 5), times=np.linspace(0, 1, 5), numbers=np.arange(5))
    assert paint.candidates.player.isVisible()
    assert not paint.candidates.gone.isVisible()
    (only,) = paint.answers.history.items
    assert only.answer.path is not None


# --- history ----------------------------------------------------------------------------------------------------------


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
    from .conftest import WAYS

    paint.do("all")
    paint.fill()
    answer(world, paint)
    world.open(ways=(dataclasses.replace(WAYS[1], name="gibbs", title="Gibbs"),))
    paint.answers.show(1)
    assert "Twisted SMC" in paint.candidates.caption.text()
    assert paint.answers.question.way == "gibbs"


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
    assert paint.view._preview is None  # painting is done on the picture itself
    qtbot.mouseRelease(paint.view, Qt.MouseButton.LeftButton, pos=at)
    assert paint.candidates.index == 1
    assert paint.view._preview is not None
    paint.candidates.tiles.pick(-1)
    paint.accept()  # of none that is seen: one is shown first
    assert paint.canvas.results is not None
    assert paint.candidates.index == 0
    paint.accept()
    assert np.array_equal(paint.canvas.image, x[0])


def test_again_changes_nothing_where_the_family_has_no_answer(paint, world, qtbot):
    from .conftest import WAYS

    world.open(ways=tuple(w for w in WAYS if w.condition == "mask"))
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
    members = images.to_members()
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
    members = images.to_members()

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
    sampling = world.studio.session.images.sampling
    assert (sampling.label, sampling.temperature) == (2, 0.7)
    assert panel.label.value == 2
    assert not paint.candidates.stale.isVisible()


def test_live_asks_anew_when_class_or_model_are_others(paint, world):
    paint.do("all")
    paint.do("live")
    paint._pulse.stop()
    paint._tick()
    answer(world, paint)
    paint._tick()
    assert len(world.backend.all(m.Fill)) == 1
    paint.panel.answer.label.changed.emit(1)
    paint._tick()
    assert asked(world).label == 1
    answer(world, paint)
    world.push(m.Progress(world.run, 80, "paused", 100.0, 0.1, 1.0, "CPU"))
    for _ in range(3):
        paint._tick()
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


# --- live -------------------------------------------------------------------------------------------------------------


def test_live_mode_drafts_while_painting_and_is_careful_on_release(paint, world, qtbot):
    answers = paint.answers
    answers.choice.choose_way("smc")
    qtbot.keyClick(paint.view, KEY.Key_V)
    assert paint.panel.answer.live.value
    paint._pulse.stop()
    answers.tick()
    assert asked(world) is None  # nothing is masked, and nobody needs to be told
    assert not world.studio.notices.items
    paint.canvas.begin((3, 3), Brush(4))
    answers.tick()
    draft = asked(world)
    assert (draft.way, draft.knobs, draft.live) == ("replacement", {"steps": 8}, False)
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
    assert len(paint.canvas._steps.undo) == 1
    answers.tick()
    final = asked(world)
    assert (final.way, final.seed) == ("smc", draft.seed)
    assert np.array_equal(final.mask, paint.canvas.mask)
    answer(world, paint)
    assert len(answers.history.items) == 1
    cadence = paint.panel.answer.cadence.text()
    assert "s a draft" in cadence
    assert "s careful" in cadence
    answers.tick()
    assert asked(world) is final


def test_what_is_on_screen_is_badged_when_a_slow_draft_leaves_it_behind_the_brush(paint, world, monkeypatch):
    now = [100.0]
    monkeypatch.setattr(paint.answers.live, "_clock", lambda: now[0])
    paint.do("live")
    paint._pulse.stop()
    paint.canvas.begin((3, 3), Brush(4))
    paint._tick()
    answer(world, paint)
    paint.canvas.move((9, 9))
    paint._tick()
    assert not paint.candidates.stale.isVisible()
    now[0] += STALE + 1
    paint.canvas.move((12, 9))
    paint._tick()
    assert "newest strokes" in paint.candidates.stale.text()
    assert len(world.backend.all(m.Cancel)) == 0
    answer(world, paint)
    paint._tick()
    assert not paint.candidates.stale.isVisible()
    paint.do("live")


def test_a_stroke_that_changes_nothing_ends_with_a_careful_answer_too(paint, world):
    paint.do("all")
    paint.answers.choice.choose_way("smc")
    paint.do("live")
    paint._pulse.stop()
    paint.canvas.begin((3, 3), Brush(4))  # over what is masked already
    paint._tick()
    assert asked(world).way == "replacement"
    answer(world, paint)
    paint.canvas.move((9, 9))
    paint.canvas.end()
    paint._tick()
    assert asked(world).way == "smc"
    answer(world, paint)
    paint.canvas.begin((3, 3), Brush(4))  # and none is asked again where it stands already
    paint.canvas.end()
    paint._tick()
    assert len(world.backend.all(m.Fill)) == 2
    paint.do("live")


def test_live_mode_waits_after_an_answer_was_accepted(paint, world):
    paint.switch_live(True)
    paint._pulse.stop()
    paint.do("all")
    paint.answers.tick()
    answer(world, paint)
    last = asked(world)
    paint.accept()
    paint.answers.tick()
    assert asked(world) is last
    paint.switch_live(False)
    assert not paint._pulse.isActive()


# --- the picture's code -----------------------------------------------------------------------------------------------


def test_dragging_the_code_moves_the_picture_under_mask_and_strokes(paint, images, world, qtbot):
    paint.canvas.begin((3, 3), Brush(4))
    paint.canvas.end()
    mask = paint.canvas.mask.copy()
    qtbot.keyClick(paint.view, KEY.Key_K)
    assert world.backend.last(m.Look).layers == {"latent"}
    world.latents()
    pad = paint.codes.pad
    grid = world.studio.runs["images"].latents.grid
    pad.show_picture(grid[1, 4])
    assert pad.plane.place == pytest.approx([2.4, -1.2])  # the middle of its cell
    pad.plane.drag(0.5, -0.5)
    decode = world.backend.last(m.Decode)
    assert decode.code == pytest.approx([0.5, -0.5])
    decoded = world.pictures(1)[0]
    before = paint.canvas.image.copy()
    world.push(m.Decoded(world.run, 5, decode.ticket, decoded, 0.01))
    assert np.array_equal(paint.canvas.image, before)
    assert paint.view._preview is not None
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
    assert "no code" in paint.codes.pad.words.text()
    assert not paint.codes.pad.plane.isVisible()
