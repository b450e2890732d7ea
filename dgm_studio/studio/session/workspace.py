"""The workspaces: what fills the window. The plane and the images show one run each, a comparison several side by side."""

from __future__ import annotations

from typing import Literal

from dgm_studio.protocol.spec import DataKind

Workspace = Literal["2d", "images", "compare"]
ALONE: tuple[Workspace, ...] = ("2d", "images")
"""Those that show one run, whose slot has their name."""


def kind_in(workspace: str) -> DataKind:
    """The kind of data that a workspace with one run shows."""
    return "points" if workspace == "2d" else "images"


def workspace_of(kind: DataKind) -> Workspace:
    """Where data of a kind are shown."""
    return "2d" if kind == "points" else "images"
