"""Applying a recipe by name: other data, another family and its settings in one step of undo, and what it is seen in to the
front."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dgm_studio.language import tr

from .session.workspace import workspace_of

if TYPE_CHECKING:
    from .studio import Studio


def apply_recipe(studio: Studio, name: str) -> bool:
    """Make the run in front of its workspace one of a recipe's, and say what to look at; False where there is no such recipe.

    Seed and device stay as they are.
    """
    recipe = studio.catalogue.recipe(name)
    source = None if recipe is None else studio.catalogue.source(recipe.spec.data.name)
    if recipe is None or source is None:
        return False
    workspace = workspace_of(source.kind)
    before = studio.session.spec(workspace)
    held = {"seed": before.sampling.seed, "seed_locked": before.sampling.seed_locked}
    spec = recipe.spec.with_(seed=before.seed, device=before.device).with_sampling(**held)
    studio.set_workspace(workspace)
    studio.edit(studio.session.with_spec(spec, workspace))
    if recipe.layers:
        studio.set_layers(recipe.layers)
    if recipe.image_view:
        studio.set_image_view(recipe.image_view)
    studio.notify(
        "info",
        f"{recipe.title}: {recipe.help}",
        tr("Train {steps:,} steps. {look}", steps=recipe.steps, look=recipe.look),
    )
    return True
