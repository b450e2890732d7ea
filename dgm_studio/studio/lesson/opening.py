"""Opening a step: from the lesson's own files, the gallery, a recipe or a link, several runs at once, or where the learner is.

Nothing that is opened so belongs to a file, and what was in front gives way as it does to any other run.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from dgm_studio.language import tr
from dgm_studio.lessons.lesson import Lesson
from dgm_studio.lessons.settings import BadSetting, with_settings
from dgm_studio.protocol.layers import PLANE_LAYERS

from ..files import exhibits, links
from ..recipes import apply_recipe
from ..session.session import CELL, new_id

if TYPE_CHECKING:
    from ..studio import Studio

Settings = tuple[tuple[str, object], ...]


@dataclass(frozen=True)
class Chain:
    """What brings about a step: the ``start`` of it, or of the last one before it that has one, and all that is set since."""

    folder: Path
    start: str = ""
    compare: tuple[str, ...] = ()
    settings: Settings = ()


def chain(lesson: Lesson, at: int, goes_on: bool) -> Chain:
    """How to come to a step; ``goes_on`` from the step before, with whatever a learner made of it."""
    step = lesson.steps[at]
    first = at
    while not goes_on and first > 0 and not (lesson.steps[first].start or lesson.steps[first].compare):
        first -= 1
    begin = lesson.steps[first]
    settings = tuple(setting for each in lesson.steps[first:at] for setting in each.settings)
    return Chain(lesson.folder, begin.start, begin.compare, settings + step.settings)


def open_start(studio: Studio, chain: Chain) -> str:
    """Open what a step begins with; the name of the run that is being read, or nothing where all is there at once."""
    if chain.compare:
        _open_beside(studio, chain)
        return ""
    start = chain.start
    if start.startswith("recipe:"):
        quiet = {notice.number for notice in studio.notices.items}
        if apply_recipe(studio, start.removeprefix("recipe:")):
            studio.edit(studio.session.with_run(new_id()))  # untrained, whatever was made of that recipe before
        _hush(studio, quiet)
        return ""
    if links.is_link(start):
        studio.edit(links.from_link(start).identified())
        return ""
    if not start:
        return ""
    path = _file(chain.folder, start)
    if link := links.in_file(path):  # a step that was recorded without weights
        studio.edit(links.from_link(link).identified())
        return ""
    return studio.open(path)


def _hush(studio: Studio, before: Collection[int]) -> None:
    """The page says what is to be done: no notice need."""
    for notice in list(studio.notices.items):
        if notice.number not in before:
            studio.dismiss(notice.number)


def _file(folder: Path, start: str) -> Path:
    name = start.removeprefix("gallery:")
    return exhibits.folder() / f"{name}.dgm" if start.startswith("gallery:") else folder / start


def _open_beside(studio: Studio, chain: Chain) -> None:
    """Each in a cell of a comparison of their own."""
    session = studio.session
    slots = {slot: held for slot, held in session.slots.items() if not slot.startswith(CELL)}
    studio.edit(session.with_(slots=slots, workspace="compare", cell=""))
    for start in chain.compare:
        recipe = studio.catalogue.recipe(start.removeprefix("recipe:")) if start.startswith("recipe:") else None
        if recipe is not None:
            studio.comparison.add_spec(recipe.spec)
        elif not start.startswith("recipe:"):
            studio.comparison.add_file(_file(chain.folder, start))


def apply(studio: Studio, settings: Settings) -> None:
    """Set what a step sets: what is of the run in one edit, the rest as a person would. A notice says what cannot be."""
    opened = studio.run.opened
    try:
        spec, left = with_settings(studio.spec, settings, None if opened is None else opened.info)
    except BadSetting as error:
        studio.notify("warn", tr("This step could not be set up as it should: {error}.", error=error))
        return
    if spec != studio.spec:
        studio.edit(studio.session.with_spec(spec))
    for name, value in left.items():
        _set(studio, name, value)


def _set(studio: Studio, name: str, value: object) -> None:
    first, _, rest = name.rpartition(".")
    if first == "plane.layer":
        on = set(studio.session.layers) - {rest} | ({rest} if value else set())
        studio.set_layers(tuple(layer.name for layer in PLANE_LAYERS if layer.name in on))
    elif first == "images.view":
        studio.set_image_view(rest)
    else:
        try:
            studio.controls[name].set(value)
        except (KeyError, ValueError) as error:
            studio.notify("warn", tr("This step could not be set up as it should: {error}.", error=error))
