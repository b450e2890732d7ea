"""What a run turned out to be, once data and model are there."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from .plain import Extent


@dataclass(frozen=True)
class SamplerInfo:
    """One sampler or way as a form needs it; ``honesty`` is empty for plain samplers."""

    name: str
    title: str
    help: str
    schema: Mapping[str, Any]
    honesty: str = ""


@dataclass(frozen=True)
class Named:
    """Something that can be switched on, with its title and one sentence."""

    name: str
    title: str
    help: str


@dataclass(frozen=True)
class RunInfo:
    """What a run turned out to be, once data and model are there."""

    data_title: str
    event: tuple[int, ...]
    classes: tuple[str, ...]
    """Class names of the data, whether or not the model is conditional on them."""
    examples: int
    endless: bool
    entropy: float | None
    has_truth: bool
    extent: Extent | None
    """Where the points of the plane lie, with a margin; None for images."""
    parameters: int
    recipe_steps: int
    samplers: tuple[SamplerInfo, ...]
    ways: tuple[SamplerInfo, ...]
    density: str | None
    """Kind of the log-density (exact, lower bound, estimate, unnormalised) or None."""
    field: str | None
    """"velocity", "score", "slope" (of the surface) or None."""
    latent_size: int | None
    can_encode: bool
    can_invert: bool
    """Whether some code can be found for a given example, by the encoder or by a search."""
    latent_gaussian: bool
    uses_label: bool
    temperature: str
    """What the temperature multiplies, or empty where there is no such knob."""
    device: str
    """Name of the device it runs on, for people."""
    problems: tuple[str, ...] = ()
    classifier: str | None = None
    """Where p(y | x) comes from, for people, or None."""
    classifier_honesty: str = ""
    surface: Named | None = None
    insides: tuple[Named, ...] = ()
