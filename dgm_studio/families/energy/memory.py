"""What an energy-based model remembers besides its weights: persistent chains, recent data, how often each class came.

Persistent chains (Tieleman 2008, doi:10.1145/1390156.1390290) go on from where they stopped a step ago, so that a few
moves per step are enough to follow a slowly changing energy. A share of them begins afresh each time (Du & Mordatch 2019,
arXiv:1903.08689), so that chains reach valleys that opened far from them.
"""

from __future__ import annotations

from collections.abc import Mapping

import torch
from torch import Tensor

from dgm_studio.contract import Rng
from dgm_studio.families.shared.state import check_fit


class Memory:
    """``chains`` (m, d), ``centres`` (k, d) for noise near the data, ``counts`` (C,) of classes seen."""

    def __init__(self, chains: Tensor, classes: int) -> None:
        self.chains = chains
        self.centres = chains.new_zeros(0, chains.shape[1])
        self.counts = torch.ones(max(1, classes), device=chains.device)

    def count(self, label: Tensor) -> None:
        self.counts = self.counts + torch.bincount(label, minlength=len(self.counts)).to(self.counts)

    @property
    def log_share(self) -> Tensor:
        """Logarithms of the shares of the classes (C,)."""
        return (self.counts / self.counts.sum()).log()

    def take(self, n: int, fresh: float, spread: float, rng: Rng) -> tuple[Tensor, Tensor]:
        """n chains and their places in the memory; a share ``fresh`` of them begins afresh from N(0, spread^2)."""
        chains = self.chains
        where = torch.randint(len(chains), (n,), generator=rng, device=rng.device).to(chains.device)
        anew = torch.rand(n, 1, generator=rng, device=rng.device).to(chains) < fresh
        noise = spread * torch.randn(n, chains.shape[1], generator=rng, device=rng.device).to(chains)
        return torch.where(anew, noise, chains[where]), where

    def put(self, where: Tensor, chains: Tensor) -> None:
        self.chains = self.chains.index_copy(0, where, chains)

    def to(self, device: torch.device) -> None:
        self.chains, self.centres = self.chains.to(device), self.centres.to(device)
        self.counts = self.counts.to(device)

    def state_dict(self) -> dict[str, Tensor]:
        """Samples may begin at the chains; recent data are needed for training alone."""
        return {
            "chains": self.chains.clone(),
            "counts": self.counts.clone(),
            "optimiser.centres": self.centres.clone(),
        }

    def load_state_dict(self, state: Mapping[str, Tensor]) -> None:
        check_fit({"chains": self.chains, "counts": self.counts}, state)
        self.chains, self.counts = (state[k].to(self.chains.device).clone() for k in ("chains", "counts"))
        self.centres = state.get("optimiser.centres", self.centres[:0]).to(self.chains.device).clone()
