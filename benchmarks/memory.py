"""Memory: what the default window takes while it trains for ten minutes, and whether that stays flat.

Resident memory (VmRSS of /proc/self/status, Linux) of one process, window, engine and torch together, sampled every 5 s.
The slope is that of the least-squares line through the second half of the samples: caches, curves and kept weights
fill up in the first. Flat means that an hour at this slope would add less than 60 MB.
"""

from __future__ import annotations

import gc
from collections.abc import Sequence
from pathlib import Path

from .results import Result

SECONDS, QUICK_SECONDS = 600.0, 60.0
EVERY_S = 5.0
TARGET_MB, FLAT_MB_PER_MINUTE = 600.0, 1.0


def resident() -> float:
    """Resident memory of this process in MB (10^6 bytes). Raises RuntimeError where it cannot be read."""
    try:
        lines = Path("/proc/self/status").read_text().splitlines()
    except OSError as error:
        raise RuntimeError(f"resident memory is read from /proc/self/status, which is not here: {error}") from error
    return next(int(line.split()[1]) for line in lines if line.startswith("VmRSS:")) * 1024 / 1e6


def of_tensors() -> float:
    """What all tensors of this process take in MB (10^6 bytes): networks of whatever size was asked for, and data. It looks at
    every object there is, which takes some tenths of a second.
    """
    import torch

    storages = (each.untyped_storage() for each in gc.get_objects() if type(each) in (torch.Tensor, torch.nn.Parameter))
    return sum({storage.data_ptr(): storage.nbytes() for storage in storages}.values()) / 1e6


def slope(values: Sequence[float], every: float) -> float:
    """Least-squares slope per second of values taken every so many seconds."""
    n = len(values)
    middle, mean = (n - 1) / 2, sum(values) / n
    rise = sum((i - middle) * (v - mean) for i, v in enumerate(values))
    return rise / sum((i - middle) ** 2 for i in range(n)) / every


def measure(quick: bool) -> list[Result]:
    before = resident()
    from .window import open_window, run_for

    with open_window() as window:
        opened = resident()
        window.studio.train()
        samples = []
        for _ in range(int((QUICK_SECONDS if quick else SECONDS) / EVERY_S)):
            run_for(EVERY_S)
            samples.append(resident())
        steps = window.studio.run.step
    note = f"{before:.0f} MB bare Python, {opened:.0f} MB ready, {samples[0]:.0f} MB after 5 s, {steps:,} steps"
    climb = slope(samples[len(samples) // 2 :], EVERY_S) * 60
    minutes = len(samples) * EVERY_S / 60
    # One minute is too short to tell filling up from leaking: then the slope is said without a verdict.
    flat = None if quick else FLAT_MB_PER_MINUTE
    return [
        Result(f"resident memory after {minutes:.0f} min of training", samples[-1], "MB", TARGET_MB, note=note),
        Result(
            "its slope in the second half", climb, "MB/min", flat, note=f"{min(samples):.0f} to {max(samples):.0f} MB"
        ),
    ]
