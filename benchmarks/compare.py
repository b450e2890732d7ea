"""Compare: six runs of flow matching on moons side by side in the real window, against one.

* **steps**: steps per second of all six together over that of one alone, blocks of both in turn, once the first pictures and
  measures of every run are there;
* **lateness** of the event loop while the six train, as in `lateness`;
* **slider**: the temperature, which they share, moved to and fro while paused; a move ends when samples drawn with the new
  value have come to every cell;
* **opening**: from a session file of the six, trained, to the moment at which every cell has its model and its curves.
"""

from __future__ import annotations

import time
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from dgm_studio.protocol.messages import Opened, Samples

from .lateness import moments
from .results import Result, median, quantile

RUNS = 6
PAIRS, QUICK_PAIRS = 5, 2
BLOCK_S, QUICK_BLOCK_S = 6.0, 3.0
MOVES, QUICK_MOVES = 12, 4
WARM_S, FIRST_S = 4.0, 20.0
"""Before a block, and before the first one of six runs."""
LATE_S, QUICK_LATE_S = 20.0, 6.0


def measure(quick: bool) -> list[Result]:
    from .window import open_window, run_for, settle, wait_for

    with open_window() as window:
        studio = window.studio
        alone, together = [], []
        for _ in range(QUICK_PAIRS if quick else PAIRS):
            studio.set_workspace("2d")
            alone.append(_rate(studio, ["2d"], QUICK_BLOCK_S if quick else BLOCK_S))
            studio.set_workspace("compare")
            while len(studio.session.cells) < RUNS:
                studio.comparison.add_family("flow-matching")
            wait_for(lambda: all(run.opened is not None for run in studio.comparison.runs.values()), studio)
            run_for(2.0)
            warm = FIRST_S if not together else WARM_S
            together.append(_rate(studio, list(studio.session.cells), QUICK_BLOCK_S if quick else BLOCK_S, warm))
        ratios = [six / one for one, six in zip(alone, together, strict=True)]
        note = f"{median(together):.0f} against {median(alone):.0f} steps/s"
        results = [Result("steps/s of six runs over those of one", median(ratios), "", 0.9, at_least=True, note=note)]
        studio.toggle_train()
        run_for(2.0)
        waits = moments(QUICK_LATE_S if quick else LATE_S)
        studio.toggle_train()
        for q, target in ((0.95, 25.0), (0.99, 50.0)):
            results.append(
                Result(f"event-loop lateness with six runs, p{q * 100:.0f}", quantile(waits, q) * 1000, "ms", target)
            )
        wait_for(lambda: not studio.training, studio)
        settle(120.0)
        moves = _moves(studio, QUICK_MOVES if quick else MOVES)
        results.append(Result("slider to new samples in six cells, median", median(moves) * 1000, "ms", 300.0))
        with TemporaryDirectory() as folder:
            path = Path(folder) / "six.dgm"
            studio.sessions.save(path)
            wait_for(path.exists, studio)
            run_for(1.0)
            for slot in list(studio.session.cells):
                studio.comparison.remove(slot)
            run_for(1.0)
            results.append(Result("opening a comparison of six from its file", _opening(studio, path), "s", 1.5))
    return results


def _rate(studio: Any, slots: list[str], seconds: float, warm: float = WARM_S) -> float:
    """Steps per second of runs together while they train."""
    from .window import run_for, wait_for

    studio.toggle_train()
    run_for(warm)
    first, begin = sum(studio.runs[slot].step for slot in slots), time.perf_counter()
    run_for(seconds)
    last, spent = sum(studio.runs[slot].step for slot in slots), time.perf_counter() - begin
    studio.toggle_train()
    wait_for(lambda: not studio.training, studio)
    run_for(1.0)
    return (last - first) / spent


def _moves(studio: Any, count: int) -> list[float]:
    """Seconds from a moved slider to new samples of every run."""
    from .window import run_for, wait_for

    names = {run.name for run in studio.comparison.runs.values()}
    fresh: set[str] = set()
    wanted = 1.0

    def came(samples: Samples) -> None:
        if samples.done and samples.sampling is not None and samples.sampling.temperature == wanted:
            fresh.add(samples.run)

    leave = studio.on(Samples, came)
    times = []
    for i in range(count):
        run_for(1.0)
        fresh.clear()
        wanted = 0.9 if i % 2 else 1.1
        begin = time.perf_counter()
        studio.set_sampling(temperature=wanted)
        wait_for(lambda: names <= fresh, studio)
        times.append(time.perf_counter() - begin)
    leave()
    return times


def _opening(studio: Any, path: Path) -> float:
    from .window import wait_for

    opened: set[str] = set()
    leave = studio.on(Opened, lambda event: opened.add(event.run))
    begin = time.perf_counter()
    studio.open(path)

    def there() -> bool:
        runs = studio.comparison.runs
        return len(runs) == RUNS and all(run.name in opened and run.curves is not None for run in runs.values())

    wait_for(there, studio)
    leave()
    return time.perf_counter() - begin
