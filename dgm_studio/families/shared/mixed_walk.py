"""A walk along numbers whose law is a mixture: which part each sequence comes from is told by the numbers so far.

    p(k_i | k_1 ... k_(i-1)) = sum_m w_m p_m(k_i | ...),   w_m <- w_m p_m(k_i | ...) / sum

With the shares of classes as weights that is the law without a class, with those of hidden states the law of what is seen.
"""

from __future__ import annotations

from typing import Protocol

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor


class Parts(Protocol):
    """M laws, each of which says how likely every level of the next number is."""

    def read(self) -> Tensor:
        """Log-probabilities (n, M, L), or (1, M, L) where they are the same for all sequences."""
        ...

    def write(self, level: Tensor) -> None:
        """Fix the next number (n,)."""
        ...


class MixedWalk:
    """See `contract.SymbolWalk`; ``log_weight`` (M,) are the weights at the beginning, for ``n`` sequences."""

    def __init__(self, parts: Parts, log_weight: Tensor, n: int) -> None:
        self._parts = parts
        self._log_weight = log_weight.double().log_softmax(0).expand(n, -1)
        self._next: Tensor | None = None

    @torch.no_grad()
    def read(self) -> NDArray[np.float64]:
        self._next = self._parts.read()
        found: NDArray[np.float64] = (self._log_weight[..., None] + self._next).logsumexp(1).log_softmax(1).numpy()
        return found

    @torch.no_grad()
    def write(self, level: NDArray[np.int64]) -> None:
        asked = self._parts.read() if self._next is None else self._next
        k = torch.from_numpy(np.ascontiguousarray(level))
        n, parts = self._log_weight.shape
        seen = asked.expand(n, -1, -1).gather(2, k[:, None, None].expand(n, parts, 1))[..., 0]
        self._log_weight = (self._log_weight + seen).log_softmax(1)
        self._parts.write(k)
        self._next = None
