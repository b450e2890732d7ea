"""Soak: whether an hour of training leaves the window as it found it.

The default session trains in the real window with its measures, and every minute another view is looked at: the plane and
each of the image views, whose run trains as well once it is in front. Resident memory (see `memory`) is read every ten
seconds, the rate of training of each stretch is steps of the run in front over wall seconds, and over seconds of the processor,
which other work on the machine does not take away. Flat means that the mean of
the last tenth is at most five hundredths above the mean of the tenth that follows the first fifth: caches, kept weights and
the views themselves fill up before. The rate is compared among stretches of the same view, the last tenth of all stretches
with their first, because a picture costs more than a point.

An hour is not for every day: it is run by name, ``python -m benchmarks.child soak``, in as many seconds as the variable
``DGM_SOAK_SECONDS`` says, and in two minutes with ``--quick``, where a view stays five seconds and figures have no verdict.
"""

from __future__ import annotations

import os
import time
from collections import defaultdict
from statistics import mean

from .memory import resident
from .results import Result

SECONDS, QUICK_SECONDS = 3600.0, 120.0
STRETCH_S, QUICK_STRETCH_S = 60.0, 5.0
VIEWS = ("plane", "samples", "plane", "latent", "plane", "paint", "plane", "interpolate")
GROWTH, RATE = 1.05, 0.95


def measure(quick: bool) -> list[Result]:
    from .window import open_window

    seconds = float(os.environ.get("DGM_SOAK_SECONDS", QUICK_SECONDS if quick else SECONDS))
    stretch = QUICK_STRETCH_S if quick else STRETCH_S
    with open_window() as window:
        samples, rates = _walk(window, seconds, stretch)
    tenth = max(1, len(samples) // 10)
    settled = samples[2 * tenth : 3 * tenth]
    growth = mean(samples[-tenth:]) / mean(settled)
    note = f"{samples[0]:.0f} MB at first, {mean(settled):.0f} after a fifth, {samples[-1]:.0f} at the end"
    results = [
        Result("memory, last tenth over the third", growth, "", None if quick else GROWTH, note=note),
        Result("largest resident memory", max(samples), "MB"),
    ]
    for view, stretches in rates.items():
        for index, what in enumerate(("steps/s", "steps per second of the processor")):
            found = [each[index] for each in stretches]
            few = max(1, len(found) // 10)
            first, last = mean(found[:few]), mean(found[-few:])
            note = f"{first:.0f} and {last:.0f}, {len(found)} stretches"
            target = None if quick else RATE
            results.append(Result(f"{what} with the {view}, last over first", last / first, "", target, True, note))
    return results


def _walk(window: object, seconds: float, stretch: float) -> tuple[list[float], dict[str, list[tuple[float, float]]]]:
    """Train through the views; memory in MB as time goes, and steps per second of either clock by view and stretch."""
    from .window import run_for, wait_for

    studio = window.studio  # type: ignore[attr-defined]
    samples: list[float] = []
    rates: dict[str, list[tuple[float, float]]] = defaultdict(list)
    end = time.monotonic() + seconds
    for turn in range(10**6):
        view = VIEWS[turn % len(VIEWS)]
        studio.set_workspace("2d" if view == "plane" else "images")
        if view != "plane":
            studio.set_image_view(view)
        wait_for(lambda: studio.run.opened is not None, studio)
        for other in studio.runs.values():  # one run trains at a time: the rate is of that in front
            if other is not studio.run and other.training:
                studio.backend.send(_pause(other.name))
        studio.train()
        wait_for(lambda: studio.run.training, studio)
        begin, spent, first = time.monotonic(), time.process_time(), studio.run.step
        while time.monotonic() - begin < stretch:
            run_for(min(10.0, stretch))
            samples.append(resident())
        steps = studio.run.step - first
        each = steps / (time.monotonic() - begin), steps / (time.process_time() - spent)
        rates["plane" if view == "plane" else "pictures"].append(each)
        if time.monotonic() > end:
            break
    return samples, rates


def _pause(name: str) -> object:
    from dgm_studio.protocol.messages import Pause

    return Pause(name)
