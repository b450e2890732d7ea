"""Layers of the plane: what can be laid over each other there, one record each.

A new one is a record here, a rule in `engine/schedule/watching.py` that begins the job which draws it, and an item of
`ui/plane/plane.py` that shows what the job says. Commands, keys, chips, help and the controls' names follow from the record.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from dgm_studio.language import tr, translate

from .messages import RunInfo


def _nothing(_: RunInfo) -> str:
    return ""


@dataclass(frozen=True)
class PlaneLayer:
    """``short`` is what its chip says, ``help`` one sentence; ``job`` the kind of the job that draws it, empty for what comes
    with the run. ``missing(info)`` says why a run cannot give it, ``own_name(info)`` what a family calls it; both may be empty.
    """

    name: str
    title: str
    short: str
    help: str
    job: str = ""
    missing: Callable[[RunInfo], str] = _nothing
    own_name: Callable[[RunInfo], str] = _nothing
    at_first: bool = False
    """Whether it is switched on in a fresh session."""
    rare: bool = False
    """Whether its chip is there only where a run can give it, as few can."""

    def __post_init__(self) -> None:
        translate(self, "title", "short", "help")


def _no_density(info: RunInfo) -> str:
    if info.density is not None and info.density != "lower bound":
        return ""
    if info.source_title:
        return tr("Of its source no density is known, so there is none of where its examples go.")
    why = tr("gives only a bound on its density") if info.density else tr("has no density")
    return tr("This family {why}, so there is none to draw.", why=why)


def _no_source(info: RunInfo) -> str:
    return "" if info.source_title else tr("Samples start from noise. Choose a source to start from other data.")


def _no_truth(info: RunInfo) -> str:
    return "" if info.has_truth else tr("The true density of this data is not known.")


def _no_difference(info: RunInfo) -> str:
    return tr("Needs both the model's density and the true one.") if _no_density(info) or _no_truth(info) else ""


PLANE_LAYERS: tuple[PlaneLayer, ...] = (
    PlaneLayer("data", "Data points", "data", "Training examples, one mark each.", at_first=True),
    PlaneLayer(
        "samples",
        "Samples",
        "samples",
        "What the model draws now, with the seed held still so that only the model moves.",
        "samples",
        at_first=True,
    ),
    PlaneLayer(
        "density",
        "Model density",
        "density",
        "exp(log p(x)) of the model; the contours hold 50, 80 and 95 % of its mass.",
        "density",
        _no_density,
        at_first=True,
    ),
    PlaneLayer(
        "truth", "True density", "truth", "exp(log p(x)) of the data, where it is known exactly.", "truth", _no_truth
    ),
    PlaneLayer(
        "difference",
        "Difference from truth",
        "difference",
        "Model density less true density: too much here, too little there.",
        "density",
        _no_difference,
    ),
    PlaneLayer(
        "field",
        "Vector field",
        "field",
        "The velocity or score that carries noise to data, at the time on the slider, or where training moves samples.",
        "field",
        lambda info: (
            "" if info.field is not None else tr("This family has no velocity, no drift, no score and no surface.")
        ),
        lambda info: tr(info.field or "field"),
        at_first=True,
    ),
    PlaneLayer("path", "Particle paths", "paths", "The way of single samples from noise to data.", "samples"),
    PlaneLayer(
        "surface",
        "Surface",
        "surface",
        "The family's own scalar over the plane: an energy, or what a critic thinks of each place.",
        "surface",
        lambda info: "" if info.surface is not None else tr("This family has no energy and no critic."),
        lambda info: info.surface.title.lower() if info.surface is not None else "",
    ),
    PlaneLayer(
        "regions",
        "Class regions",
        "classes",
        "p(y | x) by the model, with the prior set beside: sure of itself even where there are no data.",
        "regions",
        lambda info: (
            ""
            if info.classifier is not None
            else tr("Train with classes, on data that have some, in a family that can tell them apart.")
        ),
    ),
    PlaneLayer(
        "mesh",
        "Latent mesh",
        "mesh",
        "A square grid of the latents pushed through the model, as far as the time on the slider: it cannot tear, so lines are "
        "drawn between separate modes.",
        "mesh",
        lambda info: "" if info.latent_size == 2 else tr("This family has no plane of latents."),
    ),
    PlaneLayer(
        "source",
        "Source points",
        "source",
        "Examples that samples start from, in the colours that they keep on their way to the data.",
        "",
        _no_source,
        at_first=True,
        rare=True,
    ),
    PlaneLayer(
        "net",
        "Regions of a network",
        "net",
        "p(y | x) by a small network that has learned classes and no density: as sure where there are no data.",
        "net",
        lambda info: "" if len(info.classes) > 1 else tr("These data have no classes to tell apart."),
        rare=True,
    ),
    PlaneLayer(
        "pairs",
        "Training pairs",
        "pairs",
        "Lines from examples of the source to the data that training couples them with: the fewer cross, the straighter the "
        "flow.",
        "pairs",
        lambda info: _no_source(info) or ("" if info.couples else tr("This family couples no examples.")),
        rare=True,
    ),
)
"""In the order of their keys, 1 to 9 and none."""


def layers_by_job() -> dict[str, set[str]]:
    """Names of the layers that each kind of job draws."""
    found: dict[str, set[str]] = {}
    for layer in PLANE_LAYERS:
        if layer.job:
            found.setdefault(layer.job, set()).add(layer.name)
    return found
