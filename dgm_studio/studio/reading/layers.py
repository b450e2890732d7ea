"""Layers of the plane as a run can give them: why one cannot be shown, and what the family calls its own."""

from __future__ import annotations

from dgm_studio.protocol.layers import PLANE_LAYERS
from dgm_studio.protocol.messages import Extent, Opened

ROOM = 0.06
"""Share of what is in view by which more than that is asked for, on every side."""
_CLOSE = 0.6
"""A view that is smaller than this part of what was drawn asks for it more finely."""


def missing_layers(opened: Opened | None) -> dict[str, str]:
    """Why layers cannot be shown for a run, one sentence each, by layer."""
    if opened is None:
        return {}
    return {layer.name: why for layer in PLANE_LAYERS if (why := layer.missing(opened.info))}


def own_names(opened: Opened | None) -> dict[str, str]:
    """What a family calls a layer."""
    if opened is None:
        return {}
    return {layer.name: name for layer in PLANE_LAYERS if (name := layer.own_name(opened.info))}


def asked_extent(view: Extent, before: Extent | None) -> Extent:
    """Over what fields are asked for when ``view`` is seen and ``before`` was asked for last.

    A little more than is seen: while the view stays within that and is about as large, nothing is begun anew because a panel
    took or gave some pixels.
    """
    left, right, low, high = view
    if before is not None:
        inside = before[0] <= left and right <= before[1] and before[2] <= low and high <= before[3]
        shares = ((right - left) / (before[1] - before[0]), (high - low) / (before[3] - before[2]))
        if inside and min(shares) > _CLOSE:
            return before
    across, up = ROOM * (right - left), ROOM * (high - low)
    return left - across, right + across, low - up, high + up
