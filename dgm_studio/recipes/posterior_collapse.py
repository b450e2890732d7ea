"""Posterior collapse: with a heavy KL term a latent costs more than it explains, and the encoder says nothing.

    E_q log p(x | z) - beta KL(q(z | x) || N(0, I)),     beta = 8: q(z | x) = N(0, I) for every x

(Bowman et al. 2016, arXiv:1511.06349; Lucas et al. 2019, arXiv:1911.02469).
"""

from __future__ import annotations

from dgm_studio.protocol.recipes import NamedRecipe
from dgm_studio.protocol.spec import DataChoice, RunSpec, Sampling

RECIPES = (
    NamedRecipe(
        "posterior-collapse",
        "posterior collapse, beta 8",
        "The KL to the prior counts eight times, so that no latent is worth its price: all examples get the prior for a "
        "latent, and the decoder draws the same mean for all.",
        "The curves: KL and active units go to 0. In the latent plane all latents lie on one spot, and every sample looks"
        " alike.",
        RunSpec(
            data=DataChoice(name="digits", params={"ink": "black and white"}),
            family="vae",
            config={"beta": 8.0},
            sampling=Sampling(count=100),
        ),
        steps=300,
        image_view="latent",
    ),
)
