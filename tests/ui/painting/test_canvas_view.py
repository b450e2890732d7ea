"""The canvas on screen: real mouse events become exact pixels, and only what changed is drawn."""

import numpy as np
import pytest
from PySide6.QtCore import QEvent, QObject, QPoint, QPointF, Qt
from PySide6.QtGui import QFocusEvent, QMouseEvent, QWheelEvent
from PySide6.QtWidgets import QApplication

from dgm_studio.studio.painting.brush import Brush
from dgm_studio.studio.painting.canvas import Canvas
from dgm_studio.studio.painting.canvas_tools import Tools
from dgm_studio.ui.look import theme
from dgm_studio.ui.painting.canvas_view import CanvasView

LEFT, RIGHT, MIDDLE = Qt.MouseButton.LeftButton, Qt.MouseButton.RightButton, Qt.MouseButton.MiddleButton


@pytest.fixture
def view(qtbot):
    made = CanvasView(Canvas(np.zeros((28, 28), np.uint8)))
    qtbot.addWidget(made)
    made.resize(500, 440)
    made.show()
    qtbot.waitExposed(made)
    return made


def pixel(view, x, y):
    return view.to_widget(x + 0.5, y + 0.5).toPoint()


def move(view, x, y, held=Qt.MouseButton.NoButton):
    """The pointer comes to a pixel; with no button held it hovers."""
    at, kind = QPointF(pixel(view, x, y)), QEvent.Type.MouseMove
    none, plain = Qt.MouseButton.NoButton, Qt.KeyboardModifier.NoModifier
    QApplication.sendEvent(view, QMouseEvent(kind, at, view.mapToGlobal(at), none, held, plain))


def drag(qtbot, view, *pixels, button=LEFT):
    """Press, move and release with ``button`` held."""
    qtbot.mousePress(view, button, pos=pixel(view, *pixels[0]))
    for p in pixels[1:]:
        move(view, *p, held=button)
    qtbot.mouseRelease(view, button, pos=pixel(view, *pixels[-1]))


def test_a_click_paints_the_pixel_under_the_pointer(view, qtbot):
    view.show_tools(Tools(mask_brush=Brush(1)))
    for x, y in ((0, 0), (27, 27), (13, 5)):
        qtbot.mouseClick(view, LEFT, pos=pixel(view, x, y))
        assert view.canvas.mask[y, x] == 1
    assert view.canvas.mask.sum() == 3


def test_a_fast_stroke_has_no_gaps_and_is_one_undo_step(view, qtbot):
    view.show_tools(Tools(mask_brush=Brush(1)))
    drag(qtbot, view, (2, 10), (25, 10))
    assert view.canvas.mask[10, 2:26].all()
    assert view.canvas.mask.sum() == 24
    view.canvas.undo()
    assert not view.canvas.mask.any()


def test_the_right_button_erases_and_so_does_the_eraser(view, qtbot):
    view.canvas.fill_mask()
    view.show_tools(Tools(mask_brush=Brush(1)))
    drag(qtbot, view, (2, 3), (6, 3), button=RIGHT)
    assert (view.canvas.mask == 0).sum() == 5
    view.show_tools(Tools(mask_brush=Brush(2), erasing=True))
    qtbot.mouseClick(view, LEFT, pos=view.to_widget(20, 20).toPoint())
    assert (view.canvas.mask == 0).sum() == 9


def test_wheel_zooms_about_the_pointer_and_painting_still_meets_it(view, qtbot):
    at = QPointF(pixel(view, 20, 6))
    for _ in range(4):
        wheel = QWheelEvent(
            at, view.mapToGlobal(at), QPoint(), QPoint(0, 120), Qt.MouseButton.NoButton,
            Qt.KeyboardModifier.NoModifier, Qt.ScrollPhase.NoScrollPhase, False,
        )  # fmt: skip
        before = view.zoom
        QApplication.sendEvent(view, wheel)
        assert view.zoom > before
    x, y = view.to_image(at)
    assert (int(x), int(y)) == (20, 6)
    view.show_tools(Tools(mask_brush=Brush(1)))
    qtbot.mouseClick(view, LEFT, pos=at.toPoint())
    assert view.canvas.mask[6, 20] == 1
    qtbot.keyClick(view, Qt.Key.Key_0)
    assert view.rect().contains(view.to_widget(28, 28).toPoint())


@pytest.mark.parametrize("space", [False, True])
def test_space_or_the_middle_button_pans_without_painting(view, qtbot, space):
    corner = view.to_widget(0, 0)
    if space:
        qtbot.keyPress(view, Qt.Key.Key_Space)
        move(view, 3, 3)  # on the way to where the drag begins
        move(view, 5, 5)
    drag(qtbot, view, (5, 5), (8, 9), button=LEFT if space else MIDDLE)
    if space:
        qtbot.keyRelease(view, Qt.Key.Key_Space)
    moved = view.to_widget(0, 0) - corner
    assert (moved.x(), moved.y()) == (3 * view.zoom, 4 * view.zoom)
    assert not view.canvas.mask.any()
    view.show_tools(Tools(mask_brush=Brush(1)))
    qtbot.mouseClick(view, LEFT, pos=pixel(view, 5, 5))
    assert view.canvas.mask[5, 5] == 1


def test_space_does_not_stick_when_the_focus_goes_elsewhere(view, qtbot):
    view.setFocus()
    qtbot.keyPress(view, Qt.Key.Key_Space)
    QApplication.sendEvent(view, QFocusEvent(QEvent.Type.FocusOut))
    move(view, 5, 5)
    drag(qtbot, view, (5, 5), (8, 9))
    assert view.canvas.mask.any()


def test_a_release_that_was_never_heard_ends_the_stroke_at_the_next_hover(view, qtbot):
    view.show_tools(Tools(mask_brush=Brush(1)))
    qtbot.mousePress(view, LEFT, pos=pixel(view, 2, 2))
    move(view, 4, 2, held=LEFT)
    move(view, 9, 2)
    move(view, 20, 20)
    assert view.canvas.mask.sum() == 3
    assert not view.canvas.painting


def test_what_is_painted_is_on_screen_hatched_in_the_mask_colour(view, qtbot):
    view.show_tools(Tools(mask_brush=Brush(1)))
    view.leaveEvent(None)
    before = view.grab().toImage()
    view.canvas.begin((10.5, 10.5), Brush(3))
    view.canvas.end()
    after = view.grab().toImage()
    ratio = after.devicePixelRatio()

    def colours(image, x, y):
        area = view.to_widget(x, y)
        side = int(view.zoom)
        pixels = [(int(area.x()) + i, int(area.y()) + j) for i in range(1, side - 1) for j in range(1, side - 1)]
        return {image.pixelColor(int(a * ratio), int(b * ratio)).name() for a, b in pixels}

    inside = colours(after, 10, 10)
    assert len(inside) > 2, "tint and hatching differ"
    assert inside != colours(before, 10, 10)
    assert colours(after, 20, 20) == colours(before, 20, 20)


@pytest.mark.parametrize("look", ["light", "dark"])
def test_a_candidate_is_seen_as_it_is_within_the_outline_of_its_mask(view, qapp, look):
    theme.apply(qapp, look)
    candidate = np.random.default_rng(0).integers(0, 256, (28, 28), np.uint8)
    view.canvas.rectangle((6, 6), (20, 20))
    view.leaveEvent(None)
    view.show_preview(candidate)
    shot = view.grab().toImage()
    at = [(x, y) for x in range(28) for y in range(28)]
    grey = np.array([shot.pixelColor(pixel(view, x, y)).getRgb()[:3] for x, y in at], float)
    wanted = np.array([candidate[y, x] for x, y in at], float)[:, None]
    inside = np.array([view.canvas.mask[y, x] == 1 for x, y in at])
    as_it_is = (np.abs(grey - wanted) < 2).all(1)
    assert as_it_is[inside].mean() > 0.85, "a few thin lines are all that lies over it"
    assert not as_it_is[inside].all(), "the mask is seen to act"
    edge = view.to_widget(6, 13.5).toPoint()
    colour, mask = shot.pixelColor(edge), theme.tokens().colour("mask")
    assert abs(colour.red() - mask.red()) + abs(colour.green() - mask.green()) < 60


def test_the_image_keeps_its_pixels_at_every_zoom(qtbot):
    image = np.random.default_rng(0).integers(0, 256, (8, 8, 3), np.uint8)
    view = CanvasView(Canvas(image))
    qtbot.addWidget(view)
    view.resize(300, 300)
    shot = view.grab().toImage()
    for y, x in ((0, 0), (3, 5), (7, 7)):
        at = pixel(view, x, y)
        colour = shot.pixelColor(at.x(), at.y())
        assert [colour.red(), colour.green(), colour.blue()] == image[y, x].tolist()


def test_another_image_size_is_fitted(view):
    view.canvas.set_image(np.zeros((64, 32, 3), np.uint8))
    top, bottom = view.to_widget(0, 0), view.to_widget(32, 64)
    assert view.rect().contains(top.toPoint())
    assert view.rect().contains(bottom.toPoint())
    assert bottom.y() - top.y() > 0.7 * view.height()


class PaintedAreas(QObject):
    """How many pixels each paint of a widget covers."""

    def __init__(self, widget):
        super().__init__(widget)
        self.areas = []
        widget.installEventFilter(self)

    def eventFilter(self, watched, event):
        if event.type() == QEvent.Type.Paint:
            self.areas.append(sum(rect.width() * rect.height() for rect in event.region()))
        return False


@pytest.mark.parametrize("side", [28, 512])
def test_a_stroke_paints_only_where_the_brush_is(qtbot, side):
    """A whole canvas costs more than a frame to paint in software; how long a stroke takes is a benchmark's to say."""
    view = CanvasView(Canvas(np.zeros((side, side, 3), np.uint8)))
    qtbot.addWidget(view)
    view.resize(700, 700)
    view.show()
    qtbot.waitExposed(view)
    view.canvas.begin((side / 4, side / 4), Brush(max(1, side // 8), 0.5))
    QApplication.processEvents()
    painted = PaintedAreas(view)
    for i in range(30):
        view.canvas.move((side / 4 + i * side / 60, side / 3))
        QApplication.processEvents()
    view.canvas.end()
    assert len(painted.areas) >= 30
    assert max(painted.areas) < 0.1 * view.width() * view.height()
