"""Exposure bias: a network that was taught behind true pixels draws behind its own, and its slips add up.

Hardly trained, it does well behind the pixels of data, which take back every slip, and badly behind its own (Bengio et al.
2015, arXiv:1506.03099; Ranzato et al. 2015, arXiv:1511.06732). Trained on it is gone: on pictures as small as these a sample
that goes wrong early is drawn on to another digit.
"""

from __future__ import annotations

from dgm_studio.protocol.recipes import NamedRecipe
from dgm_studio.protocol.spec import DataChoice, RunSpec, Sampling

RECIPES = (
    NamedRecipe(
        "exposure-bias",
        "exposure bias",
        "Taught behind true pixels for a few steps only, the network draws behind its own: one slip leads to the next, "
        "and samples end farther from all digits than its guesses behind true pixels are.",
        "Inside, exposure bias: the surprise behind data beside that behind own samples, and what one corrupted pixel "
        "does to all that follow. Train on, and it goes.",
        RunSpec(
            data=DataChoice(name="digits"),
            family="autoregressive",
            config={"net": "made", "raster": 1.0},
            sampling=Sampling(count=100),
        ),
        steps=60,
        image_view="inside",
    ),
)
