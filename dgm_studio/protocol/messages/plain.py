"""The plain types that messages are made of."""

from __future__ import annotations

from typing import Any, Literal

from numpy.typing import NDArray

Array = NDArray[Any]
Phase = Literal["loading", "ready", "training", "paused", "finished", "failed"]
Extent = tuple[float, float, float, float]
"""(x low, x high, y low, y high) in data units."""
Blame = Literal["input", "machine", "defect"]
CompressSource = Literal["held-out", "noise", "upside down", "examples"]
"""Which pictures are written to a file."""
