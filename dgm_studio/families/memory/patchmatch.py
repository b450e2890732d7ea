"""PatchMatch: give every window its nearest window elsewhere by guessing, and let all windows vote for each pixel.

A field f(p) says where the window most like the one at p lies. A good guess is rare, but it is good for the neighbours too:

    propagate: try f(p - 1) + 1,   search: try f(p) + a random offset from an ever smaller square

(Barnes et al. 2009, doi:10.1145/1531326.1531330), here for all pixels at once. By turns the field is improved and every
pixel set to the mean of what the matches of all windows over it say, weighted by how well they match, from a small version
of the picture to the full one (Wexler, Shechtman & Irani 2007, doi:10.1109/TPAMI.2007.60). A hole is filled so that
every window in it looks like one of the known part; without a hole a whole new picture is made of windows of an old one.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import torch
import torch.nn.functional as F
from torch import Tensor

from dgm_studio.conditions.mask import compose
from dgm_studio.contract import Abilities, DataSpec, Family, Frame, Method, Recipe, Rng, Settings, Steer, Training, knob
from dgm_studio.families.memory.exemplars import Album, ExemplarKnobs, Exemplars, MemoryConfig, accepts
from dgm_studio.families.memory.patches import patches, put_together, source_of, whole
from dgm_studio.families.shared.known import mask_of
from dgm_studio.samplers.path import counted

_SMALLEST_SIDE = 8
_SHARPNESS = 2.0


class Config(MemoryConfig):
    radius: int = knob(
        3, 1, 3, unit="px", help="Half the window: larger ones keep larger features together and leave less freedom."
    )
    levels: int = knob(
        3, 1, 4, help="Sizes of the picture that are worked on, each twice the one before: coarse ones set the layout."
    )


class PatchMatchKnobs(ExemplarKnobs):
    steps: int = knob(40, 2, 400, scale="log", help="Visible steps, shared by all sizes: match, then vote.")


@dataclass(frozen=True)
class Level:
    """One size of the problem: sources and pictures (n, C, h, w), where to fill and where to copy from (n, 1, h, w)."""

    source: Tensor
    usable: Tensor
    value: Tensor
    hole: Tensor

    @property
    def shape(self) -> tuple[int, int]:
        return self.source.shape[2], self.source.shape[3]

    def halved(self) -> Level:
        """Half the size; a pixel is to be copied from or kept only if all four of it were."""
        return Level(_halve(self.source), 1 - _cover(1 - self.usable), _halve(self.value), _cover(self.hole))


def _halve(x: Tensor) -> Tensor:
    return F.avg_pool2d(x, 2, ceil_mode=True, count_include_pad=False)


def _cover(x: Tensor) -> Tensor:
    return F.max_pool2d(x, 2, ceil_mode=True)


@dataclass(frozen=True)
class MatchAndVote:
    """From coarse to fine, match and vote; what no level has reached yet is grey."""

    begins: ClassVar[str] = "grey"
    exemplars: Exemplars
    spec: DataSpec
    radius: int
    levels: int
    fills: bool = False
    title: str = "Match and vote"
    help: str = (
        "Guesses for every window where it looks alike, spreads good guesses, and lets all windows vote for each pixel."
    )
    Knobs: type[Settings] = PatchMatchKnobs

    def start(self, n: int, steer: Steer, rng: Rng) -> Frame:
        exemplar = self.exemplars.pick(n, steer, len(self.spec.classes), rng)
        if self.fills:
            source, usable, hole = source_of(steer, exemplar, self.radius)
            value = mask_of(steer, exemplar).value.expand_as(exemplar)
        else:
            source, value = exemplar, torch.zeros_like(exemplar)
            usable = hole = torch.ones_like(exemplar[:, :1])
        top = Level(source, usable, value, hole)
        x = torch.where(hole.bool(), torch.zeros_like(value), value)
        return Frame(x, 0.0, {"top": top, "steps": 0, "level": -1})

    def step(self, frame: Frame, steer: Steer, rng: Rng) -> Frame:
        knobs = steer.read(PatchMatchKnobs)
        done = frame.state["steps"] + 1
        t = counted(done, knobs.steps, frame.t)
        top: Level = frame.state["top"]
        sizes = self._sizes(top)
        number = min(int((done - 1) / max(knobs.steps, 1) * len(sizes)), len(sizes) - 1)
        level = sizes[number]
        rows, fit = patches(level.source, self.radius), whole(level.usable, self.radius)
        fit = fit | ~fit.any(1, keepdim=True)
        if number == frame.state["level"]:
            x, field = frame.state["small"], frame.state["field"]
        else:
            x, field = self._enlarged(frame, level, rows, fit, rng)
        target = patches(x, self.radius)
        cost = _cost(target, rows, fit, field)
        for candidate in _candidates(field, level.shape, fit, done, rng):
            new = _cost(target, rows, fit, candidate)
            better = new < cost
            field, cost = torch.where(better, candidate, field), torch.where(better, new, cost)
        x = self._vote(x, level, rows, field, cost, steer.temperature if number else 1.0)
        shown = x if level.shape == top.shape else F.interpolate(x, top.shape, mode="bilinear", align_corners=False)
        shown = torch.where(top.hole.bool(), shown, top.value)
        if self.fills and t == 1.0:
            shown = compose(mask_of(steer, shown), shown)
        return Frame(shown, t, {"top": top, "steps": done, "level": number, "small": x, "field": field})

    def _sizes(self, top: Level) -> list[Level]:
        """From small to full size; none so small that a window sees all of it."""
        sizes = [top]
        while len(sizes) < self.levels and min(sizes[0].shape) // 2 >= max(_SMALLEST_SIDE, 2 * self.radius + 2):
            sizes.insert(0, sizes[0].halved())
        return sizes

    def _enlarged(self, frame: Frame, level: Level, rows: Tensor, fit: Tensor, rng: Rng) -> tuple[Tensor, Tensor]:
        """Where a level begins: random matches and their vote, or those of the level before, twice as large."""
        height, width = level.shape
        if "field" not in frame.state:
            # single pixels from anywhere: whole windows would vote for grey, and grey likes to stay grey
            field = _draw(fit, rng)
            pixel = level.source.flatten(2).gather(2, field[:, None].expand(-1, level.source.shape[1], -1))
            return torch.where(level.hole.bool(), pixel.view_as(level.value), level.value), field
        small: Tensor = frame.state["small"]
        small_height, small_width = small.shape[2:]
        old = frame.state["field"].view(-1, 1, small_height, small_width).to(rows.dtype)
        old = F.interpolate(old, (height, width), mode="nearest").long()[:, 0]
        row, column = torch.meshgrid(
            torch.arange(height, device=small.device) % 2, torch.arange(width, device=small.device) % 2, indexing="ij"
        )
        down = (2 * (old // small_width) + row).clamp(max=height - 1)
        across = (2 * (old % small_width) + column).clamp(max=width - 1)
        x = F.interpolate(small, (height, width), mode="bilinear", align_corners=False)
        return torch.where(level.hole.bool(), x, level.value), (down * width + across).flatten(1)

    def _vote(self, x: Tensor, level: Level, rows: Tensor, field: Tensor, cost: Tensor, temperature: float) -> Tensor:
        """Every pixel of the hole becomes the weighted mean of what the matches of the windows over it hold there."""
        scale = cost.clamp(max=1e6).quantile(0.75, dim=1, keepdim=True).clamp_min(1e-8) * max(temperature, 1e-3)
        weight = (-_SHARPNESS * cost.clamp(max=1e6) / scale).clamp_min(-30).exp()
        voted = put_together(_at(rows, field), weight, level.shape, self.radius)
        return torch.where(level.hole.bool(), voted, x)


def _at(rows: Tensor, field: Tensor) -> Tensor:
    """The windows (n, m, k) that a field (n, m) of numbers points at."""
    return rows.gather(1, field[..., None].expand(-1, -1, rows.shape[-1]))


def _cost(target: Tensor, rows: Tensor, fit: Tensor, field: Tensor) -> Tensor:
    """Mean squared difference (n, m) of every window from its match; a million where that may not be copied."""
    cost = (target - _at(rows, field)).square().mean(-1)
    return torch.where(fit.gather(1, field), cost, torch.full_like(cost, 1e6))


def _draw(fit: Tensor, rng: Rng) -> Tensor:
    """A random window that may be copied for every pixel (n, m)."""
    return torch.multinomial(fit.to(torch.float32), fit.shape[1], replacement=True, generator=rng)


def _candidates(field: Tensor, shape: tuple[int, int], fit: Tensor, turn: int, rng: Rng) -> list[Tensor]:
    """Better matches to try, each (n, m): what two neighbours found, moved along, and two random ones."""
    height, width = shape
    down, across = (field // width).view(-1, height, width), (field % width).view(-1, height, width)
    side = 1 if turn % 2 else -1  # left and upper neighbours in odd turns, right and lower ones in even
    found = [
        _number((down.roll(side, 1) + side), across.roll(side, 1), shape),
        _number(down.roll(side, 2), across.roll(side, 2) + side, shape),
    ]
    reach = max(1, max(shape) >> (1 + turn % 5))
    step = torch.randint(-reach, reach + 1, (2, *down.shape), generator=rng, device=rng.device)
    return [*found, _number(down + step[0], across + step[1], shape), _draw(fit, rng)]


def _number(down: Tensor, across: Tensor, shape: tuple[int, int]) -> Tensor:
    """Rows and columns (n, h, w), brought inside, to numbers of pixels (n, h w)."""
    height, width = shape
    return (down.clamp(0, height - 1) * width + across.clamp(0, width - 1)).flatten(1)


class PatchMatch(Album):
    """Remembers pictures and makes new ones from their windows."""

    def __init__(self, config: Config, spec: DataSpec, device: torch.device) -> None:
        super().__init__(config.memory, spec, device)
        self._config = config

    def abilities(self) -> Abilities:
        exemplars, spec, radius, levels = self.exemplars, self._spec, self._config.radius, self._config.levels
        return Abilities(
            samplers={"match": MatchAndVote(exemplars, spec, radius, levels)},
            methods={
                "match": Method(
                    "mask",
                    "Match and vote",
                    "heuristic",
                    "Fills the hole so that every window over it looks like one of the known part of the picture; where too "
                    "little is known, like one of a remembered picture.",
                    MatchAndVote(exemplars, spec, radius, levels, fills=True),
                )
            },
            uses_label=bool(spec.classes),
            temperature="Softens the vote: at a high one all windows count alike, at a low one the best match rules.",
        )


FAMILY = Family(
    name="patchmatch",
    title="PatchMatch",
    summary="windows · voting",
    group="memory",
    help="Makes a picture of which every window looks like one of another picture: no network, no training.",
    reference="Barnes et al. 2009 (doi:10.1145/1531326.1531330); Wexler et al. 2007 (doi:10.1109/TPAMI.2007.60)",
    Config=Config,
    accepts=accepts,
    build=lambda config, spec, rng: PatchMatch(config, spec, rng.device),
    recipe=lambda spec, device: Recipe({"radius": 1 if spec.size <= 144 else 2}, Training(batch=64), steps=20),
)
