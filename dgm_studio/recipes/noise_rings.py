"""Noise that rings: what can be expected of the next sample of a plucked string.

A string is plucked by noise, of which nobody can say what comes next; going around it becomes a tone, of which anybody can who
has heard a period of it (Karplus & Strong 1983, doi:10.2307/3680062). A model that writes sample by sample (van den Oord et
al. 2016, arXiv:1609.03499) learns both, and the column of heat at its head shows which is which.
"""

from __future__ import annotations

from dgm_studio.protocol.recipes import NamedRecipe
from dgm_studio.protocol.spec import DataChoice, RunSpec, Sampling

RECIPES = (
    NamedRecipe(
        "noise-rings",
        "noise rings",
        "The first period of a plucked string is noise, and the model expects anything; the same noise comes around again and "
        "again, and the model expects less and less else.",
        "The column of heat at the head of the wave while *t* is moved: wide at the pluck, narrow once it rings. A click on "
        "data shows what is expected of a sound that the model did not write.",
        RunSpec(data=DataChoice(name="plucked"), family="autoregressive", sampling=Sampling(count=8)),
        steps=400,
    ),
)
