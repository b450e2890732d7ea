"""What passes between the studio and the engine: intents down, events up. Plain frozen values, arrays are numpy.

Intents never block the sender. Events carry the run's name and the training step they speak of. Points are float32 in
data units, images uint8 (n, H, W) or (n, H, W, C). A ``ticket`` numbers a request: an answer bears the ticket of its
question, a newer question of the same kind replaces an older one, and receivers drop answers to tickets they no longer
wait for.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from numpy.typing import NDArray

from .spec import RunSpec

Array = NDArray[Any]
Phase = Literal["loading", "ready", "training", "paused", "finished", "failed"]
Extent = tuple[float, float, float, float]
"""(x low, x high, y low, y high) in data units."""

# --- intents -------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Intent:
    """Something a person or a program wants; ``run`` names the run it is about."""

    run: str


@dataclass(frozen=True)
class Open(Intent):
    """Load the data and build the model; replaces a run of the same name."""

    spec: RunSpec


@dataclass(frozen=True)
class Edit(Intent):
    """Make the run one of ``spec`` with the least work."""

    spec: RunSpec


@dataclass(frozen=True)
class Train(Intent):
    """Train until paused, or for so many more steps or seconds of training time.

    ``quiet`` ends without a `Finished`, as befits a single step taken by hand.
    """

    steps: int | None = None
    seconds: float | None = None
    quiet: bool = False


@dataclass(frozen=True)
class Pause(Intent):
    pass


@dataclass(frozen=True)
class Reset(Intent):
    """Forget what was learned and begin again from the same seed."""


@dataclass(frozen=True)
class Look(Intent):
    """What is on screen, so that only this is computed. Newest wins.

    ``layers`` of {"samples", "path", "density", "truth", "difference", "field", "latent"}; ``extent`` and ``cells``
    (pixels of the longer side) say where and how finely fields are wanted; ``t`` is the sampling time of the vector
    field. An empty set of layers: nothing is on screen.
    """

    layers: frozenset[str] = frozenset()
    extent: Extent | None = None
    cells: int = 96
    t: float = 1.0


@dataclass(frozen=True)
class Rewind(Intent):
    """Show the model as it was at the nearest kept step; None shows it live again."""

    step: int | None = None


@dataclass(frozen=True)
class Branch(Intent):
    """Go on training from the step that is shown (see `Rewind`), forgetting what came after it."""


@dataclass(frozen=True)
class Decode(Intent):
    """Decode one code (k,); ``label`` is a class number or None."""

    code: Array
    ticket: int
    label: int | None = None


@dataclass(frozen=True)
class Interpolate(Intent):
    """Walk between two examples through the latent space: each one event in data units, or a training example's number."""

    start: Array | int
    end: Array | int
    frames: int
    geometry: Literal["line", "sphere"]
    ticket: int
    label: int | None = None


@dataclass(frozen=True)
class Fill(Intent):
    """Generate where the mask is 1: ``image`` one event in data units, ``mask`` (H, W) or (2,) in [0, 1].

    ``way`` None takes the model's first way. With ``live`` every step is reported.
    """

    image: Array
    mask: Array
    count: int
    seed: int
    ticket: int
    way: str | None = None
    knobs: Mapping[str, Any] = field(default_factory=dict)
    temperature: float = 1.0
    label: int | None = None
    live: bool = True


@dataclass(frozen=True)
class Sample(Intent):
    """Draw samples once, outside the preview, with the run's sampler, knobs, temperature and class."""

    count: int
    seed: int
    ticket: int
    keep_path: bool = False


@dataclass(frozen=True)
class Density(Intent):
    """Log-density of points (n, 2) or images in data units, in nats."""

    points: Array
    ticket: int
    label: int | None = None


@dataclass(frozen=True)
class Probe(Intent):
    """What is known about one point (2,) of the plane."""

    point: Array
    ticket: int


@dataclass(frozen=True)
class Measure(Intent):
    """Compute all measures now; ``against`` replaces the held-out data."""

    ticket: int = 0
    against: Array | None = None


@dataclass(frozen=True)
class Save(Intent):
    """Write the run and ``extras`` (member name to bytes) to a ``.dgm`` file."""

    path: Path
    extras: Mapping[str, bytes] = field(default_factory=dict)


@dataclass(frozen=True)
class Load(Intent):
    """Read a ``.dgm`` file into this run; what is open stays as it is when that fails."""

    path: Path


@dataclass(frozen=True)
class Cancel(Intent):
    """Stop the jobs of one kind: "fill", "interpolate", "sample", "measure"."""

    kind: str


@dataclass(frozen=True)
class Close(Intent):
    """Forget the run."""


@dataclass(frozen=True)
class Thumbnails(Intent):
    """Draw the gallery: a `Thumbnail` for every data set of the catalogue. ``run`` is not used."""

    size: int = 64


# --- events -------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Event:
    """Something that happened to the run named ``run``, at training step ``step``."""

    run: str
    step: int


@dataclass(frozen=True)
class Ready(Event):
    """The engine is up. ``catalogue`` is JSON-able; see `catalogue.py` for its form."""

    catalogue: Mapping[str, Any]


@dataclass(frozen=True)
class Thumbnail(Event):
    """uint8 (size, size) intensity, to be tinted, or (size, size, 3) colour, of one data set."""

    name: str
    pixels: Array


@dataclass(frozen=True)
class SamplerInfo:
    """One sampler or way as a form needs it; ``honesty`` is empty for plain samplers."""

    name: str
    title: str
    help: str
    schema: Mapping[str, Any]
    honesty: str = ""


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
    """"velocity", "score" or None."""
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


@dataclass(frozen=True)
class Opened(Event):
    """The run is there. ``spec`` is resolved: config, training and knobs hold every value in use."""

    spec: RunSpec
    info: RunInfo


@dataclass(frozen=True)
class Edited(Event):
    """The run was retuned, steered or moved: ``spec`` as `Opened.spec`, ``device`` as `RunInfo.device`."""

    spec: RunSpec
    device: str


@dataclass(frozen=True)
class Data(Event):
    """Examples to show: ``x`` as people see them, ``labels`` (n,) or None."""

    x: Array
    labels: Array | None


@dataclass(frozen=True)
class Progress(Event):
    """How the run is doing. ``activity`` says in words what the engine is busy with, empty when idle."""

    phase: Phase
    steps_per_second: float
    preview_share: float
    seconds: float
    """Training time so far."""
    device: str
    activity: str = ""
    fraction: float | None = None
    """Of the activity, when known."""


@dataclass(frozen=True)
class Curve:
    """Values (k,) over training steps (k,), with the floor (what two sets of data would give) where there is one."""

    steps: Array
    values: Array
    errors: Array | None = None
    floor: float | None = None
    unit: str = ""
    title: str = ""


@dataclass(frozen=True)
class Curves(Event):
    """Losses and live measures by name."""

    losses: Mapping[str, Curve]
    measures: Mapping[str, Curve]


@dataclass(frozen=True)
class Samples(Event):
    """Samples as people see them, (n, *event).

    ``path`` (frames, k, *event), k <= n, holds the way there at progress ``times`` (frames,), the last being ``x[:k]``;
    ``estimates`` likewise the clean sample expected from each frame. ``done`` is False while they still sharpen: then
    ``path`` is what there is so far.
    """

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


@dataclass(frozen=True)
class Field(Event):
    """A layer of the plane: values (rows, columns) from low y to high y, or vectors (rows, columns, 2).

    Densities are log-densities in nats in data units; ``kind`` is that of the density, or "velocity" or "score".
    """

    layer: str
    values: Array
    extent: Extent
    kind: str
    t: float = 1.0
    shown_step: int = 0


@dataclass(frozen=True)
class Latents(Event):
    """The latent plane: codes (n, 2) of examples, labels (n,) or None, and the manifold: images decoded on a grid.

    With more than two dimensions the plane is spanned by the two main directions of the codes (``axes`` (2, k) around
    ``centre`` (k,)): code = centre + plane @ axes. ``grid`` (rows, columns, *image) covers ``extent``, low y first.
    ``codes`` is empty where the model cannot encode.
    """

    codes: Array
    labels: Array | None
    centre: Array
    axes: Array
    grid: Array | None
    extent: Extent


@dataclass(frozen=True)
class Decoded(Event):
    """One decoded code, as people see it."""

    ticket: int
    x: Array
    seconds: float


@dataclass(frozen=True)
class Interpolated(Event):
    """Frames (n, *event) from start to end, and the two ends as the model reproduces them."""

    ticket: int
    frames: Array
    ends: Array
    exact: bool


@dataclass(frozen=True)
class Filled(Event):
    """Answers to a mask: images (n, *event), known pixels identical to the question's. ``progress`` in [0, 1].

    Once ``done``, ``path`` (frames, n, *event) holds every step at progress ``times``.
    """

    ticket: int
    x: Array
    progress: float
    done: bool
    way: str
    honesty: str
    path: Array | None = None
    times: Array | None = None
    stopped: bool = False


@dataclass(frozen=True)
class Densities(Event):
    """Log-densities (n,) in nats in data units, and their kind."""

    ticket: int
    values: Array
    kind: str


@dataclass(frozen=True)
class Probed(Event):
    """What is known about a point: names to numbers (nats, data units), with the unit after a space in the name."""

    ticket: int
    point: Array
    values: Mapping[str, float]


@dataclass(frozen=True)
class Measured(Event):
    """Latest measures: name to value, error, floor; ``sentence`` says them plainly."""

    values: Mapping[str, Mapping[str, float | None]]
    sentence: str
    ticket: int = 0


@dataclass(frozen=True)
class History(Event):
    """Training steps of which snapshots are kept, and the one that is shown (None: live)."""

    steps: Array
    shown: int | None


@dataclass(frozen=True)
class Finished(Event):
    """Training reached the steps or seconds it was asked for."""

    seconds: float


@dataclass(frozen=True)
class Saved(Event):
    path: Path


@dataclass(frozen=True)
class Loaded(Event):
    """A file was read; ``extras`` are the members that belong to the studio."""

    path: Path
    extras: Mapping[str, bytes]


@dataclass(frozen=True)
class Failed(Event):
    """Something ended without its result: what happened, and what to do. ``kind`` names the job or intent."""

    message: str
    advice: str
    kind: str
    ticket: int = 0
