"""Link: what the engine was last told of every workspace, to know what a change asks for."""

from __future__ import annotations

from dataclasses import dataclass, field

from dgm_studio.engine.messages import Look
from dgm_studio.engine.spec import RunSpec, Workspace


@dataclass
class Link:
    """``sent`` are the run specs asked for, ``looks`` what was said to be on screen, ``resume`` the workspaces whose run
    of the last start is still to be read; ``stood`` are the run specs, as asked for, of the last runs that could be built.
    """

    sent: dict[Workspace, RunSpec] = field(default_factory=dict)
    looks: dict[Workspace, Look] = field(default_factory=dict)
    stood: dict[Workspace, RunSpec] = field(default_factory=dict)
    resume: set[Workspace] = field(default_factory=set)
