"""Events: what happened to a run. They carry its name and the training step they speak of."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import ClassVar

import numpy as np

from dgm_studio.language import translate
from dgm_studio.peek import Peek

from ..catalogue import Catalogue
from ..context import Label
from ..spec import RunSpec, Sampling
from .info import RunInfo
from .plain import Array, Blame, CompressSource, Extent, Phase


@dataclass(frozen=True)
class Event:
    """Something that happened to the run named ``run``, at training step ``step``.

    One that is ``lossy`` describes a state: a newer one replaces one that nobody has read yet, unless it answers a ticket.
    ``answers`` is the kind of the questions it answers, such as "fill": where nobody waits for its ticket it is dropped.
    ``settles`` is the kind of failure that is past once it comes, which is ``answers`` for answers.
    """

    run: str
    step: int
    lossy: ClassVar[bool] = False
    answers: ClassVar[str] = ""
    settles: ClassVar[str] = ""

    @property
    def slot(self) -> tuple[str, ...] | None:
        """What it replaces and is replaced by while nobody has read it; None for one that must not be lost."""
        asked_for = bool(getattr(self, "ticket", 0)) and not self.answers
        if not self.lossy or asked_for:
            return None
        return (type(self).__name__, self.run)


@dataclass(frozen=True)
class Ready(Event):
    """The engine is up. ``catalogue`` is what can be chosen."""

    catalogue: Catalogue


@dataclass(frozen=True)
class Thumbnail(Event):
    """uint8 (size, size) intensity, to be tinted, or (size, size, 3) colour, of one data set."""

    name: str
    pixels: Array


@dataclass(frozen=True)
class Rehearsed(Event):
    """What is on screen is up to date, and ready for the next time; so many ``bytes`` are held for that in all."""

    ticket: int
    bytes: int


@dataclass(frozen=True)
class Opened(Event):
    """The run is there. ``spec`` is resolved: config, training and knobs hold every value in use; ``place`` as asked for."""

    spec: RunSpec
    info: RunInfo
    place: Path | None = None


@dataclass(frozen=True)
class Edited(Event):
    """The run was retuned, steered, moved, begun anew or branched: ``spec`` and ``place`` as in `Opened`, ``device`` as
    `RunInfo.device`. ``asked_place`` is that of the edit, which the run did not take where it is still the same run.
    """

    lossy = True

    spec: RunSpec
    device: str
    place: Path | None = None
    asked_place: Path | None = None


@dataclass(frozen=True)
class Data(Event):
    """Examples to show: ``x`` as people see them, ``labels`` (n,) or None; of a run that starts from other data some ``source``
    examples too, of which ``source_parts`` (n,) are followed on their way. Of paths ``given`` holds by the name of each slot
    of their context the values (n,) that they are given by.
    """

    lossy = True

    x: Array
    labels: Array | None
    source: Array | None = None
    source_parts: Array | None = None
    given: Mapping[str, Array] | None = None


@dataclass(frozen=True)
class Progress(Event):
    """How the run is doing. ``activity`` says in words what the engine is busy with, empty when idle."""

    lossy = True

    phase: Phase
    steps_per_second: float
    preview_share: float
    seconds: float
    """Training time so far."""
    device: str
    activity: str = ""
    fraction: float | None = None
    """Of the activity, when known."""
    passes: int = 0
    """How often the networks run in a step of training; 0 until one was counted."""


@dataclass(frozen=True)
class Curve:
    """Values (k,) over training steps (k,), with the floor (what two sets of data would give) where there is one.

    ``topic``, ``rank`` and ``training`` are those of the `Measure`.
    """

    steps: Array
    values: Array
    errors: Array | None = None
    floor: float | None = None
    unit: str = ""
    title: str = ""
    topic: str = ""
    rank: int = 100
    training: str = ""

    def __post_init__(self) -> None:
        translate(self, "title")


@dataclass(frozen=True)
class Curves(Event):
    """Losses and live measures by name."""

    lossy = True

    losses: Mapping[str, Curve]
    measures: Mapping[str, Curve]


@dataclass(frozen=True)
class Closeness:
    """How close points are to data: the sliced Wasserstein ``distance`` to held-out points in standard deviations, and its
    ``floor``, that of as many training points; how many of the known modes have a sample, 0 of 0 where none are known."""

    distance: float
    floor: float
    modes: int = 0
    of_modes: int = 0


@dataclass(frozen=True)
class Samples(Event):
    """Samples as people see them, (n, *event).

    ``path`` (frames, k, *event), k <= n, holds the way there at progress ``times`` (frames,), the last being ``x[:k]``;
    ``estimates`` likewise the clean sample expected from each frame. ``done`` is False while they still sharpen: then
    ``path`` is what there is so far.
    """

    lossy = True
    settles = "samples"

    x: Array
    labels: Array | None
    path: Array | None
    times: Array | None
    estimates: Array | None
    done: bool
    seconds: float
    """Time from the request to this result."""
    shown_step: int
    """The training step of the weights that made them (differs from ``step`` when rewound)."""
    ticket: int = 0
    effective: float | None = None
    """Where they were drawn from a pool by weight: the effective sample size of the pool over its size."""
    sampling: Sampling | None = None
    """What was held while they were drawn, with every value in use; None where nobody says."""
    close: Closeness | None = None
    """How close they are to data; None for pictures, unfinished and few points."""
    valid: Array | None = None
    """Which strings (n,) follow the rule of the data; None where there is none, and of unfinished ones."""
    origin: Array | None = None
    """Of which of the ``origins`` (n,) each was before it went from one data set to another; None where it was noise."""
    origins: tuple[str, ...] = ()


@dataclass(frozen=True)
class Field(Event):
    """A layer of the plane: values (rows, columns) from low y to high y, or vectors (rows, columns, 2).

    Densities are log-densities in nats in data units; ``kind`` is that of the density, or "velocity", "drift", "score" or
    "gradient".
    The layer "mesh" holds lines (lines, points, 2) in data units, or those of every class (classes, lines, points, 2), and
    "pairs" lines (lines, 2, 2) from source to data;
    "surface" the family's own scalar, of title ``kind``;
    "regions" log p(x | y) (rows, columns, classes) up to a constant per place, so that a prior can be moved without asking
    again, with ``kind`` its honesty.
    """

    lossy = True

    layer: str
    values: Array
    extent: Extent
    kind: str
    t: float = 1.0
    """The sampling time it belongs to; 1 for what does not follow it."""
    shown_step: int = 0
    temperature: float = 1.0
    label: Label = None
    """The class, or the values of a context, that it belongs to; None is all of them."""
    note: str = ""
    """What is to be said of the picture, in a few words; empty where there is nothing."""

    @property
    def slot(self) -> tuple[str, ...]:
        return ("Field", self.run, self.layer)


@dataclass(frozen=True)
class Latents(Event):
    """The latent plane: places (n, 2) of examples, labels (n,) or None, and the manifold: images decoded on a grid.

    With more than two dimensions the plane is spanned by the two main directions of the latents (``axes`` (2, k) around
    ``centre`` (k,)): latent = centre + plane @ axes. ``grid`` (rows, columns, *image) covers ``extent``, low y first.
    ``places`` is empty where the model cannot encode. ``grid_labels`` (rows, columns) says of which class each image is,
    None where the model needs none.
    """

    lossy = True
    settles = "latent"

    places: Array
    labels: Array | None
    centre: Array
    axes: Array
    grid: Array | None
    extent: Extent
    grid_labels: Array | None = None
    shown_step: int = 0
    """The training step of the weights that made them."""


@dataclass(frozen=True)
class Insides(Event):
    """An inner view of the model: pictures (n, h, w[, 3]) uint8, ``columns`` of them side by side, or any number for 0."""

    lossy = True
    settles = "inside"

    name: str
    tiles: Array
    shown_step: int
    columns: int = 0


@dataclass(frozen=True)
class Decoded(Event):
    """One decoded latent, as people see it."""

    lossy = True
    answers = "decode"

    ticket: int
    x: Array
    seconds: float


@dataclass(frozen=True)
class Interpolated(Event):
    """Frames (n, *event) from start to end, and the two ends as the model reproduces them.

    ``classes`` are those that the ends were taken for, empty where the model needs none; ``origin`` says whose word that is
    ("asked", "known", "classifier" or "reproduction"), and ``change`` how one becomes the other ("blended", "halfway").
    """

    answers = "interpolate"

    ticket: int
    frames: Array
    ends: Array
    exact: bool
    classes: tuple[int, ...] = ()
    origin: str = ""
    change: str = ""


@dataclass(frozen=True)
class Filled(Event):
    """Answers to what was painted: images (n, *event), known pixels identical to the question's. ``progress`` in [0, 1].

    Once ``done``, ``path`` (frames, n, *event) holds steps at progress ``times``, the frames ``numbers`` of the walk;
    ``observed`` is what a measurement shows of the image; ``valid`` (n,) which strings follow the rule of the data.
    """

    answers = "fill"

    ticket: int
    x: Array
    progress: float
    done: bool
    method: str
    honesty: str
    path: Array | None = None
    times: Array | None = None
    stopped: bool = False
    numbers: Array | None = None
    observed: Array | None = None
    valid: Array | None = None

    @property
    def slot(self) -> tuple[str, ...] | None:
        """A preview on the way may be lost, the answer may not."""
        return None if self.done else ("Filled", self.run)


@dataclass(frozen=True)
class ConditionalSliceResult(Event):
    """One coordinate given the other: ``samples`` (n,) by a way, beside densities (k,) over ``grid`` (k,).

    ``truth`` is exact, ``model`` the model's own where its density is; ``distance`` is the Wasserstein-1 distance of the
    samples from the truth, ``floor`` that of as many true samples.
    """

    answers = "given"

    ticket: int
    axis: int
    low: float
    high: float
    samples: Array
    grid: Array
    truth: Array | None
    model: Array | None
    distance: float | None
    floor: float | None
    method: str
    honesty: str


@dataclass(frozen=True)
class RegionResult(Event):
    """Samples (n, 2) of the model within a region, its share of the model's and of the true probability, and the sliced
    Wasserstein distance of the samples from true ones within the region, with that of true ones from each other.
    """

    answers = "within"

    ticket: int
    samples: Array
    share: float
    error: float
    true_share: float | None
    distance: float | None
    floor: float | None


@dataclass(frozen=True)
class Densities(Event):
    """Log-densities (n,) in nats in data units, and their kind."""

    ticket: int
    values: Array
    kind: str


@dataclass(frozen=True)
class EncodedExamples(Event):
    """Latents (n, k), and of which classes (n,) the model took the examples to be, None where latents need none."""

    ticket: int
    latents: Array
    labels: Array | None


@dataclass(frozen=True)
class DecodedLatents(Event):
    """Examples (n, *event) as people see them."""

    ticket: int
    examples: Array


@dataclass(frozen=True)
class TranslatedExamples(Event):
    """Examples (n, *event) where they were carried, and ``returned`` by the way back, as people see them.

    ``cost`` is the mean squared distance travelled and ``cycle_error`` the root mean square of what is missing after both ways,
    in standard deviations of the data.
    """

    ticket: int
    examples: Array
    returned: Array
    cost: float
    cycle_error: float


@dataclass(frozen=True)
class Predicted(Event):
    """Probabilities (size, levels), float16, of each number of the ``example`` given those before it, and what the levels stand
    for, ``values`` (levels,) in data units."""

    answers = "predict"

    ticket: int
    example: Array
    probabilities: Array
    values: Array


@dataclass(frozen=True)
class Probed(Event):
    """What is known about a point: names to numbers (nats, data units), with the unit after a space in the name."""

    lossy = True
    answers = "probe"

    ticket: int
    point: Array
    values: Mapping[str, float]


@dataclass(frozen=True)
class Captions:
    """Which caption images (n) have: for each ``few`` (n, k) that are likeliest by the image tower of a contrastive pair, the
    last of them the first with its ends exchanged where that is a sentence, or those that were named.

    ``read`` (n, k) is p(caption | image) by the tower among all, or all that were named, no caption being likelier beforehand.
    ``evidence`` (n, k) is log p(image | caption) by the model up to a constant per image, of the ``kind`` of its density; None
    where it has none or is not told captions.
    """

    few: tuple[tuple[str, ...], ...]
    read: Array
    evidence: Array | None = None
    kind: str = ""

    def by_model(self) -> Array | None:
        """p(caption | image) (n, k) by Bayes' rule among the few; None where the model cannot say."""
        if self.evidence is None:
            return None
        p = np.exp(self.evidence - self.evidence.max(1, keepdims=True))
        shares: Array = p / p.sum(1, keepdims=True)
        return shares


@dataclass(frozen=True)
class Classified(Event):
    """log p(x | y) (n, classes) up to a constant per example, with the classifier's title and honesty; ``shares`` p(y) of
    the classes among the data.

    Where the model has a density: ``log_density`` (n,) in nats in data units with its ``kind``, ``rank`` (n,) the share of
    held-out examples that are less likely, and ``untypical`` (n,) how far log p lies from its average on held-out data, in
    standard deviations (Nalisnick et al. 2019, arXiv:1906.02994). ``note`` says how sure the
    likelihood is. ``nearest`` (n, *event) are the training examples nearest
    to each, at ``distances`` (n,): root mean square per coordinate in data units.
    """

    answers = "classify"

    ticket: int
    classes: tuple[str, ...]
    evidence: Array | None
    title: str
    honesty: str
    log_density: Array | None = None
    kind: str = ""
    rank: Array | None = None
    untypical: Array | None = None
    note: str = ""
    nearest: Array | None = None
    distances: Array | None = None
    shares: tuple[float, ...] = ()
    border: Array | None = None
    """Of points the nearest (n, 2) where the network of the layer "net" believes another class, once that layer was drawn."""

    captions: Captions | None = None


@dataclass(frozen=True)
class Attacked(Event):
    """Held-out ``examples`` (n, *event), or those that were given, of classes ``labels`` (n,), where an attack ``moved`` them,
    and p(y | x) (n, classes) of the attacked classifier ``before`` and ``after``.

    ``judged`` has by classifier, "model" for the run's own, the share that it gets right of the examples, of those moved
    against itself (None where that is not known) and of ``moved``. ``purified`` are those noised and denoised by the run, of
    which the attacked classifier gets the share ``purified_right``; None where that was not asked for or the run cannot.
    Of points ``to_border`` (n,) is the shortest step to where another class is believed, in data units.
    """

    answers = "attack"

    ticket: int
    classes: tuple[str, ...]
    examples: Array
    moved: Array
    labels: Array
    before: Array
    after: Array
    judged: Mapping[str, tuple[float, float | None, float]]
    purified: Array | None = None
    purified_right: float | None = None
    to_border: Array | None = None
    classifier: str = "net"
    """The one that was attacked, by at most ``epsilon`` as it was asked for."""
    epsilon: float = 0.0


@dataclass(frozen=True)
class Maximised(Event):
    """Where a ``method`` is: images ``x`` (n, *event) at progress ``t``, and how large the target is in each, ``value`` (n,):
    p(class) or what the unit or the layer says.

    ``layers`` are the numbers of units of the classifier's hidden layers. Once a way is done, ``path`` (frames, n, *event) is
    how it went, with ``times`` (frames,), and ``log_density`` (n,) what the run itself says of the finished images, in nats,
    where it has a density, with its ``kind``; ``last`` is set with the last way of all. ``right`` is the share of held-out
    examples whose class the classifier tells right.
    """

    answers = "maximise"

    ticket: int
    method: str
    title: str
    help: str
    x: Array
    t: float
    value: Array
    classes: tuple[str, ...]
    layers: tuple[int, ...]
    right: float
    path: Array | None = None
    times: Array | None = None
    last: bool = False
    log_density: Array | None = None
    kind: str = ""


@dataclass(frozen=True)
class ProgramDrawn(Event):
    """Images ``x`` (n, *event) by the program of the data, and its numbers ``values`` (n,) by the names of their slots: numbers
    in a range, or positions among values.
    """

    answers = "draw program"

    ticket: int
    x: Array
    values: Mapping[str, Array]


@dataclass(frozen=True)
class Inferring(Event):
    """How far the net has learned, a share, that tells numbers from pictures."""

    share: float


@dataclass(frozen=True)
class Inferred(Event):
    """Draws ``values`` (n,) of the program's numbers given an image that was ``seen`` (H, W[, C]); ``again`` (k, H, W[, C]) are
    images drawn anew by some of them. ``ranks`` (bins,) count by slot where the true number stood among draws given its own
    image, of ``checked`` fresh images; None where that was not asked for. Draws from the posterior have even counts.
    """

    answers = "infer"

    ticket: int
    seen: Array
    values: Mapping[str, Array]
    again: Array
    ranks: Mapping[str, Array] | None = None
    checked: int = 0


@dataclass(frozen=True)
class OutliersTold(Event):
    """By the name of a set of strangers: areas under the ROC curve (by likelihood, by typicality); 1 tells all apart, a half
    is chance, and below a half strangers pass for data more easily than data do.
    """

    answers = "outliers"

    ticket: int
    areas: Mapping[str, tuple[float, float]]
    kind: str


@dataclass(frozen=True)
class Compressed(Event):
    """Pictures (n, H, W[, 3]) uint8 as the bytes of a ``.dgmz`` file, from which they were read back and compared.

    Of its bytes ``coded`` are pictures and the rest is its head; ``ideal`` bytes are what the model's probabilities come to,
    ``sizes`` the bytes of "raw" bits, "zlib" and "png". ``levels`` is how many grey levels the model knows, and ``rounded``
    whether pictures were rounded to them first.
    """

    answers = "compress"

    ticket: int
    source: CompressSource
    data: bytes
    images: Array
    coded: int
    ideal: float
    sizes: Mapping[str, int]
    levels: int
    rounded: bool


@dataclass(frozen=True)
class Decompressed(Event):
    """The pictures (n, H, W[, 3]) uint8 of a ``.dgmz`` file; ``intact`` where they are those that were written."""

    answers = "decompress"

    ticket: int
    images: Array
    intact: bool


@dataclass(frozen=True)
class Measured(Event):
    """Latest measures: name to value, error, floor; ``said`` holds a plain sentence for the telling ones, by name and the most
    telling one first."""

    lossy = True
    settles = "measure"

    values: Mapping[str, Mapping[str, float | None]]
    said: Mapping[str, str]
    ticket: int = 0
    shown_step: int | None = None
    """The training step of the weights that were measured, where it is not ``step``: that of a model as it was."""
    sampling: Sampling | None = None
    """What was held while samples were drawn for it."""
    units: Mapping[str, str] = field(default_factory=dict)
    """The unit of each value by name, as it is written out; empty for plain numbers."""
    rounded_to: int = 0
    """To how many grey levels images were rounded before their likelihood was asked for, where they have more; else 0."""
    numerical: float = 0.0
    """How far the mean log-density of one number may be off by its solver's steps: nats of a point, or bits of a pixel."""

    @property
    def of_step(self) -> int:
        """The training step of the weights it speaks of."""
        return self.step if self.shown_step is None else self.shown_step


@dataclass(frozen=True)
class SweepPoint(Event):
    """What the measures say with a knob at a ``value``, the ``done``-th ``of`` so many: values by name as in `Measured`, or why
    there are none.
    """

    answers = "sweep"

    ticket: int
    key: str
    value: float
    done: int
    of: int
    values: Mapping[str, Mapping[str, float | None]]
    units: Mapping[str, str]
    refused: str = ""


@dataclass(frozen=True)
class History(Event):
    """Training steps of which snapshots are kept, and the one that is shown (None: live)."""

    lossy = True

    steps: Array
    shown: int | None


@dataclass(frozen=True)
class Finished(Event):
    """Training reached the steps or seconds it was asked for."""

    seconds: float


@dataclass(frozen=True)
class Saved(Event):
    """A run was written to a file; ``parts`` are the bytes of what is in it: weights, optimiser, examples, and the rest."""

    path: Path
    parts: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True)
class Parked(Event):
    """A trained run gave way to another or was closed; it is kept at its ``place``. ``spec`` is what was asked for, ``info``
    and ``seconds`` are as in `Opened` and `Progress`.
    """

    place: Path
    spec: RunSpec
    info: RunInfo
    seconds: float


@dataclass(frozen=True)
class Loaded(Event):
    """A file was read; ``extras`` are the members that belong to the studio."""

    path: Path
    extras: Mapping[str, bytes]


@dataclass(frozen=True)
class Failed(Event):
    """Something ended without its result: what happened, and what to do. ``kind`` names the job or intent, ``blame`` says
    whether what was asked for cannot be done, the machine gave out, or the program is at fault.

    ``table`` is there where a person can mend it by saying which columns are meant.
    """

    message: str
    advice: str
    kind: str
    ticket: int = 0
    table: Peek | None = None
    blame: Blame = "defect"
