"""Canvas commands: what can be done on the canvas, for the menu, the palette and the list of keys."""

from __future__ import annotations

from collections.abc import Callable

from dgm_studio.studio.commands import Command
from dgm_studio.studio.studio import Studio

_COMMANDS = (
    ("mask", "Mask brush", "Paint what the model shall generate.", "M"),
    ("colour", "Colour brush", "Paint colour over the picture.", "B"),
    ("erase", "Eraser", "Take away what was painted; the right button does so with any tool.", "E"),
    ("lasso", "Lasso", "Fill what is drawn around.", "L"),
    ("rectangle", "Rectangle", "Fill a rectangle.", "R"),
    ("flood", "Fill area", "Fill the connected area that looks alike.", "G"),
    ("pick", "Pick colour", "Take a colour from the picture; Alt and a click do so with any tool.", "O"),
    ("swap", "Swap colours", "Paint with the other colour.", "X"),
    ("smaller", "Smaller brush", "One step smaller, down to a pixel.", "["),
    ("larger", "Larger brush", "One step larger.", "]"),
    ("all", "Fill everything", "Mask all of the picture, or colour it.", "F"),
    ("invert", "Invert mask", "Known becomes unknown.", "I"),
    ("clear", "Clear", "Take away everything on the layer in hand.", ""),
    ("fill", "Ask the model", "For candidates that meet what is on the canvas.", ""),
    ("again", "Ask again", "The same question with the next seed.", "A"),
    ("stop", "Stop the answer", "End the answer that is under way.", ""),
    ("live", "Live painting", "Answers follow the brush: drafts while you paint, a careful one on release.", "V"),
    ("latent", "Latent pad", "Drag the picture's latent; the decoded picture follows under mask and strokes.", "K"),
    ("forget", "Forget earlier answers", "Delete every answer of the history strip.", ""),
    ("load_mask", "Load mask", "Take the mask from a picture.", ""),
    ("save_mask", "Save mask", "Write the mask to a PNG file.", ""),
    ("copy", "Copy picture", "The picture goes to the clipboard.", ""),
    ("paste", "Paste picture", "Start from the picture in the clipboard.", ""),
    ("save_picture", "Save picture", "Write the picture to a PNG file.", ""),
    ("blank", "Blank page", "Start from nothing, all of it masked.", ""),
)


def install(studio: Studio, do: Callable[[str], None], possible: Callable[[], bool]) -> None:
    """Add them to the studio's commands; ``do(action)`` carries one out while it is ``possible``."""
    for action, title, help, shortcut in _COMMANDS:
        run = _bound(do, action)
        command = Command(
            f"canvas.{action}", title, help, "Canvas", run, shortcut, enabled=possible, workspace="images"
        )
        studio.commands.add(command)


def _bound(do: Callable[[str], None], action: str) -> Callable[[], None]:
    return lambda: do(action)
