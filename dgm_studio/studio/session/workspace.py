"""The workspaces: what fills the window. Each kind of data has one that shows one run, a comparison several side by side;
strings and sounds, which are both read from first to last, share one."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

from dgm_studio.language import tr
from dgm_studio.protocol.spec import DataKind

Workspace = Literal["2d", "images", "sequences", "paths", "compare"]
ALONE: tuple[Workspace, ...] = ("2d", "images", "sequences", "paths")
"""Those that show one run, whose slot has their name."""
_KINDS: Mapping[str, tuple[DataKind, ...]] = {
    "2d": ("points",),
    "images": ("images",),
    "sequences": ("strings", "sounds"),
    "paths": ("paths",),
}
"""The kinds that each shows; of several the one that its run is of."""
WORKSPACES: Mapping[Workspace, tuple[str, str]] = {
    "2d": ("2D", tr("A distribution on the plane, seen whole.")),
    "images": (tr("Images"), tr("Small pictures.")),
    "sequences": (tr("Sequences"), tr("Strings of letters that follow a rule, and sounds of a second.")),
    "paths": (tr("Paths"), tr("How to pass an obstacle, imitated.")),
    "compare": (tr("Compare"), tr("Several models side by side, trained together and measured alike.")),
}
"""Their titles and a sentence of help, in their order; Ctrl and the number of one brings it to the front."""


def kinds_in(workspace: str) -> tuple[DataKind, ...]:
    """The kinds of data that a workspace with one run shows."""
    return _KINDS[workspace]


def workspace_of(kind: DataKind) -> Workspace:
    """Where data of a kind are shown."""
    return next(workspace for workspace in ALONE if kind in _KINDS[workspace])
