"""How long each run of a comparison is trained: equal steps, equal examples, equal seconds, or each by its own recipe."""

from __future__ import annotations

import math
from dataclasses import dataclass

from dgm_studio.protocol.messages import Opened

from .job import BadInput

_FORM = "A budget is seconds:20, steps:1000 or examples:50000"


@dataclass(frozen=True)
class TrainingBudget:
    """So much of a ``kind``: "seconds", "steps" or "examples"; "recipe" is each family's own number of steps."""

    kind: str = "recipe"
    amount: float = 0.0

    @classmethod
    def read(cls, text: str | None) -> TrainingBudget:
        """Raises BadInput."""
        if text is None:
            return cls()
        kind, sign, number = text.partition(":")
        try:
            amount = float(number)
        except ValueError:
            amount = math.nan
        if not sign or kind not in ("seconds", "steps", "examples"):
            raise BadInput(f"{_FORM}, not {text!r}.")
        if not (0 < amount < math.inf) or (kind != "seconds" and amount != round(amount)):
            raise BadInput(f"{_FORM}; {number!r} is no number of {kind} above 0.")
        return cls(kind, amount)

    @property
    def said(self) -> str:
        """In words."""
        if self.kind == "recipe":
            return "each for the steps of its recipe"
        amount = f"{self.amount:g}" if self.kind == "seconds" else f"{self.amount:,.0f}"
        return f"{amount} {self.kind} each"

    def of(self, opened: Opened, steps: int = 0) -> tuple[int | None, float | None]:
        """The steps, or the seconds, that a run is trained for: of one that only takes in examples those of its recipe, which
        are ``steps`` where it has one by name."""
        if self.kind == "recipe" or not opened.info.parameters:
            return steps or opened.info.recipe_steps, None
        if self.kind == "seconds":
            return None, self.amount
        count = self.amount if self.kind == "steps" else self.amount / opened.spec.training["batch"]
        return max(1, math.ceil(count)), None
