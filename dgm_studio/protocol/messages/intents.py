"""Intents: what a person or a program wants of a run. They never block the sender."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, ClassVar, Literal

from ..context import ContextValues, Label
from ..spec import Pace, RunSpec
from .plain import Array, CompressSource, Extent


@dataclass(frozen=True)
class Intent:
    """Something a person or a program wants of the run named ``run``. ``fails_as`` is the kind of its failure."""

    run: str
    fails_as: ClassVar[str] = ""

    def __init_subclass__(cls) -> None:
        if "fails_as" not in vars(cls):
            cls.fails_as = cls.__name__.lower()


@dataclass(frozen=True)
class Open(Intent):
    """Load the data and build the model; replaces a run of the same name.

    ``place`` is the file in which this run is kept once another takes its place, if it was trained (`Parked` tells); with
    None it is not kept.
    """

    spec: RunSpec
    place: Path | None = None


@dataclass(frozen=True)
class Edit(Intent):
    """Make the run one of ``spec`` with the least work. Where that is another run, or shall be, ``place`` is its own, as in
    `Open`; `Edited` tells where it was not needed.
    """

    spec: RunSpec
    place: Path | None = None


@dataclass(frozen=True)
class Train(Intent):
    """Train until paused, or for so many more steps or seconds of training time.

    ``quiet`` ends without a `Finished`, as befits a single step taken by hand. Runs that train in turn advance together in
    what all of them have as their ``pace``, else in seconds.
    """

    steps: int | None = None
    seconds: float | None = None
    quiet: bool = False
    pace: Pace = "seconds"


@dataclass(frozen=True)
class Pause(Intent):
    """Stop training after the step that is under way."""


@dataclass(frozen=True)
class Reset(Intent):
    """Begin again from the same seed, as another run whose ``place`` is as in `Open`."""

    place: Path | None = None


@dataclass(frozen=True)
class Look(Intent):
    """What is on screen, so that only this is computed. Newest wins.

    ``layers`` of {"samples", "path", "density", "truth", "difference", "field", "surface", "regions", "mesh", "latent",
    "inside"}; ``extent`` and ``cells`` (pixels of the longer side) say where and how finely fields are wanted; ``t`` is
    the sampling time of the vector field and of the mesh; ``inside`` names the inner view. An empty set of layers: nothing
    is on screen. ``front`` False: nobody is before it, and what was asked of the run gives way to what somebody waits for.
    """

    layers: frozenset[str] = frozenset()
    extent: Extent | None = None
    cells: int = 96
    t: float = 1.0
    inside: str = ""
    front: bool = True


@dataclass(frozen=True)
class Rewind(Intent):
    """Show the model as it was at the nearest kept step; None shows it live again."""

    step: int | None = None


@dataclass(frozen=True)
class Branch(Intent):
    """Go on from the step that is shown (see `Rewind`) as another run, whose ``place`` is as in `Open`."""

    place: Path | None = None


@dataclass(frozen=True)
class Decode(Intent):
    """Decode one latent (k,); ``label`` is a class number, values of a context, or None."""

    latent: Array
    ticket: int
    label: Label = None


@dataclass(frozen=True)
class Interpolate(Intent):
    """Walk between two examples through the latent space: each one event in data units, or a training example's number."""

    start: Array | int
    end: Array | int
    frames: int
    geometry: Literal["line", "sphere"]
    ticket: int
    label: Label = None


@dataclass(frozen=True)
class Fill(Intent):
    """Generate where the mask is 1: ``image`` one event in data units, ``mask`` (H, W) or (2,) in [0, 1].

    ``method`` None takes the model's first method for the ``condition``. With "strokes", ``strokes`` (H, W, 4) uint8 RGBA are
    painted over the image and taken as a sketch that may change by ``strength`` in [0, 1]. With "observation" the image is
    known only through ``operator``, such as "down4", with noise of standard deviation ``noise`` (1 is half the range from
    black to white). With ``live`` every step is reported; the steps can be gone on from later unless ``keep`` is False.
    ``branch`` (ticket, frame number) goes on from a step of an earlier answer, whose question is ``origin``: it is walked
    again where its steps are kept no more.
    """

    image: Array
    mask: Array
    count: int
    seed: int
    ticket: int
    method: str | None = None
    knobs: Mapping[str, Any] = field(default_factory=dict)
    temperature: float = 1.0
    label: Label = None
    live: bool = True
    condition: Literal["mask", "strokes", "observation"] = "mask"
    strokes: Array | None = None
    strength: float = 0.5
    operator: str = ""
    noise: float = 0.0
    branch: tuple[int, int] | None = None
    origin: Fill | None = None
    keep: bool = True


@dataclass(frozen=True)
class Sample(Intent):
    """Draw samples once, outside the preview, with the run's sampler, knobs, temperature and class."""

    count: int
    seed: int
    ticket: int
    keep_path: bool = False


@dataclass(frozen=True)
class DensityQuery(Intent):
    """Log-density of points (n, 2) or images in data units, in nats."""

    fails_as = "density"

    points: Array
    ticket: int
    label: Label = None


@dataclass(frozen=True)
class EncodeExamples(Intent):
    """The latents of examples (n, *event) in data units; ``label`` is a class number or None for the model's own choice."""

    fails_as = "encode"

    examples: Array
    ticket: int
    label: Label = None


@dataclass(frozen=True)
class DecodeLatents(Intent):
    """The examples of latents (n, k); ``label`` is a class number or None."""

    fails_as = "decode"

    latents: Array
    ticket: int
    label: Label = None


@dataclass(frozen=True)
class Translate(Intent):
    """Examples (n, *event) of the source carried to the data, or with ``back`` examples of the data to the source."""

    examples: Array
    ticket: int
    back: bool = False


@dataclass(frozen=True)
class Predict(Intent):
    """What the model expects of every number of an example (*event) in data units before it is there."""

    example: Array
    ticket: int


@dataclass(frozen=True)
class Probe(Intent):
    """What is known about one point (2,) of the plane."""

    point: Array
    ticket: int


@dataclass(frozen=True)
class Classify(Intent):
    """What the model says about the class of examples (n, *event) in data units, and how likely it finds them.

    Of images whose data have captions also which caption they have, ``among`` these or, with none, among all there are.
    """

    examples: Array
    ticket: int
    among: tuple[str, ...] = ()


@dataclass(frozen=True)
class Attack(Intent):
    """So many held-out examples moved by at most ``epsilon`` in every number, a share of black to white or standard deviations,
    to where a ``classifier`` ("logistic", "net" or "robust") is wrong. ``purify`` above 0 is the strength by which images are
    noised and denoised again. ``examples`` (n, *event) in data units are taken instead of held-out ones, and moved away from
    the class that the classifier sees in them.
    """

    ticket: int
    classifier: Literal["logistic", "net", "robust"] = "net"
    epsilon: float = 0.1
    count: int = 100
    purify: float = 0.0
    examples: Array | None = None


@dataclass(frozen=True)
class Maximise(Intent):
    """Images that please a ``classifier`` ("net", "robust" or "convolutional") of the run's data as much as may be.

    ``target`` is what: ("class", number), ("unit", layer, number) or ("layer", layer), counted from 0. Every way there is walks
    with ``count`` images: in pixels, from ``image`` in data units where there is one; and under the priors that the model has,
    against which the target counts ``pull`` times. Without ``pixels`` only these.
    """

    ticket: int
    classifier: Literal["net", "robust", "convolutional"] = "net"
    target: tuple[str, *tuple[int, ...]] = ("class", 0)
    count: int = 4
    seed: int = 0
    pull: float = 1.0
    image: Array | None = None
    pixels: bool = True


@dataclass(frozen=True)
class DrawProgram(Intent):
    """So many images by the program that draws the run's data, some of its numbers held at ``given``."""

    ticket: int
    given: ContextValues = ()
    count: int = 12
    seed: int = 0


@dataclass(frozen=True)
class Infer(Intent):
    """``count`` draws of a program's numbers given an ``image`` (H, W[, C]) in data units, seen through noise of deviation
    ``noise`` (1 is half the range from black to white). With ``check`` also whether they are draws from the posterior.
    """

    ticket: int
    image: Array
    count: int = 400
    seed: int = 0
    noise: float = 0.0
    check: bool = False


@dataclass(frozen=True)
class TellOutliers(Intent):
    """How well the model tells things that are not data from held-out data, by likelihood and by typicality."""

    ticket: int


@dataclass(frozen=True)
class Compress(Intent):
    """Write pictures to the bytes of a ``.dgmz`` file, by the model's own probabilities.

    ``source`` says which: held-out ones, as many of noise, held-out ones upside down, or the ``examples`` (n, *event) in data
    units; of the others ``count``, or as many as there are. With ``rounded`` those between the model's grey levels are rounded
    to them first, else they are refused.
    """

    ticket: int
    source: CompressSource = "held-out"
    examples: Array | None = None
    count: int = 360
    rounded: bool = False


@dataclass(frozen=True)
class Decompress(Intent):
    """The pictures in the bytes of a ``.dgmz`` file; of one that is ``damaged`` whatever comes out."""

    data: bytes
    ticket: int
    damaged: bool = False


@dataclass(frozen=True)
class ConditionalSlice(Intent):
    """What the model says of one coordinate when the other is known to be, or to lie between, ``low`` and ``high``.

    ``axis`` is the known coordinate. A line (``low == high``) is answered by a method of filling a mask, a band by rejection.
    """

    fails_as = "given"

    axis: Literal[0, 1]
    low: float
    high: float
    seed: int
    ticket: int
    method: str | None = None
    count: int = 600
    label: Label = None


@dataclass(frozen=True)
class RegionQuery(Intent):
    """What the model says about a region of the plane: ``region`` (rows, columns) of truth values over ``extent``, low y
    first.
    """

    fails_as = "within"

    region: Array
    extent: Extent
    seed: int
    ticket: int
    count: int = 600


@dataclass(frozen=True)
class MeasureNow(Intent):
    """Compute all measures now, or ``only`` those of these names; ``against`` replaces the held-out data."""

    fails_as = "measure"

    ticket: int = 0
    against: Array | None = None
    only: tuple[str, ...] = ()


@dataclass(frozen=True)
class Sweep(Intent):
    """Measure the run at every one of ``values`` of a knob: ``key`` is like "sampling.steps", "config.width" or
    "training.learning_rate", the latter two trained anew for as many steps. Each value is answered by a `SweepPoint`.
    """

    fails_as = "sweep"

    key: str
    values: tuple[float, ...]
    ticket: int


@dataclass(frozen=True)
class Save(Intent):
    """Write the run and ``extras`` (member name to bytes, or what gives these once asked) to a ``.dgm`` file. Without
    ``exact`` there is of weights only the average that samples are drawn with, in half precision, no optimiser, and fewer
    examples: about an eighth of the size, trained on as after a pause. With ``history`` the kept steps of training go with it.
    """

    path: Path
    extras: Mapping[str, bytes] | Callable[[], Mapping[str, bytes]] = field(default_factory=dict)
    exact: bool = True
    history: bool = False


@dataclass(frozen=True)
class Load(Intent):
    """Read a ``.dgm`` file into this run; what is open stays as it is when that fails. ``place`` as in `Open`; where it is the
    file itself, that is a run which was kept, and it comes back as it was.
    """

    path: Path
    place: Path | None = None


@dataclass(frozen=True)
class Cancel(Intent):
    """Stop the jobs of one kind: "fill", "interpolate", "sample", "measure"."""

    kind: str


@dataclass(frozen=True)
class Close(Intent):
    """Forget the run."""


@dataclass(frozen=True)
class Rehearse(Intent):
    """Remember what is opened from now on, so that it opens in an instant the next time; not ``on``, forget all of it. With a
    ``ticket`` a `Rehearsed` follows once what is on screen is up to date. ``run`` is not used.
    """

    on: bool = True
    ticket: int = 0


@dataclass(frozen=True)
class Thumbnails(Intent):
    """Draw the gallery: a `Thumbnail` for every data set of the catalogue. ``run`` is not used."""

    size: int = 64
