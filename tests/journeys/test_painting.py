"""Painting: one mask, drawn with the mouse, answered by three families; accept, undo, save, reopen, find all as it was."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
from PySide6.QtCore import QPoint, Qt
from PySide6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot

from dgm_studio.ui.window.main_window import MainWindow

from .conftest import PATIENCE_MS

LEFT, CTRL, KEY = Qt.MouseButton.LeftButton, Qt.KeyboardModifier.ControlModifier, Qt.Key
FAMILIES = ("kde", "rbm", "vae")


def paint_a_stroke(qtbot: QtBot, target: QWidget, height: float) -> None:
    """Across the picture at a share of its height, with real mouse events; the pointer hovers there first."""
    points = [
        QPoint(round(target.width() * (0.35 + 0.3 * s)), round(target.height() * height)) for s in np.linspace(0, 1, 8)
    ]
    qtbot.mouseMove(target, points[0])
    qtbot.mousePress(target, LEFT, pos=points[0])
    for point in points[1:]:
        qtbot.mouseMove(target, point)
    qtbot.mouseRelease(target, LEFT, pos=points[-1])


def test_three_families_answer_one_mask_and_everything_is_found_again(
    qtbot: QtBot, open_window: Callable[..., MainWindow], tmp_path: Path
) -> None:
    window = open_window()
    studio = window.studio
    studio.set_workspace("images")
    studio.set_conditional(False)
    qtbot.waitUntil(lambda: window.images is not None and window.images.isVisible(), timeout=PATIENCE_MS)
    paint, canvas = window.images.paint, window.images.canvas
    view = paint.view

    def runs(family: str) -> bool:
        opened = studio.run.opened
        return opened is not None and opened.spec.family == family and studio.run.data is not None

    for number, family in enumerate(FAMILIES):
        studio.set_image_view("samples")
        studio.choose_family(family)
        qtbot.waitUntil(lambda family=family: runs(family), timeout=PATIENCE_MS)
        studio.train()
        qtbot.waitUntil(lambda: studio.run.step >= 60, timeout=PATIENCE_MS)
        studio.pause()
        qtbot.waitUntil(lambda: not studio.run.training, timeout=PATIENCE_MS)
        studio.set_image_view("paint")
        view.setFocus()
        if number == 0:
            paint.start_from(studio.run.data.x[3])
            qtbot.keyClick(view, KEY.Key_M)
            paint_a_stroke(qtbot, view, 0.62)
            assert canvas.mask.any()
            assert not canvas.mask.all()
            before, mask = canvas.image.copy(), canvas.mask.copy()
        assert np.array_equal(canvas.mask, mask)  # another family, the same question
        qtbot.keyClick(view, KEY.Key_Return)
        qtbot.waitUntil(lambda number=number: len(paint.answers.history.items) == number + 1, timeout=PATIENCE_MS)
        answer = paint.answers.history.items[0]  # the newest
        for candidate in answer.answer.x:
            assert np.array_equal(candidate[mask == 0], before[mask == 0])
    said = [item.facts.family for item in paint.answers.history.items]
    assert len(set(said)) == len(FAMILIES)

    # accept the second, take it back: mask, candidates and what was picked are there again; accept it anew
    qtbot.keyClick(view, KEY.Key_2)
    qtbot.keyClick(view, KEY.Key_Return)
    accepted = canvas.image.copy()
    assert np.array_equal(accepted, answer.answer.x[1])
    assert window.painting
    qtbot.keyClick(view, KEY.Key_Z, CTRL)
    assert np.array_equal(canvas.image, before)
    assert np.array_equal(canvas.mask, mask)
    assert canvas.results is not None
    assert paint.candidates.index == 1
    qtbot.keyClick(view, KEY.Key_Y, CTRL)
    assert np.array_equal(canvas.image, accepted)

    # pan with Space held, then paint colour over it
    corner = view.to_widget(0, 0)
    qtbot.keyPress(view, KEY.Key_Space)
    paint_a_stroke(qtbot, view, 0.5)
    qtbot.keyRelease(view, KEY.Key_Space)
    assert view.to_widget(0, 0) != corner
    assert np.array_equal(canvas.mask, mask)
    qtbot.keyClick(view, KEY.Key_0)
    qtbot.keyClick(view, KEY.Key_B)
    qtbot.keyClick(view, KEY.Key_BracketLeft)
    paint_a_stroke(qtbot, view, 0.3)
    colour = canvas.colour.copy()
    assert colour.any()
    tools, question = paint.tools, paint.answers.question

    # save and reopen in a window of its own: everything as it was
    path = tmp_path / "painted.dgm"
    answers = [item.answer.x.copy() for item in paint.answers.history.items]
    studio.save(path)
    qtbot.waitUntil(path.is_file, timeout=PATIENCE_MS)
    assert window.close()

    again = open_window()
    again.studio.open(path)
    qtbot.waitUntil(lambda: again.studio.document is not None and again.studio.run.step >= 60, timeout=PATIENCE_MS)
    qtbot.waitUntil(lambda: again.images is not None and again.images.isVisible(), timeout=PATIENCE_MS)
    paint, canvas = again.images.paint, again.images.canvas
    qtbot.waitUntil(lambda: np.array_equal(canvas.image, accepted), timeout=PATIENCE_MS)
    assert np.array_equal(canvas.mask, mask)
    assert np.array_equal(canvas.colour, colour)
    assert np.array_equal(canvas.original, before)
    assert paint.tools == tools
    assert paint.answers.question == question
    kept = paint.answers.history.items
    assert [item.facts.family for item in kept] == said
    for item, x in zip(kept, answers, strict=True):
        assert np.array_equal(item.answer.x, x)

    # the newest answer is of the model that came with the file: its steps are walked again
    paint.answers.show(kept[0].facts.number)
    assert paint.candidates.gone.isVisible()
    qtbot.mouseClick(paint.candidates.walk, LEFT)
    qtbot.waitUntil(lambda: canvas.results.answer.path is not None, timeout=PATIENCE_MS)
    assert np.array_equal(canvas.results.answer.x, answers[0])
    assert len(paint.answers.history.items) == len(FAMILIES)
