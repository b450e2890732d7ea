"""A model trains itself one visible step at a time; a family builds it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import torch
from torch import Tensor

from dgm_studio.language import tr
from dgm_studio.protocol.spec import DataKind

from .abilities import Abilities
from .data import Batch, DataSpec
from .settings import Recipe, Settings, Training
from .work import Rng


class Model(Protocol):
    """A model that trains itself one visible step at a time; the engine owns the loop, the clock and the checkpoints."""

    def train_step(self, batch: Batch, rng: Rng) -> Mapping[str, Tensor]:
        """One step on a batch in model units; returns scalars by name, detached, ``"loss"`` among them."""
        ...

    def retune(self, training: Training) -> None:
        """Take over changed training settings without losing what was learned."""
        ...

    def abilities(self) -> Abilities:
        """What it can do with its present (averaged) weights. Cheap: called before every use."""
        ...

    def to(self, device: torch.device) -> None:
        """Move everything it owns, optimiser state included."""
        ...

    def parameters(self) -> Sequence[Tensor]:
        """The trainable tensors, those that a gradient must reach; empty for a family without any."""
        ...

    def state_dict(self) -> dict[str, Tensor]:
        """Everything needed to go on. Keys that begin with ``optimiser.`` are needed to resume, not to sample."""
        ...

    def load_state_dict(self, state: Mapping[str, Tensor]) -> None:
        """Take over a state; keys under ``optimiser.`` may be missing. Raises ValueError naming a tensor that does not fit."""
        ...


GROUPS = ("memory", "autoregressive", "flow", "latent variable", "implicit", "energy", "diffusion")
"""The branches of the taxonomy of deep generative models, in the order in which courses teach them."""


@dataclass(frozen=True)
class Family:
    """One family of generative models: the last lines of its one file."""

    name: str
    title: str
    summary: str
    """Two or three words for a card, such as "velocity · ODE"."""
    help: str
    """One or two sentences for people."""
    reference: str
    Config: type[Settings]
    accepts: Callable[[DataSpec], str | None]
    """None when it can be trained on such data, else the reason, a sentence that says what it takes."""
    build: Callable[[Any, DataSpec, Rng], Model]
    recipe: Callable[[DataSpec, torch.device], Recipe]
    group: str = ""
    """The branch of the taxonomy, one of `GROUPS`; catalogues are in this order."""
    when_diverged: str = ""
    """What it means when training diverges, in terms of this family's mathematics, and what to change; sentences."""
    diverged_beyond: float = 1e6
    """A loss of larger magnitude counts as divergence, as one that is not a number does."""
    takes_context: bool = False
    """Whether it learns p(x | c) of a context of named slots, of which any may be free."""
    kinds: tuple[DataKind, ...] = ("points", "images")
    """Kinds of data that it may take at all; of these ``accepts`` says more."""
    takes_source: bool = False
    """Whether its samples can start from another data set in place of noise."""

    def refuses(self, spec: DataSpec) -> str | None:
        """None when it can be trained on such data as they are, else the reason."""
        if spec.context and not self.takes_context:
            return tr("it takes no context; leave it out.")
        if spec.data_kind not in self.kinds:
            *most, last = self.kinds
            return tr(
                "it takes {names}, not {data_kind}.",
                names=" and ".join(filter(None, (", ".join(most), last))),
                data_kind=spec.data_kind,
            )
        if spec.source is not None and not self.takes_source:
            return tr("its samples start from noise and from no other data; choose Bridge, or noise as the source.")
        return self.accepts(spec)
