"""Meeting a condition with a decoder alone: look for a latent whose picture agrees with what is asked.

Of many latents from the prior those that fit best go down ``|A G(z) - y|^2 / (2 s^2) + R(z)`` with Adam; the best is shown
(Yeh et al. 2017, arXiv:1607.07539; several starts as in iGAN, Zhu et al. 2016, arXiv:1609.03552). ``A`` and ``y`` are the
known pixels of a mask, into which the answer is blended at the end, or a measurement (Bora et al. 2017, arXiv:1703.03208),
and ``R = -log p(z)``. Of painted strokes all is seen, through noise that grows with their strength, and ``R`` holds a latent
to where it started: strokes of full strength are forgotten, and fresh samples stay.

The likeliest latent is one answer, not several. So each sample is asked for a ``y`` and a centre of the prior that are moved
at random as far as they are in doubt,

    |A G(z) - y - s e|^2 / (2 s^2) + |z - d|^2 / 2,      e, d ~ N(0, I),

whose lowest points are fair draws where G is linear (Papandreou & Yuille 2010; Bardsley et al. 2014) and elsewhere stand
apart about as they should. A fitted prior stays where it is.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Protocol

import torch
from torch import Tensor

from dgm_studio.conditions.mask import Mask
from dgm_studio.conditions.objective import UphillKnobs
from dgm_studio.conditions.path_methods import RESTORE
from dgm_studio.contract import DataSpec, Frame, Method, Rng, Settings, Steer, Work, extend, knob, rng_for
from dgm_studio.families.latent.search_goals import Goal, Upward, goal_of
from dgm_studio.families.shared.classes import all_free, draw_classes, filled_in, one_hot
from dgm_studio.families.shared.gradients import gradients
from dgm_studio.families.shared.latents import Decode
from dgm_studio.samplers.path import counted


class SearchKnobs(Settings):
    steps: int = knob(30, 2, 500, scale="log", help="Visible steps of the search.")
    moves: int = knob(5, 1, 50, scale="log", help="Steps down the misfit within each visible step.")
    starts: int = knob(4, 1, 32, scale="log", help="Places to start from for each sample; the best one is shown.")
    trials: int = knob(
        32,
        1,
        64,
        scale="log",
        help="Latents looked at for each place to start from; those whose pictures fit best are taken.",
    )
    rate: float = knob(0.1, 0.001, 1.0, scale="log", help="How far a latent moves at each step.")
    tolerance: float = knob(
        0.2, 0.01, 1.0, scale="log", help="How exactly what is asked must be met, against how usual the latent must be."
    )
    variety: float = knob(
        1.0,
        0.0,
        1.0,
        step=0.05,
        help="How far answers stand apart, as a share of the doubt that the tolerance leaves; 0 looks for the likeliest.",
    )


class LatentPrior(Protocol):
    """Where latents start, and how usual they are."""

    def sample(self, label: Tensor, temperature: float, rng: Rng) -> Tensor:
        """Latents (n, size) of the classes (n,)."""
        ...

    def log_density(self, z: Tensor, label: Tensor) -> Tensor:
        """Nats (n,), up to a constant, of latents (n, size); differentiable."""
        ...


@dataclass(frozen=True)
class StandardPrior:
    """The standard normal in ``size`` dimensions, whatever the class."""

    size: int

    def sample(self, label: Tensor, temperature: float, rng: Rng) -> Tensor:
        return math.sqrt(temperature) * torch.randn(len(label), self.size, generator=rng, device=rng.device)

    def log_density(self, z: Tensor, label: Tensor) -> Tensor:
        return -0.5 * z.square().sum(-1)


@dataclass(frozen=True)
class LatentSearch:
    """``prior`` is asked for when a search begins, and each time it moves: fitted ones change with the latents.

    ``unit`` is how large a usual number of a latent is: the rate counts in it.
    """

    decode: Decode
    spec: DataSpec
    size: int
    prior: Callable[[], LatentPrior] | None = None
    unit: float = 1.0
    title: str = "Latent search"
    help: str = "Moves several latents downhill until their pictures agree with what is asked; shows the best."
    Knobs: type[SearchKnobs] = SearchKnobs

    def start(self, n: int, steer: Steer, rng: Rng) -> Frame:
        knobs = steer.read(self.Knobs)
        each = knobs.starts * knobs.trials
        # where no class is asked for, each latent tries its own
        drawn = draw_classes(n * each, self.spec, rng)
        frame = Frame(drawn, 0.0, {"moves": 0, "steps": 0, "drawn_class": drawn[:n], "start_class": drawn})
        z = self._prior().sample(self._labels(frame, steer), 1.0, rng)
        best = self._fitting(frame.with_(state={**frame.state, "latents": z}), steer).topk(knobs.starts).indices
        at = (best + each * torch.arange(n, device=z.device)[:, None]).flatten()
        z, zero = z[at], torch.zeros_like(z[at])
        state = {**frame.state, "start_class": drawn[at], "latents": z, "anchor": z, "mean": zero, "square": zero}
        frame = frame.with_(state=state)
        value = self._goal(frame, steer).value
        state["doubt"] = torch.randn(n, *value.shape[1:], generator=rng, device=rng.device)
        state["shift"] = torch.randn(n, self.size, generator=rng, device=rng.device)
        return self._show(frame.with_(state=state), steer)

    def step(self, frame: Frame, steer: Steer, rng: Rng) -> Frame:
        knobs = steer.read(self.Knobs)
        done = frame.state["steps"] + 1
        t = counted(done, knobs.steps, frame.t)
        z, mean, square = frame.state["latents"], frame.state["mean"], frame.state["square"]
        moves, goal = frame.state["moves"], self._goal(frame, steer)
        for _ in range(knobs.moves):
            moves += 1
            grad = self._grad(z, goal, frame, steer)
            # Adam, as values: every frame can be gone back to
            mean = 0.9 * mean + 0.1 * grad
            square = 0.99 * square + 0.01 * grad.square()
            direction = mean / (1 - 0.9**moves) / ((square / (1 - 0.99**moves)).sqrt() + 1e-8)
            z = z - self.unit * knobs.rate * (1 - 0.9 * t) * direction
        state = {**frame.state, "latents": z, "mean": mean, "square": square, "moves": moves, "steps": done}
        return self._show(Frame(frame.x, t, state), steer)

    def _labels(self, frame: Frame, steer: Steer) -> Tensor:
        """The class of each start (n * starts,)."""
        drawn: Tensor = frame.state["start_class"]
        if steer.label is None:
            return drawn
        asked = steer.label.to(drawn.device).repeat_interleave(len(drawn) // len(steer.label), 0)
        return filled_in(asked, drawn)

    def _prior(self) -> LatentPrior:
        return StandardPrior(self.size) if self.prior is None else self.prior()

    @torch.no_grad()
    def _fitting(self, frame: Frame, steer: Steer) -> Tensor:
        """How well the picture of each latent fits (n, latents), in nats; latents that diverged do not fit."""
        z = frame.state["latents"]
        fit = -self._goal(frame, steer).misfit(self._image(z, self._labels(frame, steer)))
        return fit.view(len(frame.state["drawn_class"]), -1).nan_to_num(nan=-torch.inf)

    def _goal(self, frame: Frame, steer: Steer) -> Goal | Upward:
        """What the latents shall meet, moved as far as it is in doubt once that was drawn."""
        knobs, latents = steer.read(self.Knobs), frame.state["latents"]
        each = len(latents) // len(frame.state["drawn_class"])
        goal = goal_of(steer, self.spec, latents, each, knobs.tolerance)
        if "doubt" not in frame.state or goal.anchored or isinstance(goal, Upward):
            return goal
        off = knobs.variety * goal.precision**-0.5 * frame.state["doubt"].repeat_interleave(each, 0)
        return replace(goal, value=goal.value + off)

    def _image(self, z: Tensor, label: Tensor) -> Tensor:
        return self.decode(z, one_hot(label, len(z), self.spec.given_size, z)).view(len(z), *self.spec.event)

    def _unusual(self, z: Tensor, goal: Goal | Upward, frame: Frame, steer: Steer) -> Tensor:
        """What a latent pays for itself (n * starts,), in nats; the prior is moved as far as it is in doubt."""
        if goal.anchored:
            anchor: Tensor = frame.state["anchor"]
            return 0.5 * ((z - anchor) / self.unit).square().sum(-1)
        if self.prior is None:
            shift: Tensor = frame.state["shift"]
            z = z - steer.read(self.Knobs).variety * shift.repeat_interleave(len(z) // len(shift), 0)
        return -self._prior().log_density(z, self._labels(frame, steer))

    def _grad(self, z: Tensor, goal: Goal | Upward, frame: Frame, steer: Steer) -> Tensor:
        """The gradient by the latents of the misfit and of what they pay, (n * starts, size)."""
        with gradients():
            at = z.clone().requires_grad_()
            x = self._image(at, self._labels(frame, steer).clone())
            pull = goal.grad(x.detach())
            (grad,) = torch.autograd.grad((pull * x).sum() + self._unusual(at, goal, frame, steer).sum(), at)
        return grad

    @torch.no_grad()
    def _show(self, frame: Frame, steer: Steer) -> Frame:
        """The picture of the best latent of each sample, the known part put back."""
        z, label, goal = frame.state["latents"], self._labels(frame, steer), self._goal(frame, steer)
        n = len(frame.state["drawn_class"])
        x = self._image(z, label)
        misfit = (goal.misfit(x) + self._unusual(z, goal, frame, steer)).view(n, -1)
        # a latent that diverged is never the best
        best = misfit.nan_to_num(nan=torch.inf).argmin(-1)
        at = best + len(z) // n * torch.arange(n, device=z.device)
        state = {**frame.state, "latent": z[at], "drawn_class": frame.state["start_class"][at]}
        return frame.with_(x=goal.settle(x[at]), state=state)


def search_methods(search: LatentSearch, help: str, *, careful: bool = True) -> dict[str, Method]:
    """``search`` for masks, of which ``help`` speaks, and on pictures ``restore-``, ``strokes-`` and ``objective-search``.

    ``careful`` says that a mask is to be answered by it when there is time.
    """
    methods = {"search": Method("mask", search.title, "heuristic", help, search, careful)}
    if search.spec.is_image:
        methods[RESTORE + "search"] = Method(
            "observation",
            search.title,
            "heuristic",
            "Finds usual latents whose pictures, measured in the same way, give what was measured (Bora et al. 2017, "
            "arXiv:1703.03208).",
            search,
            careful=True,
        )
        led = replace(search, Knobs=extend(search.Knobs, UphillKnobs))
        methods["objective-search"] = Method(
            "objective",
            search.title,
            "heuristic",
            "Moves usual latents uphill, so that their pictures please (Nguyen et al. 2016, arXiv:1605.09304).",
            led,
        )
        methods["strokes-search"] = Method(
            "strokes",
            search.title,
            "heuristic",
            "Finds latents whose pictures look like what is painted (iGAN, Zhu et al. 2016, arXiv:1609.03552); the strength "
            "says how little the paint weighs against staying at a fresh sample.",
            search,
            careful=True,
        )
    return methods


def invert(search: LatentSearch, x: Tensor, label: Tensor | None) -> Work[Tensor]:
    """Latents (n, size) whose pictures come near the examples x (n, *event), of class 0 where no label is given.

    The search for a mask that keeps everything (Zhu et al. 2016, arXiv:1609.03552). What the decoder cannot make is
    missed; how much is seen by decoding again.
    """
    given = label
    if given is None and search.spec.context:
        given = all_free(len(x), search.spec, x.device)
    elif given is None:
        given = torch.zeros(len(x), dtype=torch.long, device=x.device)
    exactly = SearchKnobs(steps=40, starts=6, trials=4, tolerance=0.1, variety=0.0)
    steer = Steer(exactly, label=given, condition=Mask(x, torch.zeros_like(x)))
    frame = search.start(len(x), steer, rng_for(0, 0, device=x.device))
    step = 0
    while frame.t < 1:
        yield
        step += 1
        frame = search.step(frame, steer, rng_for(0, step, device=x.device))
    latent: Tensor = frame.state["latent"]
    return latent
