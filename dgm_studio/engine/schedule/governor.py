"""The governor: how much of the backend's time previews may take, and which of them is next.

While something trains, background work (samples on screen, fields, measures) is held to a share of the time whatever it
costs; ungoverned, a preview of 2000 points at display rate was measured to take nine tenths of the training time. Within
that share, kinds of work are served in proportion to their weight. Times decay, so that the past is forgotten.
"""

from __future__ import annotations

from collections.abc import Iterable

HORIZON = 2.0
"""Seconds after which spent time counts for 1/e."""

MOST_OWED = 0.5
"""Seconds of training that what was waited for can owe at most."""
WEIGHTS = {"samples": 4.0, "field": 1.0, "density": 12.0, "truth": 8.0, "latent": 2.0, "measure": 6.0}


class Governor:
    """``share`` is the part of the time that background work may take while training runs."""

    def __init__(self, share: float = 0.2) -> None:
        self.share = share
        self._total = 0.0
        self._background = 0.0
        self._used: dict[str, float] = {}
        self._owed = 0.0

    def spend(self, kind: str, seconds: float, *, background: bool) -> None:
        """Book a slice."""
        keep = 2.718281828 ** (-seconds / HORIZON)
        self._total = self._total * keep + seconds
        self._background = self._background * keep + (seconds if background else 0.0)
        for name in self._used:
            self._used[name] *= keep
        if background:
            self._used[kind] = self._used.get(kind, 0.0) + seconds
        elif kind == "train":
            self._owed = max(0.0, self._owed - seconds)
        else:
            self._owed = min(MOST_OWED, self._owed + seconds)

    @property
    def spent(self) -> float:
        """The share that background work had of late."""
        return self._background / self._total if self._total > 0 else 0.0

    @property
    def allows(self) -> bool:
        """Whether background work may have the next slice while training runs."""
        return self._background <= self.share * self._total

    @property
    def even(self) -> bool:
        """Whether training has had as much time of late as what was waited for: then first pictures of runs beside others that
        train may have the next slice.
        """
        return self._owed <= 0

    def choose(self, kinds: Iterable[str]) -> str:
        """The kind that had least for its weight."""
        return min(kinds, key=lambda kind: self._used.get(kind, 0.0) / WEIGHTS.get(kind, 1.0))
