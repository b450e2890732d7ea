"""p(y | x) from what a model says of each class and a prior that a person may move."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from dgm_studio.protocol.messages import Array


def prior_in_use(moved: Sequence[float], shares: Sequence[float]) -> tuple[float, ...]:
    """The weights of the classes: a person's own where they fit the classes, else the ``shares`` among the data."""
    return tuple(moved if len(moved) == len(shares) or not shares else shares)


def posterior(evidence: Array, prior: Sequence[float] = ()) -> Array:
    """p(y | x) (..., classes) from log p(x | y) (..., classes), up to a constant per place, and weights of the classes.

    Weights need not sum to 1; where there are none, or not one for each class, all classes weigh the same.
    """
    weights = np.asarray(prior if len(prior) == evidence.shape[-1] else np.ones(evidence.shape[-1]), np.float64)
    with np.errstate(divide="ignore"):
        joint = np.asarray(evidence, np.float64) + np.log(np.clip(weights, 0, None))
    top = joint.max(-1, keepdims=True)
    share = np.exp(joint - np.where(np.isfinite(top), top, 0.0))
    total = share.sum(-1, keepdims=True)
    return np.where(total > 0, share / np.where(total > 0, total, 1), 1 / evidence.shape[-1])
