"""Two ways to fill a hole with a sampler that walks a noise path: replacement and RePaint.

**Replacement** (Song et al. 2020, arXiv:2011.13456, appendix I): after every step the known values are put back, with as
much noise as the rest has. Cheap, but the rest is drawn before it has seen them at that noise level, so hole and
surroundings may disagree. **RePaint** (Lugmayr et al. 2022, arXiv:2201.09865) therefore goes back and forth: after a step
it adds the noise of that step again and repeats it, so that both sides have time to agree.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from torch import Tensor

from dgm_studio.conditions.mask import Mask, compose, hold
from dgm_studio.contract import Frame, Rng, Settings, Steer, extend, knob
from dgm_studio.samplers.path import Path, PathSampler


def put_back(sampler: PathSampler[Any], frame: Frame, condition: Mask, rng: Rng) -> Frame:
    """The frame with known values at its own noise level; bit-identical in the last one."""
    if not sampler.path.space.affine:
        return _drawn_back(sampler.path, frame, condition)
    known = sampler.path.noised(condition.value, frame.t, len(frame.x), rng)
    state: Mapping[str, Any] = frame.state
    if "estimate" in state:
        state = {**state, "estimate": compose(condition, state["estimate"])}
    return frame.with_(x=hold(condition, frame.x, known, frame.t), state=state)


def _drawn_back(path: Path, frame: Frame, condition: Mask) -> Frame:
    """Latents that have no places know nothing of pixels: known values go into the picture that is foreseen, and the frame
    moves as the latents of that picture do."""
    estimate: Tensor | None = frame.state.get("estimate")
    if frame.t == 1:
        x = compose(condition, frame.x)
        return frame.with_(x=x, state={**frame.state, "estimate": x})
    if estimate is None:  # noise: nothing is foreseen yet
        return frame
    a, _ = path.at(frame.t)
    wanted = hold(condition, estimate, condition.value, frame.t)
    z = path.latents(frame) + a * (path.space.encode(wanted) - path.space.encode(estimate))
    return path.frame(z, frame.t, {**frame.state, "estimate": compose(condition, estimate)})


@dataclass(frozen=True)
class Replacement:
    """Puts known values back after every step of ``sampler``; without a mask it is that sampler."""

    sampler: PathSampler[Any]
    title: str = "Replacement"
    help: str = "After every step the known pixels are put back, as noisy as the rest. Fast; seams may show."

    @property
    def Knobs(self) -> type[Settings]:
        return self.sampler.Knobs

    def start(self, n: int, steer: Steer, rng: Rng) -> Frame:
        frame = self.sampler.start(n, steer, rng)
        return put_back(self.sampler, frame, steer.condition, rng) if isinstance(steer.condition, Mask) else frame

    def step(self, frame: Frame, steer: Steer, rng: Rng) -> Frame:
        frame = self.sampler.step(frame, steer, rng)
        return put_back(self.sampler, frame, steer.condition, rng) if isinstance(steer.condition, Mask) else frame


class ResampleKnobs(Settings):
    """How often RePaint makes each step."""

    resamples: int = knob(
        5,
        1,
        20,
        step=1,
        help="How often each step is made: once is replacement, more blends better and costs as many times the passes.",
    )


@dataclass(frozen=True)
class RePaint:
    """Repeats every step of ``sampler`` after adding its noise again; without a mask it is that sampler."""

    sampler: PathSampler[Any]
    title: str = "RePaint"
    help: str = (
        "Every step is undone by adding noise and made again, so that the hole can agree with what surrounds it."
    )

    @property
    def Knobs(self) -> type[Settings]:
        return extend(self.sampler.Knobs, ResampleKnobs)

    def start(self, n: int, steer: Steer, rng: Rng) -> Frame:
        return Replacement(self.sampler).start(n, steer, rng)

    def step(self, frame: Frame, steer: Steer, rng: Rng) -> Frame:
        condition = steer.condition
        if not isinstance(condition, Mask):
            return self.sampler.step(frame, steer, rng)
        path = self.sampler.path
        for again in reversed(range(steer.read(ResampleKnobs).resamples)):
            reached = put_back(self.sampler, self.sampler.step(frame, steer, rng), condition, rng)
            if again:
                before = path.back(reached, frame.t, rng)
                if path.space.affine:
                    known = path.noised(condition.value, frame.t, len(before.x), rng)
                    before = before.with_(x=hold(condition, before.x, known, frame.t))
                frame = before.with_(state={**frame.state, **before.state})
        return reached
