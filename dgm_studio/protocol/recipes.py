"""Recipes by name: settings under which something can be seen that courses speak of, and where to look for it.

Values without torch, so that the window offers what the folder `dgm_studio.recipes` holds.
"""

from __future__ import annotations

from dataclasses import dataclass

from dgm_studio.language import translate

from .spec import RunSpec


@dataclass(frozen=True)
class NamedRecipe:
    """A run ``spec`` that shows something after so many ``steps``.

    ``help`` says what happens and why, ``look`` where it is seen; in the window ``layers`` of the plane or an ``image_view``
    are brought to the front for it.
    """

    name: str
    title: str
    help: str
    look: str
    spec: RunSpec
    steps: int
    layers: tuple[str, ...] = ()
    image_view: str = ""

    def __post_init__(self) -> None:
        translate(self, "title", "help", "look")
