"""Ascent in pixels: a picture moved uphill by itself, with no prior but what is done to it between the moves.

    x' = clip(x + rate g / mean |g|),    g = grad v(x).

Left alone it ends in what pleases a network and looks like noise. Shifted by a few pixels before every move, blurred a little
after it, and moved on a coarse scale first, it becomes what one sees in pictures of features (DeepDream, Mordvintsev et al.
2015; Olah et al. 2017, doi:10.23915/distill.00007). Octaves are of the gradient here, as the picture keeps its size.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn import functional

from dgm_studio.conditions.objective import Objective
from dgm_studio.conditions.operators import Blur
from dgm_studio.contract import DataSpec, Frame, Rng, Settings, Steer, extend, knob
from dgm_studio.samplers.noise import noise_like
from dgm_studio.samplers.path import counted

_NOISE, _TOUCH = 0.1, 0.02
"""Of the noise it begins in, and of that which tells several apart that begin at one picture: deviations in model units."""


class AscentKnobs(Settings):
    steps: int = knob(40, 2, 500, scale="log", help="Visible moves uphill.")
    rate: float = knob(0.05, 0.001, 0.5, scale="log", help="How far a pixel goes in a move, on average.")
    jitter: int = knob(
        0, 0, 8, help="Pixels by which the picture is shifted at random, around its edges, before a move."
    )
    blur: float = knob(
        0.0, 0.0, 2.0, step=0.05, help="By how many pixels it is blurred after a move; less towards the end."
    )
    octaves: int = knob(1, 1, 4, help="Scales, each half of the one before, of which the coarsest moves first.")


@dataclass(frozen=True)
class Ascent:
    """Of pictures (n, C, H, W); ``settings`` are defaults of its knobs."""

    spec: DataSpec
    device: torch.device
    title: str
    help: str
    Knobs: type[AscentKnobs] = AscentKnobs

    def start(self, n: int, steer: Steer, rng: Rng) -> Frame:
        asked = steer.condition
        blank = torch.zeros(n, *self.spec.event, device=self.device)
        if isinstance(asked, Objective) and asked.start is not None:
            return Frame(self._within(asked.start.to(blank) + _TOUCH * noise_like(blank, rng)), 0.0, {"moves": 0})
        return Frame(self._within(_NOISE * noise_like(blank, rng)), 0.0, {"moves": 0})

    def step(self, frame: Frame, steer: Steer, rng: Rng) -> Frame:
        knobs, asked = steer.read(self.Knobs), steer.condition
        done = frame.state["moves"] + 1
        t = counted(done, knobs.steps, frame.t)
        x = frame.x
        if isinstance(asked, Objective):
            x = x + knobs.rate * self._direction(x, asked, knobs, frame.t, rng)
            if knobs.blur and t < 1:
                x = Blur(knobs.blur * (1 - t)).forward(x)
        return Frame(self._within(x), t, {"moves": done})

    def _direction(self, x: Tensor, asked: Objective, knobs: AscentKnobs, t: float, rng: Rng) -> Tensor:
        """Where to go (n, C, H, W), one on average."""
        shift = (0, 0)
        if knobs.jitter:
            drawn = torch.randint(-knobs.jitter, knobs.jitter + 1, (2,), generator=rng, device=rng.device)
            shift = int(drawn[0]), int(drawn[1])
        grad = asked.grad(x.roll(shift, (2, 3))).roll((-shift[0], -shift[1]), (2, 3))
        factor = 2 ** max(0, knobs.octaves - 1 - int(t * knobs.octaves))
        if factor > 1 and min(x.shape[2:]) >= 2 * factor:
            coarse = functional.avg_pool2d(grad, factor, ceil_mode=True)
            grad = functional.interpolate(coarse, size=x.shape[2:], mode="bilinear")
        size = grad.abs().mean((1, 2, 3), keepdim=True)
        return grad / size.clamp_min(1e-12)

    def _within(self, x: Tensor) -> Tensor:
        return x if self.spec.value_range is None else x.clamp(*self.spec.value_range)


def ascents(spec: DataSpec, device: torch.device) -> dict[str, Ascent]:
    """The ways in pixels by name: left alone, and kept smooth."""
    smooth = extend(AscentKnobs, jitter=max(1, spec.event[-1] // 16), blur=0.5, octaves=3)
    return {
        "pixels": Ascent(spec, device, "Pixels alone", "Every pixel goes uphill by itself."),
        "smooth": Ascent(
            spec, device, "Jitter, blur, octaves",
            "The picture is shifted before every move and blurred after it, and coarse scales go first.", smooth,
        ),
    }  # fmt: skip
