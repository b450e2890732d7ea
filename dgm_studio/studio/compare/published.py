"""What courses say of each branch of the taxonomy, and whether what was measured here agrees.

The table is that of Tomczak 2022, *Deep Generative Modeling*, table 1.1. Branches that it does not name have no row here:
nobody's words are put into its mouth.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from dgm_studio.language import tr
from dgm_studio.protocol.messages import Measured
from dgm_studio.tables.result_table import COLUMNS, ResultCell

SOURCE = tr("Tomczak 2022, table 1.1")
FAST = 4
"""Network passes for a sample up to which sampling is called fast here; the book gives no number."""
_ROWS = {
    "autoregressive": ("stable", "exact", "slow", "lossless", "no"),
    "flow": ("stable", "exact", "fast or slow", "lossless", "yes"),
    "implicit": ("unstable", "no", "fast", "no", "no"),
    "latent variable": ("stable", "approximate", "fast", "lossy", "yes"),
    "energy": ("stable", "unnormalised", "slow", "rather not", "yes"),
}
PUBLISHED: Mapping[str, Mapping[str, str]] = {
    group: dict(zip(COLUMNS, row, strict=True)) for group, row in _ROWS.items()
}
"""By branch and column."""


@dataclass(frozen=True)
class Claim:
    """What is published for a cell; ``agrees`` is None where nothing was measured that could agree."""

    says: str
    agrees: bool | None


def published(group: str, column: str, cell: ResultCell, measured: Measured | None = None) -> Claim | None:
    """What the book says where this cell stands; None where it says nothing of this branch."""
    says = PUBLISHED.get(group, {}).get(column)
    if says is None:
        return None
    if cell.value is None and cell.kind not in _SAYING:
        return Claim(says, None)
    return Claim(says, _AGREES[column](says, cell, measured))


_SAYING = ("cannot", "none", "unnormalised")
"""Words in place of a figure that are findings themselves."""


def _training(says: str, cell: ResultCell, measured: Measured | None) -> bool | None:
    return (cell.kind == "stable") == (says == "stable")


def _likelihood(says: str, cell: ResultCell, measured: Measured | None) -> bool | None:
    kind = cell.kind.partition(" of ")[0]
    found = {"exact": "exact", "estimate": "approximate", "lower bound": "approximate", "cannot": "no"}.get(kind, kind)
    return None if kind == "not converged" else found == says


def _sampling(says: str, cell: ResultCell, measured: Measured | None) -> bool | None:
    passes = None if measured is None else measured.values.get("network_passes")
    if says == "fast or slow" or passes is None or passes["value"] is None:
        return True if says == "fast or slow" else None
    return ("fast" if passes["value"] <= FAST else "slow") == says


def _compression(says: str, cell: ResultCell, measured: Measured | None) -> bool | None:
    found = cell.kind if cell.value is not None else "no"
    return found == says or (says == "rather not" and found == "no")


def _representation(says: str, cell: ResultCell, measured: Measured | None) -> bool | None:
    return (cell.value is not None) == (says == "yes")


_AGREES: Mapping[str, Callable[[str, ResultCell, Measured | None], bool | None]] = dict(
    zip(COLUMNS, (_training, _likelihood, _sampling, _compression, _representation), strict=True)
)
