"""Remembered pictures: what families without parameters learn from, and draw from.

Such a model files every new picture until its memory is full. Each sample has one picture for its source: one of the
class asked for, the one of a number that a person chooses, or any.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from dgm_studio.contract import Batch, DataSpec, Rng, Settings, Steer, Training, knob
from dgm_studio.families.shared.classes import check_labels
from dgm_studio.language import tr

SIDES = (8, 128)


class MemoryConfig(Settings):
    memory: int = knob(
        64, 1, 1000, scale="log", help="How many pictures are remembered; the first different ones that come along."
    )


class ExemplarKnobs(Settings):
    exemplar: int = knob(
        0,
        0,
        1000,
        zero="any",
        help="Number of the remembered picture that is the source; beyond the last one it starts anew.",
    )


@dataclass(frozen=True)
class Exemplars:
    """Pictures (m, C, H, W), at least one, with the class of each (m,), -1 where it has none."""

    images: Tensor
    label: Tensor

    def pick(self, n: int, steer: Steer, classes: int, rng: Rng) -> Tensor:
        """A source (n, C, H, W) for each sample. Raises ValueError for a class that does not exist."""
        number = steer.read(ExemplarKnobs).exemplar
        drawn = torch.randint(2**31, (n,), generator=rng, device=rng.device)
        asked = torch.full_like(drawn, -1) if steer.label is None else steer.label.to(drawn.device)
        check_labels(asked[asked >= 0], classes)
        picked = torch.empty_like(drawn)
        for y in asked.unique().tolist():
            fit = (self.label == y).nonzero()[:, 0] if y >= 0 else torch.arange(len(self.label), device=drawn.device)
            fit = fit if len(fit) else torch.arange(len(self.label), device=drawn.device)
            at = drawn % len(fit) if number == 0 else torch.full_like(drawn, (number - 1) % len(fit))
            picked = torch.where(asked == y, fit[at], picked)
        return self.images[picked]


class Album:
    """What a model of remembered pictures trains: it files them. Concrete families add ``abilities``."""

    def __init__(self, memory: int, spec: DataSpec, device: torch.device) -> None:
        self._memory, self._spec, self._device = memory, spec, device
        self._images = torch.zeros(0, *spec.event, device=device)
        self._label = torch.zeros(0, dtype=torch.long, device=device)

    @property
    def exemplars(self) -> Exemplars:
        """What is remembered; before the first step one grey picture."""
        if len(self._images):
            return Exemplars(self._images, self._label)
        grey = torch.zeros(1, *self._spec.event, device=self._device)
        return Exemplars(grey, torch.full((1,), -1, device=self._device))

    def train_step(self, batch: Batch, rng: Rng) -> Mapping[str, Tensor]:
        """File what is new; ``loss`` is the mean squared difference from the nearest remembered picture."""
        x = batch.x.detach()
        label = torch.full((len(x),), -1, device=x.device) if batch.label is None else batch.label
        room = self._memory - len(self._images)
        if room > 0:
            new = x.flatten(1).unique(dim=0, return_inverse=True)[1]
            first = torch.full((int(new.max()) + 1,), len(x), device=x.device)
            first = first.scatter_reduce(0, new, torch.arange(len(x), device=x.device), "amin").sort().values
            distance = torch.cdist(x[first].flatten(1), self._images.flatten(1))
            known = (distance < 1e-4).any(1) if len(self._images) else torch.zeros_like(first, dtype=torch.bool)
            first = first[~known][:room]
            self._images = torch.cat([self._images, x[first]])
            self._label = torch.cat([self._label, label[first]])
        nearest = torch.cdist(x.flatten(1), self._images.flatten(1)).amin(1)
        loss = nearest.square().mean() / self._spec.size
        return {"loss": loss, "remembered": torch.tensor(float(len(self._images)))}

    def retune(self, training: Training) -> None:
        """Nothing to do: there is no learning rate, and the batch size is read from each batch."""

    def parameters(self) -> Sequence[Tensor]:
        return ()

    def to(self, device: torch.device) -> None:
        self._device = device
        self._images, self._label = self._images.to(device), self._label.to(device)

    def state_dict(self) -> dict[str, Tensor]:
        return {"pictures": self._images.clone(), "labels": self._label.clone()}

    def load_state_dict(self, state: Mapping[str, Tensor]) -> None:
        for name in ("pictures", "labels"):
            if name not in state:
                raise ValueError(f"tensor {name} is missing; remembered pictures cannot be restored without it")
        images, label = state["pictures"], state["labels"]
        if images.shape[1:] != self._spec.event or len(images) > self._memory:
            room = (self._memory, *self._spec.event)
            raise ValueError(f"tensor pictures is of shape {tuple(images.shape)}; this album has room for {room}")
        if label.shape != images.shape[:1]:
            raise ValueError(f"tensor labels is of shape {tuple(label.shape)}; there are {len(images)} pictures")
        self._images, self._label = images.to(self._device).clone(), label.to(self._device).clone()


def accepts(spec: DataSpec) -> str | None:
    """Both families of patches take pictures with sides of 8 to 128 pixels."""
    low, high = SIDES
    if not spec.is_image:
        return tr("it copies pieces of pictures; points have none: choose a set of pictures.")
    if min(spec.event[1:]) < low or max(spec.event[1:]) > high:
        return f"it takes pictures with sides of {low} to {high} pixels; choose another size."
    return None
