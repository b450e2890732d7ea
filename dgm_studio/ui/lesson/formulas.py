"""Formulas on the window's side: drawn by a thread while the page already stands, and painted in the colours of the look.

A document holds one as an object (`QTextObjectInterface`) whose line is the line of the text around it. Qt sets an object's
foot on that line, or its middle where it is tall, so what hangs below is painted from the line it shall stand on.
"""

from __future__ import annotations

import threading
from collections.abc import Iterable

from PySide6.QtCore import QByteArray, QObject, QPointF, QRect, QRectF, QSize, QSizeF, Signal
from PySide6.QtGui import (
    QFont,
    QFontMetricsF,
    QImage,
    QPaintEngine,
    QPainter,
    QPyTextObject,
    QTextCharFormat,
    QTextDocument,
    QTextFormat,
)
from PySide6.QtSvg import QSvgRenderer
from shiboken6 import isValid

from dgm_studio.studio.lesson.formula import BadFormula, Formula, FormulaDrawing, drawn, kept

from ..look import theme
from ..sequences.letters import typeface

OBJECT_TYPE = int(QTextFormat.ObjectTypes.UserObject) + 1
_TEX, _DISPLAY, _TALL = (int(QTextFormat.Property.UserProperty) + n for n in (1, 2, 3))
_HANGS = 0.42
"""Parts of the type's size that a formula may hang below the line within the room that lines leave between them."""
_PRINT = 8
"""Dots for a pixel of the screen: some 770 to the inch."""
LARGER = 1.08
"""STIX is smaller than Inter at the same size."""
_HELD = "dgm_formulas"


class FormulaStore(QObject):
    """The drawings of a program by formula. ``made`` once some that were asked for are there, or are known to be wrong."""

    made = Signal()

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self._found: dict[Formula, FormulaDrawing | BadFormula] = {}
        self._asked: set[Formula] = set()
        self._inks: dict[tuple[Formula, str], QSvgRenderer] = {}

    def get(self, formula: Formula) -> FormulaDrawing | BadFormula | None:
        """None while it is on its way, or was never asked for."""
        found = self._found.get(formula)
        if found is None and (there := kept(formula)) is not None:
            found = self._found[formula] = there
        return found

    def ask(self, formulas: Iterable[Formula]) -> None:
        """Draw what is not there yet, in a thread."""
        missing = [each for each in dict.fromkeys(formulas) if self.get(each) is None and each not in self._asked]
        if missing:
            self._asked.update(missing)
            threading.Thread(target=self._draw, args=(missing,), name="formulas", daemon=True).start()

    def renderer(self, formula: Formula, drawing: FormulaDrawing) -> QSvgRenderer:
        """What paints a drawing in the colour of text of the look in use."""
        key = formula, theme.tokens().text
        if key not in self._inks:
            self._inks[key] = QSvgRenderer(QByteArray(drawing.in_colour(key[1])), self)
        return self._inks[key]

    def _draw(self, formulas: list[Formula]) -> None:
        for each in formulas:
            try:
                self._found[each] = drawn(each)
            except BadFormula as error:
                self._found[each] = error
        if isValid(self):
            self.made.emit()


def store() -> FormulaStore:
    """The one of the program, which ends with it."""
    app = theme.application()
    found = getattr(app, _HELD, None)
    if not isinstance(found, FormulaStore):
        found = FormulaStore(app)
        setattr(app, _HELD, found)
    return found


def object_format(formula: Formula, size: float, font: QFont) -> QTextCharFormat:
    """What stands in a document for a formula in type of ``size`` pixels."""
    made = QTextCharFormat()
    made.setObjectType(OBJECT_TYPE)
    made.setFont(font)
    made.setProperty(_TEX, formula.tex)
    made.setProperty(_DISPLAY, formula.display)
    drawing = store().get(formula)
    tall = isinstance(drawing, FormulaDrawing) and drawing.depth > _HANGS
    made.setProperty(_TALL, tall)
    if tall:
        made.setVerticalAlignment(QTextCharFormat.VerticalAlignment.AlignMiddle)
    return made


def formula_of(format: QTextFormat) -> Formula:
    """The formula that an object stands for."""
    return Formula(str(format.property(_TEX)), bool(format.property(_DISPLAY)))


class FormulaObject(QPyTextObject):
    """Measures and paints the formulas of a document; register it for `OBJECT_TYPE`."""

    def intrinsicSize(self, document: QTextDocument, position: int, format: QTextFormat) -> QSizeF:
        formula, font = formula_of(format), format.toCharFormat().font()
        found, em = store().get(formula), font.pixelSize() * LARGER
        if not isinstance(found, FormulaDrawing):
            metrics = QFontMetricsF(_plain(font))
            return QSizeF(metrics.horizontalAdvance(formula.tex), metrics.ascent())
        if not format.property(_TALL):
            return QSizeF(found.width * em, found.ascent * em)
        half = QFontMetricsF(font).xHeight() / 2
        return QSizeF(found.width * em, max(2 * found.ascent * em - half, 2 * found.depth * em + half))

    def drawObject(
        self, painter: QPainter, rect: QRectF | QRect, document: QTextDocument, position: int, format: QTextFormat
    ) -> None:
        formula, font, rect = formula_of(format), format.toCharFormat().font(), QRectF(rect)
        found, em = store().get(formula), font.pixelSize() * LARGER
        if not isinstance(found, FormulaDrawing):
            painter.save()
            painter.setFont(_plain(font))
            painter.setPen(theme.tokens().colour("dim" if found is None else "bad"))
            painter.drawText(rect.bottomLeft(), formula.tex)
            painter.restore()
            return
        line = rect.bottom()
        if format.property(_TALL):
            line = rect.top() + (rect.height() + QFontMetricsF(font).xHeight() / 2) / 2
        box = QRectF(
            QPointF(rect.left(), line - found.ascent * em), QSizeF(found.width, found.ascent + found.depth) * em
        )
        renderer = store().renderer(formula, found)
        if painter.paintEngine().type() == QPaintEngine.Type.Pdf:
            painter.drawImage(box, _raster(renderer, box))
        else:
            renderer.render(painter, box)


def _raster(renderer: QSvgRenderer, box: QRectF) -> QImage:
    """As fine as print: Qt's PDF strokes the outlines of shapes that have no stroke, which makes letters bold."""
    image = QImage((box.size() * _PRINT).toSize().expandedTo(QSize(1, 1)), QImage.Format.Format_ARGB32_Premultiplied)
    image.fill(0)
    painter = QPainter(image)
    renderer.render(painter, QRectF(image.rect()))
    painter.end()
    return image


def _plain(font: QFont) -> QFont:
    """TeX as it was written, until it is set or where it cannot be."""
    return typeface(font.pixelSize() * 0.86)
