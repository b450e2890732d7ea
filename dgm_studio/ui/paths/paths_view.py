"""Paths: the view of the workspace of policies. A fan of candidates around the obstacle, the way of regression, and plans
that are followed."""

from __future__ import annotations

import json

import numpy as np
from PySide6.QtWidgets import QFrame, QHBoxLayout, QStackedWidget, QVBoxLayout, QWidget

from dgm_studio.language import tr
from dgm_studio.protocol.messages import Array, Data, History, Opened, Progress, Regressed, RolledOut, Samples
from dgm_studio.protocol.paths import SLOTS, Situation, collides, complete, pairs_said, sides
from dgm_studio.studio.reading.moment import FRESH, ages
from dgm_studio.studio.studio import Studio

from ..binding import bind, bind_run
from ..controls import Chip, Elided, Tree, button, dim, separator
from ..naming import join
from ..panels.ageing import Ageing
from ..panels.empty_state import EmptyState
from ..plane.time_bar import TimeBar
from .following_bar import FollowingBar
from .situation_plot import SituationPlot

SLOT = "paths"
_LAYERS = frozenset({"samples", "path"})
_NEAREST = 60
"""Demonstrations of situations like the one on screen."""
_DRAWN = "drawn"
_SHORTEST = 0.3


class PathsView(QFrame):
    """Binds its parts to the run of paths; asks for something only while it is in front."""

    def __init__(self, studio: Studio) -> None:
        super().__init__()
        self.setProperty("surface", "plot")
        self._studio = studio
        self._looked = False
        self._regressed: tuple[tuple[str, float], ...] = ()
        self._walk: RolledOut | None = None
        self.plot = SituationPlot()
        self.shown = Chip(tr("demonstrations"), tr("Show demonstrations of situations like this one."), dot="data")
        self.beside = Chip(
            tr("regression"), tr("Show the path of a net with squared error: the mean of both sides."), dot="text"
        )
        self.draw = Chip(
            tr("draw"), tr("Draw a demonstration from start to goal; it joins the data, and training begins anew.")
        )
        self.clear = button("", tr("Take the demonstrations that were drawn out of the data again."), "flat")
        self.caption = Elided()
        self.when = dim("")
        self.when.setToolTip(tr("What is shown is not of the moment that is looked at."))
        self.time = TimeBar()
        self.following = FollowingBar()
        self.empty = EmptyState()
        bar = QHBoxLayout()
        bar.setSpacing(8)
        for widget in (self.shown, self.beside, self.draw, self.clear):
            bar.addWidget(widget)
        bar.addWidget(self.caption, 1)
        bar.addWidget(self.when)
        page = QWidget()
        column = QVBoxLayout(page)
        column.setContentsMargins(12, 8, 12, 8)
        column.setSpacing(8)
        column.addLayout(bar)
        column.addWidget(self.plot, 1)
        column.addWidget(self.time)
        column.addWidget(separator())
        column.addWidget(self.following)
        self.stack = QStackedWidget()
        self.stack.addWidget(page)
        self.stack.addWidget(self.empty)
        outer = QVBoxLayout(self)
        outer.setContentsMargins(0, 0, 0, 0)
        outer.addWidget(self.stack)

        self.shown.toggled.connect(lambda on: self.plot.demonstrations.switch(on))
        self.beside.toggled.connect(lambda on: self.plot.regression.switch(on))
        for chip in (self.shown, self.beside):
            chip.setChecked(True)
        self.draw.toggled.connect(lambda on: setattr(self.plot, "drawing", on))
        self.clear.clicked.connect(lambda: self._keep_drawn([]))
        self.plot.dragged.connect(self._dragged)
        self.plot.dropped.connect(studio.end_drag)
        self.plot.stroke_ended.connect(self._drawn)
        self.time.moved.connect(studio.set_time)
        self.time.film_asked.connect(lambda: studio.commands.run("file.film"))
        self.following.asked.connect(self._follow_plans)
        self.following.moved.connect(self._show_walk)
        self.ageing = Ageing(self, lambda: ages(studio.runs[SLOT], studio.session.spec(SLOT), studio.session.time))
        self.ageing.changed.connect(lambda _: self._show_age())
        bind_run(self, studio, Opened, self._opened, SLOT)
        bind_run(self, studio, Data, lambda _: self._show_demonstrations(), SLOT)
        bind_run(self, studio, Samples, lambda _: self._show_samples(), SLOT)
        bind_run(self, studio, Regressed, self._show_regression, SLOT)
        bind_run(self, studio, RolledOut, self._play, SLOT)
        for kind in (Samples, History, Progress, Opened):
            bind_run(self, studio, kind, lambda _: self.ageing.refresh(), SLOT)
        bind_run(self, studio, "edited", lambda _: self.ageing.refresh(), SLOT)
        bind(self, studio, "session", lambda _: self._follow())
        bind(self, studio, "workspace", lambda _: self._follow())
        opened = studio.runs[SLOT].opened
        if opened is not None:
            self._opened(opened)
        self._follow()
        join(studio.controls, self)

    @property
    def controls(self) -> Tree:
        return {
            "paths": {
                "plot": self.plot,
                "demonstrations": self.shown,
                "regression": self.beside,
                "draw": self.draw,
                "clear_drawn": self.clear,
                "way": self.time,
                "plans": self.following,
            }
        }

    @property
    def given(self) -> dict[str, float]:
        """What is given of the situation, by the names of its slots."""
        label = self._studio.session.spec(SLOT).sampling.label
        if label is None or isinstance(label, int):
            return {}
        return {name: float(value) for name, value in label if name in SLOTS}

    @property
    def situation(self) -> Situation | None:
        """What is on screen; None where some of it is free."""
        given = self.given
        return Situation.of(given) if complete(given) else None

    # --- what the studio says ---------------------------------------------------------------------------------------

    def _opened(self, opened: Opened) -> None:
        self._looked, self._regressed = False, ()
        self._forget_walk()
        self.plot.regression.show(None)
        self.time.show_ends(self._studio.runs[SLOT].begins)
        self._show_demonstrations()
        self._follow()

    def _follow(self) -> None:
        """The session changed, or another workspace is in front."""
        studio, situation = self._studio, self.situation
        if not self.time.playing:
            self.time.show_time(studio.session.time)
        if situation is not None and not _same(situation, self.plot.situation):
            self.plot.show_situation(situation)
            self._forget_walk()
            self._show_demonstrations()
        count = len(self._of_hand())
        self.clear.setVisible(count > 0)
        self.clear.setText(tr("{count} drawn ×", count=count))
        self.clear.setAccessibleName(tr("Take out {count} drawn demonstrations", count=count))
        self._show_samples()
        self.ageing.refresh()
        if not self._in_front:
            self._looked = False
            return
        if studio.runs[SLOT].opened is None:
            return
        if not self._looked:
            self._looked = True
            studio.look(_LAYERS, slot=SLOT)
        given = pairs_said(self.given)
        if situation is not None and given != self._regressed:
            self._regressed = given
            studio.ask.regress(given)

    def _show_demonstrations(self) -> None:
        """Those of the situations that are most like this one."""
        data, situation = self._studio.runs[SLOT].data, self.situation or self.plot.situation
        if data is None or data.given is None or situation is None:
            self.plot.demonstrations.show(None)
            return
        far = np.zeros(len(data.x))
        for name, value in situation.values.items():
            far += (data.given[name] - value) ** 2
        self.plot.demonstrations.show(data.x[far.argsort()[:_NEAREST]])

    def _show_samples(self) -> None:
        """The paths, or where they were on their way at the time that the slider says."""
        studio, samples = self._studio, self._studio.runs[SLOT].samples
        self._show_front()
        if samples is None or self._walk is not None:
            return
        t, paths = studio.session.time, samples.x
        if t < 1 and samples.path is not None and samples.times is not None:
            paths = samples.path[int(np.searchsorted(samples.times, t, side="right")) - 1]
        made = samples.sampling.label if samples.sampling is not None else None
        known = made is not None and not isinstance(made, int) and complete({str(k): 0.0 for k, _ in made})
        self.plot.show_fan(paths, self.situation if known else None, samples.x)
        self._say(samples, paths if known else None)

    def _say(self, samples: Samples, paths: Array | None) -> None:
        took = (
            tr("{seconds:.0f} ms", seconds=samples.seconds * 1000)
            if samples.seconds < 0.1
            else f"{samples.seconds:.2f} s"
        )
        parts = [tr("{x} paths", x=len(samples.x))]
        situation = self.situation
        if paths is not None and situation is not None and self._studio.session.time >= 1:
            left = int((sides(paths, situation) > 0).sum())
            hit = int(collides(paths, situation.obstacle).sum())
            parts = [tr("{left} left, {paths} right", left=left, paths=len(paths) - left), tr("{hit} collide", hit=hit)]
        parts.append(took if samples.done else tr("being drawn"))
        self.caption.setText(" · ".join(parts))
        self.caption.setToolTip(self.caption.text())

    def _show_regression(self, told: Regressed) -> None:
        self.plot.regression.show(told.x[None])
        self.beside.setText(
            tr("regression: {blocked_collisions:.0%} collide", blocked_collisions=told.blocked_collisions)
        )
        self.beside.setToolTip(
            tr(
                "The path of a net with squared error, the mean of both sides. In held-out situations "
                "whose straight way is blocked it collides in {blocked_collisions:.1%}, in all of them "
                "in {collisions:.1%}.",
                blocked_collisions=told.blocked_collisions,
                collisions=told.collisions,
            )
        )

    def _show_age(self) -> None:
        age = self.ageing.shown.get("samples", FRESH)
        self.plot.fade_fan(age.faded and self._walk is None)
        self.when.setText(age.word)

    def _show_front(self) -> None:
        run = self._studio.runs[SLOT]
        if run.samples is None:
            doing = run.progress.activity if run.progress is not None else ""
            self.empty.say(
                doing.capitalize() if doing else tr("Drawing the first paths"),
                tr("An untrained policy goes anywhere. Press Train and watch it find its ways around."),
            )
        self.stack.setCurrentIndex(1 if run.samples is None else 0)

    @property
    def _in_front(self) -> bool:
        return self._studio.workspace == SLOT

    # --- what a person does -----------------------------------------------------------------------------------------

    def _dragged(self, thing: str, x: float, y: float) -> None:
        """Move what is held, as far as the data know of it."""
        opened = self._studio.runs[SLOT].opened
        bounds = {} if opened is None else {slot.name: (slot.low, slot.high) for slot in opened.info.slots}
        moved = {"start": {"start_x": x, "start_y": y}, "goal": {"goal_y": y}}.get(
            thing, {"obstacle_x": x, "obstacle_y": y}
        )
        if not bounds or not self._in_front:
            return
        held = {name: float(np.clip(value, *bounds[name])) for name, value in {**self.given, **moved}.items()}
        self._studio.set_sampling(key=f"given.{thing}", label=pairs_said(held) or None)

    def _drawn(self, stroke: np.ndarray) -> None:
        """A stroke joins the data as a demonstration from start to goal."""
        situation = self.plot.situation
        if situation is None or np.linalg.norm(np.diff(stroke, axis=0), axis=1).sum() < _SHORTEST:
            return
        path = np.concatenate([situation.start[None], stroke, situation.goal[None]])
        if collides(path, situation.obstacle):
            self._studio.notify(
                "info", tr("That demonstration goes through the obstacle, and so will what learns from it.")
            )
        one = {"path": path.round(3).tolist(), "obstacle": situation.obstacle.round(3).tolist()}
        self._keep_drawn([*self._of_hand(), one])

    def _of_hand(self) -> list[object]:
        text = self._studio.session.spec(SLOT).data.params.get(_DRAWN, "")
        return list(json.loads(text)) if isinstance(text, str) and text else []

    def _keep_drawn(self, found: list[object]) -> None:
        self._studio.set_data_param(_DRAWN, json.dumps(found) if found else "")
        self._studio.end_drag()

    def _follow_plans(self) -> None:
        if self.situation is None:
            self._studio.notify(
                "info", tr("A path is planned from a whole situation: give all of it, or drag the obstacle.")
            )
            return
        seed = self._studio.session.spec(SLOT).sampling.seed
        self._studio.ask.rollout(
            pairs_said(self.given), self.following.stride.value, committed=self.following.keep.isChecked(), seed=seed
        )

    def _play(self, told: RolledOut) -> None:
        self._walk = told
        self.plot.fade_fan(False)
        self.following.play(told)

    def _show_walk(self, at: int) -> None:
        """The first walk as far as it has come, and the candidates of the plan that it follows."""
        told, situation = self._walk, self.situation
        if told is None or situation is None:
            return
        turn = max(0, int(np.searchsorted(told.turned, at, side="right")) - 1)
        track = told.tracks[0]
        self.plot.show_fan(told.plans[turn], situation)
        self.plot.followed.show(track[None, : at + 1] if at else None)
        self.plot.show_place(track[at])

    def _forget_walk(self) -> None:
        self._walk = None
        self.following.clear()
        self.plot.followed.show(None)
        self.plot.show_place(None)


def _same(a: Situation, b: Situation | None) -> bool:
    return b is not None and all(
        np.array_equal(getattr(a, name), getattr(b, name)) for name in ("start", "goal", "obstacle")
    )
