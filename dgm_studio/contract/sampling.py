"""Steering, frames and samplers: whatever makes samples is a start and a step over an immutable frame."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Protocol, runtime_checkable

import torch
from torch import Tensor

from .settings import K, Settings
from .work import Honesty, Rng, Work, rng_for


class Condition(Protocol):
    """Something asked of a sample, such as a mask over known values. Concrete ones live in ``conditions/``."""

    @property
    def name(self) -> str:
        """``"mask"``, ``"strokes"``, ...: the word a `Method` names to say what it can meet."""
        ...


@dataclass(frozen=True)
class Steer:
    """What a person holds while sampling; read afresh before every step.

    ``label`` (n,) gives one class number per sample, -1 for "no class"; None is unconditional. Of a model that learned a
    context it is (n, width), in which each slot says whether it is given.
    ``temperature`` 1 is the model itself; each family says what it multiplies.
    """

    knobs: Settings = field(default_factory=Settings)
    temperature: float = 1.0
    label: Tensor | None = None
    condition: Condition | None = None

    def read(self, Knobs: type[K]) -> K:
        """The knobs as those of a sampler. Of another's, which may be in hand while a person changes the sampler, what both
        share is kept beside the defaults."""
        if isinstance(self.knobs, Knobs):
            return self.knobs
        return Knobs().model_copy(update={name: v for name, v in self.knobs if name in Knobs.model_fields})


@dataclass(frozen=True)
class Frame:
    """One moment of sampling: keep it, rewind to it, branch from it, edit it.

    ``x`` (n, *event) is in model units at a scale fit to look at; ``t`` in [0, 1] is progress. ``state`` holds what the
    next step needs. Keys with a meaning for everyone: ``"estimate"`` (n, *event), the clean sample expected from here;
    ``"latent"`` (n, k), the latent that made it.
    """

    x: Tensor
    t: float
    state: Mapping[str, Any] = field(default_factory=dict)

    def with_(self, **changes: Any) -> Frame:
        return replace(self, **changes)


@runtime_checkable
class Sampler(Protocol):
    """Makes samples a visible step at a time; only the engine loops.

    ``t`` rises strictly from step to step and the last frame has ``t == 1``. Steps are deterministic given their
    generator. A sampler reads the network as it is now: create it anew from `Model.abilities` after training on. One whose
    first frame is not noise says in a word what it is: an attribute ``begins``, such as "origin".
    """

    @property
    def title(self) -> str: ...
    @property
    def help(self) -> str: ...
    @property
    def Knobs(self) -> type[Settings]: ...
    def start(self, n: int, steer: Steer, rng: Rng) -> Frame: ...
    def step(self, frame: Frame, steer: Steer, rng: Rng) -> Frame: ...


@dataclass(frozen=True)
class Method:
    """A method of meeting a condition: a sampler that reads ``steer.condition``, with an honest word on how exact it is.

    A model gives its quickest way first, for drafts; ``careful`` marks the one to answer with when there is time.
    ``follows_strength`` says that the sampler itself makes use of strengths of a mask between 0 and 1, as on a noise path;
    to all others completion shows masks of which every pixel is decided.
    """

    condition: str
    title: str
    honesty: Honesty
    help: str
    sampler: Sampler
    careful: bool = False
    follows_strength: bool = False


def trajectory(
    sampler: Sampler, n: int, steer: Steer, seed: int, device: torch.device | str = "cpu"
) -> Work[list[Frame]]:
    """Run a sampler to its end, yielding after every step; returns all frames, first to last.

    Step i draws from ``rng_for(seed, i)``, the start from i = 0, so any suffix can be replayed bit-exactly.
    """
    frame = sampler.start(n, steer, rng_for(seed, 0, device=device))
    frames = [frame]
    while frame.t < 1:
        yield
        frame = sampler.step(frame, steer, rng_for(seed, len(frames), device=device))
        frames.append(frame)
    return frames
