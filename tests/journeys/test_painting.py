"""Painting: one mask, drawn with the mouse, answered by three families; accept, undo, save, reopen, find all as it was."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
from PySide6.QtCore import QPoint, Qt
from pytestqt.qtbot import QtBot

from dgm_studio.ui.main_window import MainWindow

from .conftest import PATIENCE_MS

LEFT = Qt.MouseButton.LeftButton
FAMILIES = ("kde", "rbm", "vae")


def paint_a_stroke(qtbot: QtBot, target) -> None:
    """Across the lower half, with real mouse events."""
    width, height = target.width(), target.height()
    points = [QPoint(round(width * (0.35 + 0.3 * s)), round(height * 0.62)) for s in np.linspace(0, 1, 8)]
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
    images = window._images
    paint, canvas = images.paint, images.canvas

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
        if number == 0:
            paint.start_from(studio.run.data.x[3])
            paint_a_stroke(qtbot, paint.view.viewport() if hasattr(paint.view, "viewport") else paint.view)
            assert canvas.mask.any()
            assert not canvas.mask.all()
            before, mask = canvas.image.copy(), canvas.mask.copy()
        assert np.array_equal(canvas.mask, mask)  # another family, the same question
        paint.fill()
        qtbot.waitUntil(lambda number=number: len(paint.answers.history.items) == number + 1, timeout=PATIENCE_MS)
        answer = paint.answers.history.items[0]  # the newest
        for candidate in answer.answer.x:
            assert np.array_equal(candidate[mask == 0], before[mask == 0])
    said = [item.facts.family for item in paint.answers.history.items]
    assert len(set(said)) == len(FAMILIES)

    # accept one, take it back: the mask and its candidates are there again; accept it anew
    paint.candidates.picked.emit(1)
    paint.accept()
    accepted = canvas.image.copy()
    assert np.array_equal(accepted[mask == 0], before[mask == 0])
    assert window.painting
    window.undo()
    assert np.array_equal(canvas.image, before)
    assert np.array_equal(canvas.mask, mask)
    assert canvas.results is not None
    window.redo()
    assert np.array_equal(canvas.image, accepted)

    # save, paint over it, reopen: everything as it was
    path = tmp_path / "painted.dgm"
    answers = [item.answer.x.copy() for item in paint.answers.history.items]
    studio.save(path)
    qtbot.waitUntil(path.is_file, timeout=PATIENCE_MS)
    paint.answers.history.clear()
    paint.start_from(studio.run.data.x[4])
    studio.open(path)
    qtbot.waitUntil(lambda: studio.file == path and studio.run.step >= 60, timeout=PATIENCE_MS)
    qtbot.waitUntil(lambda: np.array_equal(canvas.image, accepted), timeout=PATIENCE_MS)
    kept = paint.answers.history.items
    assert [item.facts.family for item in kept] == said
    for item, x in zip(kept, answers, strict=True):
        assert np.array_equal(item.answer.x, x)
