"""Training rate: what the engine and the window cost, as ratios of steps per second to a bare loop over the same model.

For one family and data set, with the recipe's settings:

* **bare** is a plain for-loop in this process: ``model.train_step`` on the feeder's batches, no engine, nothing shown;
* **plain PyTorch**, for context: ``torch.optim.Adam`` on a network of the same shape, with no averaging of weights, no
  clipping, no variance reduction and a bare squared error on straight paths;
* **headless** is the engine's synchronous twin, as the command line uses it, by the wall clock;
* **with the window** is the engine on its thread under the real window with everything that is shown by default.

Blocks of each kind alternate in one process, bare loop and engine in turn, so that whatever else the machine does strikes
both; each pair of neighbours gives a ratio, and the median of the ratios counts. All models train on from block to
block. The window's rate is that between the first and the last progress report of a block, as a person sees it; while
the bare loop runs the window's engine is paused and has nothing left to draw.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from typing import Any

from dgm_studio.protocol.messages import Progress

from .results import Result, median

PAIRS, QUICK_PAIRS = 7, 3
BLOCK_S, QUICK_BLOCK_S = 6.0, 2.5
SETTLE_S = 0.6
CASES = {"moons": "2d", "digits": "images"}
"""The default session of each workspace, by its data: flow matching on moons, diffusion on digits."""


def measure(quick: bool) -> list[Result]:
    pairs, block = (QUICK_PAIRS, QUICK_BLOCK_S) if quick else (PAIRS, BLOCK_S)
    results: list[Result] = []
    for workspace in CASES.values():
        results += _headless(workspace, pairs, block)
    results += _with_window(pairs, block)
    return results


def _spec(workspace: str) -> Any:
    from dgm_studio.studio.session.session import Session

    return Session().spec(workspace)


class Bare:
    """The family's own model in a plain loop."""

    def __init__(self, spec: Any) -> None:
        from dgm_studio.contract import finish
        from dgm_studio.engine.runs.opening import DataCache
        from dgm_studio.engine.runs.run import Run

        self.run = Run("bare", spec, finish(DataCache().load(spec.data, spec.seed, lambda _: None)))
        self.step = 0

    def rate(self, seconds: float) -> float:
        """Steps per second over a block."""
        from dgm_studio.contract import rng_for

        model, feeder, batch, first = (
            self.run.trainer.model,
            self.run.trainer.feeder,
            self.run.trainer.settings.batch,
            self.step,
        )
        begin = now = time.perf_counter()
        while now - begin < seconds:
            model.train_step(feeder.batch(self.step, batch), rng_for(0, 2, self.step))
            self.step += 1
            now = time.perf_counter()
        return (self.step - first) / (now - begin)


def plain_pytorch(bare: Bare) -> Callable[[float], float]:
    """A loop as one writes it by hand, over a network of the same shape; returns what measures its rate."""
    import torch

    from dgm_studio.contract import rng_for
    from dgm_studio.families.diffusion.noisy_net import build_net

    run = bare.run
    size = run.trainer.model.net.space.shape[0] if run.event_spec.is_image else run.event_spec.size
    net = build_net(run.config, run.event_spec, size, torch.Generator().manual_seed(0))
    adam = torch.optim.Adam(net.parameters(), lr=run.trainer.settings.learning_rate)
    step = 0

    def rate(seconds: float) -> float:
        nonlocal step
        first = step
        begin = now = time.perf_counter()
        while now - begin < seconds:
            batch = run.trainer.feeder.batch(step, run.trainer.settings.batch)
            data = run.trainer.model.net.latents(batch, rng_for(0, 3, step))[0]
            noise, t = torch.randn_like(data), torch.rand(len(data))
            mix = torch.lerp(noise, data, t[:, None])
            loss = (net(mix, 2 * t - 1, batch.label) - (data - noise)).square().mean()
            adam.zero_grad()
            loss.backward()
            adam.step()
            step += 1
            now = time.perf_counter()
        return (step - first) / (now - begin)

    return rate


class Headless:
    """The engine without a window, driven as the command line drives it."""

    def __init__(self, spec: Any) -> None:
        from dgm_studio.engine.schedule.inline_backend import InlineBackend
        from dgm_studio.protocol import messages as m

        self.backend = InlineBackend()
        self.backend.start()
        self.backend.send(m.Open("run", spec))
        if not isinstance(self.backend.run_until(lambda e: isinstance(e, m.Opened | m.Failed)), m.Opened):
            raise RuntimeError(f"the run of {spec.family} on {spec.data.label} could not be opened")
        self.step = 0

    def rate(self, seconds: float) -> float:
        from dgm_studio.protocol import messages as m

        begin = time.perf_counter()
        self.backend.send(m.Train("run", seconds=seconds))
        done = self.backend.run_until(lambda e: isinstance(e, m.Finished | m.Failed))
        if not isinstance(done, m.Finished):
            raise RuntimeError(f"training ended: {done}")
        rate = (done.step - self.step) / (time.perf_counter() - begin)
        self.step = done.step
        return rate


def _headless(workspace: str, pairs: int, block: float) -> list[Result]:
    spec = _spec(workspace)
    bare, engine = Bare(spec), Headless(spec)
    plain = plain_pytorch(bare)
    loops = (bare.rate, engine.rate, plain)
    for loop in loops:
        loop(block / 4)
    rows = [[loop(block) for loop in loops] for _ in range(pairs)]
    name = f"{spec.family} on {spec.data.label}"
    by_kind = [median(column) for column in zip(*rows, strict=True)]
    return [
        Result(f"{name}: headless over bare loop", median([b / a for a, b, _ in rows]), "", 0.97, at_least=True,
               note=f"{by_kind[1]:.0f} and {by_kind[0]:.0f} steps/s"),
        Result(f"{name}: bare loop over plain PyTorch", median([a / p for a, _, p in rows]), "",
               note=f"{by_kind[0]:.0f} and {by_kind[2]:.0f} steps/s"),
    ]  # fmt: skip


def _with_window(pairs: int, block: float) -> Iterator[Result]:
    from .window import open_window, settle, shape_plane, wait_for

    with open_window() as window:
        shape_plane(window, 900, 700)
        studio = window.studio
        for workspace in CASES.values():
            studio.set_workspace(workspace)
            wait_for(lambda: studio.run.opened is not None, studio)
            bare = Bare(studio.spec)
            settle()
            bare.rate(block / 4)
            rows: list[tuple[float, float]] = []
            for _ in range(pairs):
                settle()
                plain = bare.rate(block)
                rows.append((plain, _shown_rate(studio, block)))
            name = f"{studio.spec.family} on {studio.spec.data.label}"
            a, c = (median(column) for column in zip(*rows, strict=True))
            yield Result(
                f"{name}: with the window over bare loop", median([c / a for a, c in rows]), "", 0.7, at_least=True,
                note=f"{c:.0f} and {a:.0f} steps/s",
            )  # fmt: skip


def _shown_rate(studio: Any, seconds: float) -> float:
    """Steps per second of a block under the window, after it got going."""
    from .window import pause, run_for

    seen: list[tuple[float, int]] = []
    studio.train()
    run_for(SETTLE_S)
    leave = studio.on(Progress, lambda p: seen.append((time.perf_counter(), p.step)))
    run_for(seconds)
    leave()
    pause(studio)
    (begin, first), (end, last) = seen[0], seen[-1]
    return (last - first) / (end - begin)
