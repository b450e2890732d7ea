"""Parallel decoding: letters that are revealed together do not know of each other.

Masked diffusion can reveal any number of letters in a step, each drawn from what the network says of it by itself. That is the
model's own law one at a time only; together what ought to agree is drawn independently, and the more at once, the more often a
bracket is left open (Sahoo et al. 2024, arXiv:2406.07524; Feng et al. 2025, arXiv:2502.09622).
"""

from __future__ import annotations

from dgm_studio.protocol.recipes import NamedRecipe
from dgm_studio.protocol.spec import DataChoice, RunSpec, Sampling

RECIPES = (
    NamedRecipe(
        "parallel-decoding",
        "parallel decoding",
        "Four letters are revealed in each step, and none of them knows of the others: brackets are left open that one letter "
        "at a time would close.",
        "The share of valid strings above the samples, while *letters* in Steer goes from 4 to 1, and to 16, where a string is "
        "drawn in one step.",
        RunSpec(data=DataChoice(name="brackets"), family="masked", sampling=Sampling(count=200, knobs={"letters": 4})),
        steps=1500,
    ),
)
