"""Texture synthesis by non-parametric sampling: grow a picture pixel by pixel from what its neighbours look like elsewhere.

The next pixel lies on the border of what is there. Every window of the source is compared with the window around it, over
the pixels that are there, with a Gaussian weight g:

    d(q) = sum_k g_k known_k (window_k - source_k(q))^2 / sum_k g_k known_k;

one of the windows with ``d <= (1 + eps) min d`` is drawn, and its centre copied (Efros & Leung 1999,
doi:10.1109/ICCV.1999.790383). That is a draw from an estimate of p(pixel | neighbours) that no network ever saw. To fill a
mask the source is the known part of the picture itself.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import ClassVar

import torch
from torch import Tensor

from dgm_studio.conditions.mask import compose
from dgm_studio.contract import Abilities, DataSpec, Family, Frame, Method, Recipe, Rng, Settings, Steer, Training, knob
from dgm_studio.families.memory.exemplars import Album, ExemplarKnobs, Exemplars, MemoryConfig, accepts
from dgm_studio.families.memory.patches import patches, source_of, whole
from dgm_studio.families.shared.known import mask_of

_SEED_RADIUS = 1
_MOST_NUMBERS = 2_000_000
"""In all windows to compare with; a step looks at some ten millions, which takes some twenty milliseconds."""
_NUMBERS_A_STEP = 12_000_000
_TIE = 1e-6


class Config(MemoryConfig):
    radius: int = knob(
        4, 1, 7, unit="px", help="Half the window: it must hold the largest regular feature, or the texture loses it."
    )


class TextureKnobs(ExemplarKnobs):
    steps: int = knob(
        60,
        2,
        500,
        scale="log",
        help="Visible steps, each of which grows an equal share; large pictures take more of them.",
    )
    tolerance: float = knob(
        0.1, 0.0, 1.0, step=0.01, help="A window may fit worse than the best one by this share; 0 copies the best."
    )


@dataclass(frozen=True)
class Grow:
    """Efros-Leung sampling of all samples side by side, in one order of pixels; unknown pixels are grey."""

    begins: ClassVar[str] = "grey"
    exemplars: Exemplars
    spec: DataSpec
    radius: int
    fills: bool = False
    title: str = "Grow"
    help: str = (
        "Copies the pixel whose neighbours look most alike, outwards from a few pixels or inwards from the border."
    )
    Knobs: type[Settings] = TextureKnobs

    def start(self, n: int, steer: Steer, rng: Rng) -> Frame:
        exemplar = self.exemplars.pick(n, steer, len(self.spec.classes), rng)
        if self.fills:
            source, usable, hole = source_of(steer, exemplar, self.radius)
            condition = mask_of(steer, exemplar)
            x = torch.where(hole.bool(), torch.zeros_like(exemplar), condition.value.expand_as(exemplar))
            known = hole[:, 0] == 0
        else:
            source, usable = exemplar, torch.ones_like(exemplar[:, :1])
            x, known = torch.zeros_like(exemplar), torch.zeros_like(exemplar[:, 0], dtype=torch.bool)
        if not bool(known.any()):
            x, known = self._seed(exemplar, rng)
        order = _from_the_border(known, rng)
        state = {"source": source, "usable": usable, "known": known, "order": order, "grown": 0}
        return Frame(x, 0.0, state)

    def _seed(self, exemplar: Tensor, rng: Rng) -> tuple[Tensor, Tensor]:
        """A few pixels from a random place of the source in the middle of a grey page, and where they are (n, H, W)."""
        n, _, height, width = exemplar.shape
        side = 2 * _SEED_RADIUS + 1
        place = [torch.randint(k - side + 1, (n,), generator=rng, device=rng.device) for k in (height, width)]
        top, left = height // 2 - _SEED_RADIUS, width // 2 - _SEED_RADIUS
        x, known = torch.zeros_like(exemplar), torch.zeros_like(exemplar[:, 0], dtype=torch.bool)
        for i, (r, c) in enumerate(zip(*(p.tolist() for p in place), strict=True)):
            x[i, :, top : top + side, left : left + side] = exemplar[i, :, r : r + side, c : c + side]
        known[:, top : top + side, left : left + side] = True
        return x, known

    def step(self, frame: Frame, steer: Steer, rng: Rng) -> Frame:
        knobs = steer.read(TextureKnobs)
        state, order = frame.state, frame.state["order"]
        total, grown = len(order), state["grown"]
        x, known = frame.x.clone(), state["known"].clone()
        if grown < total:
            library = _library(state["source"], state["usable"], self.radius)
            share = min(math.ceil(total / knobs.steps), max(1, _NUMBERS_A_STEP // library[0].numel()))
            places = order[grown : grown + share].tolist()
            for place in places:
                where = divmod(place, x.shape[-1])
                _grow(x, known, library, where, self.radius, 1 + knobs.tolerance * steer.temperature, rng)
            grown += len(places)
        t = 1.0 if grown == total else grown / total
        if self.fills and t == 1.0:
            x = compose(mask_of(steer, x), x)
        return Frame(x, t, {**state, "known": known, "grown": grown})


def _from_the_border(known: Tensor, rng: Rng) -> Tensor:
    """Numbers (k,) of the pixels unknown in some of (n, H, W), those near known ones first, equally near ones by chance."""
    distance = torch.stack([_distance_to(one) for one in known.unique(dim=0)]).mean(0)
    there = known.all(0)
    jitter = torch.rand(there.shape, generator=rng, device=rng.device)
    rank = torch.where(there, torch.inf, distance + 0.5 * jitter).flatten()
    return rank.argsort()[: int((~there).sum())]


def _distance_to(known: Tensor) -> Tensor:
    """How far each pixel (H, W) is from the nearest known one, in pixels; 0 everywhere where none is known.

    The square is the least sum of two squares, so first along columns, then along rows (Felzenszwalb & Huttenlocher 2012,
    doi:10.4086/toc.2012.v008a019).
    """
    if not known.any():
        return known.double()
    down, across = (
        (k[:, None] - k).double().square() for k in (torch.arange(size, device=known.device) for size in known.shape)
    )
    column = torch.where(known, down[..., None], torch.inf).amin(1)
    return (column[:, None] + across).amin(-1).sqrt()


def _library(source: Tensor, usable: Tensor, radius: int) -> tuple[Tensor, Tensor, Tensor]:
    """Windows (n, m, C w w) that may be copied from, their squares, and whether each may (n, m); a large source is thinned."""
    rows, fit = patches(source, radius), whole(usable, radius)
    most = max(64, _MOST_NUMBERS // (len(rows) * rows.shape[-1]))
    some = torch.linspace(0, rows.shape[1] - 1, min(most, rows.shape[1]), device=rows.device).round().long()
    rows, fit = rows[:, some], fit[:, some]
    fit = fit | ~fit.any(1, keepdim=True)
    return rows, rows.square(), fit


def _grow(
    x: Tensor,
    known: Tensor,
    library: tuple[Tensor, Tensor, Tensor],
    place: tuple[int, int],
    radius: int,
    tolerance: float,
    rng: Rng,
) -> None:
    """Set one pixel of those pictures x (n, C, H, W) that do not know it (n, H, W), in place."""
    rows, squares, fit = library
    (n, channels, height, width), window, (r, c) = x.shape, 2 * radius + 1, place
    top, bottom, left, right = (
        max(r - radius, 0),
        min(r + radius + 1, height),
        max(c - radius, 0),
        min(c + radius + 1, width),
    )
    inside = (slice(top - r + radius, bottom - r + radius), slice(left - c + radius, right - c + radius))
    weight = x.new_zeros(n, 1, window, window)
    weight[:, 0, inside[0], inside[1]] = known[:, top:bottom, left:right].to(x.dtype)
    weight = (weight * _bump(radius, x)).expand(-1, channels, -1, -1).flatten(1)
    around = x.new_zeros(n, channels, window, window)
    around[:, :, inside[0], inside[1]] = x[:, :, top:bottom, left:right]
    flat = around.flatten(1)
    cross = torch.bmm(rows, (weight * flat)[..., None])[..., 0]
    distance = torch.bmm(squares, weight[..., None])[..., 0] - 2 * cross + (weight * flat.square()).sum(1, keepdim=True)
    distance = torch.where(fit, (distance / weight.sum(1, keepdim=True).clamp_min(1e-12)).clamp_min(0), torch.inf)
    close = distance <= distance.amin(1, keepdim=True) * tolerance + _TIE
    pick = torch.multinomial(close.to(x.dtype), 1, generator=rng)[:, 0]
    centre = radius * window + radius
    chosen = rows[torch.arange(n, device=x.device), pick].view(n, channels, window * window)[..., centre]
    x[:, :, r, c] = torch.where(known[:, None, r, c], x[:, :, r, c], chosen)
    known[:, r, c] = True


def _bump(radius: int, like: Tensor) -> Tensor:
    """Gaussian weights (w, w) of standard deviation w / 6.4, as in the paper."""
    axis = torch.arange(-radius, radius + 1, device=like.device, dtype=like.dtype)
    bell = torch.exp(-0.5 * (axis * 6.4 / (2 * radius + 1)).square())
    return bell[:, None] * bell


class Texture(Album):
    """Remembers pictures and grows new ones from their pixels."""

    def __init__(self, config: Config, spec: DataSpec, device: torch.device) -> None:
        super().__init__(config.memory, spec, device)
        self._radius = config.radius

    def abilities(self) -> Abilities:
        exemplars, spec, radius = self.exemplars, self._spec, self._radius
        return Abilities(
            samplers={"grow": Grow(exemplars, spec, radius)},
            methods={
                "grow": Method(
                    "mask",
                    "Grow inwards",
                    "heuristic",
                    "Copies pixels from the known part of the picture itself, from the border inwards; where too little is "
                    "known, from a remembered picture.",
                    Grow(exemplars, spec, radius, fills=True),
                )
            },
            uses_label=bool(spec.classes),
            temperature="Multiplies the tolerance: how much worse than the best a window may fit.",
        )


FAMILY = Family(
    name="texture",
    title="Texture synthesis",
    summary="copy · pixel by pixel",
    group="memory",
    help="Grows a picture pixel by pixel, each copied from where its neighbours look alike: no network, no training.",
    reference="Efros & Leung 1999 (doi:10.1109/ICCV.1999.790383)",
    Config=Config,
    accepts=accepts,
    build=lambda config, spec, rng: Texture(config, spec, rng.device),
    recipe=lambda spec, device: Recipe({"radius": 2 if spec.size <= 144 else 4}, Training(batch=64), steps=20),
)
