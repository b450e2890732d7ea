"""Strokes: from a moved mouse to the stroke on screen, while a model trains.

Diffusion on digits trains in the real window; the canvas in front holds a picture of 28 to 512 pixels a side. A stroke
with a soft brush an eighth of the picture wide is pulled across it, one place every 8 ms as a mouse sends them. A place
counts from when its event is put into the event loop to the end of the paint that shows it, so that whatever else the
loop is doing at that moment is in the figure; the next place follows only then. Processor time is what the window's
thread worked in it: on a machine that is busy with something else, that part is the program's own. The mask at 28, 128
and 512 pixels, and the colour brush, which mixes and flattens, at 512.
"""

from __future__ import annotations

import math
import time
from typing import Any

from .results import Result, quantile

SIDES = (28, 128, 512)
PLACES, QUICK_PLACES = 300, 60
GAP_S = 0.008
TARGET_MS = 16.0


def measure(quick: bool) -> list[Result]:
    import numpy as np

    from .window import open_window, settle, wait_for

    places = QUICK_PLACES if quick else PLACES
    rng = np.random.default_rng(0)
    with open_window() as window:
        studio = window.studio
        studio.set_workspace("images")
        wait_for(lambda: studio.run.opened is not None and len(studio.run.opened.info.event) == 3, studio)
        studio.set_image_view("paint")
        wait_for(lambda: window.images is not None, studio)
        settle()
        studio.train()
        wait_for(lambda: studio.run.step > 5, studio)
        paint = window.images.paint
        results = []
        for side, colour in [*((side, False) for side in SIDES), (SIDES[-1], True)]:
            paint.canvas.restart(rng.integers(0, 256, (side, side, 3), np.uint8))
            paint.do("colour" if colour else "mask")
            paint.set_tools(paint.tools.with_brush(size=max(1, side // 8), hardness=0.5))
            paint.view.fit()
            times, own = _strokes(paint.view, studio, places)
            what = f"{'colour' if colour else 'mask'} stroke to screen, {side} x {side}, training"
            note = f"{len(times)} places, {studio.run.progress.steps_per_second:.0f} steps/s"
            for q in (0.5, 0.95):
                ms = quantile(times, q) * 1000
                results.append(Result(f"{what}, p{q * 100:.0f}", ms, "ms", TARGET_MS, note=note))
            results.append(
                Result(f"{what}, processor time, p95", quantile(own, 0.95) * 1000, "ms", TARGET_MS, note=note)
            )
        return results


def _strokes(view: Any, studio: Any, places: int) -> tuple[list[float], list[float]]:
    """Seconds from each place to the paint that shows it, and of them those the window's thread worked."""
    from PySide6.QtCore import QEvent, QPointF, Qt
    from PySide6.QtGui import QMouseEvent
    from PySide6.QtWidgets import QApplication

    from .window import Painted, Stopwatch, run_for, wait_for

    watch = Stopwatch()
    left = Qt.MouseButton.LeftButton

    def post(kind: QEvent.Type, x: float, y: float, button: Any) -> None:
        at = view.to_widget(x, y)
        held = Qt.MouseButton.NoButton if kind == QEvent.Type.MouseButtonRelease else left
        where = view.mapToGlobal(at)
        event = QMouseEvent(kind, QPointF(at), QPointF(where), button, held, Qt.KeyboardModifier.NoModifier)
        QApplication.postEvent(view, event)

    worked: list[float] = []

    def painted() -> None:
        if watch.running:
            worked.append(time.thread_time() - began)
        watch.stop()

    filter_ = Painted(view, painted)
    began = 0.0
    height, width = view.canvas.shape
    for i in range(places):
        x = width * (0.5 + 0.4 * math.sin(0.11 * i))
        y = height * (0.5 + 0.4 * math.cos(0.07 * i))
        if i % 60 == 0:
            post(QEvent.Type.MouseButtonPress, x, y, left)
            run_for(0.05)
            continue
        begun, began = time.perf_counter(), time.thread_time()
        watch.begin()
        post(QEvent.Type.MouseMove, x, y, Qt.MouseButton.NoButton)
        wait_for(lambda: not watch.running, studio, 10)
        run_for(max(0.001, GAP_S - (time.perf_counter() - begun)))
        if i % 60 == 59:
            post(QEvent.Type.MouseButtonRelease, x, y, left)
            run_for(0.05)
    view.canvas.end()
    filter_.deleteLater()
    return watch.times, worked
