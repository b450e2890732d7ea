"""Layers of the plane as a run can give them: why one cannot be shown, and what the family calls its own."""

from __future__ import annotations

from .state import Opened


def missing_layers(opened: Opened | None) -> dict[str, str]:
    """Why layers cannot be shown for a run, one sentence each, by layer."""
    if opened is None:
        return {}
    info = opened.info
    missing = {}
    if info.density is None or info.density == "lower bound":
        why = "gives only a bound on its density" if info.density else "has no density"
        missing["density"] = f"This family {why}, so there is none to draw."
    if not info.has_truth:
        missing["truth"] = "The true density of this data is not known."
    if "density" in missing or "truth" in missing:
        missing["difference"] = "Needs both the model's density and the true one."
    if info.field is None:
        missing["field"] = "This family has no velocity, no score and no surface."
    if info.surface is None:
        missing["surface"] = "This family has no energy and no critic."
    if info.latent_size != 2:
        missing["mesh"] = "This family has no plane of codes."
    if info.classifier is None:
        missing["regions"] = "Train with classes, on data that have some, in a family that can tell them apart."
    return missing


def own_names(opened: Opened | None) -> dict[str, str]:
    """What a family calls a layer."""
    if opened is None:
        return {}
    names = {"field": opened.info.field or "field"}
    if opened.info.surface is not None:
        names["surface"] = opened.info.surface.title.lower()
    return names
