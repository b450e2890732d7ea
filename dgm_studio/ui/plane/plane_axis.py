"""An axis of the plane: the name of its coordinate, and tick labels that stay short whatever the numbers are.

Numbers far from zero are counted from a round one, and tiny or huge ones in powers of ten; the label says which, as in
``seconds − 1,700,000,000`` or ``current × 10⁻¹²``.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

from ..look import theme
from ..look.axis import Axis

_FAR = 1e4
"""From where on ticks that differ would share most of their digits."""
_SUPERSCRIPT = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")


class PlaneAxis(Axis):
    """Shows ``(value - base) / 10 ** power``, which follow the range that is in view."""

    def __init__(self, side: str, room: int, room_with_label: int) -> None:
        super().__init__(side)
        self._side, self._rooms = side, (room, room_with_label)
        self._name = ""
        self._base, self._power = 0.0, 0
        theme.follow(self._write_label)

    def name_coordinate(self, name: str) -> None:
        self._name = name
        self._write_label()

    def follow(self, low: float, high: float) -> None:
        """Suit labels to a range."""
        base, power = origin(low, high)
        if (base, power) != (self._base, self._power):
            self._base, self._power = base, power
            self._write_label()

    def tickStrings(self, values: Sequence[float], scale: float, spacing: float) -> list[str]:
        unit = 10.0**self._power
        places = max(0, math.ceil(-math.log10(spacing / unit) - 1e-9)) if spacing > 0 else 0
        return [f"{(value - self._base) / unit:.{min(places, 9)}f}" for value in values]

    def _write_label(self) -> None:
        text = self._name
        if not text and (self._base or self._power):
            text = "y" if self._side == "left" else "x"
        if self._base:
            text += f" {'−' if self._base > 0 else '+'} {abs(self._base):,.15g}"
        if self._power:
            text += f" × 10{str(self._power).translate(_SUPERSCRIPT)}"
        room = theme.px(self._rooms[bool(text)])
        self.setLabel(text or None, color=theme.tokens().dim, **{"font-size": f"{theme.px(11)}px"})
        self.showLabel(bool(text))
        if self._side == "left":
            self.setWidth(room)
        else:
            self.setHeight(room)


def origin(low: float, high: float) -> tuple[float, int]:
    """The round number that ticks between ``low`` and ``high`` are counted from, and the power of ten they are counted in."""
    span = high - low
    if not (math.isfinite(span) and span > 0):
        return 0.0, 0
    base = 0.0
    if max(abs(low), abs(high)) > _FAR * span:
        units = (10.0**k for k in range(math.ceil(math.log10(max(abs(low), abs(high)))), -400, -1))
        base = next(multiple for unit in units if low <= (multiple := math.ceil(low / unit) * unit) <= high)
    power = math.floor(math.log10(max(abs(low - base), abs(high - base))))
    return base, 0 if -3 <= power <= 4 else 3 * (power // 3)
