"""Binding views to the studio's topics, for as long as the widget lives.

Topics tell of every run; most views care for the run of one slot only, and for the newest value of
another run when what is in front changes: `bind_run` does both.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, overload

from PySide6.QtCore import QObject

from dgm_studio.studio.session.state import E, Topic
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
    owner: QObject, studio: Studio, topic: type[E], callback: Callable[[E], object], slot: str | None = None
) -> None: ...


@overload
def bind_run(
    owner: QObject, studio: Studio, topic: Topic, callback: Callable[[Any], object], slot: str | None = None
) -> None: ...


def bind_run(
    owner: QObject, studio: Studio, topic: Any, callback: Callable[[Any], object], slot: str | None = None
) -> None:
    """Like `bind`, for events of the run of a slot (None: whichever is in front)."""

    def mine(event: Any) -> None:
        run = studio.run if slot is None else studio.runs.get(slot)
        if run is not None and event.run == run.name:
            callback(event)

    bind(owner, studio, topic, mine)
