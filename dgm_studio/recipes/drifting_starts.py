"""Bad starts of a drifting model: all samples in one mode, or far from all data.

A generator that has collapsed is where many others end. Here samples in one place repel each other and data that no sample is
near pull hardest, so that it leaves; and mean shift, which weighs whatever is there, fetches samples from any distance (Deng et
al. 2026, arXiv:2602.04770).
"""

from __future__ import annotations

from dgm_studio.protocol.recipes import NamedRecipe
from dgm_studio.protocol.spec import DataChoice, RunSpec

_DATA = DataChoice(name="8-gaussians")
_LAYERS = ("data", "samples", "field")

RECIPES = (
    NamedRecipe(
        "drifting-collapsed",
        "drifting, from a collapse",
        "All samples begin in a single point. They repel each other, and modes without samples pull: none stays empty.",
        "The samples spread from the point to all eight modes within a few hundred steps; the arrows show where they are "
        "drawn. Halve the radius, and other modes are hardly felt.",
        RunSpec(data=_DATA, family="drifting", config={"begin": "collapsed", "radius": 0.2, "examples": 256}),
        steps=600,
        layers=_LAYERS,
    ),
    NamedRecipe(
        "drifting-far",
        "drifting, from far away",
        "All samples begin far outside. Weights are normalised, so that the nearest data pull however far away they are.",
        "The cloud comes home within two hundred steps and parts into eight by and by. The arrows lead from "
        "where samples are to data that have none.",
        RunSpec(data=_DATA, family="drifting", config={"begin": "far", "radius": 0.3, "waves": 16, "examples": 256}),
        steps=1000,
        layers=_LAYERS,
    ),
)
