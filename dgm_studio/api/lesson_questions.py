"""What the solution of a lesson asks of a run, as a person would in the window: an attack, a file, a picture on the canvas."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from dgm_studio.lessons.answers import QUESTIONS
from dgm_studio.protocol import messages as m

from .job import BadInput, Job


def question(run: str, name: str, about: Mapping[str, Any], examples: m.Array | None) -> m.Intent:
    """The question of that name to a run, ``about`` what; ``examples`` are those of its data. Raises BadInput."""
    intent: Callable[..., m.Intent] = QUESTIONS[name][0]
    values = {key: np.asarray(value, float) if key == "examples" else value for key, value in about.items()}
    if name == "fill":
        values = _on_canvas(values, examples)
    try:
        return intent(run, ticket=1, **values)
    except TypeError as error:
        raise BadInput(f"{name} cannot be asked so: {error}.") from None


def _on_canvas(about: Mapping[str, Any], examples: m.Array | None) -> dict[str, Any]:
    """The picture is the ``example`` of that number; hidden is what lies ``below`` and to the ``right`` of these shares of it.

    Raises BadInput.
    """
    values = {"count": 4, "seed": 0, "live": False, "keep": False, **about}
    number, below, right = int(values.pop("example", 0)), values.pop("below", 0.0), values.pop("right", 0.0)
    if examples is None or examples.ndim < 3 or not 0 <= number < len(examples):
        raise BadInput(f"there is no picture {number} among the examples of this run.")
    image = examples[number]
    mask = np.zeros(image.shape[:2], np.float32)
    mask[round(below * mask.shape[0]) :, round(right * mask.shape[1]) :] = 1
    return {**values, "image": image, "mask": mask}


def examples_of(job: Job) -> m.Array | None:
    """Examples of the data as people see them, which follow the word that a run is open."""
    found: list[m.Array] = []

    def shown(event: m.Event) -> bool:
        if isinstance(event, m.Data):
            found.append(event.x)
        return bool(found)

    job.follow(shown)
    return found[0] if found else None
