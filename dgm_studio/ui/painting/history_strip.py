"""History strip: every finished answer as a small picture, newest first; a click brings it back with all that led to it."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QContextMenuEvent, QIcon, QKeyEvent
from PySide6.QtWidgets import QHBoxLayout, QListWidget, QListWidgetItem, QMenu, QVBoxLayout, QWidget

from dgm_studio.language import tr
from dgm_studio.studio.painting.results import Result

from ..controls import Tree, button, label
from ..images.pixels import to_pixmap
from ..look import theme
from ..look.icons import icon

SIDE = 40
"""Of a picture, in logical pixels."""
_NUMBER = Qt.ItemDataRole.UserRole


class HistoryStrip(QWidget):
    """``chosen(number)`` and ``removed(number)`` of an answer; ``cleared()``; ``film_asked()`` of the newest."""

    chosen = Signal(int)
    removed = Signal(int)
    cleared = Signal()
    film_asked = Signal()

    def __init__(self) -> None:
        super().__init__()
        self._results: tuple[Result, ...] = ()
        self.title = label(tr("Earlier answers"), "small")
        self.film = button("", tr("Make a film of the steps of the newest answer, in the background."), "flat")
        self.film.setAccessibleName(tr("Film of the answer"))
        self.delete = button(tr("delete"), tr("Forget the picked answer (Del)."), "link")
        self.delete_all = button(tr("delete all"), tr("Forget every earlier answer."), "link")
        self.list = QListWidget()
        self.list.setAccessibleName(tr("Earlier answers"))
        self.list.setAccessibleDescription(
            tr("A click brings an answer back: its picture, mask, settings and candidates.")
        )
        self.list.setViewMode(QListWidget.ViewMode.IconMode)
        self.list.setFlow(QListWidget.Flow.LeftToRight)
        self.list.setWrapping(False)
        self.list.setMovement(QListWidget.Movement.Static)
        self.list.setUniformItemSizes(True)
        self.list.setSpacing(0)
        self.list.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.list.setHorizontalScrollMode(QListWidget.ScrollMode.ScrollPerPixel)
        self.list.setContextMenuPolicy(Qt.ContextMenuPolicy.NoContextMenu)
        head = QHBoxLayout()
        head.setContentsMargins(12, 0, 8, 0)
        head.setSpacing(4)
        head.addWidget(self.title)
        head.addWidget(self.film)
        head.addStretch(1)
        head.addWidget(self.delete)
        head.addWidget(self.delete_all)
        body = QHBoxLayout()
        body.setContentsMargins(8, 0, 8, 0)
        body.addWidget(self.list)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addLayout(head)
        column.addLayout(body)
        self.list.itemClicked.connect(lambda item: self.chosen.emit(item.data(_NUMBER)))
        self.list.itemActivated.connect(lambda item: self.chosen.emit(item.data(_NUMBER)))
        self.list.currentItemChanged.connect(lambda *_: self._enable())
        self.delete.clicked.connect(self._remove)
        self.delete_all.clicked.connect(self.cleared)
        self.film.clicked.connect(self.film_asked)
        theme.follow(self._restyle)
        self.show_results(())

    @property
    def controls(self) -> Tree:
        return {"list": self.list, "film": self.film, "delete": self.delete, "delete_all": self.delete_all}

    def show_results(self, results: Sequence[Result]) -> None:
        """The answers there are, newest first."""
        self._results = tuple(results)
        current = self.list.currentItem()
        number = None if current is None else current.data(_NUMBER)
        self.list.clear()
        ratio = self.devicePixelRatioF()
        for result in self._results:
            facts = result.facts
            item = QListWidgetItem(QIcon(to_pixmap(result.answer.x[0], theme.px(SIDE), ratio)), "")
            item.setData(_NUMBER, facts.number)
            item.setToolTip("<br>".join(facts.lines()))
            item.setData(Qt.ItemDataRole.AccessibleTextRole, f"answer {facts.number}: {facts.method}, {facts.family}")
            self.list.addItem(item)
            if facts.number == number:
                self.list.setCurrentItem(item)
        self.title.setText(tr("Earlier · {results}", results=len(self._results)))
        self.setVisible(bool(self._results))
        self._enable()

    def _enable(self) -> None:
        self.delete.setEnabled(self.list.currentItem() is not None)

    def _remove(self) -> None:
        item = self.list.currentItem()
        if item is not None:
            self.removed.emit(item.data(_NUMBER))

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Delete, Qt.Key.Key_Backspace):
            self._remove()
        else:
            super().keyPressEvent(event)

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        item = self.list.itemAt(self.list.viewport().mapFrom(self, event.pos()))
        if item is None:
            return
        number = item.data(_NUMBER)
        menu = QMenu(self)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        menu.addAction(tr("Bring back"), lambda: self.chosen.emit(number))
        menu.addAction(tr("Delete"), lambda: self.removed.emit(number))
        menu.addAction(tr("Delete all"), self.cleared.emit)
        menu.popup(event.globalPos())

    def _restyle(self) -> None:
        side = theme.px(SIDE)
        self.list.setIconSize(QSize(side, side))
        self.list.setGridSize(QSize(side + 8, side + 8))
        self.list.setFixedHeight(side + 20)
        self.film.setIcon(icon("film", "dim"))
        self.film.setFixedWidth(theme.px(30))
        self.show_results(self._results)
