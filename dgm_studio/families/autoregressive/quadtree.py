"""Quadtree: autoregression from coarse to fine, so that every density is exact and every step is a sharper look.

    p(x) = prod_l p(what level l adds | all coarser levels)

In the plane a point is found in one of four quarters, then in a quarter of that, and so on (`quadtree_cells`). A picture of few
grey levels begins with a few pixels far apart; those between them follow, all of a scale at once (`quadtree_scales`), in 10
passes for 8x8 pixels where one pixel after the other takes 64 (Reed et al. 2017, arXiv:1703.03664; Tian et al. 2024,
arXiv:2404.02905).
"""

from __future__ import annotations

import torch

from dgm_studio.contract import DataSpec, Family, Model, Recipe, Rng, Settings, Training, knob, seeded
from dgm_studio.families.autoregressive.quadtree_cells import CellNet
from dgm_studio.families.autoregressive.quadtree_images import PictureTree
from dgm_studio.families.autoregressive.quadtree_plane import PlaneTree
from dgm_studio.families.shared.learner import ON_POINTS, Learner
from dgm_studio.families.shared.levels import grey_levels
from dgm_studio.nets.unmasking import UnmaskingMlp

_LARGEST = 3072


class Config(Settings):
    depth: int = knob(
        7,
        2,
        9,
        step=1,
        kind="points",
        help="2D: levels of the tree; each halves the cells along both axes, of which the last lean.",
    )
    levels: int = knob(
        0,
        0,
        256,
        zero="auto",
        kind="images",
        help="Images: grey levels that pictures are rounded to, 2 is black and white; 0 takes the data's own up to 17, "
        "else 4.",
    )
    width: int = knob(0, 0, 1024, zero="auto", help="Units per hidden layer; 0 chooses 64 in 2D and 256 on images.")
    layers: int = knob(3, 1, 8, step=1, help="Hidden layers in 2D, residual blocks on images.")


def _accepts(spec: DataSpec) -> str | None:
    if spec.is_image:
        if spec.size > _LARGEST:
            return f"it draws pictures of up to {_LARGEST} numbers; these have {spec.size}."
        return None
    if spec.event != (2,) or spec.kind != "real":
        return "it takes pictures, or points in the plane with real coordinates."
    return None


def _build(config: Config, spec: DataSpec, rng: Rng) -> Model:
    classes = len(spec.classes)
    model: PlaneTree | PictureTree
    with seeded(rng):
        if spec.is_image:
            levels = grey_levels(config.levels, spec)
            net = UnmaskingMlp(spec.size, levels, config.width or 256, config.layers, classes, rng)
            model = PictureTree(spec, Learner(net.to(rng.device)), levels, rng.device)
        else:
            cells = CellNet(config.depth, classes, config.width or 64, config.layers)
            model = PlaneTree(spec, Learner(cells.to(rng.device), decay_power=ON_POINTS))
    model.retune(_recipe(spec, rng.device).training)
    return model


def _recipe(spec: DataSpec, device: torch.device) -> Recipe:
    if not spec.is_image:
        return Recipe(training=Training(batch=256, learning_rate=1e-2), steps=2000)
    if spec.size <= 256:
        return Recipe(training=Training(batch=128, learning_rate=3e-3), steps=1000)
    return Recipe({"width": 384}, Training(batch=128, learning_rate=2e-3), steps=2000)


FAMILY = Family(
    name="quadtree",
    title="Quadtree",
    summary="coarse to fine · exact",
    group="autoregressive",
    help="Draws coarse to fine: a quarter of the plane and a quarter of that, or a few pixels and those between; every "
    "probability is exact.",
    reference="Tian et al. 2024, next-scale prediction (arXiv:2404.02905); Reed et al. 2017 (arXiv:1703.03664)",
    Config=Config,
    accepts=_accepts,
    build=_build,
    recipe=_recipe,
    when_diverged="The loss is an exact negative log-likelihood, so it grows without limit only where the steps are too large: "
    "lower the learning rate.",
)
