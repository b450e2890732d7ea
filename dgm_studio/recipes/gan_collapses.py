"""A GAN that collapses: a generator that pleases the critic with a few modes, then with others, never with all.

The non-saturating loss judges each sample by itself, so nothing rewards variety (Goodfellow et al. 2014, arXiv:1406.2661); with
neither penalty the critic's slope drives the generator on for ever (Mescheder et al. 2018, arXiv:1801.04406).
"""

from __future__ import annotations

from dgm_studio.protocol.recipes import NamedRecipe
from dgm_studio.protocol.spec import DataChoice, RunSpec

RECIPES = (
    NamedRecipe(
        "gan-collapses",
        "GAN that collapses",
        "A loss that judges each sample alone, no penalty on the critic, and a plain generator: a few of the 25 modes "
        "get all samples, and they move on when the critic has learned it.",
        "Modes covered, under Quality: far from 1. Train on and watch the samples jump; the critic's surface pushes them.",
        RunSpec(
            data=DataChoice(name="25-gaussians"),
            family="gan",
            config={"loss": "non-saturating", "r1": 0.0, "r2": 0.0, "waves": 0, "width": 64},
        ),
        steps=500,
        layers=("data", "samples", "surface"),
    ),
)
