"""An EBM that explodes: chains that cannot follow the energy, so that pushing their energy up balances nothing.

    loss = E(data) - E(samples) -> -infinity

where samples are no samples of the model (Du & Mordatch 2019, arXiv:1903.08689; Nijkamp et al. 2020, arXiv:1903.12370).
Moves are large and none is refused, the learning rate is high, and nothing penalises large energies.
"""

from __future__ import annotations

from dgm_studio.protocol.recipes import NamedRecipe
from dgm_studio.protocol.spec import DataChoice, RunSpec

RECIPES = (
    NamedRecipe(
        "ebm-explodes",
        "EBM that explodes",
        "Large moves of the chains that nobody refuses, a high learning rate and no penalty on energies: the contrast "
        "between data and samples runs away.",
        "The loss: it falls faster and faster, until training is stopped and the last good weights come back. Give the "
        "chains corrected moves, and it trains.",
        RunSpec(
            data=DataChoice(name="8-gaussians"),
            family="ebm",
            config={"method": "pcd", "corrected": False, "penalty": 0.0, "size": 0.5},
            training={"learning_rate": 0.05},
        ),
        steps=300,
        layers=("data", "samples", "surface"),
    ),
)
