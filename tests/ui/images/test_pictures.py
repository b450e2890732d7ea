"""Pictures as tiles, strips and files: pixel for pixel, without an engine."""

import numpy as np
import pytest
from PIL import Image
from PySide6.QtCore import QPointF, Qt

from dgm_studio.ui.images.frames_file import write_frames
from dgm_studio.ui.images.latent_plane import manifold
from dgm_studio.ui.images.mosaic import run_length
from dgm_studio.ui.images.path_strip import strip, thinned
from dgm_studio.ui.images.pixels import enlarged, to_qimage
from dgm_studio.ui.images.tiles import Tiles, fit


@pytest.mark.parametrize("shape", [(8, 8), (5, 7), (9, 6, 3)])
def test_pictures_reach_qt_unchanged(shape):
    pixels = np.random.default_rng(0).integers(0, 256, shape, np.uint8)
    image = to_qimage(pixels)
    assert (image.height(), image.width()) == shape[:2]
    for y, x in ((0, 0), (shape[0] - 1, shape[1] - 1), (2, 3)):
        colour = image.pixelColor(x, y)
        assert [colour.red(), colour.green(), colour.blue()] == np.broadcast_to(pixels[y, x], 3).tolist()


@pytest.mark.parametrize("shape", [(4, 8, 8), (4, 8, 6, 3), (8, 8), (6, 8, 3)])
def test_enlarging_copies_pixels(shape):
    pixels = np.random.default_rng(0).integers(0, 256, shape, np.uint8)
    colour = len(shape) > 2 and shape[-1] == 3
    height, width = shape[-3:-1] if colour else shape[-2:]
    big = enlarged(pixels, width * 3, height * 3)
    axis = len(shape) - 2 - colour
    assert np.array_equal(big, pixels.repeat(3, axis).repeat(3, axis + 1))


@pytest.mark.parametrize(
    ("count", "room"), [(64, (700, 700)), (64, (900, 400)), (1, (50, 300)), (17, (640, 480)), (256, (300, 300))]
)
def test_tiles_fit_and_do_not_overlap(count, room):
    grid = fit(count, (28, 28), *room)
    assert grid.size[0] <= room[0]
    assert grid.size[1] <= room[1]
    rects = [grid.rect(i) for i in range(count)]
    assert not any(a.intersects(b) for i, a in enumerate(rects) for b in rects[:i])
    for i in (0, count // 2, count - 1):
        assert grid.at(rects[i].center().x(), rects[i].center().y()) == i
    assert grid.at(-5, 3) == -1
    assert grid.at(grid.size[0] + 9, 3) == -1


def test_sixty_four_samples_make_a_full_rectangle():
    grid = fit(64, (28, 28), 840, 560)
    assert 64 % grid.columns == 0


def test_grouped_rows_stand_closer():
    grid = fit(12, (8, 8), 400, 400, columns=3, gap=4, group=2)
    assert grid.top(1) - grid.top(0) < grid.top(2) - grid.top(1)


def test_tiles_draw_their_pictures_pixel_for_pixel(qtbot):
    images = np.random.default_rng(1).integers(0, 256, (6, 8, 8, 3), np.uint8)
    tiles = Tiles("tiles")
    qtbot.addWidget(tiles)
    tiles.resize(300, 200)
    tiles.show_images(images)
    shot = tiles.grab().toImage()
    ratio = shot.devicePixelRatio()
    for i in range(6):
        rect = tiles.tile_rect(i)
        scale = rect.width() / 8
        for y, x in ((1, 1), (4, 6)):
            at = rect.topLeft().toPointF() + QPointF((x + 0.5) * scale, (y + 0.5) * scale)
            colour = shot.pixelColor(int(at.x() * ratio), int(at.y() * ratio))
            assert [colour.red(), colour.green(), colour.blue()] == images[i, y, x].tolist()


def test_tiles_are_picked_by_mouse_and_by_arrow_keys(qtbot):
    tiles = Tiles("tiles")
    qtbot.addWidget(tiles)
    tiles.resize(300, 300)
    tiles.show()
    tiles.show_images(np.zeros((16, 8, 8), np.uint8))
    clicked = []
    tiles.clicked.connect(clicked.append)
    qtbot.mouseClick(tiles, Qt.MouseButton.LeftButton, pos=tiles.tile_rect(5).center())
    qtbot.keyClick(tiles, Qt.Key.Key_Right)
    qtbot.keyClick(tiles, Qt.Key.Key_Down)
    assert clicked == [5, 6, 6 + tiles.grid.columns]
    tiles.show_images(np.zeros((4, 8, 8), np.uint8))
    assert tiles.picked == -1


def test_classes_stand_in_rows_of_their_own():
    assert run_length(np.repeat(np.arange(10), 10)) == 10
    assert run_length(np.array([0, 0, 1])) == run_length(np.array([1, 0])) == run_length(np.zeros(4, int)) == 1
    assert fit(100, (8, 8), 800, 520, run=10).columns == 10
    assert fit(96, (8, 8), 800, 520, run=32).columns in (8, 16)


@pytest.mark.parametrize(("frames", "columns"), [(33, 10), (5, 10), (2, 2), (100, 2)])
def test_thinned_steps_keep_both_ends(frames, columns):
    chosen = thinned(frames, columns)
    assert chosen[0] == 0
    assert chosen[-1] == frames - 1
    assert len(chosen) == min(frames, columns)
    assert (np.diff(chosen) > 0).all()


def test_a_strip_puts_each_estimate_under_its_noisy_picture():
    path = np.arange(3 * 2, dtype=np.uint8).reshape(3, 2, 1, 1) * np.ones((1, 1, 4, 4), np.uint8)
    pictures, chosen = strip(path, path + 100, columns=3)
    assert chosen.tolist() == [0, 1, 2]
    assert pictures[:, 0, 0].tolist() == [0, 2, 4, 100, 102, 104, 1, 3, 5, 101, 103, 105]


@pytest.mark.parametrize("colour", [(), (3,)])
def test_the_manifold_stands_upright_with_low_y_first(colour):
    grid = np.random.default_rng(0).integers(0, 256, (3, 4, 5, 6, *colour), np.uint8)
    page = manifold(grid)
    assert page.shape == (15, 24, *colour)
    assert np.array_equal(page[5:10, 12:18][::-1], grid[1, 2])


@pytest.mark.parametrize("shape", [(8, 8), (16, 16, 3)])
def test_frames_are_written_as_strip_and_as_animation(tmp_path, shape):
    frames = np.random.default_rng(0).integers(0, 256, (4, *shape), np.uint8)
    write_frames(tmp_path / "a.png", frames)
    with Image.open(tmp_path / "a.png") as picture:
        assert np.array_equal(np.asarray(picture), np.concatenate(frames, 1))
    write_frames(tmp_path / "a.webp", frames)
    with Image.open(tmp_path / "a.webp") as film:
        assert film.n_frames == 6
        assert min(film.size) >= 128


def test_tiles_with_a_smallest_size_show_as_many_as_find_room(qtbot):
    tiles = Tiles("tiles", smallest=32)
    qtbot.addWidget(tiles)
    tiles.resize(400, 44)
    tiles.show_images(np.zeros((48, 8, 8), np.uint8))
    assert 8 <= tiles.grid.count <= 12
    assert tiles.grid.width >= 30
    tiles.resize(800, 600)
    tiles.grab()
    assert tiles.grid.count == 48
