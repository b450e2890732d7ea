"""From data to data: which example becomes which is up to the coupling, and left to chance where nothing couples them.

Independent pairs and pairs by optimal transport lead to the same data (Tong et al. 2023, arXiv:2302.00482), but only the second
keep what is near together. Two maps that undo each other do not settle the question either (Zhu et al. 2017, arXiv:1703.10593):
any shuffling that can be undone has no cycle error.
"""

from __future__ import annotations

from dgm_studio.protocol.recipes import NamedRecipe
from dgm_studio.protocol.spec import DataChoice, RunSpec, Sampling

_THIN, _THICK = (DataChoice(name="digits", params={"strokes": strokes}) for strokes in ("thin", "thick"))
_LAYERS = ("data", "samples", "source", "pairs")

RECIPES = (
    NamedRecipe(
        "cycle-gan-shuffles",
        "CycleGAN that shuffles",
        "Both maps undo each other and their images look right, yet points travel much farther than they need: which becomes "
        "which was decided by the first weights.",
        "Transport cost, under Quality: far above its floor, while the cycle error is small. Another seed of the run, another "
        "map.",
        RunSpec(
            data=DataChoice(name="circles"),
            source=DataChoice(name="moons"),
            family="cycle-gan",
            config={"width": 64},
            training={"batch": 128},
        ),
        steps=800,
        layers=("data", "samples", "source"),
    ),
    NamedRecipe(
        "bridge-crosses",
        "bridge with crossing pairs",
        "Any point of the source is paired with any of the data: the lines cross, so that the mean velocity in the middle "
        "points nowhere and where a point comes from is forgotten.",
        "Switch the coupling to ot: the same points arrive, but near ones come from near ones, at a lower transport cost.",
        RunSpec(
            data=DataChoice(name="8-gaussians"),
            source=DataChoice(name="moons"),
            family="bridge",
            config={"coupling": "independent"},
        ),
        steps=800,
        layers=_LAYERS,
    ),
    NamedRecipe(
        "bridge-keeps-digits",
        "bridge from thick digits to thin",
        "One half of the digits with thick strokes becomes the other half with thin ones. Pairs by optimal transport keep most "
        "digits what they are, although no label is used.",
        "Class kept, under Quality. Independent pairs fit the thin digits as well, and keep a class no more often than chance.",
        RunSpec(
            data=_THIN,
            source=_THICK,
            family="bridge",
            config={"coupling": "ot", "source_noise": 0.1},
            sampling=Sampling(count=100),
        ),
        steps=700,
        image_view="path",
    ),
)
