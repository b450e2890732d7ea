"""The dialog that saves a figure: which view, how large, in which look, and what goes with it."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QDialog, QFileDialog, QHBoxLayout, QVBoxLayout, QWidget

from dgm_studio.atomic import write as write_whole
from dgm_studio.language import tr
from dgm_studio.studio.figure.behind import write_numbers
from dgm_studio.studio.figure.choice import AS_SEEN, BadFigure, FigureChoice, name_of
from dgm_studio.studio.studio import Studio

from ..controls import ChoiceRow, SliderRow, SwitchRow, Tree, button, dim
from ..look import theme
from .figure import write, write_as_seen

_FORMS = {".svg": tr("SVG, vectors (*.svg)"), ".pdf": tr("PDF, vectors (*.pdf)"), ".png": tr("PNG, 300 dpi (*.png)")}
_VIEWS = (
    ("samples", tr("the picture, laid out anew")),
    ("loss", tr("the loss")),
    ("quality", tr("the measure in front")),
)
_THEMES = (("paper", tr("paper")), ("light", tr("light")), ("dark", tr("dark")))


class FigureDialog(QDialog):
    """``seen`` is the view in front; where it is not ``laid_out`` anew it is taken as it is on screen."""

    def __init__(
        self,
        studio: Studio,
        choice: FigureChoice,
        seen: QWidget,
        parent: QWidget | None = None,
        *,
        laid_out: bool = True,
    ) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle(tr("Save figure"))
        self._studio, self._choice, self._seen = studio, choice, seen
        views = [*(_VIEWS if laid_out else _VIEWS[1:]), (AS_SEEN, tr("the view as it is on screen"))]
        self.view = ChoiceRow(tr("figure of"), views, tr("What is drawn."))
        self.view.show_value("samples" if laid_out else AS_SEEN)
        self.wide = SliderRow(tr("width in cm"), 3.0, 30.0, step=0.5, help=tr("As printed. Letters are 8 points high."))
        self.wide.show_value(8.0)
        self.high = SliderRow(tr("height in cm"), 3.0, 30.0, step=0.5, help=tr("As printed."))
        self.high.show_value(round(2 * 8.0 * choice.height / choice.width) / 2)
        self.look = ChoiceRow(tr("theme"), _THEMES, tr("Paper is white with black letters."))
        self.look.show_value("paper" if laid_out else choice.theme)
        self.font_choice = ChoiceRow(
            tr("letters"), [(False, tr("sans")), (True, tr("serif"))], tr("As in the text around it.")
        )
        self.font_choice.show_value(False)
        self.scale = ChoiceRow(
            tr("pixels"), [(k, f"{k}×") for k in range(1, 5)], tr("Of a PNG: times 300 dots per inch.")
        )
        self.scale.show_value(1)
        self.legend = SwitchRow(tr("legend"), tr("What the colours mean, below the picture."))
        self.caption = SwitchRow(
            tr("caption"), tr("Caption, alternative text and provenance in a text file beside it.")
        )
        self.numbers = SwitchRow(tr("numbers"), tr("The numbers behind it, as .npz beside it."))
        for switch in (self.legend, self.caption):
            switch.show_value(True)
        self.about = dim("", True)
        self.make = button(tr("Save"), tr("Choose a file."), "primary")
        self.make.clicked.connect(self._choose_file)
        self.leave = button(tr("Close"), tr("Close this window (Esc)."))
        self.leave.clicked.connect(self.reject)
        column = QVBoxLayout(self)
        column.setContentsMargins(24, 20, 24, 16)
        column.setSpacing(4)
        for row in (self.view, self.wide, self.high, self.look, self.font_choice, self.scale):
            column.addWidget(row)
        for switch in (self.legend, self.caption, self.numbers):
            column.addWidget(switch)
        column.addSpacing(8)
        column.addWidget(self.about)
        column.addSpacing(8)
        buttons = QHBoxLayout()
        buttons.addWidget(self.make)
        buttons.addStretch(1)
        buttons.addWidget(self.leave)
        column.addLayout(buttons)
        self.setFixedWidth(theme.px(440))
        self.view.changed.connect(lambda _: self._fit())
        self._fit()

    @property
    def controls(self) -> Tree:
        rows = {
            "of": self.view, "width": self.wide, "height": self.high, "theme": self.look, "letters": self.font_choice,
            "pixels": self.scale, "legend": self.legend, "caption": self.caption, "numbers": self.numbers,
        }  # fmt: skip
        return {"figure": {**rows, "save": self.make, "close": self.leave}}

    @property
    def choice(self) -> FigureChoice:
        """What is asked for now."""
        return replace(
            self._choice, view=self.view.value, width=float(self.wide.value), height=float(self.high.value),
            theme=self.look.value, serif=self.font_choice.value, scale=self.scale.value, legend=self.legend.value,
        )  # fmt: skip

    def write(self, path: Path) -> bool:
        """Draw it, and what goes with it; a notice says so, or the dialog why not."""
        choice, studio = self.choice, self._studio
        try:
            if choice.view == AS_SEEN:
                caption = write_as_seen(self._seen, studio, choice, path)
            else:
                caption = write(studio, choice, path)
            if self.caption.value:
                write_whole(path.with_name(f"{path.name}.txt"), caption.written().encode())
            if self.numbers.value:
                view = "samples" if choice.view == AS_SEEN else choice.view
                write_numbers(path.with_name(f"{path.name}.npz"), studio.run, studio.session, view)
        except (BadFigure, OSError) as error:
            self.about.setText(str(error))
            return False
        studio.notify("info", tr("Wrote {name}. {words}", name=path.name, words=caption.text))
        return True

    def _fit(self) -> None:
        """A view as it is on screen has its own shape and letters."""
        own = self.view.value == AS_SEEN
        for row in (self.high, self.font_choice, self.legend):
            row.setEnabled(not own)
        vectors = tr("Points, lines and letters are vectors in SVG and PDF.")
        self.about.setText(tr("{vectors} Laid out as it is on screen.", vectors=vectors) if own else vectors)

    def _choose_file(self) -> None:
        opened = self._studio.run.opened
        stem = "figure" if opened is None else name_of(opened, self.view.value)
        name, kind = QFileDialog.getSaveFileName(self, tr("Save figure"), f"{stem}.svg", ";;".join(_FORMS.values()))
        if name:
            ending = next((ending for ending, title in _FORMS.items() if title == kind), ".svg")
            if self.write(Path(name) if Path(name).suffix else Path(f"{name}{ending}")):
                self.accept()
