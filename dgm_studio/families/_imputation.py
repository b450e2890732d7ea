"""Filling a mask with a VAE by turns: guess the code from the picture, then the missing part from the code.

Pseudo-Gibbs (Rezende et al. 2014, arXiv:1401.4082) draws the code from the encoder, which is only near the posterior.
Metropolis-within-Gibbs (Mattei & Frellsen 2018, arXiv:1802.04826) takes the encoder as a proposal and accepts with

    min(1, p(x, z') q(z | x) / (p(x, z) q(z' | x))),

after a warm-up by pseudo-Gibbs, as they advise, and so draws the missing part from the exact conditional in the long run.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from dgm_studio.conditions.mask import hold
from dgm_studio.contract import DataSpec, Frame, Rng, Settings, Steer, knob
from dgm_studio.families._classes import draw_classes, labels_for, one_hot
from dgm_studio.families._code_prior import Prior
from dgm_studio.families._known import known_part, mask_of
from dgm_studio.families._vae_net import VaeNet

_TRIALS = 64
"""Codes from the fitted prior among which a chain finds its start."""
_WARM_UP = 0.2
"""Share of the steps before guesses can be refused."""


class Knobs(Settings):
    steps: int = knob(
        30, 2, 500, scale="log", help="Visible steps: more turns carry more of the known part into the rest."
    )
    turns: int = knob(10, 1, 50, scale="log", help="Guesses of code and missing part per visible step.")


@dataclass(frozen=True)
class Imputation:
    """By turns; ``accept`` makes it Metropolis-within-Gibbs. Pictures with grey levels show the decoder's mean."""

    net: VaeNet
    spec: DataSpec
    prior: Prior
    accept: bool
    title: str
    help: str
    Knobs: type[Settings] = Knobs

    @torch.no_grad()
    def start(self, n: int, steer: Steer, rng: Rng) -> Frame:
        """One of many codes and classes from the fitted prior, drawn by how well it explains the known part."""
        many = n * _TRIALS
        drawn = draw_classes(many, len(self.spec.classes), rng)
        asked = None if steer.label is None else steer.label.repeat_interleave(_TRIALS)
        label = labels_for(Frame(drawn, 0.0, {"drawn_class": drawn}), Steer(label=asked))
        z = self.prior("mixture", label, 1.0, rng)
        x = self.net.decode(z, one_hot(label, many, len(self.spec.classes), z))
        condition = mask_of(steer, x)
        value, known = known_part(condition, n, self.spec.size)
        off = known.repeat_interleave(_TRIALS, 0) * (x - value.repeat_interleave(_TRIALS, 0))
        fit = -0.5 * (off / self.net.observation.reach).square().sum(-1).view(n, _TRIALS)
        best = torch.multinomial(fit.softmax(-1), 1, generator=rng)[:, 0] + _TRIALS * torch.arange(n, device=z.device)
        x = hold(condition, x[best].view(n, *self.spec.event), condition.value, 0.0)
        return Frame(x, 0.0, {"code": z[best], "steps": 0, "drawn_class": drawn[best], "chain": x})

    @torch.no_grad()
    def step(self, frame: Frame, steer: Steer, rng: Rng) -> Frame:
        knobs = steer.knobs if isinstance(steer.knobs, Knobs) else Knobs()
        done = frame.state["steps"] + 1
        t = 1.0 if done >= knobs.steps else max(done / knobs.steps, frame.t + 1e-6)
        x, z, given = frame.state["chain"], frame.state["code"], self._given(frame, steer)
        n, condition = len(x), mask_of(steer, x)
        mean = x
        for _ in range(knobs.turns):
            q = self.net.posterior(x.flatten(1), given)
            z_new = q.sample(rng)
            # the encoder is a poor guide far from the data: acceptance waits until it has led there
            if self.accept and t > _WARM_UP:
                flat = x.flatten(1)
                gain = self.net.log_joint(flat, z_new, given) - q.log_density(z_new)
                gain = gain - self.net.log_joint(flat, z, given) + q.log_density(z)
                taken = torch.rand(n, generator=rng, device=rng.device).log() < gain
                z = torch.where(taken[:, None], z_new, z)
            else:
                z = z_new
            out = self.net.decoder(z, given)
            drawn = self.net.observation.draw(out, rng).view_as(x)
            # a pixel between known and free follows the known picture until progress passes 1 - strength
            x = hold(condition, drawn, condition.value, t)
            mean = self.net.observation.mean(out).view_as(x)
        smooth = self.spec.is_image and self.spec.kind == "real"
        shown = hold(condition, mean, condition.value, t) if smooth else x
        return Frame(shown, t, {**frame.state, "chain": x, "code": z, "steps": done})

    def _given(self, frame: Frame, steer: Steer) -> Tensor:
        z = frame.state["code"]
        return one_hot(labels_for(frame, steer), len(z), len(self.spec.classes), z)
