"""Imitation: a policy of two modes, and what becomes of them in a single step and in too many dimensions.

A path of 16 waypoints is 32 numbers, of which a handful carry all that demonstrations differ in. Flow matching in their leading
principal components finds both sides of an obstacle in seconds; in the raw numbers most of what it learns is how neighbouring
waypoints go together. One Euler step goes to the mean of both sides, as regression does.
"""

from __future__ import annotations

from dgm_studio.protocol.recipes import NamedRecipe
from dgm_studio.protocol.spec import DataChoice, RunSpec, Sampling

_DATA = DataChoice(name="detours")
_GIVEN = (("start_x", -1.0), ("start_y", 0.0), ("goal_y", 0.0), ("obstacle_x", 0.0), ("obstacle_y", 0.0))

RECIPES = (
    NamedRecipe(
        "detours",
        "both ways around",
        "Flow matching learns paths around an obstacle in six principal components: half of its paths pass on either side, and "
        "a net with squared error beside it goes through the middle.",
        "Drag the obstacle. Press *Follow* with the same noise and with other: the one keeps its side, the other dithers.",
        RunSpec(data=_DATA, conditional=True, sampling=Sampling(count=64, label=_GIVEN)),
        steps=2000,
    ),
    NamedRecipe(
        "detours-one-step",
        "both ways around, in one step",
        "The same policy sampled in one Euler step: every path goes to the mean of both sides, which is through the obstacle.",
        "The fan, while *steps* in Steer goes from 1 to 2 and to 8: it parts.",
        RunSpec(
            data=_DATA,
            conditional=True,
            sampling=Sampling(count=64, label=_GIVEN, sampler="euler", knobs={"steps": 1}),
        ),
        steps=2000,
    ),
    NamedRecipe(
        "detours-raw",
        "both ways around, in raw numbers",
        "The same network on all 32 numbers of a path: after as many steps the paths are rough, and far more of them collide.",
        "Collisions and roughness under the curves, beside those of both ways around.",
        RunSpec(data=_DATA, conditional=True, config={"components": 0}, sampling=Sampling(count=64, label=_GIVEN)),
        steps=2000,
    ),
)
