"""What a run answers with: plain values and numpy arrays."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import Any, Literal

from numpy.typing import NDArray

from dgm_studio.protocol import messages as m


@dataclass(frozen=True)
class TrainingProgress:
    """How far training is: what a callback is given now and then."""

    step: int
    seconds: float
    steps_per_second: float


@dataclass(frozen=True)
class MeasuredValue:
    """A measure of a run: its value, its standard error (0 where it was counted), what two sets of data would give, and the
    unit. ``said`` is a sentence, where there is one."""

    value: float
    error: float
    floor: float | None
    unit: str
    said: str = ""

    @property
    def known_error(self) -> float | None:
        """The standard error, None where it is not known."""
        return None if math.isnan(self.error) else self.error


@dataclass(frozen=True)
class DrawnSamples:
    """Samples ``x`` (n, ...), their ``path`` (frames, n, ...) from noise where that was wanted, the ``seconds`` they took, and
    which of them are ``valid`` (n,) where the data have a rule. ``told`` is what the engine said.
    """

    x: NDArray[Any]
    path: NDArray[Any] | None
    seconds: float
    valid: NDArray[Any] | None
    told: m.Samples = field(repr=False)


@dataclass(frozen=True)
class Interpolation:
    """``frames`` (n, ...) from one end to the other. Unless ``exact`` the ends are the model's own reproductions. ``classes``
    are those that the ends were taken for, by whose word ``classes_from`` says, and ``class_change`` how one becomes the other.
    """

    frames: NDArray[Any]
    geometry: Literal["line", "sphere"]
    exact: bool
    classes: tuple[str, ...]
    classes_from: str
    class_change: str
    told: m.Interpolated = field(repr=False)
    """What the engine said."""
