"""Colours of classes: eight that colour-blind people can tell apart (Okabe and Ito 2008), then again with other shapes."""

from __future__ import annotations

_COLOURS = ("#e69f00", "#56b4e9", "#009e73", "#f0e442", "#0072b2", "#d55e00", "#cc79a7", "#8f8f8f")
_SYMBOLS = ("o", "s", "t", "d", "+", "star")


def colour(index: int) -> str:
    """``#rrggbb`` of a class number."""
    return _COLOURS[index % len(_COLOURS)]


def symbol(index: int) -> str:
    """pyqtgraph's symbol of a class number: changes when the colours come round again."""
    return _SYMBOLS[index // len(_COLOURS) % len(_SYMBOLS)]
