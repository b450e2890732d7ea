"""Drawing pictures code by code, free or around known pixels.

The codes are drawn from the prior, one cell after the other, and the picture so far is decoded at every visible step. To
fill a mask, the cells of which the encoder sees nothing unknown keep its codes and are read first; the prior draws the
others given all of them, and given the known pixels of their own cells. Those are put back at the end, whether they fit or
not.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from dgm_studio.conditions.mask import Mask, compose
from dgm_studio.contract import DataSpec, Frame, Rng, Settings, Steer, knob
from dgm_studio.families.autoregressive.pixels import pick, tempered
from dgm_studio.families.latent.vq_hints import hints
from dgm_studio.families.latent.vq_net import VqNet
from dgm_studio.families.latent.vq_prior import ChainCursor
from dgm_studio.families.shared.classes import draw_classes, labels_for, log_shares, one_hot
from dgm_studio.families.shared.known import mask_of

_FRAMES = 32
"""About how many frames a picture takes at most unless someone chooses."""


class CodeKnobs(Settings):
    codes: int = knob(
        0,
        0,
        256,
        zero="auto",
        help="Codes drawn per visible step; 0 shows a picture in 32 steps or fewer. The result is the same kind of sample.",
    )


def codes_per_step(steer: Steer, cells: int) -> int:
    """How many codes the next visible step draws."""
    asked = steer.read(CodeKnobs).codes
    return asked or -(-cells // _FRAMES)


def image(net: VqNet, code: Tensor, order: Tensor, done: int) -> Tensor:
    """The picture (n, C, H, W) of the first ``done`` codes in the order; grey where there is none yet."""
    drawn = torch.zeros(1, code.shape[1], device=code.device)
    drawn[:, order[:done]] = 1.0
    return net.of_cells(drawn) * net.decode(net.codebook.vectors[code] * drawn[:, :, None])


@dataclass(frozen=True)
class NextCode:
    """Code by code, row by row; ``masked`` keeps and reads first what is known."""

    net: VqNet
    spec: DataSpec
    title: str
    help: str
    masked: bool = False
    Knobs: type[Settings] = CodeKnobs

    @torch.no_grad()
    def start(self, n: int, steer: Steer, rng: Rng) -> Frame:
        cells = self.net.prior.size
        x = torch.zeros(n, *self.spec.event, device=rng.device)
        state = {"drawn_class": draw_classes(n, self.spec, rng), "done": 0}
        if self.masked:
            condition = mask_of(steer, x)
            known = Known.read(self.net, condition, n, rng)
            state |= {"codes": known.code, "free": known.free, "order": known.order, "hint": known.hint}
            if self.spec.classes:
                state["drawn_class"] = known.classes(self.net, self.spec, rng)
            x = compose(condition, x)
        else:
            state |= {"codes": torch.zeros(n, cells, dtype=torch.long, device=rng.device)}
            state |= {"order": self.net.prior.row_by_row()}
        return Frame(x, 0.0, state)

    @torch.no_grad()
    def step(self, frame: Frame, steer: Steer, rng: Rng) -> Frame:
        done, order = int(frame.state["done"]), frame.state["order"]
        code: Tensor = frame.state["codes"].clone()
        free = frame.state.get("free")
        n, cells = code.shape
        if done == 0 and free is not None:
            # what is known in all samples is there at once
            done = min(int((~free[:, order]).all(0).sum()), cells - 1)
        count = min(codes_per_step(steer, cells), cells - done)
        u = torch.rand(count, n, generator=rng, device=rng.device)
        given = one_hot(labels_for(frame, steer), n, len(self.spec.classes), frame.x)
        cursor = ChainCursor(self.net.prior, code, done, given, order)
        for i in range(count):
            place = order[done + i]
            log_p = tempered(cursor.logits(), steer.temperature)
            if free is not None:
                log_p = (log_p + frame.state["hint"][:, place]).log_softmax(-1)
            new = pick(log_p, u[i])
            code[:, place] = new if free is None else torch.where(free[:, place], new, code[:, place])
            cursor.write(code[:, place])
        done += count
        x = image(self.net, code, order, done)
        state = {**frame.state, "codes": code, "done": done}
        if done == cells:
            state["latent"] = self.net.codebook.vectors[code].flatten(1)
        return Frame(compose(mask_of(steer, x), x) if self.masked else x, done / cells, state)


@dataclass(frozen=True)
class Known:
    """The encoder's codes (n, D) of the known picture, where each sample is free to differ, and the order (D,) to read in.

    ``hint`` (1 or n, D, K) is what known pixels say of the codes, in nats.
    """

    code: Tensor
    free: Tensor
    order: Tensor
    hint: Tensor

    @classmethod
    def read(cls, net: VqNet, condition: Mask, n: int, rng: Rng) -> Known:
        """A cell of strength s is free in the share s of the samples; what is free in fewer samples is read first."""
        shape = (n, net.channels, net.height, net.width)
        code = net.code(condition.value.expand(shape)).clone()
        strength = net.strengths(condition.mask.expand(shape).amax(1, keepdim=True))
        free = torch.rand(strength.shape, generator=rng, device=rng.device) < strength
        return cls(code, free, free.float().mean(0).argsort(stable=True), hints(net, condition, rng))

    def classes(self, net: VqNet, spec: DataSpec, rng: Rng) -> Tensor:
        """A class for each sample (n,), by Bayes' rule from the codes that are known."""
        n, classes, free = len(self.code), len(spec.classes), self.free[:, self.order]
        evidence = []
        for y in range(classes):
            given = torch.eye(classes, device=free.device)[y].expand(n, classes)
            nats = net.prior.log_probability(self.code, given, self.order)
            # codes behind the first free one have seen a placeholder
            evidence.append(torch.where(free.cummax(1).values, 0.0, nats).sum(1))
        u = torch.rand(n, generator=rng, device=rng.device)
        found = torch.stack(evidence, 1)
        return pick((found + log_shares(spec, found)).log_softmax(1), u)
