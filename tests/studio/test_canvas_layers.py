"""Ink, shapes and pictures of the canvas: exact pixels, and words for what was done to them."""

import io

import numpy as np
import pytest
from PIL import Image

from dgm_studio.protocol.messages import Filled
from dgm_studio.studio.painting.brush import Brush
from dgm_studio.studio.painting.canvas import Canvas
from dgm_studio.studio.painting.canvas_files import mask_from_image
from dgm_studio.studio.painting.canvas_ink import ERASER, ColourInk, MaskInk, flatten
from dgm_studio.studio.painting.canvas_shapes import lasso
from dgm_studio.studio.painting.canvas_tools import LARGEST_BRUSH, Tools
from dgm_studio.studio.painting.images import fitted, from_png, taken, to_png, told

RED = ColourInk((255, 0, 0))


@pytest.fixture
def canvas():
    return Canvas(np.full((12, 16), 100, np.uint8))


def stroke(canvas, *points, brush=None, ink=None, pressure=None):
    pressure = pressure or [1.0] * len(points)
    canvas.begin(points[0], brush or Brush(3), ink or MaskInk(), pressure[0])
    for p, force in zip(points[1:], pressure[1:], strict=True):
        canvas.move(p, force)
    return canvas.end()


@pytest.mark.parametrize("strength", [0.0, 0.35, 1.0])
def test_a_hard_stroke_sets_the_mask_to_its_strength_whatever_was_there(canvas, strength):
    canvas.set_mask(np.linspace(0, 1, 12 * 16, dtype=np.float32).reshape(12, 16))
    before = canvas.mask.copy()
    stroke(canvas, (5.5, 5.5), ink=MaskInk(strength))
    changed = canvas.mask != before
    assert changed.sum() == 9
    assert np.allclose(canvas.mask[changed], np.rint(strength * 255) / 255, atol=1e-6)


def test_a_soft_stroke_draws_towards_its_strength_and_laying_it_twice_changes_nothing(canvas):
    canvas.fill(MaskInk(0.8))
    assert stroke(canvas, (8.5, 6.5), brush=Brush(9, 0), ink=MaskInk(0.2))
    row = canvas.mask[6, 8:13]
    assert (np.diff(row) >= 0).all()
    assert row[0] < 0.35
    assert row[-1] == pytest.approx(0.8, abs=1 / 255)
    assert not stroke(canvas, (8.5, 6.5), brush=Brush(9, 0), ink=MaskInk(0.2))


def test_a_pen_pressed_less_paints_less_and_never_nothing(canvas):
    counts = []
    for pressure in (0.0, 0.5, 1.0):
        canvas.clear_mask()
        stroke(canvas, (8.0, 6.0), brush=Brush(8), pressure=[pressure])
        counts.append(int(canvas.mask.sum()))
    assert counts == [4, 12, 52]
    canvas.clear_mask()
    stroke(canvas, (2.0, 6.0), (14.0, 6.0), brush=Brush(6), pressure=[0.1, 1.0])
    widths = canvas.mask.sum(0)[3:14]
    assert (np.diff(widths) >= 0).all()
    assert widths[0] < widths[-1]


def test_colour_lies_over_the_picture_and_is_asked_with_it(canvas):
    stroke(canvas, (5.5, 5.5), ink=RED)
    assert (canvas.image == 100).all()
    assert (canvas.flat == 76).sum() == 9, "red on a grey picture is its luma"
    assert (canvas.ask(0).image == canvas.flat).all()
    stroke(canvas, (5.5, 5.5), brush=Brush(1), ink=ColourInk(None))
    assert (canvas.flat == 76).sum() == 8
    assert canvas.stale
    canvas.undo()
    assert not canvas.stale


def test_half_covered_colour_mixes_by_the_over_rule():
    canvas = Canvas(np.zeros((1, 2, 3), np.uint8))
    ink = ColourInk((200, 100, 0))
    cover = np.array([[0.5, 1.0]], np.float32)
    after = ink.over(canvas.colour, cover)
    assert after[0, 0].tolist() == [200, 100, 0, 128]
    assert after[0, 1].tolist() == [200, 100, 0, 255]
    assert flatten(np.full((1, 2, 3), 100, np.uint8), after)[0, 0].tolist() == [150, 100, 50]


def test_accepting_takes_the_strokes_into_the_picture_and_undo_brings_them_back(canvas):
    stroke(canvas, (5.5, 5.5), ink=RED)
    canvas.fill_mask()
    colour, original = canvas.colour.copy(), canvas.original
    canvas.ask(0)
    canvas.answer(Filled("run", 1, 1, np.full((1, 12, 16), 9, np.uint8), 1.0, True, "w", "heuristic"))
    canvas.accept(0)
    assert (canvas.flat == 9).all()
    assert np.array_equal(canvas.original, original)
    canvas.undo()
    assert np.array_equal(canvas.colour, colour)
    assert canvas.results is not None


@pytest.mark.parametrize(
    ("a", "b", "pixels"), [((2.2, 3.9), (2.4, 3.1), 1), ((1.5, 1.5), (4.5, 2.5), 8), ((-5.0, -5.0), (99.0, 99.0), 192)]
)
def test_a_rectangle_takes_every_pixel_it_touches(canvas, a, b, pixels):
    canvas.rectangle(b, a)
    assert canvas.mask.sum() == pixels
    canvas.rectangle(a, b, ERASER)
    assert not canvas.mask.any()


def test_a_lasso_takes_the_pixels_whose_centres_it_winds_around(canvas):
    canvas.lasso([(1, 1), (11, 1), (11, 11), (1, 11)])
    assert canvas.mask.sum() == 100
    canvas.clear_mask()
    canvas.lasso([(0, 0), (10, 0), (0, 10)])
    assert canvas.mask.sum() == 45, "centres on the slanted edge are out"
    canvas.undo()
    twice = [(1, 1), (9, 1), (9, 9), (1, 9)] * 2
    assert lasso(twice, 12, 16)[1].sum() == 64, "going around twice leaves no hole"
    before = canvas.mask.copy()
    canvas.lasso([(3, 3)])
    assert np.array_equal(canvas.mask, before)


def test_a_fill_stops_at_other_colours_and_at_the_masks_edge():
    image = np.zeros((10, 10), np.uint8)
    image[:, 5:] = 200
    canvas = Canvas(image)
    canvas.flood((1.5, 1.5))
    assert canvas.mask[:, :5].all()
    assert canvas.mask.sum() == 50
    canvas.clear_mask()
    canvas.flood((1.5, 1.5), tolerance=1.0)
    assert canvas.mask.all()
    canvas.clear_mask()
    canvas.rectangle((2.5, 2.5), (7.5, 7.5))
    canvas.rectangle((3.5, 3.5), (6.5, 6.5), ERASER)
    canvas.flood((4.5, 4.5), tolerance=1.0)
    assert canvas.mask.sum() == 36, "only the inside of the ring was filled"
    canvas.flood((99, 99))
    assert canvas.mask.sum() == 36


def test_only_pixels_that_changed_are_kept_for_undo():
    canvas = Canvas(np.zeros((512, 512, 3), np.uint8))
    stroke(canvas, (1.5, 1.5), (510.5, 510.5), brush=Brush(1))
    assert canvas.mask.sum() == 510
    assert canvas.held_bytes <= 510 * 12


def test_everything_in_files_comes_back(canvas):
    stroke(canvas, (5.5, 5.5), brush=Brush(7, 0.3), ink=RED)
    canvas.fill(MaskInk(0.4))
    canvas.ask(0)
    canvas.answer(Filled("run", 1, 1, np.full((1, 12, 16), 9, np.uint8), 1.0, True, "w", "heuristic"))
    canvas.accept(0)
    stroke(canvas, (9.5, 5.5), brush=Brush(7, 0.3), ink=RED)
    back = Canvas.from_members(canvas.to_members())
    for layer in ("image", "original", "colour", "mask", "flat"):
        assert np.array_equal(getattr(back, layer), getattr(canvas, layer)), layer


def test_a_mask_of_another_size_is_resampled_and_one_of_the_same_is_exact():
    picture = np.kron(np.array([[0, 255], [128, 0]], np.uint8), np.ones((8, 8), np.uint8))
    assert np.array_equal(mask_from_image(picture, (16, 16)), (picture / 255).astype(np.float32))
    small = mask_from_image(picture, (2, 2))
    assert np.allclose(small, [[0, 1], [128 / 255, 0]])
    assert mask_from_image(picture, (32, 20)).shape == (32, 20)
    with pytest.raises(ValueError, match="resize it first"):
        Canvas(np.zeros((4, 4), np.uint8)).set_mask(small)


def test_a_picture_and_its_mask_of_the_same_size_stay_aligned():
    """White where it is masked: after both were made to fit, whatever is white in one is in the other."""
    square = np.zeros((40, 60), np.uint8)
    square[10:22, 26:42] = 255
    for event in ((1, 28, 28), (3, 20, 36), (1, 80, 80)):
        picture = fitted(square, event).astype(np.float32)
        brightness = picture if picture.ndim == 2 else picture[..., 0]
        assert np.array_equal(mask_from_image(square, event[1:]), brightness / 255)
    half = np.ascontiguousarray(square[::2, ::2])
    assert np.array_equal(mask_from_image(half, (20, 20), over=(40, 60)), mask_from_image(square, (20, 20)))


@pytest.mark.parametrize("side", [5, 12, 19, 28, 40])
def test_a_resized_mask_rings_nowhere(side):
    half = np.zeros((24, 24), np.uint8)
    half[:, 12:] = 255
    mask = mask_from_image(half, (side, side))
    assert (mask[:, : side // 2 - 1] == 0).all()
    assert (mask[:, side // 2 + 1 :] == 1).all()


def tiff(values):
    out = io.BytesIO()
    Image.fromarray(values).save(out, "TIFF")
    return out.getvalue()


def test_values_of_more_than_eight_bits_are_scaled_and_this_is_said():
    deep = taken(tiff(np.array([[0, 65535], [257 * 7, 128]], np.uint16)), "deep.tif")
    assert deep.pixels.tolist() == [[0, 255], [7, 0]]
    assert deep.said == "16 bits scaled by 1/257"
    share = taken(tiff(np.array([[0.0, 1.0], [0.5, 0.2]], np.float32)), "share.tif")
    assert share.pixels.tolist() == [[0, 255], [128, 51]]
    assert share.said == "0..1 stretched to 0..255"
    assert taken(tiff(np.array([[0, 255], [3, 4]], np.int32)), "whole.tif").said == ""


@pytest.mark.parametrize("worst", [-1.0, 300.0, np.nan, np.inf])
def test_colours_outside_range_are_refused(worst):
    with pytest.raises(ValueError, match=r"odd.tif holds values outside .* save it with values from 0 to 1"):
        taken(tiff(np.array([[0.0, 2.0], [worst, 0.5]], np.float32)), "odd.tif")


@pytest.mark.parametrize(
    "data", [b"", b"rubbish", to_png(np.random.default_rng(0).integers(0, 255, (16, 16), np.uint8))[:100]]
)
def test_what_is_no_picture_is_refused_in_words_for_people(data):
    with pytest.raises(ValueError, match=r"a.png is not a picture") as caught:
        taken(data, "a.png")
    assert "<" not in str(caught.value)
    assert "BytesIO" not in str(caught.value)


def test_what_was_done_to_a_picture_is_said():
    assert told(np.zeros((28, 28), np.uint8), (1, 28, 28)) == ""
    wide = np.zeros((40, 90, 3), np.uint8)
    assert told(wide, (1, 28, 28)) == "cut to its middle and resized from 90 × 40 to 28 × 28 pixels and made grey"
    assert told(np.zeros((8, 8), np.uint8), (3, 8, 8)) == "made colour"
    assert fitted(np.zeros((8, 8), np.uint8), (3, 8, 8)).shape == (8, 8, 3)


def test_clear_pixels_are_white_and_photographs_upright(tmp_path):
    clear = np.zeros((2, 3, 4), np.uint8)
    clear[..., :3] = 200
    clear[0, 0, 3] = 255
    assert from_png(to_png(clear), "a.png")[:, :, 0].tolist() == [[200, 255, 255], [255, 255, 255]]
    path = tmp_path / "photo.jpg"
    exif = Image.Exif()
    exif[0x0112] = 6
    Image.fromarray(np.zeros((2, 3, 3), np.uint8)).save(path, exif=exif)
    assert from_png(path.read_bytes(), "photo.jpg").shape == (3, 2, 3)


def test_each_layer_remembers_its_brush_and_sizes_stay_in_reach():
    tools = Tools().with_brush(size=9, hardness=0.2).painting("colour").with_brush(size=2)
    assert tools.painting("mask").brush == Brush(9, 0.2)
    assert tools.brush == Brush(2)
    assert tools.with_brush(size=9999).brush.size == LARGEST_BRUSH
    assert tools.resized(larger=False).resized(larger=False).brush.size == 1
    assert tools.swapped().swapped() == tools
    assert tools.picked((1, 2, 3)).ink() == ColourInk((1, 2, 3))
    assert tools.ink(erase=True) == ColourInk(None)
    assert Tools(strength=0.5).ink() == MaskInk(0.5)
    assert Tools(erasing=True).ink() == MaskInk(0.0)
