"""Lateness: how long the window keeps a person waiting while it trains.

The default 2D session trains with its default layers in the real window, the plane being 900x700 pixels. A precise
single-shot timer of 5 ms is due again and again; its lateness is how long an event of that moment waited. When the loop
was busy past several due times each of them counts with its own wait, so a long freeze weighs as much as a person would
feel of it, not as one late call (the "coordinated omission" of load generators).
"""

from __future__ import annotations

import time

from .results import Result, quantile

SECONDS, QUICK_SECONDS = 30.0, 8.0
WARM_UP_S = 3.0
PERIOD_S = 0.005
TARGETS = {0.5: 2.0, 0.95: 25.0, 0.99: 50.0}
"""Milliseconds by quantile."""


def measure(quick: bool) -> list[Result]:
    from .window import open_window, run_for, shape_plane

    with open_window() as window:
        shape_plane(window, 900, 700)
        studio = window.studio
        studio.train()
        run_for(WARM_UP_S)
        waits = moments(QUICK_SECONDS if quick else SECONDS)
        rate = studio.run.progress.steps_per_second
    note = f"{len(waits):,} moments, {rate:.0f} steps/s"
    results = [
        Result(f"event-loop lateness, p{q * 100:.0f}", quantile(waits, q) * 1000, "ms", target, note=note)
        for q, target in TARGETS.items()
    ]
    return [*results, Result("event-loop lateness, longest", max(waits) * 1000, "ms", note=note)]


def moments(seconds: float) -> list[float]:
    """Run the event loop; the wait in seconds of an event at each due time."""
    from PySide6.QtCore import QEventLoop, Qt, QTimer

    waits: list[float] = []
    loop = QEventLoop()
    timer = QTimer(loop)
    timer.setTimerType(Qt.TimerType.PreciseTimer)
    timer.setSingleShot(True)
    end = time.perf_counter() + seconds
    due = time.perf_counter() + PERIOD_S

    def fired() -> None:
        nonlocal due
        now = time.perf_counter()
        while due <= now:
            waits.append(now - due)
            due += PERIOD_S
        if now > end:
            loop.quit()
            return
        due = time.perf_counter() + PERIOD_S
        timer.start(round(PERIOD_S * 1000))

    timer.timeout.connect(fired)
    timer.start(round(PERIOD_S * 1000))
    loop.exec()
    return waits
