"""The top bar: which workspace, train and pause, the seed of the run, export and the command palette."""

from __future__ import annotations

from functools import partial

from PySide6.QtCore import Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLineEdit, QWidget

from dgm_studio.language import tr
from dgm_studio.protocol.messages import Opened, Progress, Samples
from dgm_studio.studio.actions import LESSONS, show_workspace
from dgm_studio.studio.session.workspace import WORKSPACES
from dgm_studio.studio.studio import Studio

from ..binding import bind, bind_run
from ..controls import Segmented, Tree, button, dim, parse_number
from ..look import theme
from ..look.icons import icon
from ..naming import join

_PLACES: dict[str, tuple[str, str]] = {**dict(WORKSPACES.items()), "lessons": LESSONS}
_MARGIN, _SPACING, _BREAK = 12, 8, 12


class TopBar(QFrame):
    """``export_asked`` and ``palette_asked`` are for the window; everything else goes to the studio."""

    export_asked = Signal()
    palette_asked = Signal()

    def __init__(self, studio: Studio) -> None:
        super().__init__()
        self._studio = studio
        self.setProperty("surface", "bar")
        self.workspaces = Segmented(
            [
                (name, title, f"{help.removesuffix('.')} (Ctrl+{key}).")
                for key, (name, (title, help)) in enumerate(_PLACES.items(), start=1)
            ],
            tr("Workspace"),
        )
        self.workspaces.chosen.connect(partial(show_workspace, studio))
        self._training = False
        self.train = button(tr("Train"), tr("Take optimiser steps until paused (T)."), "primary")
        self.step = button(tr("Step"), tr("Take a single optimiser step and look (N)."))
        self.reset = button(
            tr("Reset"), tr("Begin again from the same seed; what was learned is kept among the runs (Ctrl+R).")
        )
        self.train.clicked.connect(lambda: studio.commands.run("run.train"))
        self.step.clicked.connect(lambda: studio.commands.run("run.step"))
        self.reset.clicked.connect(lambda: studio.commands.run("run.reset"))
        self.runs = button("", tr("Trained runs that gave way to others: bring one back (Ctrl+Shift+R)."))
        self.runs.clicked.connect(lambda: studio.commands.run("file.runs"))
        self.seed = QLineEdit()
        self.seed.setAccessibleName(tr("Seed of the run"))
        self.seed.setToolTip(tr("First weights and batches follow from this number; another one begins afresh."))
        self.seed.editingFinished.connect(self._seed_typed)
        self.dice = button("", tr("Begin again from another seed (Ctrl+D)."))
        self.dice.setAccessibleName(tr("Another seed"))
        self.dice.clicked.connect(lambda: studio.commands.run("run.seed"))
        self.export = button(tr("Export"), tr("Write the samples that are shown to a file (Ctrl+E)."))
        self.export.clicked.connect(self.export_asked)
        self.palette_button = button("Ctrl+K", tr("Find and run any command by name (Ctrl+K)."))
        self.palette_button.setAccessibleName(tr("Command palette"))
        self.palette_button.clicked.connect(self.palette_asked)

        row = QHBoxLayout(self)
        row.setContentsMargins(_MARGIN, 8, _MARGIN, 8)
        row.setSpacing(_SPACING)
        row.addWidget(self.workspaces)
        row.addSpacing(_BREAK)
        for widget in (self.train, self.step, self.reset):
            row.addWidget(widget)
        row.addWidget(self.runs)
        row.addStretch(1)
        seed_label = dim(tr("seed"))
        seed_label.setBuddy(self.seed)
        self._spare: tuple[QWidget, ...] = (seed_label, self.seed, self.dice)
        for part in (*self._spare, self.export, self.palette_button):
            row.addWidget(part)

        theme.follow(self._restyle)
        bind(self, studio, "session", lambda _: self.refresh())
        bind(self, studio, "commands", lambda _: self.refresh())
        bind(self, studio, "lesson", lambda _: self.refresh())
        bind(self, studio, "tray", lambda _: self.refresh())
        for topic in (Progress, Opened):
            bind(self, studio, topic, lambda _: self.refresh())
        bind_run(self, studio, Samples, lambda _: self.refresh())
        self.refresh()
        join(studio.controls, self)

    @property
    def controls(self) -> Tree:
        return {
            "run": {
                "workspace": self.workspaces,
                "train": self.train,
                "step": self.step,
                "reset": self.reset,
                "seed": self.seed,
                "new_seed": self.dice,
            },
            "runs.show": self.runs,
            "samples.export": self.export,
            "palette.open": self.palette_button,
        }

    def refresh(self) -> None:
        """Show the run in front."""
        studio = self._studio
        self.workspaces.show_value("lessons" if studio.lesson.in_front else studio.workspace)
        training = studio.training
        if training is not self._training:
            self._training = training
            self.train.setText(tr("Pause") if training else tr("Train"))
            self.train.setAccessibleName(self.train.text())
            self.train.setIcon(icon("pause" if training else "play", "on_accent"))
        if not self.seed.hasFocus():
            self.seed.setText(str(studio.spec.seed))
        commands = studio.commands
        may_learn = studio.run.learns or not studio.run.is_of(studio.spec)
        self.train.setVisible(may_learn or (studio.workspace == "compare" and studio.comparison.learns))
        for widget in (self.step, self.reset):
            widget.setVisible(may_learn)
        for widget, id in ((self.train, "run.train"), (self.step, "run.step"), (self.reset, "run.reset")):
            widget.setEnabled(commands[id].enabled())
        kept = len(studio.kept_runs())
        self.runs.setVisible(kept > 0)
        self.runs.setText(tr("Kept {kept}", kept=kept))
        self.runs.setAccessibleName(tr("Runs: {kept} kept", kept=kept))
        self.export.setEnabled(studio.run.samples is not None)
        self._fit()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fit()

    def _fit(self) -> None:
        """Where there is little room the seed gives way, so that all else can be read; the palette still changes it."""
        others = (self.workspaces, self.train, self.step, self.reset, self.runs, self.export, self.palette_button)
        parts = (*(each for each in others if not each.isHidden()), *self._spare)
        needed = sum(max(each.sizeHint().width(), each.minimumWidth()) for each in parts if each is not self.seed)
        needed += self.seed.minimumWidth() + (len(parts) + 1) * _SPACING + _BREAK + 2 * _MARGIN
        for part in self._spare:
            part.setVisible(self.width() >= needed)

    def _restyle(self) -> None:
        self.train.setIcon(icon("pause" if self._training else "play", "on_accent"))
        self.train.setMinimumWidth(theme.px(92))
        self.dice.setIcon(icon("dice"))
        self.export.setIcon(icon("export"))
        self.palette_button.setIcon(icon("search", "dim"))
        self.seed.setFixedWidth(theme.px(64))
        self._fit()

    def _seed_typed(self) -> None:
        value = parse_number(self.seed.text())
        if value is not None and 0 <= value < 2**53 and int(value) != self._studio.spec.seed:
            self._studio.set_spec(seed=int(value))
        self.seed.setText(str(self._studio.spec.seed))
