"""Start-up: how soon the window is there, and how long it stands still while the engine gets ready.

The program is started as `python -m dgm_studio` starts it, in a new process each time. **On screen** is the time from
just before the process is created (a monotonic clock shared by parent and child) until the event loop comes round after
the window's first paint. From then on a precise timer of 5 ms runs; a **freeze** is the longest time between two of its
calls (less the 5 ms), until the `Ready` event of the engine has been taken in, torch and all families being imported
meanwhile by the engine's thread. Files are in the cache: the first start is not counted. Medians over the repetitions.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time

from .results import Result, median

REPETITIONS, QUICK_REPETITIONS = 9, 3
TICK_MS = 5
SETTLE_S = 2.0
"""How long freezes are also watched after `Ready`, while the default run is opened and drawn."""


def measure(quick: bool) -> list[Result]:
    _start()
    starts = [_start() for _ in range(QUICK_REPETITIONS if quick else REPETITIONS)]
    painted, frozen, ready, after = ([s[k] for s in starts] for k in ("painted", "frozen", "ready", "after"))
    return [
        Result("window on screen", median(painted), "s", 1.2, note=_spread(painted)),
        Result("longest freeze until the engine is ready", median(frozen), "s", 0.3, note=_spread(frozen)),
        Result("engine ready", median(ready), "s", note=_spread(ready)),
        Result("longest freeze while the first run opens", median(after), "s", note=_spread(after)),
    ]


def _spread(values: list[float]) -> str:
    return f"{min(values):.2f} to {max(values):.2f}"


def _start() -> dict[str, float]:
    """One start in a new process and a fresh home; seconds."""
    with tempfile.TemporaryDirectory() as home:
        environment = {**os.environ, "DGM_STUDIO_HOME": home}
        begin = time.monotonic()
        done = subprocess.run(
            [sys.executable, "-m", "benchmarks.start_up", str(begin)],
            env=environment, capture_output=True, text=True, check=False, timeout=120,
        )  # fmt: skip
    if done.returncode or not done.stdout:
        raise RuntimeError(f"the program did not start: {done.stderr.strip()}")
    times: dict[str, float] = json.loads(done.stdout.splitlines()[-1])
    return times


def _probe(begin: float) -> None:
    """In the new process: run the program with a clock where the window hands over to the engine."""
    from dgm_studio.ui import app

    wake = app.begin

    def watched(window: app.MainWindow, path: None) -> None:
        times = {"painted": time.monotonic() - begin}
        _watch(window, times, begin)
        wake(window, path)

    app.begin = watched
    sys.argv = ["dgm-studio"]
    from dgm_studio.__main__ import main

    main()


def _watch(window: object, times: dict[str, float], begin: float) -> None:
    """Measure freezes from now on; print everything and close the window `SETTLE_S` after the engine is ready."""
    from PySide6.QtCore import QObject, Qt, QTimer

    assert isinstance(window, QObject)
    studio = window.studio
    last, worst, ended = time.monotonic(), 0.0, 0.0
    timer = QTimer(window)
    timer.setTimerType(Qt.TimerType.PreciseTimer)

    def tick() -> None:
        nonlocal last, worst
        now = time.monotonic()
        worst, last = max(worst, now - last - TICK_MS / 1000), now
        if ended and now - ended > SETTLE_S:
            timer.stop()
            print(json.dumps({**times, "after": worst}), flush=True)
            window.close()

    def ready(_: object) -> None:
        nonlocal worst, ended
        tick()
        times.update(frozen=worst, ready=time.monotonic() - begin)
        worst, ended = 0.0, time.monotonic()

    timer.timeout.connect(tick)
    timer.start(TICK_MS)
    studio.on("catalogue", ready)


if __name__ == "__main__":
    _probe(float(sys.argv[1]))
