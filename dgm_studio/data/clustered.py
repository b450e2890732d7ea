"""Clusters as classes: what "unconditional" generation can gain by conditioning on groups found in the data.

Every example is labelled with the number of its nearest k-means centre, so that any class-conditional family can be
trained on data without labels (self-conditioning; Liu et al. 2020, arXiv:2006.10728).
"""

from __future__ import annotations

from dataclasses import replace

import torch
from torch import Tensor

from dgm_studio.contract import Batch, DataError, DataSet, Rng, rng_for
from dgm_studio.data.shared.shares import shares_of
from dgm_studio.language import tr
from dgm_studio.nets.kmeans import kmeans, nearest

_SEED = 616
_MOST = 4000
_DIRECTIONS = 32
"""Pictures are compared in so many principal directions: k-means needs no more, and is quick there."""


def clustered(data: DataSet, k: int) -> DataSet:
    """The same data with k clusters for classes; always the same ones. Raises DataError where there are too few examples."""
    if len(data.train) < k:
        raise DataError(
            tr(
                "{name} has {train} training examples, too few for {k} clusters. Ask for fewer.",
                name=data.name,
                train=len(data.train),
                k=k,
            )
        )
    rng = rng_for(_SEED)
    some = torch.randperm(len(data.train), generator=rng)[:_MOST]
    flat = data.train.x[some].flatten(1).float()
    mean = flat.mean(0)
    axes = torch.eye(flat.shape[1])
    if flat.shape[1] > _DIRECTIONS:
        axes = torch.linalg.svd(flat - mean, full_matrices=False).Vh[:_DIRECTIONS].T
    centres = kmeans((flat - mean) @ axes, k, rng)

    def label(x: Tensor) -> Tensor:
        return nearest((x.flatten(1).float() - mean) @ axes, centres)

    def labelled(batch: Batch) -> Batch:
        return Batch(batch.x, batch.index, label(batch.x))

    train = labelled(data.train)
    fresh, log_density = data.fresh, data.log_density

    def draw(n: int, rng: Rng) -> Batch:
        assert fresh is not None
        return labelled(fresh(n, rng))

    def joint_log_density(x: Tensor) -> Tensor:
        """log p(x, y) (n, k): a point belongs to its cluster and to no other."""
        assert log_density is not None
        mine = torch.nn.functional.one_hot(label(x), k).bool()
        return torch.where(mine, log_density(x)[:, None], -torch.inf)

    return replace(
        data,
        spec=replace(data.spec, classes=tuple(f"cluster {i + 1}" for i in range(k)), shares=shares_of(train.label, k)),
        train=train,
        held_out=labelled(data.held_out),
        fresh=None if fresh is None else draw,
        joint_log_density=None if log_density is None else joint_log_density,
    )
