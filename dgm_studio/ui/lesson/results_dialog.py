"""Results of a class: slips that learners handed in, as a table without names, and each prediction as a histogram."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtWidgets import QComboBox, QDialog, QFrame, QHBoxLayout, QScrollArea, QSplitter, QVBoxLayout, QWidget

from dgm_studio.language import tr
from dgm_studio.lessons.classroom import PredictionSpread, by_lesson, class_table, spreads
from dgm_studio.lessons.slip import ResultSlip

from ..controls import Bars, ComboBox, Tree, WordTable, button, dim, format_number, label
from ..look import theme

_COLUMNS = ("learner", "goals", "minutes", "hints")


class ResultsDialog(QDialog):
    """``slips`` of one or several lessons; ``problems`` says which files could not be read."""

    def __init__(self, slips: Sequence[ResultSlip], problems: Sequence[str], parent: QWidget) -> None:
        super().__init__(parent)
        self.setWindowTitle(tr("Results of a class"))
        self._classes = list(by_lesson(slips).items())
        self.lessons: QComboBox = ComboBox()
        self.lessons.setAccessibleName(tr("Lesson"))
        for (title, fingerprint), several in self._classes:
            learners = "1 learner" if len(several) == 1 else tr("{several} learners", several=len(several))
            self.lessons.addItem(f"{title} · {learners} · {fingerprint[:8]}")
        self.lessons.currentIndexChanged.connect(self._show)
        self.table = WordTable(tr("Results"))
        self._bars = QWidget()
        self._column = QVBoxLayout(self._bars)
        self._column.setContentsMargins(0, 0, 8, 0)
        self._column.setSpacing(6)
        area = QScrollArea()
        area.setWidgetResizable(True)
        area.setFrameShape(QFrame.Shape.NoFrame)
        area.setWidget(self._bars)
        self.histograms: list[Bars] = []
        self.problems = dim("\n".join(problems[:6]), wrap=True)
        self.problems.setVisible(bool(problems))
        self.close_button = button(tr("Close"), tr("Close this window (Esc)."))
        self.close_button.clicked.connect(self.reject)
        halves = QSplitter()
        halves.addWidget(self.table)
        halves.addWidget(area)
        halves.setSizes([theme.px(460), theme.px(420)])
        foot = QHBoxLayout()
        foot.addStretch(1)
        foot.addWidget(self.close_button)
        column = QVBoxLayout(self)
        column.setContentsMargins(24, 20, 24, 16)
        column.setSpacing(10)
        column.addWidget(self.lessons)
        column.addWidget(halves, 1)
        column.addWidget(self.problems)
        column.addLayout(foot)
        self.resize(min(theme.px(940), parent.width()), min(theme.px(620), parent.height()))
        self._show()

    @property
    def controls(self) -> Tree:
        return {"results": {"lesson": self.lessons, "table": self.table, "close": self.close_button}}

    def _show(self) -> None:
        at = self.lessons.currentIndex()
        slips = self._classes[at][1] if 0 <= at < len(self._classes) else []
        rows = class_table(slips)
        asked = [each.asked for step in (slips[0].steps if slips else ()) for each in step.predictions]
        self.table.setColumnCount(len(_COLUMNS) + len(asked))
        self.table.setRowCount(len(rows))
        self.table.setHorizontalHeaderLabels(
            [*_COLUMNS, *(tr("prediction {n}", n=n) for n in range(1, len(asked) + 1))]
        )
        for column, text in enumerate(asked, start=len(_COLUMNS)):
            item = self.table.horizontalHeaderItem(column)
            if item is not None:
                item.setToolTip(text)
        for at, row in enumerate(rows):
            words = (
                str(row.number),
                tr("{passed} of {goals}", passed=row.passed, goals=row.goals),
                f"{row.minutes:.0f}",
                str(row.hints),
            )
            for column, text in enumerate((*words, *row.predictions)):
                self.table.write(at, column, text, help=text if column >= len(_COLUMNS) else "")
        self._show_spreads(spreads(slips))

    def _show_spreads(self, found: Sequence[PredictionSpread]) -> None:
        while self._column.count():
            item = self._column.takeAt(0)
            if item is not None and (widget := item.widget()) is not None:
                widget.setParent(None)
                widget.deleteLater()
        self.histograms = []
        for each in found:
            title = label(each.step, "title", wrap=True)
            bars = Bars(each.asked)
            most = max([*each.counts, 1])
            colours = [theme.tokens().mask] * len(each.counts)
            names = [f"{text} {each.unit}".strip() for text in each.labels]
            bars.show_shares(names, [count / most for count in each.counts], colours, [str(c) for c in each.counts])
            said = (
                []
                if each.middle is None
                else [tr("median {middle} {unit}", middle=format_number(each.middle), unit=each.unit).strip()]
            )
            if each.silent:
                said.append(tr("{silent} said nothing", silent=each.silent))
            for part in (title, dim(each.asked, wrap=True), bars, *([dim(", ".join(said))] if said else [])):
                self._column.addWidget(part)
            self.histograms.append(bars)
        if not found:
            self._column.addWidget(dim(tr("This lesson asks for no numbers and no choices."), wrap=True))
        self._column.addStretch(1)
