"""The codebook of a VQ-VAE: k-means that goes on while the encoder learns.

Every vector z is replaced by the nearest of K codes e. With n_k of the vectors of a batch nearest to code k, and s_k
their sum, the codes follow as moving averages (van den Oord et al. 2017, arXiv:1711.00937, appendix A.1)

    N_k <- g N_k + (1 - g) n_k,     m_k <- g m_k + (1 - g) s_k,     e_k = m_k / N_k.

A code that nothing is near is dead: it would never move again. It restarts at a vector of the batch that its own code
serves badly (Dhariwal et al. 2020, arXiv:2005.00341).
"""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from dgm_studio.contract import Rng

_DECAY = 0.98
_DEAD = 0.03
"""A code is dead when it serves less than this share of what an average code does."""
_FRESH = 0.2
"""What a new code is taken to serve: it has some hundred steps to find vectors."""


class Codebook(nn.Module):
    """Codes ``vectors`` (K, d), how many vectors each serves in a batch ``count`` (K,), and their sum ``total`` (K, d)."""

    vectors: Tensor
    count: Tensor
    total: Tensor

    def __init__(self, codes: int, size: int) -> None:
        super().__init__()
        self.register_buffer("vectors", torch.randn(codes, size))
        self.register_buffer("count", torch.ones(codes))
        self.register_buffer("total", self.vectors.clone())

    def nearest(self, z: Tensor) -> Tensor:
        """Numbers (...) of the codes nearest to vectors z (..., d)."""
        # |z|^2 is the same for all codes
        return (self.vectors.square().sum(-1) - 2 * z @ self.vectors.T).argmin(-1)

    def perplexity(self) -> Tensor:
        """How many codes would serve as evenly as these do: 1 when one serves all, K when all serve alike."""
        share = self.count / self.count.sum()
        return torch.exp(torch.special.entr(share).sum())

    @torch.no_grad()
    def begin(self, z: Tensor, rng: Rng) -> None:
        """Put the codes on vectors drawn from z (n, d)."""
        some = torch.randint(len(z), (len(self.count),), generator=rng, device=rng.device)
        self.vectors.copy_(z[some])
        self.count.fill_(_FRESH * len(z) / len(self.count))
        self.total.copy_(self.vectors * self.count[:, None])

    @torch.no_grad()
    def follow(self, z: Tensor, code: Tensor) -> None:
        """Move the codes towards the vectors z (n, d) that they serve, numbered by code (n,)."""
        own = F.one_hot(code, len(self.count)).to(z)
        self.count.lerp_(own.sum(0), 1 - _DECAY)
        self.total.lerp_(own.T @ z, 1 - _DECAY)
        self.vectors.copy_(self.total / self.count.clamp_min(1e-8)[:, None])

    @torch.no_grad()
    def restart(self, z: Tensor, code: Tensor, rng: Rng) -> None:
        """Put dead codes on vectors of z (n, d), in proportion to their squared distance from the codes that serve them."""
        usual = self.count.mean()
        dead = self.count < _DEAD * usual
        away = (z - self.vectors[code]).square().sum(-1) + 1e-8
        new = z[torch.multinomial(away, len(dead), replacement=True, generator=rng)]
        self.vectors.copy_(torch.where(dead[:, None], new, self.vectors))
        self.count.copy_(torch.where(dead, _FRESH * usual, self.count))
        self.total.copy_(torch.where(dead[:, None], new * self.count[:, None], self.total))
