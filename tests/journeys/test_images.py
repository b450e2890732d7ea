"""On images: train, watch the mosaic, drag a latent, interpolate, paint a mask and fill it, save and reopen."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
from PySide6.QtCore import QPoint, Qt
from pytestqt.qtbot import QtBot

from dgm_studio.ui.window.main_window import MainWindow

from .conftest import PATIENCE_MS

LEFT = Qt.MouseButton.LeftButton


def test_sample_walk_and_paint_on_digits(qtbot: QtBot, open_window: Callable[..., MainWindow], tmp_path: Path) -> None:
    window = open_window()
    studio = window.studio
    studio.set_workspace("images")
    studio.choose_family("vae")
    qtbot.waitUntil(
        lambda: studio.run.opened is not None and studio.run.opened.spec.family == "vae", timeout=PATIENCE_MS
    )
    qtbot.waitUntil(lambda: window.images is not None and window.images.isVisible(), timeout=PATIENCE_MS)
    images = window.images

    # train; the mosaic fills
    studio.train()
    qtbot.waitUntil(lambda: studio.run.step >= 200, timeout=PATIENCE_MS)
    studio.pause()
    qtbot.waitUntil(lambda: studio.run.samples is not None and studio.run.samples.done, timeout=PATIENCE_MS)
    assert studio.run.samples.x.shape == (studio.spec.sampling.count, 8, 8)
    assert studio.run.samples.x.dtype == np.uint8

    # the latent plane: drag a latent, an image follows
    studio.set_image_view("latent")
    qtbot.waitUntil(lambda: studio.run.latents is not None, timeout=PATIENCE_MS)
    assert studio.run.latents.grid.shape[2:] == (8, 8)
    images.latent.plane.drag(0.3, -0.4)
    qtbot.waitUntil(lambda: studio.run.decoded is not None, timeout=PATIENCE_MS)
    assert studio.run.decoded.x.shape == (8, 8)

    # walk between two examples
    studio.set_image_view("interpolate")
    data = studio.run.data.x
    images.interpolation.choose("start", data[0])
    images.interpolation.choose("end", data[1])
    qtbot.waitUntil(lambda: studio.run.interpolated is not None, timeout=PATIENCE_MS)
    assert studio.run.interpolated.frames.shape[1:] == (8, 8)

    # paint a mask with the mouse and fill it; what is known stays to the last bit
    studio.set_image_view("paint")
    paint = images.paint
    paint.start_from(data[3])
    view = paint.view
    size = view.viewport().size() if hasattr(view, "viewport") else view.size()
    target = view.viewport() if hasattr(view, "viewport") else view
    middle = QPoint(size.width() // 2, size.height() // 2)
    qtbot.mousePress(target, LEFT, pos=middle)
    qtbot.mouseMove(target, middle + QPoint(40, 30))
    qtbot.mouseRelease(target, LEFT, pos=middle + QPoint(40, 30))
    canvas = images.canvas
    assert canvas.mask.any()
    assert not canvas.mask.all()
    before, mask = canvas.image.copy(), canvas.mask.copy()
    paint.fill()
    qtbot.waitUntil(lambda: studio.run.filled is not None and studio.run.filled.done, timeout=PATIENCE_MS)
    answer = studio.run.filled
    assert len(answer.x) == 4
    for candidate in answer.x:
        assert np.array_equal(candidate[mask == 0], before[mask == 0])

    # accept the second, undo it, redo it
    paint.candidates.tiles.setFocus()
    paint.candidates.picked.emit(1)
    paint.accept()
    accepted = canvas.image.copy()
    assert np.array_equal(accepted[mask == 0], before[mask == 0])
    assert paint.undo()
    assert np.array_equal(canvas.image, before)
    assert paint.redo()
    assert np.array_equal(canvas.image, accepted)

    # save and reopen: canvas and model are as they were
    path = tmp_path / "digits.dgm"
    studio.save(path)
    qtbot.waitUntil(path.is_file, timeout=PATIENCE_MS)
    paint.start_from(data[4])
    studio.open(path)
    qtbot.waitUntil(lambda: studio.document is not None and studio.run.step >= 200, timeout=PATIENCE_MS)
    qtbot.waitUntil(lambda: np.array_equal(images.canvas.image, accepted), timeout=PATIENCE_MS)
    assert np.array_equal(images.canvas.mask, mask)
