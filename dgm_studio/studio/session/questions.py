"""Asking: questions to a run whose answers somebody waits for. A newer one of a kind replaces an older."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Literal

from dgm_studio.protocol import messages as m
from dgm_studio.protocol.context import ContextValues, Label

from ..painting.canvas_steps import Results
from ..painting.fill_request import inquiry
from .state import RunState

if TYPE_CHECKING:
    from ..studio import Studio


class Questions:
    """Numbers the questions and sends them. Each method returns the ticket that the answer will bear."""

    def __init__(self, studio: Studio) -> None:
        self._studio = studio
        self._tickets = itertools.count(1)

    def decode(self, latent: m.Array) -> int:
        """What a latent looks like; topic ``decoded``."""
        run = self._run
        return self._ask(run, "decode", lambda ticket: m.Decode(run.name, latent, ticket, self._label))

    def interpolate(self, start: m.Array | int, end: m.Array | int, frames: int, geometry: Any) -> int:
        """The way between two examples; topic ``interpolated``."""
        run = self._run
        return self._ask(
            run,
            "interpolate",
            lambda ticket: m.Interpolate(run.name, start, end, frames, geometry, ticket, self._label),
        )

    def fill(self, asked: Results, *, live: bool = True, keep: bool = True) -> int:
        """What stands, or stood, on the canvas, see `messages.Fill` for the rest; topic ``filled``."""
        run = self._run

        def intent(ticket: int) -> m.Fill:
            run.filling = inquiry(run.name, asked, ticket, step=run.step, live=live, keep=keep)
            return run.filling

        return self._ask(run, "fill", intent)

    def fill_sequence(self, row: m.Array, hidden: m.Array, count: int, seed: int, method: str | None) -> int:
        """The letters of a string that are hidden, or the samples of a sound; topic ``filled``."""
        run, warmth = self._run, self._studio.spec.sampling.temperature
        return self._ask(
            run,
            "fill",
            lambda ticket: m.Fill(
                run.name, row, hidden, count, seed, ticket, method, temperature=warmth, live=True, keep=False
            ),
        )

    def predict(self, example: m.Array) -> int:
        """What the model expects of every number of an example before it is there; topic ``predicted``."""
        run = self._run
        return self._ask(run, "predict", lambda ticket: m.Predict(run.name, example, ticket))

    def probe(self, point: m.Array) -> int:
        """What is known about a point of the plane; topic ``probed``."""
        run = self._run
        return self._ask(run, "probe", lambda ticket: m.Probe(run.name, point, ticket))

    def classify(self, examples: m.Array) -> int:
        """Which class examples have, how likely they are, and what is near; topic ``classified``."""
        run = self._run
        return self._ask(run, "classify", lambda ticket: m.Classify(run.name, examples, ticket))

    def tell_outliers(self) -> int:
        """How well strangers are told from data; topic ``outliers``."""
        run = self._run
        return self._ask(run, "outliers", lambda ticket: m.TellOutliers(run.name, ticket))

    def regress(self, given: ContextValues) -> int:
        """The path of a net with squared error in a situation; topic ``Regressed``."""
        run = self._run
        return self._ask(run, "regress", lambda ticket: m.Regress(run.name, ticket, given))

    def rollout(self, given: ContextValues, stride: float, *, committed: bool, seed: int) -> int:
        """What comes of following plans for ``stride`` each, from the noise of the first or from other; topic ``RolledOut``."""
        run = self._run
        return self._ask(
            run,
            "rollout",
            lambda ticket: m.Rollout(run.name, ticket, given, stride, committed, seed=seed),
        )

    def draw_program(self, given: ContextValues, count: int, seed: int) -> int:
        """Pictures by the program of the data, some of its numbers held."""
        run = self._run
        return self._ask(run, "draw program", lambda ticket: m.DrawProgram(run.name, ticket, given, count, seed))

    def infer(self, image: m.Array, count: int, noise: float, *, check: bool = False) -> int:
        """The numbers of the program that drew a picture."""
        run = self._run
        return self._ask(run, "infer", lambda ticket: m.Infer(run.name, ticket, image, count, noise=noise, check=check))

    def compress(self, source: m.CompressSource) -> int:
        """Pictures as the bytes of a file without loss."""
        run = self._run
        return self._ask(run, "compress", lambda ticket: m.Compress(run.name, ticket, source, rounded=True))

    def decompress(self, data: bytes) -> int:
        """Whatever pictures come out of the bytes of a file, damaged or not."""
        run = self._run
        return self._ask(run, "decompress", lambda ticket: m.Decompress(run.name, data, ticket, damaged=True))

    def sweep(self, run: RunState, key: str, values: tuple[float, ...]) -> int:
        """A run measured at every value of a knob."""
        return self._ask(run, "sweep", lambda ticket: m.Sweep(run.name, key, values, ticket))

    def given(
        self,
        axis: Literal[0, 1],
        low: float,
        high: float,
        seed: int,
        method: str | None = None,
        run: RunState | None = None,
    ) -> int:
        """One coordinate when the other is known, of the run in front or another one; topic ``conditioned``."""
        run = run or self._run
        return self._ask(
            run, "given", lambda ticket: m.ConditionalSlice(run.name, axis, low, high, seed, ticket, method)
        )

    def within(self, region: m.Array, extent: m.Extent, seed: int) -> int:
        """The model within a region of the plane; topic ``confined``."""
        run = self._run
        return self._ask(run, "within", lambda ticket: m.RegionQuery(run.name, region, extent, seed, ticket))

    def measure(self) -> None:
        """Compute every measure now; topic ``measured``."""
        self._studio.backend.send(m.MeasureNow(self._run.name))

    def forget(self, slot: str, *kinds: Literal["probe", "classify"]) -> None:
        """What was asked about is no longer on screen: the answers go, and late ones are dropped; topic ``forgotten``."""
        run = self._studio.runs[slot]
        for kind in kinds:
            run.waiting.pop(kind, None)
            setattr(run, {"probe": "probed", "classify": "classified"}[kind], None)
        self._studio.observers.tell("forgotten", run)

    def cancel(self, kind: str) -> None:
        """Stop a "fill", "interpolate", "sample", "measure", "given" or "within"."""
        self._studio.backend.send(m.Cancel(self._run.name, kind))

    @property
    def _run(self) -> RunState:
        return self._studio.run

    @property
    def _label(self) -> Label:
        return self._studio.spec.sampling.label

    def _ask(self, run: RunState, kind: str, intent: Callable[[int], m.Intent]) -> int:
        ticket = self.ticket()
        run.waiting[kind] = ticket
        self._studio.backend.send(intent(ticket))
        return ticket

    def ticket(self) -> int:
        """A number that no question has borne yet."""
        return next(self._tickets)
