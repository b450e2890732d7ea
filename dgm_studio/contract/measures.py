"""Measures of quality: what they may look at, and what they say."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from torch import Tensor

from dgm_studio.protocol.spec import DataKind

from .data import DataSpec
from .work import DensityKind, Rng, Work


@dataclass(frozen=True)
class Speed:
    """How fast samples came: ``seconds`` for ``samples`` of them in ``steps`` sampler steps.

    ``error`` is the standard error of the seconds; ``passes`` is how often the networks ran for one sample, 0 where unknown.
    """

    samples: int
    steps: int
    seconds: float
    error: float = 0.0
    passes: int = 0


@dataclass(frozen=True)
class Translated:
    """Held-out examples of the source, ``begun``, where the model ``carried`` them among the data, and what of those
    ``returned`` by the way back; each (n, *event).

    Where source and data are of the same classes, ``label`` (n,) are those of ``begun``, and ``judge`` maps examples to the
    classes (n,) that they look to be of, of which on held-out data the share ``judge_right`` is right.
    """

    begun: Tensor
    carried: Tensor
    returned: Tensor
    label: Tensor | None = None
    judge: Callable[[Tensor], Tensor] | None = None
    judge_right: float = 1.0


@dataclass(frozen=True)
class Evidence:
    """What a measure may look at, all in model units and on the CPU. What is missing is None.

    ``samples``, ``train`` and ``held_out`` are (n, *event), their labels (n,). ``log_density`` holds the model's nats on
    the first of ``held_out``, ``train_log_density`` on the first of ``train``; ``density_kind`` is their kind and ``levels``
    as in `LogDensity`. ``true_log_density`` is the data's own on the same held-out points. Less ``log_volume`` they are nats
    in data units. ``class_evidence`` (n, classes) is the classifier's log p(x | y) on the first held-out examples;
    ``latents`` (n, k) are those of the first of ``train``, ``held_out_latents`` of the first of ``held_out``, and
    ``brought_back`` (n, *event) what is decoded of those. ``sample_label`` (n,) are the classes that samples were asked to be
    of, and ``class_judge`` maps examples to probabilities (n, classes) that are not the model's. ``losses`` are steps and
    values (k,) of the training loss so far. ``features`` maps examples to features (n, d) that tell the data's classes apart.
    ``grid`` holds true and model log-density in cells that cover the data in the plane, finest where either has mass, and
    their areas, each (cells,). ``chains`` are the log-weights (k,) of the annealed chains by which the density was
    normalised. ``numerical`` is how many nats the mean of the model's log-density may be off by its solver's steps.

    Of a run with a context ``held_out_context`` (n, width) is that of the held-out examples, ``given_samples`` (m, *event) are
    drawn one for each of its first m, and ``given_log_density`` and ``true_given_log_density`` are the nats of the first of
    ``held_out``, each under its own context. ``read_context`` maps examples (n, *event) to the context (n, width) that they
    show.

    ``valid`` says of strings (n, L) which follow the rule of the data (n,). ``to_data`` maps examples (n, *event) to data
    units.
    """

    spec: DataSpec
    samples: Tensor
    train: Tensor
    held_out: Tensor
    rng: Rng
    log_density: Tensor | None = None
    true_log_density: Tensor | None = None
    modes: Tensor | None = None
    log_volume: float = 0.0
    density_kind: DensityKind | None = None
    levels: int = 0
    numerical: float = 0.0
    train_log_density: Tensor | None = None
    train_label: Tensor | None = None
    held_out_label: Tensor | None = None
    class_evidence: Tensor | None = None
    latents: Tensor | None = None
    held_out_latents: Tensor | None = None
    brought_back: Tensor | None = None
    sample_label: Tensor | None = None
    class_judge: Callable[[Tensor], Tensor] | None = None
    losses: tuple[Tensor, Tensor] | None = None
    features: Callable[[Tensor], Tensor] | None = None
    grid: tuple[Tensor, Tensor, Tensor] | None = None
    speed: Speed | None = None
    chains: Tensor | None = None
    held_out_context: Tensor | None = None
    given_samples: Tensor | None = None
    given_log_density: Tensor | None = None
    true_given_log_density: Tensor | None = None
    read_context: Callable[[Tensor], Tensor] | None = None
    valid: Callable[[Tensor], Tensor] | None = None
    translated: Translated | None = None
    to_data: Callable[[Tensor], Tensor] | None = None
    factors: Mapping[str, Tensor] = field(default_factory=dict)
    """What the training examples were drawn by, (n, k) of the first n, by name."""


@dataclass(frozen=True)
class Measurement:
    """A value, its standard error, and the floor: what two fresh sets of data would give.

    An error of 0 says that the value was counted or is exact, not estimated. ``unit`` is that of the measure unless it
    depends on the data; ``note`` is what a second look found, in sentences, for the measure to say.
    """

    value: float
    error: float = 0.0
    floor: float | None = None
    unit: str = ""
    note: str = ""


TOPICS = ("likelihood", "normaliser", "distance", "coverage", "translation", "classes", "latents", "training", "speed")
"""What measures are about, in the order in which they are offered. One of likelihood speaks of the density alone: no sampler
has a part in it."""


@dataclass(frozen=True)
class Measure:
    """One measure of quality: the last lines of its one file.

    ``applies(evidence)`` says whether it has what it needs; ``work(evidence)`` computes it in slices; ``say(measurement)``
    is one plain sentence.
    """

    name: str
    title: str
    unit: str
    help: str
    reference: str
    lower_is_better: bool
    applies: Callable[[Evidence], bool]
    work: Callable[[Evidence], Work[Measurement]]
    say: Callable[[Measurement], str]
    spoken: bool = True
    """Whether the running sentence under the curves says it too."""
    expensive: bool = False
    """Whether it costs so much that it is computed less often while training."""
    floor_help: str = "what two draws of the data give"
    """What its floor is, after "the dashed line is"."""
    topic: str = ""
    """What it is about, one of `TOPICS`: those of one topic are offered together, those of none last."""
    rank: int = 100
    """The lower, the more telling: of those that apply the lowest is in front until a person chooses, and speaks first."""
    training: str = ""
    """Of one of held-out data: the name of the same on training data, whose curve is drawn with its own."""
    kinds: tuple[DataKind, ...] = ("points", "images")
    """Kinds of data that it is a measure of."""

    def can_measure(self, evidence: Evidence) -> bool:
        """Whether it is one of such data, and has what it needs."""
        return evidence.spec.data_kind in self.kinds and self.applies(evidence)

    @staticmethod
    def at_once(compute: Callable[[Evidence], Measurement]) -> Callable[[Evidence], Work[Measurement]]:
        """From a plain function that takes some ten milliseconds at most."""

        def work(evidence: Evidence) -> Work[Measurement]:
            yield
            return compute(evidence)

        return work
