"""Latent drag: from a place on the latent plane to its decoded picture on screen.

A VAE on glyphs (28x28), briefly trained; the point is dragged over the plane as the mouse does it, one place at a time. A
drag ends with the first paint of the picture beside the point after the answer was put there: question, decoding on
the engine's thread, the wait for the window's next look at the mailbox, and drawing. Paused, and while it trains.
"""

from __future__ import annotations

import math
from typing import Any

from dgm_studio.protocol.messages import Decoded

from .results import Result, quantile

DRAGS, QUICK_DRAGS = 40, 12
TRAINED_STEPS, QUICK_TRAINED_STEPS = 400, 40
TARGET_MS = 50.0


def measure(quick: bool) -> list[Result]:
    from dgm_studio.protocol.spec import DataChoice

    from .window import open_window, settle, train_to, wait_for

    drags = QUICK_DRAGS if quick else DRAGS
    with open_window() as window:
        studio = window.studio
        studio.set_workspace("images")
        studio.set_spec(data=DataChoice(name="glyphs"), family="vae")
        wait_for(lambda: studio.run.opened is not None and studio.run.opened.spec.family == "vae", studio)
        train_to(studio, QUICK_TRAINED_STEPS if quick else TRAINED_STEPS)
        studio.set_image_view("latent")
        wait_for(lambda: studio.run.latents is not None, studio)
        wait_for(lambda: window.images is not None, studio)
        plane = window.images.latent.plane
        settle()
        paused = _drag(plane, studio, drags)
        studio.train()
        training = _drag(plane, studio, drags)
    return [
        Result(
            f"latent drag to 28x28 picture on screen, {state}, p{q * 100:.0f}",
            quantile(times, q) * 1000,
            "ms",
            TARGET_MS,
        )
        for state, times in (("paused", paused), ("training", training))
        for q in (0.5, 0.95)
    ]


def _drag(plane: Any, studio: Any, drags: int) -> list[float]:
    """Seconds from each place to the paint that shows its picture."""
    from .window import Painted, Stopwatch, run_for, wait_for

    watch = Stopwatch()
    answers: list[object] = []
    leave = studio.on(Decoded, answers.append)
    filter_ = Painted(plane.image, lambda: watch.stop() if answers else None)
    for i in range(drags):
        run_for(0.1 + 0.007 * i)
        answers.clear()
        watch.begin()
        plane.drag(1.5 * math.cos(0.7 * i), 1.5 * math.sin(0.7 * i))
        wait_for(lambda: not watch.running, studio, 30)
    leave()
    filter_.deleteLater()
    return watch.times
