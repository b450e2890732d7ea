"""The editor of a step's text: lines numbered as in the file, those with something wrong marked, blocks in their colours.

Undo is the writer's, which goes over more than one text.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from PySide6.QtCore import QRect, QSize, Qt, Signal
from PySide6.QtGui import (
    QColor,
    QFont,
    QKeyEvent,
    QKeySequence,
    QPainter,
    QPaintEvent,
    QResizeEvent,
    QSyntaxHighlighter,
    QTextCharFormat,
    QTextCursor,
    QTextDocument,
)
from PySide6.QtWidgets import QFrame, QPlainTextEdit, QWidget

from ..look import theme
from ..sequences.letters import typeface

SIZE = 13
_BLOCK = re.compile(r":::+\s*(\w*)")
_TONES = {"predict": "mask", "goal": "accent", "hint": "warn", "explain": "text", "reveal": "good", "": "dim"}
_INLINE = (
    (re.compile(r"\$\$?[^$]+\$\$?"), "data", False),
    (re.compile(r"`[^`]+`"), "dim", False),
    (re.compile(r"\*\*[^*]+\*\*|^#+ .*"), "text", True),
)


class _Colours(QSyntaxHighlighter):
    def __init__(self, document: QTextDocument) -> None:
        super().__init__(document)

    def highlightBlock(self, text: str) -> None:
        match = _BLOCK.match(text)
        if match is not None:
            self.setFormat(0, len(text), _format(_TONES.get(match[1], "bad"), True))
            return
        for pattern, token, bold in _INLINE:
            for found in pattern.finditer(text):
                self.setFormat(found.start(), found.end() - found.start(), _format(token, bold))


def _format(token: str, bold: bool) -> QTextCharFormat:
    made = QTextCharFormat()
    made.setForeground(theme.tokens().colour(token))
    if bold:
        made.setFontWeight(QFont.Weight.DemiBold)
    return made


class _Gutter(QWidget):
    def __init__(self, editor: LessonEditor) -> None:
        super().__init__(editor)
        self._editor = editor

    def sizeHint(self) -> QSize:
        return QSize(self._editor.gutter_width, 0)

    def paintEvent(self, event: QPaintEvent) -> None:
        self._editor.paint_gutter(self, event.rect())


class LessonEditor(QPlainTextEdit):
    """``typed`` when a person has changed the text; `show_text` never emits."""

    typed = Signal()
    undo_asked = Signal()
    redo_asked = Signal()

    def __init__(self, name: str, placeholder: str = "") -> None:
        super().__init__()
        self._first, self._wrong, self._showing = 1, frozenset[int](), False
        self._gutter = _Gutter(self)
        self._colours = _Colours(self.document())
        self.setAccessibleName(name)
        self.setPlaceholderText(placeholder)
        self.setUndoRedoEnabled(False)
        self.setTabChangesFocus(True)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.textChanged.connect(self._changed)
        self.updateRequest.connect(self._scroll_gutter)
        theme.follow(self._restyle)

    @property
    def line(self) -> int:
        """The line of the cursor, from 0 on."""
        return self.textCursor().blockNumber()

    def show_text(self, text: str, first: int) -> None:
        """Show a text whose first line has a number in the file; the cursor stays where it is as far as it can."""
        if text != self.toPlainText():
            self._showing = True
            at = self.textCursor().position()
            self.setPlainText(text)
            self.choose(min(at, len(text)), min(at, len(text)))
            self._showing = False
        if first != self._first:
            self._first = first
            self._fit()

    def show_wrong(self, lines: Iterable[int]) -> None:
        """Mark lines, from 0 on."""
        self._wrong = frozenset(lines)
        self._gutter.update()

    def choose(self, first: int, last: int) -> None:
        """Select from one letter to another, as far as there are so many, and bring them into view."""
        cursor, end = self.textCursor(), self.document().characterCount() - 1
        cursor.setPosition(min(first, end))
        cursor.setPosition(min(last, end), QTextCursor.MoveMode.KeepAnchor)
        self.setTextCursor(cursor)
        self.ensureCursorVisible()

    def go_to(self, line: int) -> None:
        """Put the cursor into a line, from 0 on."""
        block = self.document().findBlockByNumber(max(0, min(line, self.blockCount() - 1)))
        self.choose(block.position(), block.position())
        self.setFocus()

    def _changed(self) -> None:
        if not self._showing:
            self.typed.emit()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.matches(QKeySequence.StandardKey.Undo):
            self.undo_asked.emit()
        elif event.matches(QKeySequence.StandardKey.Redo):
            self.redo_asked.emit()
        else:
            super().keyPressEvent(event)

    # --- the numbers at the left -----------------------------------------------------------------------------------

    @property
    def gutter_width(self) -> int:
        digits = max(2, len(str(self._first + self.blockCount())))
        return self.fontMetrics().horizontalAdvance("0") * digits + theme.px(22)

    def paint_gutter(self, gutter: QWidget, rect: QRect) -> None:
        """Numbers of the lines in view, with a dot where something is wrong."""
        painter, t = QPainter(gutter), theme.tokens()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.fillRect(rect, t.colour("background"))
        painter.setFont(typeface(theme.px(SIZE - 2)))
        block = self.firstVisibleBlock()
        while block.isValid():
            where = self.blockBoundingGeometry(block).translated(self.contentOffset())
            if where.top() > rect.bottom():
                break
            high = self.fontMetrics().height()
            wrong = block.blockNumber() in self._wrong
            painter.setPen(t.colour("bad" if wrong else "dim", 1.0 if wrong else 0.7))
            line = QRect(0, round(where.top()), gutter.width() - theme.px(8), high)
            painter.drawText(
                line,
                Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter,
                str(self._first + block.blockNumber()),
            )
            if wrong:
                painter.setPen(Qt.PenStyle.NoPen)
                painter.setBrush(t.colour("bad"))
                size = theme.px(6)
                painter.drawEllipse(theme.px(3), line.center().y() - size // 2, size, size)
            block = block.next()

    def _scroll_gutter(self, rect: QRect, dy: int) -> None:
        if dy:
            self._gutter.scroll(0, dy)
        else:
            self._gutter.update(0, rect.y(), self._gutter.width(), rect.height())
        if rect.contains(self.viewport().rect()):
            self._fit()

    def _fit(self) -> None:
        self.setViewportMargins(self.gutter_width, 0, 0, 0)
        inner = self.contentsRect()
        self._gutter.setGeometry(QRect(inner.left(), inner.top(), self.gutter_width, inner.height()))

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fit()

    def _restyle(self) -> None:
        t = theme.tokens()
        self.setFont(typeface(theme.px(SIZE)))
        self.setStyleSheet(
            f"QPlainTextEdit {{ background: {t.background}; border: 1px solid {t.line}; border-radius: 6px;"
            f" padding: {theme.px(4)}px {theme.px(2)}px; }} QPlainTextEdit:focus {{ border: 1px solid {t.accent}; }}"
        )
        palette = self.palette()
        palette.setColor(palette.ColorRole.PlaceholderText, QColor(t.dim))
        self.setPalette(palette)
        self._colours.rehighlight()
        self._fit()
