"""The progress panel: the loss, the live quality with its floor, the number that matters, and the training history."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from html import escape
from typing import Any

from PySide6.QtCore import Qt
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QHBoxLayout, QLabel, QSizePolicy, QVBoxLayout, QWidget

from dgm_studio.language import tr
from dgm_studio.protocol.messages import Curve, Curves, History, Measured, Opened, Progress
from dgm_studio.studio.reading.moment import Reading, reading
from dgm_studio.studio.reading.overfitting import Overfit, overfitting
from dgm_studio.studio.reading.quality import apart, by_topic, ranked, short_unit, together
from dgm_studio.studio.studio import Studio

from ..binding import bind, bind_run
from ..controls import Heading, QuietSlider, Tree, button, dim, format_number, label
from ..look import theme
from ..look.icons import icon
from ..naming import join
from ..plane.margin import when_said
from .curve_plot import CurvePlot, newest_error

_NO_MEASURE = tr("No measure yet: train a little.")
_MEASURING = tr("The first measure is on its way.")
_ABOUT_QUALITY = tr("A measure of the model, ± its standard error.")


class WholeLines(QLabel):
    """Words in the room there is, in whole lines: none is cut through."""

    def __init__(self, text: str) -> None:
        super().__init__(text)
        self.setTextFormat(Qt.TextFormat.PlainText)
        self.setWordWrap(True)
        self.setProperty("role", "dim")
        self.setAlignment(Qt.AlignmentFlag.AlignTop)
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Ignored)

    def hasHeightForWidth(self) -> bool:
        """Words that wrap ask for no height: what stands below them keeps its own."""
        return False

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self.setContentsMargins(0, 0, 0, event.size().height() % self.fontMetrics().lineSpacing())


class ProgressPanel(QWidget):
    """Shows the run in front; the slider shows the model as it was at a kept step."""

    def __init__(self, studio: Studio) -> None:
        super().__init__()
        self._studio = studio
        self._wanted_loss = ""
        self.loss = CurvePlot(tr("Loss"), "accent", tr("What the optimiser lowers, averaged over steps."))
        self.loss.chosen.connect(self._choose_loss)
        self.quality = CurvePlot(tr("Quality"), "model", _ABOUT_QUALITY)
        self.quality.chosen.connect(studio.show_measure)

        self.number = label("–", "number")
        self.unit = dim()
        self.sentence = WholeLines(_NO_MEASURE)
        self.history_heading = Heading(tr("History"))
        self.slider = QuietSlider()
        self.slider.setAccessibleName(tr("Training history"))
        self.slider.setToolTip(tr("Show the model as it was at a kept training step."))
        self.slider.valueChanged.connect(self._scrubbed)
        self.branch = button(
            tr("Branch from here"), tr("Go on training from these weights, forgetting later ones (Ctrl+B).")
        )
        self.branch.clicked.connect(lambda: studio.commands.run("run.branch"))
        self._best: int | None = None
        self.best = button(tr("Go back there"), tr("Show the model as it was when held-out data cost least."))
        self.best.clicked.connect(lambda: studio.rewind(self._best))
        self.best.hide()
        self.film = button("", tr("Make a film of training (File, Film of training)."), "flat")
        self.film.setAccessibleName(tr("Film of training"))
        self.film.clicked.connect(lambda: studio.commands.run("file.film_training"))
        self.live = button(tr("Live"), tr("Show the newest weights again."))
        self.live.clicked.connect(lambda: studio.commands.run("run.live"))

        aside = QWidget()
        aside.setFixedWidth(236)
        column = QVBoxLayout(aside)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(4)
        head = QHBoxLayout()
        head.setSpacing(6)
        head.addWidget(self.number)
        head.addWidget(self.unit)
        head.addStretch(1)
        column.addLayout(head)
        column.addWidget(self.sentence, 1)
        column.addWidget(self.history_heading)
        scrub = QHBoxLayout()
        scrub.setSpacing(6)
        scrub.addWidget(self.slider, 1)
        scrub.addWidget(self.film)
        column.addLayout(scrub)
        buttons = QHBoxLayout()
        buttons.setSpacing(6)
        buttons.addWidget(self.branch)
        buttons.addWidget(self.live)
        buttons.addWidget(self.best)
        buttons.addStretch(1)
        column.addLayout(buttons)
        self._aside = aside

        row = QHBoxLayout(self)
        row.setContentsMargins(12, 8, 12, 8)
        row.setSpacing(16)
        row.addWidget(self.loss, 1)
        row.addWidget(self.quality, 1)
        row.addWidget(aside)
        theme.follow(self._restyle)
        bind(self, studio, "workspace", lambda _: self.refresh())
        bind_run(self, studio, Opened, lambda _: self.refresh())
        bind_run(self, studio, Curves, self._show_curves)
        bind_run(self, studio, Measured, lambda _: self._show_reading())
        bind_run(self, studio, History, self._show_history)
        bind_run(self, studio, "edited", lambda _: self._show_reading())
        bind_run(self, studio, Progress, lambda _: self._show_step())
        bind(self, studio, "session", lambda _: self._show_reading())
        bind(self, studio, "measure", lambda _: self._show_curves(studio.run.curves))
        self.refresh()
        join(studio.controls, self)

    @property
    def controls(self) -> Tree:
        return {
            "progress": {"loss": self.loss, "quality": self.quality},
            "history": {
                "step": self.slider,
                "branch": self.branch,
                "live": self.live,
                "best": self.best,
                "film": self.film,
            },
        }

    def refresh(self) -> None:
        """Show all that is known of the run in front."""
        run = self._studio.run
        self._show_curves(run.curves)
        self._show_history(run.history)

    def _show_curves(self, curves: Curves | None) -> None:
        losses = dict(curves.losses) if curves else {}
        measures = dict(curves.measures) if curves else {}
        self.loss.show_choices([(n, _sentence_case(c.title or n)) for n, c in losses.items()], self._wanted_loss)
        shown = [self._wanted_loss] if self._wanted_loss in losses else list(losses)[:1]
        self.loss.show_curves({n: losses[n] for n in shown}, called=_of_training(shown))
        name = self._name(measures)
        topics = by_topic(measures)
        self.quality.show_choices(
            [(n, measures[n].title or n) for topic in topics for n in topic], name, [topic[0] for topic in topics[1:]]
        )
        shown_together = together(name, measures)
        self.quality.show_curves(
            {n: self._in_short(measures[n]) for n in shown_together},
            measures[name].title if name else tr("Quality"),
            shown_together,
        )
        for each in (self.quality, self.quality.picker, self.number, self.unit):
            each.setToolTip(self._about(name, measures))
        self._show_reading()

    def _about(self, name: str, measures: Mapping[str, Curve]) -> str:
        """What a measure means, and what is drawn around its curve and dashed."""
        listed = self._studio.catalogue.measure(name)
        if listed is None:
            return _ABOUT_QUALITY
        lines = [listed.help]
        if newest_error(measures[name]) > 0:
            lines.append(tr("The band is one standard error to either side."))
        if measures[name].floor is not None:
            lines.append(tr("The dashed line is {floor_help}.", floor_help=listed.floor_help))
        return "\n".join(lines)

    def _in_short(self, curve: Curve) -> Curve:
        return replace(curve, unit=short_unit(curve.unit))

    def _name(self, measures: dict[str, Any]) -> str:
        """The measure on show: the one that was chosen, else the most telling one."""
        if self._studio.measure in measures:
            return self._studio.measure
        return next(iter(ranked(measures)), "")

    def _choose_loss(self, name: str) -> None:
        self._wanted_loss = name
        self._show_curves(self._studio.run.curves)

    def _show_reading(self) -> None:
        """The measure on show as it is of the step looked at, and what all of them say."""
        run = self._studio.run
        found = reading(run, self._studio.spec, self._studio.measure)
        value = None if found is None else found.value
        number, error = ("–", "") if found is None or value is None else apart(value, found.error)
        self.number.setText(number)
        self.number.setEnabled(found is None or not found.age.faded)
        self.unit.setText(
            "" if found is None or value is None else f"{error} {short_unit(found.unit) or found.title}".strip()
        )
        over = None if run.curves is None else overfitting(run.curves.measures)
        live = run.history is None or run.history.shown is None
        self._best = None if over is None else over.since
        self.quality.show_mark(self._best)
        self.best.setVisible(over is not None and live)
        self.sentence.setText(
            _said(found, run.training or run.step > 0) if over is None or not live else _overfits(over)
        )
        said = () if found is None else found.said
        self.sentence.setToolTip("".join(f'<p style="margin: 0 0 6px 0">{escape(each)}</p>' for each in said))

    def _show_history(self, history: History | None) -> None:
        steps = [] if history is None else [int(s) for s in history.steps]
        shown = None if history is None else history.shown
        self._steps = steps
        blocked = self.slider.blockSignals(True)
        self.slider.setRange(0, max(0, len(steps)))
        if not self.slider.isSliderDown():
            self.slider.setValue(len(steps) if shown is None or shown not in steps else steps.index(shown))
        self.slider.blockSignals(blocked)
        self.slider.setEnabled(bool(steps))
        self._show_step()
        self.branch.setEnabled(shown is not None)
        self.film.setEnabled(bool(steps))
        self.live.setEnabled(shown is not None)
        for plot in (self.loss, self.quality):
            plot.show_step(shown)

    def _show_step(self) -> None:
        history = self._studio.run.history
        now = format_number(self._studio.run.step, integer=True)
        if history is None or not len(history.steps):
            words = tr("nothing kept yet")
        elif history.shown is None:
            words = tr("step {now} · live", now=now)
        else:
            words = tr("step {shown} of {now}", shown=format_number(history.shown, integer=True), now=now)
        self.history_heading.show_note(words)
        self._show_reading()

    def _scrubbed(self, position: int) -> None:
        """The last position is the live model, every other one a kept step."""
        self._studio.rewind(self._steps[position] if position < len(self._steps) else None)

    def _restyle(self) -> None:
        self.branch.setIcon(icon("branch"))
        words = self.branch.sizeHint().width() + 6 + self.live.sizeHint().width()
        self._aside.setFixedWidth(max(theme.px(236), words))
        self.film.setIcon(icon("film", "dim"))
        self.film.setFixedSize(theme.px(30), theme.px(20))


def _said(found: Reading | None, trained: bool) -> str:
    """What is said under the number: how old it is, then what it means. What was trained, however little, is measured."""
    if found is None:
        return _MEASURING if trained else _NO_MEASURE
    when = when_said(found)
    if found.age.faded or not found.said:
        return f"{_sentence_case(when)}."
    return f"{found.said[0]} ({when})"


def _overfits(over: Overfit) -> str:
    """What two curves that part say."""
    since = format_number(over.since, integer=True)
    return tr(
        "Overfitting since step {since}: held-out data cost more and more, training data less and less.", since=since
    )


def _of_training(names: Sequence[str]) -> dict[str, str]:
    """Losses are of training data; several are told apart by their names."""
    return {name: "training" if name == "loss" else name for name in names}


def _sentence_case(text: str) -> str:
    return text[:1].upper() + text[1:]
