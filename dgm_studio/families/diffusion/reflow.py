"""Reflow: a flow learns anew from pairs of noise and the samples that it makes of that noise.

The lines between such pairs cross far less than those between noise and data at random, so the flow that learns them is
nearly straight and a single step follows it; the distribution of the samples stays (Liu et al. 2022, arXiv:2209.03003).

The pairs are made on the way: each training step carries a crowd of noise one solver step on, and a crowd that has arrived
joins the store from which the batches are drawn, so that no step waits for them.
"""

from __future__ import annotations

import copy
from collections.abc import Mapping, Sequence

import torch
from torch import Tensor, nn

from dgm_studio.contract import Batch, PlaneField, Rng, Training
from dgm_studio.families.diffusion.noisy_net import NoisyNet
from dgm_studio.families.diffusion.straight import clock, straight_velocity
from dgm_studio.families.shared.state import take_over
from dgm_studio.samplers.flow.midpoint import Midpoint

_step = Midpoint().step
_SOLVER_STEPS = 8
"""Midpoint steps from noise to sample."""
_MOST_PAIRS, _MOST_NUMBERS = 8192, 2**21
"""The store keeps the latest pairs, fewer where examples are large (8 MB on either side)."""
_CROWDS = 4
"""So many crowds must have arrived before the first batch is drawn."""


class Reflow:
    """A network that learns, and from `begin` on its frozen teacher, the crowd under way and the store of pairs."""

    def __init__(self, net: NoisyNet) -> None:
        self.net = net
        self.teacher: nn.Module | None = None
        shape = net.space.shape
        self.most = max(256, min(_MOST_PAIRS, _MOST_NUMBERS // torch.Size(shape).numel()))
        nothing = torch.zeros(0, *shape)
        context = net.spec.given_size if net.spec.context else 0
        no_label = torch.zeros(0, context) if context else torch.zeros(0, dtype=torch.long)
        self.noise, self.made, self.label = nothing, nothing, no_label
        self.crowd, self.reached, self.crowd_label = self.noise, self.made, self.label
        self.solver_steps = 0

    def begin(self) -> None:
        """Freeze the averaged network as the teacher; its copy learns on with a fresh learning rate and a fresh average.

        A latent space that is learned stays as it is from here on: pairs are of its latents.
        """
        if self.net.learned is not None:
            self.net.learned.settle()
        self.teacher = copy.deepcopy(self.net.learner.shown)
        # straightening is a new task: at the old pace and with the old average it takes four times the steps
        self.net.learner.step_count = 0

    def flow(self, mix: Tensor, t: Tensor, label: Tensor | None) -> Tensor:
        """F (n, *shape) at times (n,) or (1,) by the teacher, or by the averaged network where there is none yet."""
        net = self.net.learner.shown if self.teacher is None else self.teacher
        out: Tensor = net(mix, clock(t, self.net.times), label)
        return out

    @property
    def velocity(self) -> PlaneField:
        """That of `flow`."""
        return straight_velocity(lambda mix, t, label: self.flow(mix, mix.new_tensor([t]), label), self.net.spread)

    def batch(self, batch: Batch, rng: Rng) -> tuple[Tensor, Tensor, Tensor | None] | None:
        """Noise and unit-variance latents (B, *shape) that belong together and their labels; None until there are enough.

        Of ``batch`` only the size and the labels count: pairs are made for classes as frequent as there.
        """
        n = len(batch)
        self._carry(n, self.net.labels(batch, rng), rng)
        if len(self.noise) < min(_CROWDS * n, self.most):
            return None
        which = torch.randint(len(self.noise), (n,), generator=rng, device=rng.device).to(self.noise.device)
        return self.noise[which], self.made[which], self.label[which] if self.net.spec.given_size else None

    @torch.no_grad()
    def _carry(self, n: int, label: Tensor | None, rng: Rng) -> None:
        """The crowd one solver step on; a new one of ``n`` when it has arrived."""
        if not len(self.crowd):
            self.crowd = torch.randn((n, *self.net.space.shape), generator=rng, device=rng.device).to(self.net.device)
            self.reached, self.solver_steps = self.crowd, 0
            nobody = torch.full((n,), -1, device=self.net.device)
            self.crowd_label = nobody if label is None else label
        given = self.crowd_label if self.net.spec.given_size else None
        t, s = self.solver_steps / _SOLVER_STEPS, (self.solver_steps + 1) / _SOLVER_STEPS
        velocity = self.velocity
        self.reached, _ = _step(lambda x, when: velocity(x, when, given), self.reached, t, s)
        self.solver_steps += 1
        if self.solver_steps == _SOLVER_STEPS:
            latest = slice(-self.most, None)
            self.noise = torch.cat((self.noise, self.crowd))[latest]
            self.made = torch.cat((self.made, self.reached / self.net.spread))[latest]
            self.label = torch.cat((self.label, self.crowd_label))[latest]
            self.crowd = self.crowd[:0]

    def parameters(self) -> Sequence[Tensor]:
        return self.net.parameters()

    def retune(self, training: Training, factor: float = 1.0) -> None:
        self.net.retune(training, factor)

    def to(self, device: torch.device) -> None:
        self.net.to(device)
        for name in _TENSORS:
            setattr(self, name, getattr(self, name).to(device))
        if self.teacher is not None:
            self.teacher.to(device)

    def state_dict(self) -> dict[str, Tensor]:
        """The network's; once it has one its teacher, and under ``optimiser.`` the pairs."""
        state = self.net.state_dict()
        if self.teacher is not None:
            state |= {f"teacher.{k}": v.detach().clone() for k, v in self.teacher.state_dict().items()}
            state |= {f"optimiser.reflow.{name}": getattr(self, name).clone() for name in _TENSORS}
            state["optimiser.reflow.solver_steps"] = torch.tensor(self.solver_steps)
        return state

    def load_state_dict(self, state: Mapping[str, Tensor]) -> None:
        """Take over a state; pairs that are missing are made anew. Raises ValueError naming a tensor that does not fit."""
        self.net.load_state_dict(state)
        self.teacher = None
        if any(k.startswith("teacher.") for k in state):
            self.teacher = copy.deepcopy(self.net.learner.shown)
            take_over(self.teacher.state_dict(), state, "teacher.")
        for name in _TENSORS:
            setattr(self, name, state.get(f"optimiser.reflow.{name}", getattr(self, name)[:0]).to(self.net.device))
        self.solver_steps = int(state.get("optimiser.reflow.solver_steps", torch.tensor(0)))


_TENSORS = ("noise", "made", "label", "crowd", "reached", "crowd_label")
