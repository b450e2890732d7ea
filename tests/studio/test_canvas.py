"""The canvas document: strokes cover exactly what they should, undo is a replay, nothing is lost in files."""

import numpy as np
import pytest

from dgm_studio.protocol.messages import Filled
from dgm_studio.studio.painting.brush import Brush, Rect
from dgm_studio.studio.painting.canvas import Canvas
from dgm_studio.studio.painting.canvas_files import IMAGE_MEMBER, MASK_MEMBER
from dgm_studio.studio.painting.canvas_ink import ERASER, MASK
from dgm_studio.studio.painting.images import fitted, from_png, to_png


def filled(x, ticket=1, done=True, **more):
    return Filled("run", 10, ticket, x, 1.0 if done else 0.5, done, "replacement", "heuristic", **more)


def stroke(canvas, *points, size=1, hardness=1.0, erase=False):
    canvas.begin(points[0], Brush(size, hardness), ERASER if erase else MASK)
    for p in points[1:]:
        canvas.move(p)
    return canvas.end()


@pytest.mark.parametrize(("size", "pixels"), [(1, 1), (2, 4), (3, 9), (4, 12), (5, 21), (8, 52), (10, 80)])
def test_a_dab_covers_the_pixels_whose_centres_lie_in_the_disc(size, pixels):
    canvas = Canvas(np.zeros((28, 28), np.uint8))
    stroke(canvas, (14.2, 14.3), size=size)
    assert canvas.mask.sum() == pixels
    y, x = np.mgrid[:28, :28] + 0.5
    cx, cy = Brush(size).snap((14.2, 14.3))
    assert np.array_equal(canvas.mask == 1, np.hypot(x - cx, y - cy) <= size / 2 + 1e-9)


def test_one_pixel_lines_have_exact_lengths_without_gaps():
    canvas = Canvas(np.zeros((28, 28), np.uint8))
    stroke(canvas, (2.9, 5.1), (21.0, 5.9))
    assert canvas.mask[5, 2:22].all()
    assert canvas.mask.sum() == 20
    canvas.clear_mask()
    stroke(canvas, (3.5, 3.5), (12.5, 12.5))
    assert canvas.mask.sum() == 10
    assert np.array_equal(np.nonzero(canvas.mask)[0], np.nonzero(canvas.mask)[1])


def test_a_stroke_does_not_depend_on_the_number_of_events():
    coarse, fine = Canvas(), Canvas()
    stroke(coarse, (3.5, 8.5), (23.5, 8.5), size=5, hardness=0.3)
    stroke(fine, *[(x + 0.5, 8.5) for x in range(3, 24)], size=5, hardness=0.3)
    assert np.array_equal(coarse.mask, fine.mask)


def test_a_soft_brush_falls_linearly_from_its_hard_core_and_does_not_build_up():
    canvas = Canvas(np.zeros((33, 33), np.uint8))
    stroke(canvas, (16.5, 16.5), (16.5, 16.5), size=21, hardness=0.5)
    r = 10.5
    d = np.arange(0, 12)
    expected = np.rint(np.clip((r - d) / (r * 0.5), 0, 1) * 255) / 255
    assert np.allclose(canvas.mask[16, 16 : 16 + 12], expected, atol=1e-6)
    before = canvas.mask.copy()
    assert not stroke(canvas, (16.5, 16.5), size=21, hardness=0.5)
    assert np.array_equal(canvas.mask, before)


def test_erasing_undoes_the_cover_of_the_same_stroke():
    canvas = Canvas()
    canvas.fill_mask()
    stroke(canvas, (10.5, 10.5), (15.5, 10.5), size=3, erase=True)
    assert (canvas.mask == 0).sum() == 3 * 6 + 2 * 3
    stroke(canvas, (10.5, 10.5), (15.5, 10.5), size=3)
    assert canvas.mask.all()


def test_strokes_outside_the_image_change_nothing_and_strokes_across_the_edge_are_clipped():
    canvas = Canvas(np.zeros((8, 8), np.uint8))
    assert not stroke(canvas, (-20.0, -20.0), (-5.0, -9.0), size=5)
    assert not canvas.can_undo
    stroke(canvas, (-30.5, 4.5), (30.5, 4.5), size=1)
    assert canvas.mask[4].all()
    assert canvas.mask.sum() == 8


def test_changed_rectangles_contain_all_changes():
    canvas = Canvas()
    before = canvas.mask.copy()
    rect = canvas.begin((5.5, 5.5), Brush(3)).join(canvas.move((9.5, 7.5)))
    changed = np.argwhere(canvas.mask != before)
    assert (changed.min(0) >= (rect.top, rect.left)).all()
    assert (changed.max(0) < (rect.bottom, rect.right)).all()


def test_observers_hear_of_pixels_results_and_history():
    canvas, heard = Canvas(), []
    leave = [canvas.on(t, lambda v, t=t: heard.append((t, v))) for t in ("pixels", "results", "history")]
    canvas.begin((5.5, 5.5), Brush(1))
    canvas.end()
    assert heard == [("pixels", Rect(5, 5, 6, 6)), ("history", None)]
    heard.clear()
    canvas.undo()
    assert heard == [("pixels", Rect(5, 5, 6, 6)), ("history", None)]
    for end in leave:
        end()
    canvas.redo()
    assert len(heard) == 2


def test_accepting_keeps_the_mask_and_undoing_brings_image_and_candidates_back():
    image = np.full((8, 8), 7, np.uint8)
    canvas = Canvas(image)
    stroke(canvas, (3.5, 3.5), size=3)
    mask = canvas.mask.copy()
    canvas.ask(seed=5)
    x = np.stack([np.full((8, 8), v, np.uint8) for v in (1, 2)])
    canvas.answer(filled(x))
    assert not canvas.stale
    canvas.accept(1)
    assert np.array_equal(canvas.image, x[1])
    assert np.array_equal(canvas.mask, mask)
    assert canvas.results is None
    canvas.undo()
    assert np.array_equal(canvas.image, image)
    assert np.array_equal(canvas.mask, mask)
    assert np.array_equal(canvas.results.candidates, x)
    assert canvas.results.seed == 5
    canvas.redo()
    assert np.array_equal(canvas.image, x[1])


def test_accepting_an_answer_for_a_picture_of_another_size_brings_its_mask_along():
    canvas = Canvas(np.zeros((12, 12), np.uint8))
    canvas.set_image(np.zeros((8, 10), np.uint8))
    canvas.fill_mask()
    canvas.ask(0)
    canvas.answer(filled(np.ones((2, 8, 10), np.uint8)))
    canvas.undo()
    canvas.undo()
    canvas.accept(0)
    assert canvas.image.shape == canvas.mask.shape == (8, 10)
    assert canvas.mask.min() == 1
    canvas.undo()
    assert canvas.image.shape == canvas.mask.shape == (12, 12)


def test_a_step_on_the_way_can_be_accepted():
    canvas = Canvas(np.zeros((8, 8), np.uint8))
    canvas.ask(0)
    path = np.arange(3, dtype=np.uint8)[:, None, None, None] * np.ones((3, 2, 8, 8), np.uint8)
    canvas.answer(filled(path[-1], path=path, times=np.linspace(0, 1, 3)))
    canvas.accept(0, frame=1)
    assert (canvas.image == 1).all()


def test_candidates_are_stale_while_mask_or_image_differ_from_the_question():
    canvas = Canvas(np.zeros((8, 8), np.uint8))
    assert not canvas.stale
    canvas.ask(0)
    canvas.answer(filled(np.zeros((1, 8, 8), np.uint8)))
    stroke(canvas, (3.5, 3.5))
    assert canvas.stale
    canvas.undo()
    assert not canvas.stale
    canvas.set_image(np.ones((8, 8), np.uint8))
    assert canvas.results is None
    canvas.undo()
    assert canvas.results is not None
    assert not canvas.stale


def test_answers_after_a_discard_are_not_shown_and_discarding_can_be_undone():
    canvas = Canvas(np.zeros((8, 8), np.uint8))
    canvas.ask(0)
    canvas.answer(filled(np.zeros((1, 8, 8), np.uint8), done=False))
    canvas.discard()
    canvas.answer(filled(np.zeros((1, 8, 8), np.uint8)))
    assert canvas.results is None
    canvas.undo()
    assert canvas.results is not None
    with pytest.raises(IndexError, match="no candidate 5"):
        canvas.accept(4)


def test_another_picture_keeps_a_mask_that_fits_and_clears_one_that_does_not():
    canvas = Canvas(np.zeros((8, 8), np.uint8))
    canvas.fill_mask()
    canvas.set_image(np.ones((8, 8, 3), np.uint8))
    assert canvas.mask.all()
    canvas.set_image(np.ones((16, 12, 3), np.uint8))
    assert canvas.mask.shape == (16, 12)
    assert not canvas.mask.any()
    canvas.undo()
    assert canvas.mask.shape == (8, 8)
    assert canvas.mask.all()


@pytest.mark.parametrize("shape", [(8, 8), (64, 64, 3)])
def test_a_hundred_strokes_and_more_can_be_undone(shape):
    canvas = Canvas(np.zeros(shape, np.uint8))
    states = [canvas.mask.copy()]
    for i in range(150):
        stroke(canvas, (i % 8 + 0.5, i // 8 % 8 + 0.5), erase=bool(i // 64 % 2))
        states.append(canvas.mask.copy())
    for state in reversed(states[:-1]):
        assert np.array_equal(canvas.mask, state) or canvas.undo()
        assert np.array_equal(canvas.mask, state)


def test_undo_is_bounded_in_steps_and_bytes():
    canvas = Canvas(np.zeros((64, 64), np.uint8), depth=10, budget=100_000)
    for _ in range(30):
        canvas.invert_mask()
    assert canvas.held_bytes <= 100_000
    undone = 0
    while canvas.undo():
        undone += 1
    assert 1 <= undone <= 10


def test_full_size_edits_at_512_stay_a_hundred_deep():
    canvas = Canvas(np.zeros((512, 512, 3), np.uint8))
    for _ in range(100):
        canvas.invert_mask()
    assert canvas.held_bytes <= 256 << 20
    assert sum(iter(canvas.undo, False)) == 100


@pytest.mark.parametrize("shape", [(8, 8), (28, 20, 3)])
def test_files_hold_image_and_mask_exactly(shape):
    rng = np.random.default_rng(0)
    canvas = Canvas(rng.integers(0, 256, shape, np.uint8))
    stroke(canvas, (2.5, 2.5), (6.5, 3.5), size=5, hardness=0.2)
    canvas.invert_mask()
    back = Canvas.from_members({**canvas.to_members(), "session.json": b"{}"})
    assert np.array_equal(back.image, canvas.image)
    assert np.array_equal(back.mask, canvas.mask)
    assert not back.can_undo
    assert Canvas.from_members({"session.json": b"{}"}) is None


def test_restarting_leaves_nothing_behind():
    canvas = Canvas(np.zeros((8, 8), np.uint8))
    canvas.fill_mask()
    canvas.ask(0)
    canvas.restart(np.ones((5, 6, 3), np.uint8))
    assert canvas.shape == (5, 6)
    assert not canvas.mask.any()
    assert canvas.results is None
    assert not canvas.undo()


def test_bad_files_are_named_and_leave_the_canvas_as_it_was():
    good = Canvas(np.full((8, 8), 9, np.uint8))
    with pytest.raises(ValueError, match=r"canvas/image.png is not a picture"):
        good.load_members({IMAGE_MEMBER: b"rubbish"})
    with pytest.raises(ValueError, match=r"canvas/image.png is not a picture"):
        good.load_members({IMAGE_MEMBER: to_png(good.image)[:45]})
    with pytest.raises(ValueError, match="but the image is"):
        good.load_members({IMAGE_MEMBER: to_png(good.image), MASK_MEMBER: to_png(np.zeros((4, 4), np.uint8))})
    with pytest.raises(ValueError, match="at most 2048"):
        from_png(to_png(np.zeros((1, 3000), np.uint8)), "wide.png")
    assert (good.image == 9).all()


@pytest.mark.parametrize("image", [np.zeros((8, 8)), np.zeros((8, 8, 4), np.uint8), np.zeros((0, 8), np.uint8)])
def test_arrays_that_are_no_pictures_are_refused(image):
    with pytest.raises(ValueError, match="no picture for the canvas"):
        Canvas(image)


def test_pictures_are_fitted_to_what_a_model_takes():
    wide = np.zeros((10, 30, 3), np.uint8)
    wide[:, 10:20] = 255
    assert (fitted(wide, (1, 5, 5)) == 255).all()
    assert fitted(wide, (3, 20, 20)).shape == (20, 20, 3)
    grey = np.arange(64, dtype=np.uint8).reshape(8, 8)
    assert np.array_equal(fitted(grey, (1, 8, 8)), grey)


@pytest.mark.parametrize(("size", "hardness"), [(0, 1.0), (3, 1.5)])
def test_impossible_brushes_are_refused(size, hardness):
    with pytest.raises(ValueError, match="is not possible"):
        Brush(size, hardness)
