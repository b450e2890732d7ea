"""A VAE with a hole: the latents of the data do not fill the prior, and what is drawn where none are is nothing known.

The aggregate posterior ``q(z) = E_x q(z | x)`` differs from N(0, I) by just what the bound does not punish (Hoffman & Johnson
2016; Tomczak & Welling 2018, arXiv:1705.07120).
"""

from __future__ import annotations

from dgm_studio.protocol.recipes import NamedRecipe
from dgm_studio.protocol.spec import DataChoice, RunSpec, Sampling

RECIPES = (
    NamedRecipe(
        "vae-hole",
        "VAE with a hole",
        "Latents from the standard prior also fall where no example has its latent, and there the decoder was never taught.",
        "Samples that are no digits. Change the sampler's prior to mixture, which is fitted to the latents: they are gone.",
        RunSpec(
            data=DataChoice(name="digits"),
            family="vae",
            sampling=Sampling(knobs={"prior": "standard"}, count=100),
        ),
        steps=600,
        image_view="samples",
    ),
)
