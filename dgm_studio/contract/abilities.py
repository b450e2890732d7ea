"""What a model can do, as data: optional callables, absent is None."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Literal, Protocol

import numpy as np
from numpy.typing import NDArray
from torch import Tensor

from .sampling import Method, Sampler
from .work import DensityKind, Honesty, Rng, Work, finish


@dataclass(frozen=True)
class LogDensity:
    """A log-density in nats, in model units, and what kind of claim it is.

    ``work(x, label)`` maps x (n, *event) and label (n,) or None to (n,), in slices.
    ``passes`` is how many network passes one point costs: previews use it to choose a resolution. ``levels`` above 0 says
    that the values are log-probabilities of pictures rounded to so many grey levels, not densities of real numbers.
    """

    kind: DensityKind
    work: Callable[[Tensor, Tensor | None], Work[Tensor]]
    passes: int = 1
    levels: int = 0
    note: Callable[[], str] = lambda: ""
    """How sure the values are, in words, once some were computed; empty where there is nothing to say."""
    chains: Callable[[], Tensor | None] = lambda: None
    """The log-weights (k,) of the annealed chains that estimated the normaliser, once they ran: an error of all values."""
    numerical: Callable[[], float] = lambda: 0.0
    """How far off, in nats, the mean of the values computed last may be by the solver's steps; 0 where there are none."""
    sketch: Callable[[Tensor, float, Tensor | None, bool], Work[Tensor]] | None = None
    """``sketch(x, t, label, quick)``: for pictures of a plane, in fewer passes and with an error that nobody has estimated; a
    ``quick`` one in fewer still, while the model changes. At progress t below 1 it is the density of what the sampler holds
    then. None where a sketch is the density itself, of t = 1."""

    def __call__(self, x: Tensor, label: Tensor | None = None) -> Tensor:
        return finish(self.work(x, label))

    def sketched(self, t: float = 1.0, *, quick: bool = False) -> LogDensity:
        """The density that a picture is drawn from, at progress t where there is a `sketch` for it."""
        sketch = self.sketch
        if sketch is None:
            return self
        return replace(self, work=lambda x, label: sketch(x, t, label, quick), sketch=None)

    @classmethod
    def direct(
        cls, kind: DensityKind, function: Callable[[Tensor, Tensor | None], Tensor], passes: int = 1, levels: int = 0
    ) -> LogDensity:
        """From a plain function that is quick enough to run in one slice for a few hundred points."""

        def work(x: Tensor, label: Tensor | None) -> Work[Tensor]:
            yield
            return function(x, label)

        return cls(kind, work, passes, levels)


@dataclass(frozen=True)
class Latent:
    """Latents (n, size) and how they become examples.

    ``prior(n, rng)`` draws latents; ``decode(z, label)`` maps (n, size) to (n, *event) in slices; ``encode(x, label)`` the
    other way, or None where there is no encoder. ``gaussian`` says that the prior is a standard normal, so that
    interpolation on the sphere keeps the norm likely. ``exact`` says that encode inverts decode. ``search`` looks for a
    latent by optimisation where there is no encoder: slow and approximate. ``cheap`` says that encoding takes a pass or two,
    not the solution of an ODE.

    ``classes`` is what latents of a model with classes make of them: nothing ("ignored"); they may be left out, as the model
    knows examples without a class ("optional"); each latent needs one, and None is the first ("whole"); or each needs one and
    ``decode`` takes weights of several too, (n, classes) in place of labels (n,) ("mixed").

    ``part_way(z, t, label)`` maps latents (n, size) to where they are at progress t in [0, 1] of becoming examples, (n, *event)
    as frames of the sampler show them; None where decoding is one leap.
    """

    size: int
    prior: Callable[[int, Rng], Tensor]
    decode: Callable[[Tensor, Tensor | None], Work[Tensor]]
    encode: Callable[[Tensor, Tensor | None], Work[Tensor]] | None = None
    gaussian: bool = True
    exact: bool = False
    search: Callable[[Tensor, Tensor | None], Work[Tensor]] | None = None
    cheap: bool = True
    classes: Literal["ignored", "optional", "whole", "mixed"] = "whole"
    part_way: Callable[[Tensor, float, Tensor | None], Work[Tensor]] | None = None


PlaneField = Callable[[Tensor, float, Tensor | None], Tensor]
"""(x (n, *event), progress t in [0, 1], label (n,) or None) -> (n, *event), all in model units."""


@dataclass(frozen=True)
class Classifier:
    """What a generative model says about the class of an example.

    ``work(x)`` maps x (n, *event) to log p(x | y) (n, classes), in nats up to a constant per example, in slices: adding the
    logarithm of a prior and normalising gives p(y | x). ``title`` says where the numbers come from, such as "Bayes' rule on
    exact densities"; ``passes`` is how many network passes one example costs.
    """

    title: str
    honesty: Honesty
    work: Callable[[Tensor], Work[Tensor]]
    passes: int = 1


@dataclass(frozen=True)
class Surface:
    """A scalar over the plane that belongs to a family: an energy, a critic's score.

    ``value(x, label)`` maps x (n, *event) to (n,), differentiably: its gradient is drawn as a field.
    """

    title: str
    help: str
    value: Callable[[Tensor, Tensor | None], Tensor]


@dataclass(frozen=True)
class Inside:
    """A picture of what a model has learned: filters, a codebook, a receptive field.

    ``tiles()`` returns (n, C, h, w) with values in [-1, 1], in slices; ``columns`` of them stand side by side, or any
    number for 0.
    """

    title: str
    help: str
    tiles: Callable[[], Work[Tensor]]
    columns: int = 0


@dataclass(frozen=True)
class Translation:
    """Where examples of the source go among the data, and back; all in model units.

    ``forward(x)`` maps x (n, *event), examples of the source, to ones like the data, and ``back(x)`` the other way, in slices.
    ``pairs(n, rng)`` are n examples of either, each (n, *event), as they are coupled in training; None where nothing is.
    """

    forward: Callable[[Tensor], Work[Tensor]]
    back: Callable[[Tensor], Work[Tensor]]
    pairs: Callable[[int, Rng], tuple[Tensor, Tensor]] | None = None


@dataclass(frozen=True)
class Predictive:
    """What a model that goes from first to last expects of every number before it is there.

    ``work(x)`` maps examples x (n, *event) to log p (n, size, levels), in nats, of each number given those before it, and
    ``values`` (levels,) is what the levels stand for, in model units.
    """

    values: Tensor
    work: Callable[[Tensor], Work[Tensor]]


class SymbolWalk(Protocol):
    """A walk along n sequences of whole numbers, side by side."""

    def read(self) -> NDArray[np.float64]:
        """log p (n, levels), in nats, of the next number given those written."""
        ...

    def write(self, level: NDArray[np.int64]) -> None:
        """Fix the next number (n,) and move on."""
        ...


@dataclass(frozen=True)
class Lossless:
    """What a file without loss needs: examples as whole numbers in a row, each with exact probabilities given those before.

    ``numbers(x)`` maps examples (n, *event) in model units to the nearest of ``levels`` levels (n, size), and ``examples(k)``
    those back; what is not at a level does not come back. ``begin(n)`` starts a `SymbolWalk` along n sequences with the
    weights as they are then. The product of its probabilities is that of the `LogDensity`, without a label. It goes in
    float64 on the CPU wherever the model lives, so that another machine finds the same numbers.
    """

    levels: int
    size: int
    numbers: Callable[[Tensor], Tensor]
    examples: Callable[[Tensor], Tensor]
    begin: Callable[[int], SymbolWalk]


@dataclass(frozen=True)
class Abilities:
    """What a model can do, as data. The first sampler is the default. Absent is None or empty."""

    samplers: Mapping[str, Sampler]
    log_density: LogDensity | None = None
    score: PlaneField | None = None
    velocity: PlaneField | None = None
    drift: PlaneField | None = None
    """Where training moves samples that lie at x, the same at every progress: of a model whose sampler makes one leap."""
    latent: Latent | None = None
    classifier: Classifier | None = None
    surface: Surface | None = None
    inside: Mapping[str, Inside] = field(default_factory=dict)
    methods: Mapping[str, Method] = field(default_factory=dict)
    lossless: Lossless | None = None
    translation: Translation | None = None
    predictive: Predictive | None = None
    uses_label: bool = False
    temperature: str = ""
    """What the temperature multiplies, one sentence; empty where the family has no such knob."""

    @property
    def field(self) -> tuple[str, PlaneField] | None:
        """What is drawn as its vector field and what that is, the first it has of velocity, drift and score."""
        named = {"velocity": self.velocity, "drift": self.drift, "score": self.score}
        return next(((kind, function) for kind, function in named.items() if function is not None), None)
