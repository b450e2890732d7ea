"""Binding views to the studio's topics, for as long as the widget lives.

Topics tell of every run; most views care for the run in front of one workspace only, and for the newest value of
another run when the workspace changes: `bind_run` does both.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, overload

from PySide6.QtCore import QObject

from dgm_studio.studio.session.state import E, Topic
from dgm_studio.studio.session.workspace import Workspace
from dgm_studio.studio.studio import Studio


@overload
def bind(owner: QObject, studio: Studio, topic: type[E], callback: Callable[[E], object]) -> None: ...


@overload
def bind(owner: QObject, studio: Studio, topic: Topic, callback: Callable[[Any], object]) -> None: ...


def bind(owner: QObject, studio: Studio, topic: Any, callback: Callable[[Any], object]) -> None:
    """Call ``callback(value)`` on every change of ``topic`` until ``owner`` is destroyed."""
    leave = studio.on(topic, callback)
    owner.destroyed.connect(lambda _=None: leave())


@overload
def bind_run(
    owner: QObject, studio: Studio, topic: type[E], callback: Callable[[E], object], workspace: Workspace | None = None
) -> None: ...


@overload
def bind_run(
    owner: QObject, studio: Studio, topic: Topic, callback: Callable[[Any], object], workspace: Workspace | None = None
) -> None: ...


def bind_run(
    owner: QObject, studio: Studio, topic: Any, callback: Callable[[Any], object], workspace: Workspace | None = None
) -> None:
    """Like `bind`, for events of the run of ``workspace`` (None: whichever is in front)."""

    def mine(event: Any) -> None:
        run = studio.run if workspace is None else studio.runs[workspace]
        if event.run == run.name:
            callback(event)

    bind(owner, studio, topic, mine)
