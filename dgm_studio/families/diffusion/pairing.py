"""Pairing noise with data by optimal transport inside a batch, so that the lines between them are short and cross little.

For n rows each, the permutation with the least ``sum_i |a_p(i) - b_i|^2`` (Tong et al. 2023, arXiv:2302.00482; Pooladian et
al. 2023, arXiv:2304.14772). Sampling is unbiased whatever the pairing, since every noise and every example keeps its share.
"""

from __future__ import annotations

import torch
from torch import Tensor

BLOCK = 256
"""Rows that are assigned together. Blocks of 64 take a third of the time, but leave one step twice as far from the data."""


def pair(noise: Tensor, data: Tensor, block: int = BLOCK) -> Tensor:
    """The rows of ``noise`` (n, ...) reordered to be near their rows of ``data``: an exact assignment in every block."""
    from scipy.optimize import linear_sum_assignment  # a second and 50 MB that only this coupling should cost

    order = []
    for first in range(0, len(data), block):
        a, b = noise[first : first + block].flatten(1), data[first : first + block].flatten(1)
        cost = torch.cdist(b, a).square().cpu().numpy()
        order.append(torch.from_numpy(linear_sum_assignment(cost)[1]) + first)
    return noise[torch.cat(order).to(noise.device)]
