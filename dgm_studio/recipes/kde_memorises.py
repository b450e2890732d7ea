"""A kernel density that memorises: twenty examples, and kernels far narrower than the gaps between them.

    p(x) = 1/n sum_i N(x; x_i, h^2 I),     h -> 0: samples are the examples.

Its training likelihood grows without bound while that of fresh data falls; the copying test tells (Meehan et al. 2020,
arXiv:2004.05675).
"""

from __future__ import annotations

from dgm_studio.protocol.recipes import NamedRecipe
from dgm_studio.protocol.spec import DataChoice, RunSpec

RECIPES = (
    NamedRecipe(
        "kde-memorises",
        "KDE that memorises, bandwidth 0.02",
        "Twenty examples and kernels of width 0.02: whatever is drawn is one of the examples with a little noise.",
        "The copying test, under Quality: far below 0. Every sample lies on an example.",
        RunSpec(
            data=DataChoice(name="moons", params={"examples": 20}),
            family="kde",
            config={"automatic": False, "bandwidth": 0.02},
        ),
        steps=20,
        layers=("data", "samples", "density"),
    ),
)
