"""The tray on screen: every trained run that gave way to another, with a picture, to be brought back, named, kept or let go."""

from __future__ import annotations

import time
from collections.abc import Sequence
from pathlib import Path

from PySide6.QtCore import QMimeData, QSize, Qt, QUrl, Signal
from PySide6.QtGui import QIcon, QKeyEvent, QPixmap, QShowEvent
from PySide6.QtWidgets import (
    QAbstractItemView,
    QDialog,
    QHBoxLayout,
    QLineEdit,
    QListWidget,
    QListWidgetItem,
    QVBoxLayout,
    QWidget,
)

from dgm_studio.language import tr
from dgm_studio.protocol.messages import Opened
from dgm_studio.studio.files.thumbnail import HEIGHT, WIDTH
from dgm_studio.studio.files.tray import Kept
from dgm_studio.studio.studio import Studio

from ..binding import bind
from ..controls import Tree, button, dim, label
from ..look import theme
from ..naming import join

_ID = Qt.ItemDataRole.UserRole


class _Runs(QListWidget):
    """Items can be dragged out as the files they are in; Enter and Delete are about the chosen one."""

    confirmed = Signal()
    deleted = Signal()

    def __init__(self, studio: Studio) -> None:
        super().__init__()
        self._studio = studio
        self.setDragEnabled(True)
        self.setDragDropMode(QAbstractItemView.DragDropMode.DragOnly)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self.confirmed.emit()
        elif event.key() == Qt.Key.Key_Delete:
            self.deleted.emit()
        else:
            super().keyPressEvent(event)

    def mimeData(self, items: Sequence[QListWidgetItem]) -> QMimeData:
        data = QMimeData()
        data.setUrls([QUrl.fromLocalFile(str(self._studio.tray.place(item.data(_ID)))) for item in items])
        return data


class RunsDialog(QDialog):
    """Made when it is first asked for; follows the tray while it is open."""

    def __init__(self, studio: Studio, parent: QWidget) -> None:
        super().__init__(parent)
        self._studio = studio
        self.setWindowTitle(tr("Runs"))
        self.resize(theme.px(640), theme.px(480))
        self.list = _Runs(studio)
        self.list.setIconSize(QSize(theme.px(WIDTH), theme.px(HEIGHT)))
        self.list.setSpacing(2)
        self.list.setAccessibleName(tr("Runs that were trained"))
        self.list.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.list.itemDoubleClicked.connect(lambda _: self.bring())
        self.list.confirmed.connect(self.bring)
        self.list.deleted.connect(self._remove)
        self.list.currentItemChanged.connect(lambda *_: self._show_chosen())
        self.said = dim("", True)
        self.name = QLineEdit()
        self.name.setAccessibleName(tr("Name of the run"))
        self.name.setPlaceholderText(tr("Name"))
        self.name.editingFinished.connect(self._rename)
        self.pin = button(tr("Pin"), tr("A pinned run is not let go of for want of room."))
        self.pin.setCheckable(True)
        self.compare = button(tr("To the shoot-out"), tr("Let it answer the same mask as the run in front."))
        self.remove = button(tr("Remove"), tr("Take it out; Put back undoes it until you quit (Delete)."))
        self.back = button(tr("Put back"), tr("Undo the last removal."))
        self.front = button(
            tr("Bring back"), tr("To the front, as it was; the run there takes its place here (Enter)."), "primary"
        )
        for made, act in (
            (self.pin, self._pin),
            (self.compare, self._to_shoot_out),
            (self.remove, self._remove),
            (self.back, self._put_back),
            (self.front, self.bring),
        ):
            made.clicked.connect(act)
            made.setAutoDefault(False)
        column = QVBoxLayout(self)
        column.setContentsMargins(20, 16, 20, 16)
        column.setSpacing(12)
        column.addWidget(label(tr("Runs"), "title"))
        column.addWidget(self.said)
        column.addWidget(self.list, 1)
        named = QHBoxLayout()
        named.addWidget(self.name, 1)
        named.addWidget(self.pin)
        column.addLayout(named)
        row = QHBoxLayout()
        for widget in (self.remove, self.back):
            row.addWidget(widget)
        row.addStretch(1)
        for widget in (self.compare, self.front):
            row.addWidget(widget)
        column.addLayout(row)
        self._shown: list[Kept] = []
        self._icons: dict[tuple[str, float, str], QIcon] = {}
        """By the run, when it was kept, and the theme."""
        for topic in ("tray", "session", Opened):
            bind(self, studio, topic, lambda _: self._follow())
        self.refresh()
        join(studio.controls, self)

    @property
    def controls(self) -> Tree:
        return {
            "runs": {
                "list": self.list,
                "name": self.name,
                "pin": self.pin,
                "remove": self.remove,
                "put_back": self.back,
                "to_shoot_out": self.compare,
                "bring": self.front,
            }
        }

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self.refresh()
        self.list.setFocus()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Enter in the field of the name is about the name alone."""
        if event.key() not in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            super().keyPressEvent(event)

    # --- what is there ---------------------------------------------------------------------------------------------

    @property
    def chosen(self) -> str:
        """The id of the run that is selected, or empty."""
        item = self.list.currentItem()
        return "" if item is None else str(item.data(_ID))

    def choose(self, id: str) -> None:
        for row in range(self.list.count()):
            if self.list.item(row).data(_ID) == id:
                self.list.setCurrentRow(row)

    def _follow(self) -> None:
        """Sessions change with every move of a slider, and the runs that are kept hardly ever."""
        if self.isVisible() and self._studio.kept_runs() != self._shown:
            self.refresh()

    def refresh(self) -> None:
        """Show the tray as it is."""
        tray, chosen = self._studio.tray, self.chosen
        runs = self._shown = self._studio.kept_runs()
        now = time.time()
        self.list.clear()
        known, self._icons = self._icons, {}
        for kept in runs:
            key = kept.id, kept.kept_at, theme.tokens().name
            self._icons[key] = known.get(key) or _icon(tray.thumbnail(kept.id))
            item = QListWidgetItem(self._icons[key], f"{kept.title}\n{_meta(kept, now)}")
            item.setData(_ID, kept.id)
            item.setToolTip(tr("{family} on {data}, step {step:,}", family=kept.family, data=kept.data, step=kept.step))
            self.list.addItem(item)
        used, room = tray.total / 1e6, tray.budget / 1e6
        what = "1 run" if len(runs) == 1 else tr("{runs} runs", runs=len(runs))
        self.said.setText(
            tr(
                "{what}, {used:,.0f} of {room:,.0f} MB. Without room the oldest that is not pinned goes first.",
                what=what,
                used=used,
                room=room,
            )
            if runs
            else tr("A trained run that gives way to another, by any choice, is kept here and can be brought back.")
        )
        self.choose(chosen)
        if not self.chosen and runs:
            self.list.setCurrentRow(0)
        self._show_chosen()

    def _show_chosen(self) -> None:
        id = self.chosen
        there = bool(id) and id in self._studio.tray
        kept = self._studio.tray[id] if there else None
        for widget in (self.name, self.pin, self.remove, self.front):
            widget.setEnabled(there)
        self.compare.setEnabled(kept is not None and kept.workspace == "images")
        self.back.setEnabled(self._studio.tray.can_put_back)
        self.pin.setChecked(kept is not None and kept.pinned)
        if not self.name.hasFocus() or kept is None:
            self.name.setText("" if kept is None else kept.name)
            self.name.setPlaceholderText(tr("Name") if kept is None else kept.title)

    # --- what can be done ------------------------------------------------------------------------------------------

    def bring(self) -> None:
        """The chosen run comes to the front, and the dialog goes."""
        if self.chosen:
            self._studio.bring(self.chosen)
            self.close()

    def _rename(self) -> None:
        id = self.chosen
        if id and self._studio.tray[id].name != self.name.text().strip():
            self._studio.tray_change(lambda tray: tray.rename(id, self.name.text()))

    def _pin(self) -> None:
        id = self.chosen
        if id:
            self._studio.tray_change(lambda tray: tray.pin(id, self.pin.isChecked()))

    def _remove(self) -> None:
        id, row = self.chosen, self.list.currentRow()
        if id:
            self._studio.tray_change(lambda tray: tray.remove(id))
            self.list.setCurrentRow(min(row, self.list.count() - 1))

    def _put_back(self) -> None:
        self._studio.tray_change(lambda tray: tray.put_back())

    def _to_shoot_out(self) -> None:
        id = self.chosen
        if id:
            self._studio.shoot_out.keep_kept(id)


def _icon(path: Path) -> QIcon:
    image = QPixmap(str(path)) if path.is_file() else QPixmap()
    if image.isNull():
        image = QPixmap(WIDTH, HEIGHT)
        image.fill(theme.tokens().colour("raised"))
    size = QSize(theme.px(WIDTH), theme.px(HEIGHT))
    smooth = image.width() * 2 > size.width()
    mode = Qt.TransformationMode.SmoothTransformation if smooth else Qt.TransformationMode.FastTransformation
    shown = image.scaled(size, Qt.AspectRatioMode.KeepAspectRatio, mode)
    icon = QIcon(shown)
    icon.addPixmap(shown, QIcon.Mode.Selected)  # else it takes on the colour of what is chosen
    return icon


def _meta(kept: Kept, now: float) -> str:
    where = tr("saved in {name}", name=Path(kept.document).name) if kept.document else tr("not saved")
    parts = [kept.family, kept.data, tr("step {step:,}", step=kept.step), where, ago(now - kept.kept_at)]
    return " · ".join([*(parts if kept.name else parts[2:]), *(["pinned"] if kept.pinned else [])])


def ago(seconds: float) -> str:
    """How long ago something was, in a few words."""
    for unit, length in (("d", 86400), ("h", 3600), ("min", 60)):
        if seconds >= length:
            return tr("{seconds:.0f} {unit} ago", seconds=seconds / length, unit=unit)
    return tr("just now")
