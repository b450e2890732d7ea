"""Drawing pictures scale by scale: free, around known pixels, and with candidates that the known pixels judge.

The candidates are those of sequential Monte Carlo (Gordon, Salmond & Smith 1993, doi:10.1049/ip-f-2.1993.0015), a group of
pixels at a time: each is weighted by the probability that it had given to the known pixels of the group.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import torch
from torch import Tensor

from dgm_studio.conditions.mask import compose
from dgm_studio.contract import DataSpec, Frame, Rng, Settings, Steer, knob
from dgm_studio.families.autoregressive.candidates import draw_candidates, renewed
from dgm_studio.families.autoregressive.pixels import free_pixels, known_levels, pick, tempered
from dgm_studio.families.autoregressive.quadtree_scales import Scales
from dgm_studio.families.shared.classes import draw_classes, labels_for
from dgm_studio.families.shared.known import mask_of
from dgm_studio.families.shared.levels import as_event, from_levels
from dgm_studio.nets.unmasking import Unmasker


@dataclass(frozen=True)
class Drawing:
    """The network and what its numbers are: levels (n, D) of pictures of a spec, drawn in groups."""

    net: Unmasker
    spec: DataSpec
    levels: int
    scales: Scales

    def log_p(self, level: Tensor, g: int, label: Tensor | None) -> tuple[Tensor, Tensor]:
        """The members (k,) of a group and their log-probabilities (n, k, L), given all groups before it."""
        members = self.scales.members(g)
        hidden = (self.scales.group >= g).expand_as(level)
        return members, self.net(level, hidden, label)[:, members].log_softmax(-1)

    def shown(self, level: Tensor, groups: int) -> Tensor:
        """Pictures (n, *event) of which so many groups are drawn: each pixel stands for the block that waits for others."""
        owner = self.scales.shows[groups]
        there = as_event((self.scales.group[owner] < groups)[None], self.spec.event)
        return torch.where(there, from_levels(level[:, owner], self.levels, self.spec.event), 0.0)

    def label(self, frame: Frame, steer: Steer) -> Tensor | None:
        return labels_for(frame, steer) if self.spec.classes else None


@dataclass(frozen=True)
class NextScale:
    """A group of pixels a step. With ``masked`` known pixels are put in their places when their turn comes."""

    begins: ClassVar[str] = "nothing"
    drawing: Drawing
    masked: bool = False
    title: str = "Coarse to fine"
    help: str = "Draws a few pixels that are far apart, then those between them, all of a group at once."
    Knobs: type[Settings] = Settings

    def start(self, n: int, steer: Steer, rng: Rng) -> Frame:
        spec = self.drawing.spec
        x = torch.zeros(n, *spec.event, device=rng.device)
        level = torch.zeros(n, spec.size, dtype=torch.long, device=rng.device)
        state = {"drawn_class": draw_classes(n, spec, rng), "level": level, "groups": 0}
        if self.masked:
            condition = mask_of(steer, x)
            state["free"] = free_pixels(condition, n, self.drawing.spec, rng)
            x = compose(condition, x)
        return Frame(x, 0.0, state)

    @torch.no_grad()
    def step(self, frame: Frame, steer: Steer, rng: Rng) -> Frame:
        drawing, g = self.drawing, int(frame.state["groups"])
        level: Tensor = frame.state["level"].clone()
        members, log_p = drawing.log_p(level, g, drawing.label(frame, steer))
        u = torch.rand(log_p.shape[:2], generator=rng, device=rng.device)
        new = pick(tempered(log_p, steer.temperature).flatten(0, 1), u.flatten()).view_as(u)
        if self.masked:
            known = known_levels(mask_of(steer, frame.x), len(level), drawing.levels, drawing.spec)
            new = torch.where(frame.state["free"][:, members], new, known[:, members])
        level[:, members] = new.long()
        x = drawing.shown(level, g + 1)
        if self.masked:
            x = compose(mask_of(steer, x), x)
        return Frame(x, (g + 1) / drawing.scales.count, {**frame.state, "level": level, "groups": g + 1})


class ScaleCandidateKnobs(Settings):
    candidates: int = knob(
        16, 1, 128, scale="log", help="Candidates per answer: one is clamped sampling, many come near the conditional."
    )


@dataclass(frozen=True)
class ScaleCandidates:
    """A group a step for several candidates each; a frame shows the one of most weight until one is drawn."""

    begins: ClassVar[str] = "nothing"
    drawing: Drawing
    title: str = "Weighted candidates"
    help: str = (
        "Draws several candidates coarse to fine and keeps those that had expected the known pixels they came to."
    )
    Knobs: type[Settings] = ScaleCandidateKnobs

    def start(self, n: int, steer: Steer, rng: Rng) -> Frame:
        spec, each = self.drawing.spec, steer.read(ScaleCandidateKnobs).candidates
        x = torch.zeros(n, *spec.event, device=rng.device)
        condition = mask_of(steer, x)
        state = {
            "drawn_class": draw_classes(n * each, spec, rng),
            "free": free_pixels(condition, n, self.drawing.spec, rng),
            "level": torch.zeros(n, each, spec.size, dtype=torch.long, device=rng.device),
            "log_weight": torch.zeros(n, each, device=rng.device),
            "groups": 0,
        }
        return Frame(compose(condition, x), 0.0, state)

    @torch.no_grad()
    def step(self, frame: Frame, steer: Steer, rng: Rng) -> Frame:
        drawing, g = self.drawing, int(frame.state["groups"])
        level: Tensor = frame.state["level"].clone()
        n, each, _ = level.shape
        members, log_p = drawing.log_p(level.flatten(0, 1), g, self._label(frame, steer, each))
        log_p = tempered(log_p, steer.temperature)
        u = torch.rand(log_p.shape[:2], generator=rng, device=rng.device)
        new = pick(log_p.flatten(0, 1), u.flatten()).view_as(u).long()
        known = known_levels(mask_of(steer, frame.x), n, drawing.levels, drawing.spec)[:, members]
        free: Tensor = frame.state["free"][:, members]
        known, free = known.repeat_interleave(each, 0), free.repeat_interleave(each, 0)
        accepted = torch.where(free, 0.0, log_p.gather(2, known[:, :, None])[:, :, 0]).sum(1)
        level[:, :, members] = torch.where(free, new, known).view(n, each, -1)
        log_weight = frame.state["log_weight"] + accepted.view(n, each)
        classes: Tensor = frame.state["drawn_class"].view(n, each)
        which, log_weight = renewed(log_weight, rng)
        level = level.gather(1, which[:, :, None].expand_as(level))
        classes = classes.gather(1, which).flatten()
        last = g + 1 == drawing.scales.count
        best = draw_candidates(log_weight, 1, rng) if last else log_weight.argmax(1, keepdim=True)
        x = drawing.shown(level.gather(1, best[:, :, None].expand(-1, 1, level.shape[2]))[:, 0], g + 1)
        state = {**frame.state, "level": level, "log_weight": log_weight, "drawn_class": classes, "groups": g + 1}
        return Frame(compose(mask_of(steer, x), x), (g + 1) / drawing.scales.count, state)

    def _label(self, frame: Frame, steer: Steer, each: int) -> Tensor | None:
        """The class of each candidate (n * each,): where none is asked for, each tries its own."""
        drawn: Tensor = frame.state["drawn_class"]
        if not self.drawing.spec.classes:
            return None
        if steer.label is None:
            return drawn
        asked = steer.label.to(drawn.device).repeat_interleave(each)
        return torch.where(asked >= 0, asked, drawn)
