"""What a run turned out to be, once data and model are there."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from dgm_studio.language import translate
from dgm_studio.peek import Peek

from ..context import ContextSlot
from ..spec import DataKind, kind_of
from .plain import Extent


@dataclass(frozen=True)
class SamplerInfo:
    """One sampler or method as a form needs it; ``honesty`` and ``condition`` are empty for plain samplers.

    ``careful`` marks the method to answer with when there is time; the first one is for drafts. ``begins`` is what samples are
    at sampling time 0.
    """

    name: str
    title: str
    help: str
    schema: Mapping[str, Any]
    honesty: str = ""
    condition: str = ""
    careful: bool = False
    begins: str = "noise"

    def __post_init__(self) -> None:
        translate(self, "title", "help")


@dataclass(frozen=True)
class Named:
    """Something that can be switched on, with its title and one sentence."""

    name: str
    title: str
    help: str

    def __post_init__(self) -> None:
        translate(self, "title", "help")


@dataclass(frozen=True)
class RunInfo:
    """What a run turned out to be, once data and model are there."""

    data_title: str
    event: tuple[int, ...]
    classes: tuple[str, ...]
    """Class names of the data, whether or not the model is conditional on them; ``shares`` says how common each is."""
    examples: int
    endless: bool
    entropy: float | None
    has_truth: bool
    extent: Extent | None
    """Where the points of the plane lie, with a margin; None for images."""
    parameters: int
    recipe_steps: int
    samplers: tuple[SamplerInfo, ...]
    methods: tuple[SamplerInfo, ...]
    density: str | None
    """Kind of the log-density (exact, lower bound, estimate, unnormalised) or None."""
    field: str | None
    """"velocity", "drift", "score", "gradient" (of the surface) or None."""
    latent_size: int | None
    can_invert: bool
    """Whether some latent can be found for a given example, by the encoder or by a search."""
    latent_gaussian: bool
    uses_label: bool
    """Whether the model learns classes; ``wants_classes`` is whether it was asked to."""
    temperature: str
    """What the temperature multiplies, or empty where there is no such knob."""
    device: str
    """Name of the device it runs on, for people."""
    problems: tuple[str, ...] = ()
    said: tuple[str, ...] = ()
    """What was done to read the data, and how they are standardised where that is not plain."""
    remark: str = ""
    """Why the run cannot be trained, empty where it can."""
    axes: tuple[str, str] = ("", "")
    """Names of the coordinates of points, empty where the data have none."""
    table: Peek | None = None
    """The table that points were read from, where it has more columns than they need."""
    step: tuple[float, float] = (1.0, 1.0)
    """One step along x and along y, in data units: equal unless the coordinates are of different kinds."""
    wants_classes: bool = False
    context: tuple[ContextSlot, ...] = ()
    """What the data may be given by, whether or not the model learns it; ``slots`` is what it does learn of it."""
    slots: tuple[ContextSlot, ...] = ()
    classifier: str | None = None
    """Where p(y | x) comes from, for people, or None."""
    shares: tuple[float, ...] = ()
    surface: Named | None = None
    insides: tuple[Named, ...] = ()
    lossless: int = 0
    """To how many grey levels pictures can be written without loss, 0 where they cannot; ``lossy`` says why not."""
    lossy: str = ""
    scales: Mapping[str, tuple[float, float]] = dataclasses.field(default_factory=dict)
    """Which numbers of a file of pictures are black and white, by their kind, as the data of this run were read."""
    program: tuple[ContextSlot, ...] = ()
    """The numbers of the program that draws the data, which can be held; empty where none does."""
    alphabet: tuple[str, ...] = ()
    """What the numbers of strings stand for, the blank first; empty where the data are no strings."""
    rate: int = 0
    """Samples of a sound in a second; 0 where the data are no sounds."""
    predicts: bool = False
    """Whether the model says of every number what it expects before it is there."""
    has_rule: bool = False
    """Whether strings are checked against a rule."""

    @property
    def kind(self) -> DataKind:
        """The kind of its data."""
        return kind_of(self.event, self.alphabet)

    source_title: str = ""
    """What other data samples start from; empty where they start from noise."""
    origins: tuple[str, ...] = ()
    """The parts of the source that are followed on their way to the data."""
    translates: bool = False
    """Whether given examples of the source can be carried to the data, and back."""
    couples: bool = False
    """Whether training couples examples of the source with examples of the data, so that pairs can be drawn."""

    def methods_for(self, condition: str) -> tuple[SamplerInfo, ...]:
        """The methods for "mask", "strokes" or "observation", the quickest first."""
        return tuple(method for method in self.methods if method.condition == condition)

    def careful(self, condition: str) -> SamplerInfo | None:
        """The method to answer with when there is time, or None where there is none."""
        methods = self.methods_for(condition)
        return next((method for method in methods if method.careful), methods[-1] if methods else None)
