"""Pointer: what a press, a pull and a release do to the canvas with the tool in hand. Knows no screen.

Brushes paint at once; a rectangle or a lasso is an outline until it is let go, and can be abandoned until then.
"""

from __future__ import annotations

from collections.abc import Callable

from dgm_studio.studio.painting.brush import Point
from dgm_studio.studio.painting.canvas import Canvas
from dgm_studio.studio.painting.canvas_ink import Colour, Ink
from dgm_studio.studio.painting.canvas_tools import Tool, Tools


class Pointer:
    """``picked(colour)`` is called with the colour of the pixel that was pointed at."""

    def __init__(self, canvas: Canvas, picked: Callable[[Colour], None]) -> None:
        self._canvas, self._picked = canvas, picked
        self._tool: Tool | None = None
        self._ink: Ink | None = None
        self.outline: list[Point] = []
        """Corners of a rectangle or points of a lasso that is being drawn."""

    @property
    def busy(self) -> bool:
        return self._tool is not None

    @property
    def tool(self) -> Tool | None:
        """What is being done, None between presses."""
        return self._tool

    def press(self, at: Point, tools: Tools, erase: bool = False, pick: bool = False, pressure: float = 1.0) -> None:
        """Begin; ``erase`` takes away, ``pick`` takes the colour instead, whatever the tool."""
        self.abandon()
        tool: Tool = "pick" if pick else tools.tool
        self._tool, self._ink = tool, tools.ink(erase)
        if tool == "brush":
            self._canvas.begin(at, tools.brush, self._ink, pressure)
        elif tool == "flood":
            self._canvas.flood(at, self._ink, tools.tolerance)
        elif tool == "pick":
            self._pick(at)
        else:
            self.outline = [at, at]

    def pull(self, at: Point, pressure: float = 1.0) -> None:
        """Go on to ``at``."""
        if self._tool == "brush":
            self._canvas.move(at, pressure)
        elif self._tool == "pick":
            self._pick(at)
        elif self._tool == "rectangle":
            self.outline[1] = at
        elif self._tool == "lasso":
            self.outline.append(at)

    def release(self) -> None:
        """Let go: an outline becomes what it encloses."""
        tool, ink, outline = self._tool, self._ink, self.outline
        self._tool, self.outline = None, []
        if tool == "brush":
            self._canvas.end()
        elif ink is not None and outline:
            if tool == "rectangle":
                self._canvas.rectangle(outline[0], outline[1], ink)
            else:
                self._canvas.lasso(outline, ink)

    def abandon(self) -> None:
        """Forget an outline; what a brush has painted stays, as one step."""
        self._tool, self.outline = None, []
        self._canvas.end()

    def _pick(self, at: Point) -> None:
        height, width = self._canvas.shape
        column, row = int(at[0] // 1), int(at[1] // 1)
        if 0 <= row < height and 0 <= column < width:
            value = self._canvas.flat[row, column]
            grey = value.ndim == 0
            self._picked((int(value),) * 3 if grey else (int(value[0]), int(value[1]), int(value[2])))
