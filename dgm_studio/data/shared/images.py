"""What all picture sets share: their spec, the split into training and held-out pictures, and the parameters' base."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import MappingProxyType

import torch
from torch import Tensor

from dgm_studio.contract import Batch, DataSet, DataSpec, rng_for
from dgm_studio.data.shared.shares import shares_of

HELD_OUT_SHARE = 0.2
SPLIT_SEED = 20
"""The split never depends on the session's seed: a held-out picture stays held out in every run."""


def image_spec(x: Tensor, classes: Sequence[str] = (), levels: int = 256, shares: tuple[float, ...] = ()) -> DataSpec:
    """The spec of uint8 pictures (N, C, H, W) of so many grey levels; in model units pixels lie in [-1, 1]."""
    return DataSpec(tuple(x.shape[1:]), classes=tuple(classes), value_range=(-1.0, 1.0), levels=levels, shares=shares)


def split(label: Tensor, share: float = HELD_OUT_SHARE) -> tuple[Tensor, Tensor]:
    """Positions for training and for holding out, both shuffled: of each class in ``label`` (N,) ``share`` is held out.

    Equal labels give an equal split. A class with a single example keeps it for training.
    """
    order = torch.randperm(len(label), generator=rng_for(SPLIT_SEED))
    held: list[Tensor] = []
    for number in range(int(label.max()) + 1 if len(label) else 0):
        members = order[label[order] == number]
        held.append(members[: round(len(members) * share)] if len(members) > 1 else members[:0])
    out = torch.zeros(len(label), dtype=torch.bool)
    out[torch.cat(held)] = True
    if not out.any() and len(label) > 1:
        out[order[0]] = True
    # Shuffled anew: in the first order, classes that fill their quota early would come first.
    order = torch.randperm(len(label), generator=rng_for(SPLIT_SEED, 1))
    return order[~out[order]], order[out[order]]


def image_set(
    name: str,
    x: Tensor,
    label: Tensor | None = None,
    classes: Sequence[str] = (),
    factors: Mapping[str, Tensor] | None = None,
    problems: Sequence[str] = (),
    levels: int = 256,
    said: Sequence[str] = (),
    scales: Mapping[str, tuple[float, float]] = MappingProxyType({}),
    held: Tensor | None = None,
) -> DataSet:
    """A picture set from uint8 pictures (N, C, H, W), class numbers (N,) and factors (N,) of all of them.

    ``held`` (N,) says which are held out; None leaves a share of each class out. A single picture is both training and
    held-out example.
    """
    if held is None or held.all() or not held.any():
        train, out = split(torch.zeros(len(x), dtype=torch.long) if label is None else label)
    else:
        order = torch.randperm(len(x), generator=rng_for(SPLIT_SEED, 1))
        train, out = order[~held[order]], order[held[order]]
    out = out if len(out) else train
    known = None if label is None else label[train]
    return DataSet(
        name=name,
        spec=image_spec(x, classes, levels, shares_of(known, len(classes))),
        train=Batch.of(x[train], known),
        held_out=Batch.of(x[out], None if label is None else label[out]),
        factors={key: value[train] for key, value in (factors or {}).items()},
        problems=tuple(problems),
        said=tuple(said),
        scales=scales,
    )
