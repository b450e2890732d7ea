"""The contract between a generative model and the studio.

Everything the program does with a model goes through the small set of types below. They name no family, no widget and
no file format. A **family** builds a **model** from a config and a **data spec**; a model trains itself one visible step
at a time and states what it can do as data (**abilities**: optional callables, absent is ``None``). Anything that makes
samples, also under a condition, is a **sampler**: ``start`` and ``step`` over an immutable **frame**.

Rules that hold everywhere:

* ``t`` in a frame is progress: 0 at the start (noise), 1 when finished (data).
* Randomness is an argument. Nobody draws from a global generator.
* Work that takes longer than a few milliseconds is a generator (**Work**) that yields between slices, so that the one
  backend thread can look up; ``finish`` runs it at once.
* Densities are in nats. Nothing follows from a bound.
* A mask is 1 where something is to be generated and 0 where it is known and kept bit-identical.
"""

from dgm_studio.protocol.context import ContextSlot

from .abilities import (
    Abilities,
    Classifier,
    Inside,
    Latent,
    LogDensity,
    Lossless,
    PlaneField,
    Predictive,
    Surface,
    SymbolWalk,
    Translation,
)
from .data import (
    Batch,
    DataError,
    DataSet,
    DataSpec,
    Loading,
    Source,
    Units,
    to_pixels,
)
from .family import (
    GROUPS,
    Family,
    Model,
)
from .measures import (
    TOPICS,
    Evidence,
    Measure,
    Measurement,
    Speed,
    Translated,
)
from .pool import ExamplePool
from .program import Factors, Program
from .sampling import (
    Condition,
    Frame,
    Method,
    Sampler,
    Steer,
    trajectory,
)
from .settings import (
    Recipe,
    Settings,
    Training,
    extend,
    knob,
)
from .work import (
    DensityKind,
    Honesty,
    Kind,
    Rng,
    T,
    Work,
    finish,
    rng_for,
    seeded,
)

__all__ = [
    "GROUPS",
    "TOPICS",
    "Abilities",
    "Batch",
    "Classifier",
    "Condition",
    "ContextSlot",
    "DataError",
    "DataSet",
    "DataSpec",
    "DensityKind",
    "Evidence",
    "ExamplePool",
    "Factors",
    "Family",
    "Frame",
    "Honesty",
    "Inside",
    "Kind",
    "Latent",
    "Loading",
    "LogDensity",
    "Lossless",
    "Measure",
    "Measurement",
    "Method",
    "Model",
    "PlaneField",
    "Predictive",
    "Program",
    "Recipe",
    "Rng",
    "Sampler",
    "Settings",
    "Source",
    "Speed",
    "Steer",
    "Surface",
    "SymbolWalk",
    "T",
    "Training",
    "Translated",
    "Translation",
    "Units",
    "Work",
    "extend",
    "finish",
    "knob",
    "rng_for",
    "seeded",
    "to_pixels",
    "trajectory",
]
