"""Few-step generators: noise to data in one to four jumps, learnt from a flow that the model first trains for itself.

* **reflow** (Liu et al. 2022, arXiv:2209.03003): the flow learns anew from pairs of noise and the sample that it makes of it;
  its paths are then straight, and a jump goes along the tangent. The simplest, and at this scale the best per second.
* **meanflow** (Geng et al. 2025, arXiv:2505.13447): the network learns the average velocity of the flow from any time to any
  later one, from what two jumps in a row must give.
* **improved-meanflow** (Geng et al. 2025, arXiv:2512.02012): the same from the data alone; there is no teacher, the network's
  own velocity leads the way, and the jumps grow from none to the whole way.
* **consistency** (Song et al. 2023, arXiv:2303.01469): the same for jumps to the end only; several jumps add fresh noise in
  between, so that they mend each other's errors.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import partial
from typing import Literal

import torch
from torch import Tensor

from dgm_studio.conditions.path_methods import path_methods
from dgm_studio.contract import (
    Abilities,
    Batch,
    DataSpec,
    Family,
    Latent,
    Method,
    PlaneField,
    Recipe,
    Rng,
    Work,
    extend,
    knob,
)
from dgm_studio.families.diffusion.meanflow import (
    AverageVelocity,
    average_velocity_target,
    implied_velocity_target,
    leap,
)
from dgm_studio.families.diffusion.noisy_net import LatentSettings, NoisyNet, accepts, across, stratified
from dgm_studio.families.diffusion.recipes import general_recipe
from dgm_studio.families.diffusion.reflow import Reflow
from dgm_studio.families.diffusion.straight import clock, early_times, line, match, straight_velocity, turn
from dgm_studio.families.latent.search import LatentSearch, invert
from dgm_studio.families.shared.latents import standard_normal
from dgm_studio.families.shared.single import SingleLearner
from dgm_studio.samplers.flow_samplers import flow_samplers
from dgm_studio.samplers.guidance import PLAIN, Weights, guidance_knobs, guided, weights_of
from dgm_studio.samplers.noise import noise_like
from dgm_studio.samplers.path import Leg, Moved, Path, PathSampler, StepKnobs


class Config(LatentSettings):
    """The network, how it learns to jump, and from when on."""

    method: Literal["reflow", "meanflow", "improved-meanflow", "consistency"] = knob(
        "reflow",
        help="What the jumps are learnt from: pairs that the trained flow makes, its average velocity between any two "
        "times, the same without a teacher, or its average velocity up to the end.",
    )
    teacher_steps: int = knob(
        2000,
        1,
        20_000,
        scale="log",
        help="Steps of plain flow matching before the jumps are learnt: they can become no better than the flow is by then.",
    )
    growth_steps: int = knob(
        500,
        1,
        20_000,
        scale="log",
        help="Improved meanflow: steps over which the jumps grow from none, which is flow matching, to the whole way.",
    )


_EARLIEST = 1e-3
"""Of the times of lines: at 0 a mix says nothing of which examples it may have come from."""


class JumpKnobs(StepKnobs):
    steps: int = knob(1, 1, 4, step=1, help="Jumps from noise to data: one is fastest, more mend what one misses.")


class FewStep(SingleLearner[Reflow]):
    """A flow in training, then the network that jumps and the flow it came from."""

    def __init__(self, config: Config, spec: DataSpec, rng: Rng) -> None:
        times = 2 if config.method in ("meanflow", "improved-meanflow") else 1
        super().__init__(Reflow(NoisyNet(config, spec, 1.0, rng, times)))
        self.config, self.spec, self.net = config, spec, self.learner.net

    def train_step(self, batch: Batch, rng: Rng) -> Mapping[str, Tensor]:
        taught = self.net.learner.step_count >= self.config.teacher_steps
        if taught and self.config.method == "improved-meanflow":
            return {"loss": self._learn_averages(batch, rng)}
        if taught and self.learner.teacher is None:
            self.learner.begin()
        if self.learner.teacher is not None:
            if self.config.method != "reflow":
                return {"loss": self._learn_leaps(batch, rng)}
            pairs = self.learner.batch(batch, rng)
            if pairs is not None:
                n, u, label = pairs
                return {"loss": match(self.net, n, u, early_times(len(u), rng, u.device), label)}
        u, label = self.net.latents(batch, rng)
        n = torch.randn(u.shape, generator=rng, device=rng.device).to(u.device)
        t = torch.sigmoid(0.5 + 1.5 * torch.special.ndtri(stratified(len(u), rng, u.device)))
        return {"loss": match(self.net, n, u, t, label, batch)}

    def _learn_leaps(self, batch: Batch, rng: Rng) -> Tensor:
        """One step towards the average velocity of the teacher; the loss, detached."""
        net, spread = self.net, self.net.spread
        u, label = net.latents(batch, rng)
        n = torch.randn(u.shape, generator=rng, device=rng.device).to(u.device)
        t = early_times(len(u), rng, u.device)
        s = self._ends(t, rng)
        wide_t, wide_s = across(t, u), across(s, u)
        cos, sin, _ = turn(wide_t, spread)
        mix = cos * u + sin * n

        def velocity(m: Tensor, t: Tensor) -> Tensor:
            return self.learner.flow(m, t.flatten(), label)

        with torch.no_grad():
            target = average_velocity_target(self._mean(label), velocity, mix, wide_t, wide_s, spread)
        return net.learn(mix, sin, clock(t, net.times, s - t), label, target)

    def _learn_averages(self, batch: Batch, rng: Rng) -> Tensor:
        """One step towards averages that imply the velocities of lines; the loss, detached."""
        net = self.net
        u, label = net.latents(batch, rng)
        n = torch.randn(u.shape, generator=rng, device=rng.device).to(u.device)
        t = early_times(len(u), rng, u.device).clamp_min(_EARLIEST)
        grown = min(1.0, (net.learner.step_count - self.config.teacher_steps + 1) / self.config.growth_steps)
        # every other one stays flow matching, whose velocity leads the way of the others
        ahead = grown * (torch.arange(len(t), device=t.device) % 2)
        s = t + ahead * (self._ends(t, rng) - t)
        mix, sin, line_velocity = line(net, n, u, t, label, batch)
        with torch.no_grad():
            target = implied_velocity_target(
                self._mean(label), line_velocity, mix, across(t, u), across(s, u), net.spread
            )
        return net.learn(mix, sin, clock(t, net.times, s - t), label, target)

    def _mean(self, label: Tensor | None) -> AverageVelocity:
        """The average velocity by the network in training."""
        net = self.net

        def mean(m: Tensor, t: Tensor, s: Tensor) -> Tensor:
            out: Tensor = net.learner.net(m, clock(t.flatten(), net.times, (s - t).flatten()), label)
            return out

        return mean

    def _ends(self, t: Tensor, rng: Rng) -> Tensor:
        """Where jumps from ``t`` (B,) shall end: at 1, for MeanFlow half of them anywhere on the way there."""
        s = torch.ones_like(t)
        if self.config.method == "consistency":
            return s
        some, where = torch.rand((2, len(t)), generator=rng, device=rng.device).to(t.device)
        return torch.where(some < 0.5, t + where.clamp_min(1e-3) * (1 - t), s)

    def reach(self, z: Tensor, t: float, s: float, label: Tensor | None, weights: Weights = PLAIN) -> Tensor:
        """Latents (n, *shape) at progress ``s`` by one jump from ``z`` at ``t``, guided towards the class by ``weights``."""
        if self.config.method == "reflow":
            return z + (s - t) * guided(self.velocity, label, weights)(z, t)
        begin, end = z.new_tensor([t]), z.new_tensor([s])
        net, spread = self.net, self.net.spread

        def mean(mix: Tensor, level: float, label: Tensor | None) -> Tensor:
            out: Tensor = net.learner.shown(mix, clock(begin, net.times, end - begin), label)
            return out

        mix = z / turn(begin, spread)[2]
        return turn(end, spread)[2] * leap(mix, begin, end, spread, guided(mean, label, weights)(mix, t))

    @property
    def velocity(self) -> PlaneField:
        """That of the straightened flow, or of the flow whose paths the jumps cut short."""
        if self.config.method != "reflow":
            return self.learner.velocity
        return straight_velocity(lambda mix, t, label: self.net(mix, 2 * t - 1, label), self.net.spread)

    def abilities(self) -> Abilities:
        net, classes = self.net, bool(self.spec.given_size)
        path = Path(lambda t: (t, 1 - t), net.space, torch.ones((), device=net.device), net.device, net.spread)

        jumps = PathSampler(path, Jumps(self, extend(JumpKnobs, *guidance_knobs(self.spec))))
        size = math.prod(net.space.shape)
        search = LatentSearch(self._decode_given, self.spec, size)

        return Abilities(
            {"jumps": jumps},
            velocity=self.velocity if self.spec.data_kind == "points" else None,
            latent=Latent(size, standard_normal(size), self._decoded, search=partial(invert, search)),
            methods={
                **path_methods(flow_samplers(path, self.learner.velocity, self.spec)),
                "search": Method("mask", search.title, "heuristic", SEARCH, search),
            },
            uses_label=classes,
            temperature=TEMPERATURE,
        )

    def _decode(self, z: Tensor, label: Tensor | None) -> Tensor:
        """Noise (n, size) to examples (n, *event) by one jump."""
        return self.net.space.decode(self.reach(z.view(-1, *self.net.space.shape), 0.0, 1.0, label))

    def _decoded(self, z: Tensor, label: Tensor | None) -> Work[Tensor]:
        yield
        return self._decode(z, label)

    def _decode_given(self, z: Tensor, given: Tensor) -> Tensor:
        """The same for one-hot classes (n, C), or a context."""
        return self._decode(z, given if self.spec.context else given.argmax(1) if self.net.classes else None)


@dataclass(frozen=True)
class Jumps:
    """Legs in a single pass each. Between two jumps the consistency model draws its noise anew."""

    model: FewStep
    Knobs: type[JumpKnobs]
    title: str = "Jumps"
    help: str = "Goes from noise to data in one to four passes of the network."

    def go(self, leg: Leg[JumpKnobs]) -> Moved:
        weights = weights_of(leg.knobs, self.model.spec)
        clean = self.model.reach(leg.z, leg.t, 1.0, leg.label, weights)
        if leg.s == 1:
            return Moved(clean, clean)
        if self.model.config.method == "consistency":
            noise = math.sqrt(leg.temperature) * noise_like(leg.z, leg.rng)
            return Moved(leg.s * clean + (1 - leg.s) * noise, clean)
        return Moved(self.model.reach(leg.z, leg.t, leg.s, leg.label, weights), clean)


SEARCH = (
    "Finds noise from which one jump leads to a picture that agrees with the known part (Yeh et al. 2017, "
    "arXiv:1607.07539); what it shows is likely, not a fair draw."
)
TEMPERATURE = "Multiplies the variance of all noise: that jumped from, and for consistency that added between jumps."


def recipe(spec: DataSpec, device: torch.device) -> Recipe:
    """That of flow matching for the teacher, and about as long again for the jumps; in a learned latent space half as long.

    Glyphs of 28x28 pixels are there drawn in one jump at a Fréchet distance of 1.3 over its floor after 120 s (1.9 after 60 s
    with 800 steps for the teacher).
    """
    flow = general_recipe(spec, device)
    if flow.config.get("space") == "latent":
        return replace(flow, config={**flow.config, "teacher_steps": flow.steps // 2}, steps=flow.steps + 1000)
    return replace(flow, config={**flow.config, "teacher_steps": flow.steps}, steps=2 * flow.steps)


FAMILY = Family(
    name="few-step",
    title="Few-step",
    summary="one to four jumps",
    group="flow",
    help="First learns a flow, then to jump along its paths: one to four passes of the network turn noise into samples.",
    reference="Liu et al. 2022, arXiv:2209.03003; MeanFlow: Geng et al. 2025, arXiv:2505.13447 and 2512.02012; "
    "Song et al. 2023, arXiv:2303.01469",
    Config=Config,
    accepts=accepts,
    build=FewStep,
    recipe=recipe,
    takes_context=True,
    kinds=("points", "images", "paths"),
    when_diverged="A loss that grows after the teacher's last step means that the network chases its own derivative: a smaller "
    "learning rate, or the method reflow, which has a fixed target.",
)
