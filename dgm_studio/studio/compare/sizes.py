"""Equal sizes: the other runs of a comparison get about as many weights as one of them, by their widths.

The number of weights grows about with the square of the width, so that a few tries come near; each try is another, untrained
run, as a change of architecture always is.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from dgm_studio.language import tr
from dgm_studio.protocol import messages as m

if TYPE_CHECKING:
    from ..studio import Studio

NEAR = 0.1
"""Sizes that differ by no more than this part are equal."""
TRIES = 4


class Sizes:
    """Of one studio."""

    def __init__(self, studio: Studio) -> None:
        self._studio = studio
        self._wanted: dict[str, tuple[int, int]] = {}
        """The number of weights and the tries that are left, by slot."""
        studio.on(m.Opened, self._opened)

    def match(self, slot: str) -> None:
        """Give every other run of the comparison about as many weights as the one of this slot; what has no width is said."""
        studio = self._studio
        opened = studio.runs[slot].opened
        if opened is None or not opened.info.parameters:
            return
        without = []
        for other, run in studio.comparison.runs.items():
            if other == slot or run.opened is None or not run.opened.info.parameters:
                continue
            if self._width(other) is None:
                without.append(studio.catalogue.family_title(run.opened.spec.family))
                continue
            self._wanted[other] = (opened.info.parameters, TRIES)
            self._try(other)
        if without:
            studio.notify(
                "info", tr("{names} has no width that could be set.", names=", ".join(dict.fromkeys(without)))
            )

    def _opened(self, opened: m.Opened) -> None:
        slot = next((s for s, run in self._studio.runs.items() if run.name == opened.run), "")
        if slot in self._wanted:
            self._try(slot)

    def _width(self, slot: str) -> tuple[int, int, int] | None:
        """The width in use and its bounds; None where the family has none, or chooses it itself."""
        opened = self._studio.runs[slot].opened
        family = None if opened is None else self._studio.catalogue.family(opened.spec.family)
        if opened is None or family is None:
            return None
        field: dict[str, Any] = family.schema.get("properties", {}).get("width", {})
        width = opened.spec.config.get("width")
        if field.get("type") != "integer" or not width:
            return None
        return int(width), max(1, int(field["minimum"])), int(field["maximum"])

    def _try(self, slot: str) -> None:
        studio, (wanted, left) = self._studio, self._wanted[slot]
        opened, width = studio.runs[slot].opened, self._width(slot)
        there = 0 if opened is None else opened.info.parameters
        if width is None or not there or abs(there / wanted - 1) <= NEAR or not left:
            del self._wanted[slot]
            return
        now, low, high = width
        another = min(high, max(low, round(now * math.sqrt(wanted / there))))
        if another == now or slot not in studio.session.slots:
            del self._wanted[slot]
            return
        self._wanted[slot] = (wanted, left - 1)
        spec = studio.session.spec(slot)
        studio.edit(
            studio.session.with_spec(spec.with_(config={**spec.config, "width": another}), slot), tr("match sizes")
        )
