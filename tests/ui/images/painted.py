"""What tests of the canvas do over and over: choose a condition, look at what was asked, let the engine answer it."""

from __future__ import annotations

import numpy as np

from dgm_studio.protocol import messages as m


def answer(world, paint, n=4, frames=5, **more):
    known = paint.canvas.mask == 0
    x = world.pictures(n)
    x[:, known] = paint.canvas.image[known]
    world.filled(x, True, path=np.stack([x] * frames), times=np.linspace(0, 1, frames),
                 numbers=2 * np.arange(frames), **more)  # fmt: skip
    return x


def choose(paint, condition):
    paint.panel.answer.condition.buttons[condition].click()


def asked(world):
    return world.backend.last(m.Fill)
