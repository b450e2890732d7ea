"""The headline of what is in front, for people who sit far away: what it is, its step, and the one number that matters."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from dgm_studio.language import tr

from .moment import reading
from .quality import short_unit, value_said

if TYPE_CHECKING:
    from ..studio import Studio


@dataclass(frozen=True)
class Headline:
    """``title`` as in "GAN on 25 Gaussians", ``step`` in words, the ``number`` and a word on ``what`` it is; each may be empty.
    ``faded`` says that the number is of another moment.
    """

    title: str
    step: str
    number: str
    what: str
    faded: bool = False


def headline(studio: Studio) -> Headline:
    """Of the run in front, or of all that are compared."""
    run, spec = studio.run, studio.spec
    data = spec.data.label if run.opened is None else run.opened.info.data_title
    families = (
        [studio.session.spec(slot).family for slot in studio.session.cells] if studio.workspace == "compare" else []
    )
    names = list(dict.fromkeys(studio.catalogue.family_title(name) for name in families or [spec.family]))
    several = (
        tr("{names} and {names_2}", names=", ".join(names[:-1]), names_2=names[-1])
        if 1 < len(names) <= 3
        else tr("{names} families", names=len(names))
    )
    title = tr("{word} on {data}", word=names[0] if len(names) == 1 else several, data=data)
    shown = None if run.history is None else run.history.shown
    step = tr("step {word:,}", word=run.step if shown is None else shown).replace(",", "\u202f") if run.learns else ""
    return Headline(title, step, *_number(studio))


def _number(studio: Studio) -> tuple[str, str, bool]:
    run = studio.run
    wanted = _of_goal(studio) or studio.measure
    close = None if run.samples is None else run.samples.close
    if not wanted and close is not None and close.of_modes > 1:
        return tr("{modes} of {of_modes}", modes=close.modes, of_modes=close.of_modes), "modes", False
    found = reading(run, studio.spec, wanted)
    if found is None or found.value is None:
        return "", "", False
    unit = short_unit(found.unit)
    title = found.title[:1].lower() + found.title[1:]
    return value_said(found.value, found.error), f"{unit} {title}".strip(), found.age.faded


def _of_goal(studio: Studio) -> str:
    """The measure that the goal of a lesson's step speaks of."""
    step = studio.lesson.step
    curves = {} if studio.run.curves is None else studio.run.curves.measures
    names = [name for goal in (() if step is None else step.goals) for name in goal.condition.names]
    return next((name for name in names if name in curves), "")
