"""A lesson as pages of A4, to be handed out: set as its page in the window is, black on white."""

from __future__ import annotations

import os
from functools import partial

from PySide6.QtCore import QEventLoop, QRectF, QSizeF, Qt, QTimer
from PySide6.QtGui import QPainter, QPdfWriter, QTextDocument

from dgm_studio.lessons.lesson import Lesson
from dgm_studio.studio.report.lesson_text import lesson_markdown

from ..app import make_application
from ..look import theme
from ..pdf import pdf
from .prose import Prose

_WIDE, _HIGH, _MARGIN = 210.0, 297.0, 18.0
_RESOLUTION, _SCREEN = 300, 96
_SIZE = 13
_SOON_MS = 20


def lesson_pdf(lesson: Lesson) -> bytes:
    """The pages, with their numbers at the foot. Makes an application without a screen where there is none."""
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    make_application()
    with theme.worn(theme.PAPER):
        page = Prose(_SIZE)
        try:
            page.show_markdown(lesson_markdown(lesson), lesson.folder)
            _wait_for_formulas(page)
            return _printed(page, lesson.title)
        finally:
            page.deleteLater()


def _wait_for_formulas(page: Prose) -> None:
    loop, timer = QEventLoop(), QTimer()
    timer.timeout.connect(lambda: None if page.waits else loop.quit())
    timer.start(_SOON_MS)
    loop.exec()
    timer.stop()
    page.show_markdown(page.markdown, page.folder)


def _printed(page: Prose, title: str) -> bytes:
    return pdf(title, _RESOLUTION, partial(_draw, page.document()))


def _draw(document: QTextDocument, writer: QPdfWriter) -> None:
    unit = _SCREEN / 25.4
    room, margin = QSizeF((_WIDE - 2 * _MARGIN) * unit, (_HIGH - 2 * _MARGIN) * unit), _MARGIN * unit
    document.setPageSize(room)
    painter = QPainter(writer)
    painter.scale(_RESOLUTION / _SCREEN, _RESOLUTION / _SCREEN)
    for number in range(document.pageCount()):
        if number:
            writer.newPage()
        painter.save()
        painter.translate(margin, margin - number * room.height())
        document.drawContents(painter, QRectF(0, number * room.height(), room.width(), room.height()))
        painter.restore()
        painter.setFont(document.defaultFont())
        foot = QRectF(margin, margin + room.height(), room.width(), margin * 0.6)
        painter.drawText(foot, Qt.AlignmentFlag.AlignRight, f"{number + 1} / {document.pageCount()}")
    painter.end()
