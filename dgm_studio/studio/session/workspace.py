"""The workspaces: the plane and the images, each for one kind of data."""

from __future__ import annotations

from typing import Literal

from dgm_studio.protocol.spec import DataKind

Workspace = Literal["2d", "images"]
WORKSPACES: tuple[Workspace, ...] = ("2d", "images")


def kind_in(workspace: Workspace) -> DataKind:
    """The kind of data that a workspace shows."""
    return "points" if workspace == "2d" else "images"


def workspace_of(kind: DataKind) -> Workspace:
    """Where data of a kind are shown."""
    return "2d" if kind == "points" else "images"
