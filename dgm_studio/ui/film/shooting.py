"""Shooting: the stage moved from frame to frame along a timeline, each frame drawn when all that belongs to it is there.

The clock is the program's own: the sampling time of the session, a kept step of training, a place on the way between two
examples or on the latent plane, a step of an answer of the canvas. Layers that follow the sampling time are drawn anew at
every sixteenth of it, so that a frame is closer to its fields than what the window takes for the same moment.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack
from functools import partial

from dgm_studio.language import tr
from dgm_studio.protocol import messages as m
from dgm_studio.protocol.messages import Array
from dgm_studio.studio.film.choice import BadFilm, FilmChoice, Timeline
from dgm_studio.studio.film.offstage import Offstage
from dgm_studio.studio.studio import Studio

from .latent_walk import LatentScene, latent_walk
from .painting_steps import PaintingScene, painting_steps
from .scenes import Scene
from .stage import Stage, step_said, time_said

FIELD_TIMES = 16
"""Sampling times of a film at which layers that follow it are drawn."""
MOST_WALK = 256
"""Frames of a way between two examples."""
_OWN_SCENES: Mapping[Timeline, Callable[[Studio, str], Scene]] = {"latents": LatentScene, "painting": PaintingScene}
"""Timelines that are not seen in the picture of a run as it is sampled."""


def frames(offstage: Offstage, choice: FilmChoice, ends: tuple[int, int] = (0, 1)) -> Iterator[Array]:
    """The frames of a film of what is open (H, W, 3 or 4), in their order. ``ends`` are the numbers of the training examples
    that an interpolation goes between. Raises BadFilm where the run has no such timeline.
    """
    offstage.hold_noise()
    if choice.layers is not None:
        offstage.studio.set_layers(choice.layers)
    steps = offstage.remember_training() if choice.of == "training" else ()
    make = _OWN_SCENES.get(choice.of)
    stage = Stage(offstage.studio, offstage.slots, choice, make and partial(make, offstage.studio))
    try:
        if choice.of == "sampling":
            yield from _sampling(offstage, stage, choice)
        elif choice.of == "training":
            yield from _training(offstage, stage, choice, list(steps))
        elif choice.of == "interpolation":
            yield from _interpolation(offstage, stage, choice, ends)
        elif choice.of == "latents":
            yield from latent_walk(offstage, stage, choice)
        else:
            yield from painting_steps(offstage, stage, choice)
    finally:
        stage.close()
        stage.deleteLater()


def _ask(offstage: Offstage, stage: Stage, t: float, steps: dict[str, int], *, whole: bool) -> None:
    """Let everything be drawn that belongs to a sampling time and steps of training, by slot; ``whole``: as fine as it gets."""
    for scene in stage.scenes.values():
        scene.ask(t)
    offstage.work_while(lambda: any(scene.lags(t, steps[slot]) for slot, scene in stage.scenes.items()))
    if whole:
        offstage.settle()


def _steps(offstage: Offstage, stage: Stage) -> dict[str, int]:
    return {slot: offstage.studio.runs[slot].step for slot in stage.slots}


def _sampling(offstage: Offstage, stage: Stage, choice: FilmChoice) -> Iterator[Array]:
    """While frames of one time of the fields are drawn, the engine begins those of the next."""
    studio, steps = offstage.studio, _steps(offstage, stage)
    groups = [(t, list(of)) for t, of in itertools.groupby(map(float, choice.places()), _field_time)]
    for number, (field_t, times) in enumerate(groups):
        _ask(offstage, stage, field_t, steps, whole=field_t in (0.0, 1.0))
        if number == 0:
            for scene in stage.scenes.values():
                scene.note_following()
        stage.forget_still()
        with ExitStack() as meanwhile:
            if number + 1 < len(groups):
                for scene in stage.scenes.values():
                    scene.ask(groups[number + 1][0])
                meanwhile.enter_context(offstage.working_ahead())
            for t in times:
                studio.set_time(t)
                for scene in stage.scenes.values():
                    scene.show_time(t)
                stage.show_moment(time_said(t))
                yield stage.pixels()


def _field_time(t: float) -> float:
    """The sampling time at which layers that follow it are drawn for a frame: at the ends the very same."""
    return t if t in (0.0, 1.0) else min(max(1, round(t * FIELD_TIMES)), FIELD_TIMES - 1) / FIELD_TIMES


def _training(offstage: Offstage, stage: Stage, choice: FilmChoice, kept: list[int]) -> Iterator[Array]:
    """Through the kept steps as the slider of the history goes, to the model as it is now."""
    studio, run = offstage.studio, offstage.studio.run
    if len(stage.slots) > 1:
        raise BadFilm(tr("The training of a comparison is filmed one run at a time: give the run of one of its cells."))
    studio.set_time(1.0)
    slot, last = stage.slots[0], run.step
    stops: list[int | None] = [*(step for step in kept if step < last), None]
    shown: int | None = -1
    for place in choice.places():
        step = stops[round(float(place) * (len(stops) - 1))]
        if step != shown:
            shown = step
            studio.rewind(step)
            offstage.work_while(_not_rewound(offstage, step))
            _ask(offstage, stage, 1.0, {slot: last if step is None else step}, whole=step is None)
            stage.forget_still()
            stage.scenes[slot].show_time(1.0)
            stage.show_moment(step_said(last if step is None else step))
            drawn = stage.pixels()
        yield drawn


def _not_rewound(offstage: Offstage, step: int | None) -> Callable[[], bool]:
    def lags() -> bool:
        history = offstage.studio.run.history
        return history is None or history.shown != step

    return lags


def _interpolation(offstage: Offstage, stage: Stage, choice: FilmChoice, ends: tuple[int, int]) -> Iterator[Array]:
    studio, run = offstage.studio, offstage.studio.run
    assert run.opened is not None
    info = run.opened.info
    if len(stage.slots) > 1:
        raise BadFilm(tr("A comparison has no interpolation: give one run."))
    if not info.can_invert:
        raise BadFilm(
            tr(
                "{family_title} cannot interpolate: it finds no latent of a given example. A VAE, a "
                "flow, diffusion and flow matching do.",
                family_title=studio.catalogue.family_title(run.opened.spec.family),
            )
        )
    slot, scene = stage.slots[0], stage.scenes[stage.slots[0]]
    studio.set_time(1.0)
    _ask(offstage, stage, 1.0, {slot: run.step}, whole=True)
    places = choice.places()
    geometry = "sphere" if info.latent_gaussian and (info.latent_size or 0) >= 8 else "line"
    count = min(MOST_WALK, max(2, len({float(place) for place in places})))
    studio.ask.interpolate(ends[0], ends[1], count, geometry)
    told: list[m.Interpolated] = []
    leave = studio.on(m.Interpolated, told.append)
    try:
        offstage.work_until(lambda: bool(told), tr("way between these examples"))
    finally:
        leave()
    for place in map(float, places):
        at = round(place * (len(told[0].frames) - 1))
        scene.show_walk(told[0].frames, at)
        stage.show_moment(tr("{place:.0%} of the way", place=place))
        yield stage.pixels()
