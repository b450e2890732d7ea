"""Canvas commands: what can be done on the canvas, for the menu, the palette and the list of keys."""

from __future__ import annotations

from collections.abc import Callable

from dgm_studio.language import tr
from dgm_studio.studio.commands import Command
from dgm_studio.studio.studio import Studio

_COMMANDS = (
    ("mask", tr("Mask brush"), tr("Paint what the model shall generate."), "M"),
    ("colour", tr("Colour brush"), tr("Paint colour over the picture."), "B"),
    ("erase", tr("Eraser"), tr("Take away what was painted; the right button does so with any tool."), "E"),
    ("lasso", tr("Lasso"), tr("Fill what is drawn around."), "L"),
    ("rectangle", tr("Rectangle"), tr("Fill a rectangle."), "R"),
    ("flood", tr("Fill area"), tr("Fill the connected area that looks alike."), "G"),
    ("pick", tr("Pick colour"), tr("Take a colour from the picture; Alt and a click do so with any tool."), "O"),
    ("swap", tr("Swap colours"), tr("Paint with the other colour."), "X"),
    ("smaller", tr("Smaller brush"), tr("One step smaller, down to a pixel."), "["),
    ("larger", tr("Larger brush"), tr("One step larger."), "]"),
    ("all", tr("Fill everything"), tr("Mask all of the picture, or colour it."), "F"),
    ("invert", tr("Invert mask"), tr("Known becomes unknown."), "I"),
    ("clear", tr("Clear"), tr("Take away everything on the layer in hand."), ""),
    ("fill", tr("Ask the model"), tr("For candidates that meet what is on the canvas."), ""),
    ("again", tr("Ask again"), tr("The same question with the next seed."), "A"),
    ("stop", tr("Stop the answer"), tr("End the answer that is under way."), ""),
    (
        "live",
        tr("Live painting"),
        tr("Answers follow the brush: drafts while you paint, a careful one on release."),
        "V",
    ),
    (
        "latent",
        tr("Latent pad"),
        tr("Drag the picture's latent; the decoded picture follows under mask and strokes."),
        "K",
    ),
    ("forget", tr("Forget earlier answers"), tr("Delete every answer of the history strip."), ""),
    ("load_mask", tr("Load mask"), tr("Take the mask from a picture."), ""),
    ("save_mask", tr("Save mask"), tr("Write the mask to a PNG file."), ""),
    ("copy", tr("Copy picture"), tr("The picture goes to the clipboard."), ""),
    ("paste", tr("Paste picture"), tr("Start from the picture in the clipboard."), ""),
    ("save_picture", tr("Save picture"), tr("Write the picture to a PNG file."), ""),
    ("blank", tr("Blank page"), tr("Start from nothing, all of it masked."), ""),
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
