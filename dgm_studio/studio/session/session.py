"""Session: what is open and what is on screen, as one immutable value. Every edit makes a new one; undo keeps the old."""

from __future__ import annotations

import uuid
from typing import Any

from pydantic import Field

from dgm_studio.protocol.layers import PLANE_LAYERS
from dgm_studio.protocol.spec import DataChoice, Frozen, RunSpec, Sampling

from .workspace import WORKSPACES, Workspace

IMAGE_VIEWS: tuple[str, ...] = ("samples", "path", "latent", "interpolate", "inside", "paint", "shoot-out", "compress")


def new_id() -> str:
    """Of a run, from its first moment on."""
    return uuid.uuid4().hex


class Session(Frozen):
    """Two workspaces with a run each. ``layers`` are those switched on; ``time`` is the sampling time on the slider."""

    workspace: Workspace = "2d"
    plane: RunSpec = Field(default_factory=lambda: RunSpec(data=DataChoice(name="moons"), family="flow-matching"))
    images: RunSpec = Field(
        default_factory=lambda: RunSpec(
            data=DataChoice(name="digits"), family="diffusion", conditional=True, sampling=Sampling(count=100)
        )
    )
    plane_run: str = ""
    images_run: str = ""
    """Which run each workspace has in front, by the id it has in the tray; empty until it is given one."""
    layers: tuple[str, ...] = tuple(layer.name for layer in PLANE_LAYERS if layer.at_first)
    image_view: str = "samples"
    time: float = Field(default=1.0, ge=0.0, le=1.0)
    prior: tuple[float, ...] = ()
    """Weights of the classes before an example was seen; empty for their shares among the data."""

    def spec(self, workspace: Workspace | None = None) -> RunSpec:
        return self.plane if (workspace or self.workspace) == "2d" else self.images

    def with_spec(self, spec: RunSpec, workspace: Workspace | None = None) -> Session:
        return self.with_(**{"plane" if (workspace or self.workspace) == "2d" else "images": spec})

    def run_id(self, workspace: Workspace | None = None) -> str:
        return self.plane_run if (workspace or self.workspace) == "2d" else self.images_run

    def with_run(self, id: str, workspace: Workspace | None = None) -> Session:
        """Another run in front of a workspace."""
        return self.with_(**{"plane_run" if (workspace or self.workspace) == "2d" else "images_run": id})

    def identified(self) -> Session:
        """With an id for the run of every workspace."""
        session = self
        for workspace in WORKSPACES:
            if not session.run_id(workspace):
                session = session.with_run(new_id(), workspace)
        return session

    def with_(self, **changes: Any) -> Session:
        """A copy with fields replaced, validated. Raises pydantic.ValidationError."""
        values = {name: getattr(self, name) for name in type(self).model_fields}
        return Session(**{**values, **changes})
