"""Filling a mask with a VQ-VAE by candidates that are judged by the known pixels they come to.

Sequential Monte Carlo (Gordon, Salmond & Smith 1993): every answer has several candidates that draw their codes, the known
ones first, from q, the prior p times what the known pixels of a cell say of its code. A candidate's weight mends that and
follows the fit of its picture so far,

    w_t = w_(t-1) p(c_t) / q(c_t) f_t / f_(t-1),     f_t = prod over known pixels i in drawn cells of N(v_i; x_i, s^2),

so that at the end it is the fit of the whole picture, whatever the fits on the way were. When few candidates carry the
weight, all are drawn afresh in proportion to it.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
from torch import Tensor

from dgm_studio.conditions.mask import compose
from dgm_studio.contract import DataSpec, Frame, Rng, Settings, Steer, knob
from dgm_studio.families.autoregressive.candidates import draw_candidates
from dgm_studio.families.autoregressive.pixels import pick, tempered
from dgm_studio.families.latent.vq_net import VqNet
from dgm_studio.families.latent.vq_prior import ChainCursor
from dgm_studio.families.latent.vq_samplers import CodeKnobs, Known, codes_per_step, image
from dgm_studio.families.shared.classes import draw_classes, labels_for, one_hot
from dgm_studio.families.shared.known import mask_of

_FEW = 0.5
"""Candidates are drawn afresh when the effective number falls below this share of them."""


class CodeCandidateKnobs(CodeKnobs):
    candidates: int = knob(16, 1, 128, scale="log", help="Candidates per answer: more meet the known pixels better.")
    tolerance: float = knob(
        0.15, 0.05, 2.0, scale="log", help="How far a pixel may miss the known value before its candidate is given up."
    )
    temper: float = knob(
        0.6,
        0.2,
        1.0,
        step=0.05,
        help="Temperature of the prior: below 1 likely codes are taken for likelier than it says; 1 is the prior itself.",
    )


@dataclass(frozen=True)
class CodeCandidates:
    """Draws several candidates for each answer; a frame shows the one of most weight until one is drawn at the end."""

    net: VqNet
    spec: DataSpec
    title: str = "Weighted candidates"
    help: str = "Draws several candidates code by code and keeps those whose pictures meet the known pixels."
    Knobs: type[Settings] = CodeCandidateKnobs

    @torch.no_grad()
    def start(self, n: int, steer: Steer, rng: Rng) -> Frame:
        each = steer.read(CodeCandidateKnobs).candidates
        x = torch.zeros(n, *self.spec.event, device=rng.device)
        condition = mask_of(steer, x)
        known = Known.read(self.net, condition.for_copies(each, x.dim()), n * each, rng)
        # where no class is asked for, each candidate tries its own
        drawn = known.classes(self.net, self.spec, rng) if self.spec.classes else draw_classes(n * each, self.spec, rng)
        state = {
            "drawn_class": drawn,
            "codes": known.code,
            "free": known.free,
            "order": known.order,
            "hint": known.hint,
            "log_weight": torch.zeros(n, each, device=rng.device),
            "fit": torch.zeros(n, each, device=rng.device),
            "done": 0,
        }
        return Frame(compose(condition, x), 0.0, state)

    @torch.no_grad()
    def step(self, frame: Frame, steer: Steer, rng: Rng) -> Frame:
        state, knobs = frame.state, steer.read(CodeCandidateKnobs)
        order, fit, log_weight = state["order"], state["fit"], state["log_weight"]
        n, each = log_weight.shape
        code, free, drawn = state["codes"].clone(), state["free"], state["drawn_class"]
        done, cells = int(state["done"]), code.shape[1]
        if done == 0:
            # what is known in all candidates is there at once
            done = min(int((~free[:, order]).all(0).sum()), cells - 1)
        count = min(codes_per_step(steer, cells), cells - done)
        u = torch.rand(count, n * each, generator=rng, device=rng.device)
        asked = None if steer.label is None else steer.label.repeat_interleave(each)
        label = labels_for(frame, Steer(label=asked))
        cursor = ChainCursor(self.net.prior, code, done, one_hot(label, n * each, len(self.spec.classes), fit), order)
        for i in range(count):
            place = order[done + i]
            log_p = tempered(cursor.logits(), steer.temperature * knobs.temper)
            log_q = (log_p + state["hint"][:, place]).log_softmax(-1)
            new = pick(log_q, u[i])
            ratio = (log_p - log_q).gather(1, new[:, None])[:, 0]
            log_weight = log_weight + torch.where(free[:, place], ratio, 0.0).view(n, each)
            code[:, place] = torch.where(free[:, place], new, code[:, place])
            cursor.write(code[:, place])
        new_places, done = order[done : done + count], done + count
        last = done == cells
        new_fit = fit
        if last or self._touches_known(new_places, steer):
            new_fit = self._fit(image(self.net, code, order, done), order[:done], steer).view(n, each)
        log_weight = log_weight + new_fit - fit
        best = draw_candidates(log_weight, 1, rng) if last else log_weight.argmax(1, keepdim=True)
        best = (best + each * torch.arange(n, device=best.device)[:, None])[:, 0]
        x = image(self.net, code[best], order, done)
        extra = {"latent": self.net.codebook.vectors[code[best]].flatten(1)} if last else {}
        # candidates drawn afresh start even
        effective = 2 * log_weight.logsumexp(1) - (2 * log_weight).logsumexp(1)
        poor = (effective < math.log(_FEW * each))[:, None]
        which = torch.where(poor, draw_candidates(log_weight, each, rng), torch.arange(each, device=poor.device))
        flat = (which + each * torch.arange(n, device=which.device)[:, None]).flatten()
        state = {
            **state,
            **extra,
            "drawn_class": drawn[flat],
            "codes": code[flat],
            "free": free[flat],
            "log_weight": torch.where(poor, 0.0, log_weight - log_weight.amax(1, keepdim=True)),
            "fit": new_fit.gather(1, which),
            "done": done,
        }
        return Frame(compose(mask_of(steer, x), x), done / cells, state)

    def _touches_known(self, places: Tensor, steer: Steer) -> bool:
        """Whether there are known pixels in the cells (k,): elsewhere the fit need not be looked at before the end."""
        return bool((self._pixels(places) * (1 - mask_of(steer, places.float()).mask)).any())

    def _fit(self, x: Tensor, drawn: Tensor, steer: Steer) -> Tensor:
        """Nats, up to a constant, of the known pixels in the cells ``drawn`` (k,) of pictures x (m, C, H, W): (m,)."""
        condition = mask_of(steer, x).for_copies(steer.read(CodeCandidateKnobs).candidates, x.dim())
        off = (1 - condition.mask) * self._pixels(drawn) * (x - condition.value)
        return -0.5 * (off / steer.read(CodeCandidateKnobs).tolerance).square().flatten(1).sum(1)

    def _pixels(self, places: Tensor) -> Tensor:
        """1 on the pixels of the cells (k,), else 0: (1, 1, H, W)."""
        cells = torch.zeros(1, self.net.prior.size, device=places.device)
        cells[:, places] = 1.0
        return self.net.of_cells(cells)
