"""A handful of examples of a data set, made in a few milliseconds, so that a gallery can show it without loading it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from dgm_studio.contract import DataSet, Rng


@dataclass(frozen=True)
class Preview:
    """``make(rng)`` gives a small `DataSet` that looks like the source of the same ``name``.

    Every public module here lists its own under ``PREVIEWS``, beside ``SOURCES``.
    """

    name: str
    make: Callable[[Rng], DataSet]
