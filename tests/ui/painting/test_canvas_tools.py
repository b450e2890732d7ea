"""Tools on the canvas, by real events: shapes, colours, the pen, what is held, and what goes in and out."""

import numpy as np
import pytest
from PySide6.QtCore import QEvent, QMimeData, QPointF, Qt, QUrl
from PySide6.QtGui import QDragEnterEvent, QDropEvent, QGuiApplication, QImage, QPointingDevice, QTabletEvent
from PySide6.QtWidgets import QApplication

from dgm_studio.studio.files.settings import Places
from dgm_studio.studio.painting.brush import Brush
from dgm_studio.studio.painting.canvas import Canvas
from dgm_studio.studio.painting.canvas_ink import ColourInk
from dgm_studio.studio.painting.canvas_tools import Tools
from dgm_studio.studio.painting.images import fitted, from_png, to_png
from dgm_studio.ui.painting.canvas_view import CanvasView
from dgm_studio.ui.painting.paint_view import PaintView
from dgm_studio.ui.painting.sources import from_qimage

from ..images.conftest import World
from .test_canvas_view import LEFT, RIGHT, drag, move, pixel

KEY, ALT = Qt.Key, Qt.KeyboardModifier.AltModifier


@pytest.fixture
def view(qtbot):
    image = np.zeros((28, 28, 3), np.uint8)
    image[:, 14:] = (10, 200, 30)
    made = CanvasView(Canvas(image))
    qtbot.addWidget(made)
    made.resize(500, 440)
    made.show()
    qtbot.waitExposed(made)
    return made


@pytest.fixture
def paint(qtbot):
    world = World(Places(), view="paint")
    world.open()
    made = PaintView(world.studio)
    made.world = world
    qtbot.addWidget(made)
    made.resize(1000, 700)
    made.show()
    qtbot.waitExposed(made)
    made.view.setFocus()
    return made


def test_a_rectangle_is_one_step_when_it_is_let_go_and_the_right_button_takes_it_out(view, qtbot):
    view.show_tools(Tools(tool="rectangle"))
    drag(qtbot, view, (2, 3), (6, 4), (5, 8))
    assert view.canvas.mask.sum() == 4 * 6
    drag(qtbot, view, (2, 3), (3, 3), button=RIGHT)
    assert view.canvas.mask.sum() == 4 * 6 - 2
    view.canvas.undo()
    view.canvas.undo()
    assert not view.canvas.can_undo


def test_a_lasso_follows_the_pointer_and_escape_abandons_it(view, qtbot):
    view.show_tools(Tools(tool="lasso"))
    corners = [(4, 4), (12, 4), (12, 12), (4, 12)]
    drag(qtbot, view, *corners)
    assert view.canvas.mask.sum() == 64
    qtbot.mousePress(view, LEFT, pos=pixel(view, 1, 1))
    view.pull(QPointF(pixel(view, 20, 20)))
    assert view.drawing_shape
    view.grab()
    qtbot.keyClick(view, KEY.Key_Escape)
    qtbot.mouseRelease(view, LEFT, pos=pixel(view, 1, 20))
    assert view.canvas.mask.sum() == 64


def test_alt_takes_the_colour_under_the_pointer_with_any_tool(view, qtbot):
    taken = []
    view.picked.connect(taken.append)
    qtbot.mouseClick(view, LEFT, ALT, pixel(view, 20, 5))
    assert taken == [(10, 200, 30)]
    assert not view.canvas.can_undo


def test_colour_is_on_screen_where_it_was_painted(view, qtbot):
    view.show_tools(Tools(target="colour", colour=(250, 100, 20), colour_brush=Brush(3)))
    qtbot.mouseClick(view, LEFT, pos=pixel(view, 5, 5))
    assert not view.canvas.mask.any()
    shot = view.grab().toImage()
    at = pixel(view, 5, 5)
    assert shot.pixelColor(at).getRgb()[:3] == (250, 100, 20)
    qtbot.mouseClick(view, RIGHT, pos=pixel(view, 5, 5))
    assert view.grab().toImage().pixelColor(at).getRgb()[:3] == (0, 0, 0)


def test_tab_held_shows_the_original_and_never_sticks(view, qtbot):
    view.canvas.begin((5.5, 5.5), Brush(3), ColourInk((250, 100, 20)))
    view.canvas.end()
    at = pixel(view, 5, 5)

    def seen():
        return view.grab().toImage().pixelColor(at).getRgb()[:3]

    view.setFocus()
    qtbot.keyPress(view, KEY.Key_Tab)
    assert seen() == (0, 0, 0)
    move(view, 9, 9)  # to look closer
    move(view, 12, 9)
    assert seen() == (0, 0, 0)
    assert view.hasFocus()
    qtbot.keyRelease(view, KEY.Key_Tab)
    assert seen() == (250, 100, 20)
    qtbot.keyPress(view, KEY.Key_Tab)
    QApplication.sendEvent(view, QEvent(QEvent.Type.WindowDeactivate))
    assert seen() == (250, 100, 20)


def test_a_stroke_ends_when_another_window_takes_the_release(view, qtbot):
    view.show_tools(Tools(mask_brush=Brush(1)))
    qtbot.mousePress(view, LEFT, pos=pixel(view, 3, 3))
    QApplication.sendEvent(view, QEvent(QEvent.Type.WindowDeactivate))
    qtbot.mouseMove(view, pixel(view, 9, 9))
    assert view.canvas.mask.sum() == 1
    assert not view.canvas.painting
    assert view.canvas.can_undo


def test_a_pens_pressure_is_the_size_and_its_other_end_erases(view):
    view.show_tools(Tools(mask_brush=Brush(8)))

    def pen(kind, at, pressure, other_end=False):
        pointer = QPointingDevice.PointerType.Eraser if other_end else QPointingDevice.PointerType.Pen
        device = QPointingDevice(
            "pen", 1, QPointingDevice.DeviceType.Stylus, pointer, QPointingDevice.Capability.Pressure, 1, 1
        )
        where = view.to_widget(*at)
        down = LEFT if kind != QEvent.Type.TabletRelease else Qt.MouseButton.NoButton
        event = QTabletEvent(
            kind, device, where, view.mapToGlobal(where), pressure, 0, 0, 0, 0, 0,
            Qt.KeyboardModifier.NoModifier, LEFT, down,
        )  # fmt: skip
        QApplication.sendEvent(view, event)

    kinds = QEvent.Type
    counts = []
    for pressure in (1.0, 0.5):
        view.canvas.clear_mask()
        pen(kinds.TabletPress, (14, 14), pressure)
        pen(kinds.TabletRelease, (14, 14), 0.0)
        counts.append(int(view.canvas.mask.sum()))
    assert counts == [52, 12]
    pen(kinds.TabletPress, (14, 14), 1.0, other_end=True)
    pen(kinds.TabletMove, (15, 14), 1.0, other_end=True)
    pen(kinds.TabletRelease, (15, 14), 0.0, other_end=True)
    assert not view.canvas.mask.any()


@pytest.mark.parametrize(
    ("key", "tool", "target", "erasing"),
    [("B", "brush", "colour", False), ("E", "brush", "mask", True), ("L", "lasso", "mask", False),
     ("R", "rectangle", "mask", False), ("G", "flood", "mask", False), ("O", "pick", "mask", False)],
)  # fmt: skip
def test_keys_take_tools_in_hand_and_the_strip_shows_it(paint, qtbot, key, tool, target, erasing):
    qtbot.keyClick(paint.view, getattr(KEY, f"Key_{key}"))
    assert (paint.tools.tool, paint.tools.target, paint.tools.erasing) == (tool, target, erasing)
    assert paint.view.tools == paint.tools == paint.panel.brush.tools
    assert sum(b.isChecked() for b in paint.strip.buttons.values()) == 1
    qtbot.keyClick(paint.view, KEY.Key_M)
    assert (paint.tools.tool, paint.tools.target, paint.tools.erasing) == ("brush", "mask", False)


def test_x_swaps_the_colours_and_a_picked_one_is_painted_with(paint, qtbot):
    first, second = paint.tools.colour, paint.tools.spare
    qtbot.keyClick(paint.view, KEY.Key_X)
    assert (paint.tools.colour, paint.tools.spare) == (second, first)
    value = int(paint.canvas.flat[4, 4])
    qtbot.mouseClick(paint.view, LEFT, ALT, pixel(paint.view, 4, 4))
    assert paint.tools.colour == (value,) * 3
    assert paint.tools.target == "colour"
    qtbot.mouseClick(paint.panel.brush.swatches.buttons[2], LEFT)
    assert paint.tools.colour == paint.panel.brush.swatches.buttons[2].colour


def test_strength_paints_a_mask_between(paint, qtbot):
    paint.panel.brush.strength.changed.emit(0.4)
    paint.set_tools(paint.tools.with_brush(size=1))
    qtbot.mouseClick(paint.view, LEFT, pos=pixel(paint.view, 6, 6))
    assert paint.canvas.mask[6, 6] == pytest.approx(0.4)


def test_a_dropped_picture_and_mask_are_fitted_and_it_is_said(paint, tmp_path):
    (tmp_path / "wide.png").write_bytes(to_png(np.full((40, 90, 3), 200, np.uint8)))
    (tmp_path / "my mask.png").write_bytes(to_png(np.full((40, 90), 255, np.uint8)))
    mime = QMimeData()
    mime.setUrls([QUrl.fromLocalFile(str(tmp_path / name)) for name in ("my mask.png", "wide.png")])
    where, copy, none = QPointF(50, 50), Qt.DropAction.CopyAction, Qt.KeyboardModifier.NoModifier
    enter = QDragEnterEvent(where.toPoint(), copy, mime, LEFT, none)
    QApplication.sendEvent(paint, enter)
    assert enter.isAccepted()
    QApplication.sendEvent(paint, QDropEvent(where, copy, mime, LEFT, none))
    assert (paint.canvas.image == 200).all()
    assert paint.canvas.mask.all()
    said = [n.message for n in paint.world.studio.notices.items]
    assert "wide.png was cut to its middle and resized from 90 × 40 to 28 × 28 pixels and made grey" in said[0]
    assert len(said) == 1
    paint.undo()
    assert not paint.canvas.mask.any()


def test_pictures_go_through_the_clipboard_and_words_do_not(paint, qtbot):
    before = paint.canvas.image.copy()
    qtbot.keyClick(paint.view, KEY.Key_C, Qt.KeyboardModifier.ControlModifier)
    paint.do("blank")
    qtbot.keyClick(paint.view, KEY.Key_V, Qt.KeyboardModifier.ControlModifier)
    assert np.array_equal(paint.canvas.image, before)
    QGuiApplication.clipboard().setText("no picture")
    paint.do("paste")
    assert paint.world.studio.notices.items[-1].message == "The clipboard holds no picture."
    assert np.array_equal(paint.canvas.image, before)


def test_masks_and_pictures_are_written_and_read_back_exactly(paint, tmp_path):
    paint.canvas.begin((9, 9), Brush(9, 0.2))
    paint.canvas.end()
    mask = paint.canvas.mask.copy()
    path = tmp_path / "mask.png"
    paint.sources.save_mask(path)
    paint.do("clear")
    paint.sources.load_mask(path)
    assert np.array_equal(paint.canvas.mask, mask)
    paint.sources.save_image(tmp_path / "picture.png")
    assert np.array_equal(from_png((tmp_path / "picture.png").read_bytes(), ""), paint.canvas.flat)
    paint.sources.save_mask(tmp_path / "no" / "folder.png")
    assert "was not written" in paint.world.studio.notices.items[-1].message


def test_a_mask_of_another_size_is_offered_to_be_resized_and_one_for_the_picture_is_aligned(paint, tmp_path):
    height, width = paint.canvas.shape
    notices = paint.world.studio.notices

    def written(name, shape):
        pixels = np.zeros(shape, np.uint8)
        pixels[shape[0] // 2 :] = 255
        (tmp_path / name).write_bytes(to_png(pixels))
        return tmp_path / name

    paint.do("clear")
    paint.sources.load_mask(written("small_mask.png", (height // 2, width // 2)))
    assert not paint.canvas.mask.any()
    assert notices.items[-1].command == "canvas.fit_mask"
    paint.world.studio.commands.run("canvas.fit_mask")
    assert (paint.canvas.mask[height // 2 :] == 1).all()
    assert (paint.canvas.mask[: height // 2] == 0).all()
    assert not paint.world.studio.commands["canvas.fit_mask"].enabled()
    wide = (2 * height, 3 * height)
    paint.sources.open(written("wide.png", wide))
    before = len(notices.items)
    paint.sources.load_mask(written("wide_mask.png", wide))
    assert len(notices.items) == before
    assert np.array_equal(paint.canvas.mask > 0.5, fitted(np.asarray(paint.canvas.image), (1, height, width)) > 127)


def test_pictures_of_other_programs_are_taken_as_they_look():
    clear = QImage(3, 2, QImage.Format.Format_ARGB32)
    clear.fill(Qt.GlobalColor.transparent)
    clear.setPixelColor(1, 0, Qt.GlobalColor.red)
    assert from_qimage(clear)[0].tolist() == [[255] * 3, [255, 0, 0], [255] * 3]
    grey = QImage(5, 4, QImage.Format.Format_Grayscale8)
    grey.fill(77)
    assert (from_qimage(grey) == np.full((4, 5), 77)).all()


def test_candidates_stand_beside_the_canvas_where_there_is_width(paint):
    paint.resize(1200, 600)
    QApplication.processEvents()
    assert paint.candidates.x() > paint.view.x() + paint.view.width() - 1
    paint.resize(560, 760)
    QApplication.processEvents()
    assert paint.candidates.y() > paint.view.y() + paint.view.height() - 1
