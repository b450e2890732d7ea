"""One step, plain and straightened: paths that bend cannot be followed in one step, those of its own pairs can.

From noise one Euler step goes to ``x + v(x, 0)``, the mean of all data that the noise may become. Reflow teaches the network
the pairs of noise and sample that it makes itself, whose lines hardly cross (Liu et al. 2022, arXiv:2209.03003).
"""

from __future__ import annotations

from dgm_studio.protocol.recipes import NamedRecipe
from dgm_studio.protocol.spec import DataChoice, RunSpec, Sampling

_ONE = Sampling(knobs={"steps": 1})
_DATA = DataChoice(name="8-gaussians")

RECIPES = (
    NamedRecipe(
        "one-step-plain",
        "one step, plain",
        "Flow matching with noise and data paired at random, sampled in a single step: every point goes to the mean of "
        "the data.",
        "The samples gather between the blobs; the paths that they should have taken bend. Compare with one step, "
        "straightened.",
        RunSpec(data=_DATA, family="flow-matching", sampling=_ONE),
        steps=600,
        layers=("data", "samples", "path"),
    ),
    NamedRecipe(
        "one-step-straightened",
        "one step, straightened",
        "After 400 steps the flow learns from pairs of noise and its own samples, whose lines hardly cross: then one "
        "step suffices.",
        "The samples at step 400 and at step 800: drag the history. The paths are lines.",
        RunSpec(data=_DATA, family="flow-matching", config={"reflow": 400}, sampling=_ONE),
        steps=800,
        layers=("data", "samples", "path"),
    ),
)
