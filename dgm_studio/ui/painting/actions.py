"""Actions: what each button, key and command of the canvas does, by name."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

from dgm_studio.studio.painting.canvas_tools import Tool

if TYPE_CHECKING:
    from .paint_view import PaintView

HARMLESS = frozenset(
    {"mask", "colour", "erase", "lasso", "rectangle", "flood", "pick", "swap", "smaller", "larger", "copy"}
    | {"save_picture", "save_mask", "undo", "redo", "live", "forget", "latent"}
)
"""Actions that leave an example nobody has touched as it is."""


def actions_of(paint: PaintView) -> Mapping[str, Callable[[], object]]:
    """The actions of `PaintPanel`, `ToolStrip` and `canvas_commands`."""
    canvas, sources = paint.canvas, paint.sources

    def taking(tool: Tool) -> Callable[[], None]:
        return lambda: paint.set_tools(paint.tools.with_(tool=tool, erasing=False))

    return {
        **{tool: taking(tool) for tool in ("lasso", "rectangle", "flood", "pick")},
        "fill": paint.fill,
        "stop": paint.stop,
        "again": paint.again,
        "accept": paint.accept,
        "live": lambda: paint.switch_live(not paint.answers.state.live),
        "forget": paint.answers.history.clear,
        "latent": paint.latents.toggle,
        "discard": canvas.discard,
        "all": lambda: canvas.fill(paint.tools.with_(erasing=False).ink()),
        "clear": lambda: canvas.fill(paint.tools.ink(erase=True)),
        "invert": canvas.invert_mask,
        "undo": paint.undo,
        "redo": paint.redo,
        "example": paint.starting.example,
        "sample": paint.sample_wanted.emit,
        "open": sources.choose,
        "blank": paint.starting.blank,
        "copy": sources.copy,
        "paste": sources.paste,
        "save_picture": sources.choose_save,
        "load_mask": sources.choose_mask,
        "save_mask": lambda: sources.choose_save(mask=True),
        "mask": lambda: paint.set_tools(paint.tools.painting("mask")),
        "colour": lambda: paint.set_tools(paint.tools.painting("colour")),
        "erase": lambda: paint.set_tools(paint.tools.with_(tool="brush", erasing=True)),
        "smaller": lambda: paint.set_tools(paint.tools.resized(larger=False)),
        "larger": lambda: paint.set_tools(paint.tools.resized(larger=True)),
        "swap": lambda: paint.set_tools(paint.tools.swapped()),
    }
