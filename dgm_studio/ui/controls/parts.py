"""Parts: how a view names the widgets that a person works with.

``controls`` maps names to widgets, or to parts that have controls of their own, whose names then stand behind a dot. A part
under the empty name adds its controls without one, and a widget there has the name of its part. What is asked for is what is
there at that moment: a form answers for the rows that it shows.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Protocol, TypeAlias, Union, runtime_checkable

from PySide6.QtWidgets import QWidget


@runtime_checkable
class Part(Protocol):
    """What has controls of its own."""

    @property
    def controls(self) -> Tree: ...


Tree: TypeAlias = Mapping[str, Union[QWidget, Part, "Tree"]]


def widgets(tree: Tree) -> Iterator[tuple[str, QWidget]]:
    """Every widget of a tree with its full name."""
    for name, each in tree.items():
        # asked of hundreds of widgets: whether one is a `Part` is five times as dear to know by isinstance
        inner = each if isinstance(each, Mapping) else getattr(each, "controls", None)
        if inner is not None:
            for below, widget in widgets(inner):
                yield ".".join(filter(None, (name, below))), widget
        elif isinstance(each, QWidget):
            yield name, each
