"""Attack: pictures moved a little to where a classifier is wrong, beside what was added, and who else is fooled by them."""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import Qt
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QFrame, QGridLayout, QHBoxLayout, QScrollArea, QVBoxLayout, QWidget

from dgm_studio.language import tr
from dgm_studio.protocol.messages import Attacked, Opened, Progress
from dgm_studio.studio.compare.adversarial import SHOWN, Adversarial, AdversarialQuestion, AttackedClassifier
from dgm_studio.studio.painting.canvas import Canvas
from dgm_studio.studio.studio import Studio

from ..binding import bind, bind_run
from ..controls import Elided, Segmented, SliderRow, Tree, button, dim
from ..look import theme
from ..naming import join
from .adversarial_table import AdversarialTable
from .question_view import QuestionView
from .tile_words import TileWords
from .tiles import GAP, Tiles

CLASSIFIERS: tuple[tuple[AttackedClassifier, str, str], ...] = (
    ("logistic", tr("linear"), tr("Move them against a linear classifier (logistic regression).")),
    ("net", tr("network"), tr("Move them against a small network that learned from the pictures as they are.")),
    (
        "robust",
        tr("robust"),
        tr("Move them against a network that learned from pictures moved by 0.1, as long as it was wrong."),
    ),
)
SOURCES = (
    ("held-out", tr("held-out"), tr("Take held-out pictures of the data.")),
    ("canvas", tr("canvas"), tr("Take the picture on the canvas, and move it away from what is seen in it.")),
)
ENLARGED = 4
"""How many times larger the difference is shown at most, around grey; less where it would be black and white only."""
_GREY, _SOON_MS, _SIDE, _LARGEST = 128, 150, 84, 88
_NONE = np.zeros((0, 1, 1), np.uint8)


class AdversarialView(QuestionView):
    """Asks about the run of images, and about the picture on the ``canvas``."""

    def __init__(self, studio: Studio, canvas: Canvas) -> None:
        super().__init__(studio, "attack", _SOON_MS)
        self._canvas = canvas
        self._asked_step = -1
        self.classifier = Segmented(CLASSIFIERS, tr("Classifier that is attacked"))
        self.classifier.show_value("net")
        self.source = Segmented(SOURCES, tr("Pictures that are moved"))
        self.source.show_value("held-out")
        self.again = button(tr("Ask again"), tr("Ask once more, of the model as it is now."))
        self.epsilon = SliderRow(
            tr("epsilon"), 0, 0.5, step=0.01, zero=tr("nothing"),
            help=tr("How far every pixel may move at most: 1 is the way from black to white."),
        )  # fmt: skip
        self.epsilon.show_value(0.1)
        self.purify = SliderRow(
            tr("purify"), 0, 0.9, step=0.05, zero=tr("off"),
            help=tr("Add noise for so much of the model's way and remove it again: what was added is lost in it."),
        )  # fmt: skip
        self.said = Elided()
        self.rows = {
            name: Tiles(title, columns=SHOWN, align=Qt.AlignmentFlag.AlignLeft, limit=theme.px(_LARGEST))
            for name, title in (
                ("before", tr("Pictures as they are")),
                ("added", tr("What was added, enlarged")),
                ("after", tr("Pictures that were moved")),
                ("purified", tr("Pictures that were purified")),
            )
        }  # fmt: skip
        self.words = {name: TileWords(self.rows[name]) for name in ("before", "after")}
        self.table = AdversarialTable()
        self._titles = {
            "before": dim(tr("as they are")),
            "added": dim(tr("added")),
            "after": dim(tr("moved")),
            "purified": dim(tr("purified")),
        }
        self._lay()
        for each in (self.classifier, self.source):
            each.chosen.connect(lambda _: self.ask())
        for row in (self.epsilon, self.purify):
            row.changed.connect(lambda _: self.ask_soon())
        self.again.clicked.connect(self.ask)
        bind(self, studio, "adversarial", self._show)
        bind_run(self, studio, Opened, self._opened, "images")
        bind_run(self, studio, Progress, self._show_progress, "images")
        theme.follow(self._restyle)
        opened = studio.runs["images"].opened
        if opened is not None:
            self._opened(opened)
        join(studio.controls, self)

    def _lay(self) -> None:
        bar = QHBoxLayout()
        bar.setSpacing(8)
        for each in (self.classifier, self.source):
            bar.addWidget(each)
        bar.addStretch(1)
        bar.addWidget(self.again)
        sliders = QHBoxLayout()
        sliders.setSpacing(24)
        sliders.addWidget(self.epsilon, 1)
        sliders.addWidget(self.purify, 1)
        self._sheet = QWidget()
        grid = QGridLayout(self._sheet)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setHorizontalSpacing(12)
        grid.setVerticalSpacing(2)
        grid.setColumnStretch(1, 1)
        line = 0
        for name, tiles in self.rows.items():
            tiles.pickable = False
            tiles.setFocusPolicy(Qt.FocusPolicy.NoFocus)
            grid.addWidget(self._titles[name], line, 0)
            grid.addWidget(tiles, line, 1)
            line += 1
            if name in self.words:
                grid.addWidget(self.words[name], line, 1)
                line += 1
        below = QVBoxLayout()
        below.setContentsMargins(0, 0, 0, 0)
        below.setSpacing(12)
        below.addWidget(self._sheet)
        below.addWidget(self.table)
        below.addStretch(1)
        body = QWidget()
        body.setProperty("surface", "plot")
        body.setLayout(below)
        self.page = QScrollArea()
        self.page.setWidgetResizable(True)
        self.page.setFrameShape(QFrame.Shape.NoFrame)
        self.page.setWidget(body)
        page = QVBoxLayout(self)
        page.setContentsMargins(0, 0, 0, 0)
        page.setSpacing(8)
        page.addLayout(bar)
        page.addLayout(sliders)
        page.addWidget(self.said)
        page.addWidget(self.page, 1)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fit_rows()

    def _fit_rows(self) -> None:
        """Rows as high as pictures are that fill the width."""
        room = self.page.viewport().width() - theme.px(_SIDE) - 16
        side = max(16, min(theme.px(_LARGEST), room // SHOWN - GAP))
        for tiles in self.rows.values():
            tiles.setFixedHeight(side + 4)

    @property
    def controls(self) -> Tree:
        return {
            "attack": {
                "classifier": self.classifier,
                "source": self.source,
                "epsilon": self.epsilon,
                "purify": self.purify,
                "again": self.again,
                "who": self.table,
            }
        }

    # --- what a person does ---------------------------------------------------------------------------------------------

    def ask(self) -> None:
        """Ask for pictures moved as the controls say."""
        run = self._studio.runs["images"]
        if run.opened is None or len(run.opened.info.classes) < 2 or not self.in_front:
            return
        self._asked_step = run.step
        canvas = np.array(self._canvas.flat)[None] if self.source.value == "canvas" else None
        purify = float(self.purify.value) if self.purify.isVisibleTo(self) else 0.0
        kind = next(name for name, *_ in CLASSIFIERS if name == self.classifier.value)
        self._studio.adversarial.ask(AdversarialQuestion(kind, float(self.epsilon.value), purify, canvas))

    @property
    def is_new(self) -> bool:
        told = self._studio.adversarial
        return told.told is None and not told.asking and not told.problem

    # --- what the engine says -------------------------------------------------------------------------------------------

    def _opened(self, event: Opened) -> None:
        self.purify.setVisible(bool(event.info.methods_for("strokes")))
        self._asked_step = -1
        self._show(self._studio.adversarial)
        self.ask_if_new()

    def _show_progress(self, progress: Progress) -> None:
        """Once training rests, what the model says of the pictures is asked anew."""
        if progress.phase != "training" and self._asked_step not in (-1, progress.step):
            self.ask()
        self._say()

    def _show(self, adversarial: Adversarial) -> None:
        told = adversarial.told
        self._sheet.setVisible(told is not None)
        self.table.setVisible(told is not None)
        self._say()
        if told is None:
            for tiles in self.rows.values():
                tiles.show_images(_NONE)
            for below in self.words.values():
                below.show_words((), ())
            return
        n = min(SHOWN, len(told.labels))
        away = told.moved[:n].astype(int) - told.examples[:n].astype(int)
        times = min(ENLARGED, _GREY / max(1, abs(away).max(initial=0)))
        added = np.clip(_GREY + times * away, 0, 255).astype(np.uint8)
        self._titles["added"].setText(tr("added · {times:.2g} x", times=times))
        purified = _NONE if told.purified is None else told.purified[:n]
        for name, x in (
            ("before", told.examples[:n]),
            ("added", added),
            ("after", told.moved[:n]),
            ("purified", purified),
        ):
            self.rows[name].show_images(x, columns=max(SHOWN, n))
        self.rows["purified"].setVisible(told.purified is not None)
        self._titles["purified"].setVisible(told.purified is not None)
        for name, p in (("before", told.before[:n]), ("after", told.after[:n])):
            seen = p.argmax(1)
            words = [f"{told.classes[k]} · {row[k]:.0%}" for k, row in zip(seen, p, strict=True)]
            self.words[name].show_words(words, list(seen != told.labels[:n]))
        front = next((one for one in adversarial.witnesses if one.name == self._studio.runs["images"].name), None)
        self.table.show_told(
            told, self.classifier.value, front, [one for one in adversarial.witnesses if one is not front]
        )

    def _say(self) -> None:
        run, adversarial = self._studio.runs["images"], self._studio.adversarial
        info = None if run.opened is None else run.opened.info
        if info is not None and len(info.classes) < 2:
            text = tr(
                "{data_title} has no classes to tell apart. Choose data with classes.", data_title=info.data_title
            )
        elif adversarial.problem:
            text = adversarial.problem
        elif adversarial.asking:
            text = tr("Moving pictures …") if adversarial.told is not None else tr("Classifiers learn from the data …")
        elif adversarial.told is None:
            text = ""
        else:
            text = said(adversarial.told)
            if run.step != adversarial.told.step:
                text += tr(" The model is of step {step:,} of {step_2:,}.", step=adversarial.told.step, step_2=run.step)
        self.said.setText(text)
        self.said.setToolTip(text)

    def _restyle(self) -> None:
        for each in self._titles.values():
            each.setFixedWidth(theme.px(_SIDE))
        self._fit_rows()
        self._show(self._studio.adversarial)


def said(told: Attacked) -> str:
    """How many pictures of how many were enough to be wrong about, in a sentence."""
    n = len(told.labels)
    was, now = (float((p.argmax(1) == told.labels).mean()) for p in (told.before, told.after))
    if n == 1:
        first, then = (told.classes[int(p[0].argmax())] for p in (told.before, told.after))
        return (
            tr("Seen as {first}, then as {then}.", first=first, then=then)
            if first != then
            else tr("Still seen as {first}.", first=first)
        )
    return tr(
        "Of {n} held-out pictures {was:.0%} are told right, and {now:.0%} once they are moved.", n=n, was=was, now=now
    )
