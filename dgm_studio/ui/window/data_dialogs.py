"""What a person may look at about the data of the run in front: the columns that were chosen, and the files left out."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QObject, Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QDialog, QHBoxLayout, QPlainTextEdit, QVBoxLayout, QWidget

from dgm_studio.language import tr
from dgm_studio.protocol.messages import Failed, Opened, Peek
from dgm_studio.protocol.spec import DataChoice
from dgm_studio.studio.studio import Studio
from dgm_studio.studio.wording import left_out_said

from ..binding import bind, bind_run
from ..controls import Tree, button, label
from ..look import theme
from ..naming import join

LEFT_OUT = "file.left_out"
"""The command that lists what was left out."""


class DataDialogs(QObject):
    """Asks what a table leaves open, and tells what was left out."""

    def __init__(self, window: QWidget, studio: Studio) -> None:
        super().__init__(window)
        self._window, self._studio = window, studio
        bind(self, studio, "columns", self._ask)
        bind_run(self, studio, Opened, lambda opened: self._tell(opened.info.problems))

    @property
    def has_columns(self) -> bool:
        """Whether the data in front come from a table with more columns than they need."""
        return self._table() is not None

    @property
    def has_left_out(self) -> bool:
        """Whether some file was not read."""
        return bool(self._problems())

    def choose_columns(self) -> None:
        """Open the dialog on the columns as they were chosen."""
        table = self._table()
        if table is not None:
            self._open_columns(tr("These columns are used. Other ones begin a new run."), table)

    def show_left_out(self) -> None:
        """Open the list of what was skipped."""
        dialog = LeftOut(self._studio.spec.data.label, self._problems(), self._window)
        join(self._studio.controls, dialog)
        dialog.open()

    def _tell(self, problems: tuple[str, ...]) -> None:
        if len(problems) > 1:
            said = tr(
                "{left_out_said}. The first: {problems}.",
                left_out_said=left_out_said(len(problems)),
                problems=problems[0],
            )
            self._studio.notify("warn", said, command=LEFT_OUT)
        elif problems:
            self._studio.notify("warn", f"{problems[0]}.")

    def _table(self) -> Peek | None:
        opened = self._studio.run.opened
        return None if opened is None else opened.info.table

    def _problems(self) -> tuple[str, ...]:
        opened = self._studio.run.opened
        return () if opened is None else opened.info.problems

    def _ask(self, failed: Failed) -> None:
        """A table leaves open what its columns are."""
        assert failed.table is not None
        self._open_columns(f"{failed.message.partition('? ')[0]}?", failed.table)

    def _source_of(self, table: Peek) -> DataChoice | None:
        """The source, where it is what a table was read for; data of the same file are asked about first."""
        data, source = self._studio.spec.data, self._studio.spec.source
        if not table.file or source is None or not _is_file(source, table.file):
            return None
        return None if _is_file(data, table.file) and "columns" not in data.params else source

    def _open_columns(self, question: str, table: Peek) -> None:
        from .columns_dialog import ColumnsDialog

        source = self._source_of(table)
        label = (source or self._studio.spec.data).label
        dialog = ColumnsDialog(label, question, table, self._window)
        dialog.chosen.connect(lambda columns: self._studio.choose_columns(columns, of_source=source is not None))
        join(self._studio.controls, dialog)
        dialog.open()


def _is_file(data: DataChoice, file: str) -> bool:
    return data.path is not None and Path(data.path).expanduser().resolve() == Path(file)


class LeftOut(QDialog):
    """A plain list, a line for each file, to be read and copied."""

    def __init__(self, name: str, problems: tuple[str, ...], parent: QWidget) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle(tr("Left out of {name}", name=name))
        self.resize(theme.px(680), theme.px(420))
        column = QVBoxLayout(self)
        column.setContentsMargins(20, 16, 20, 16)
        column.setSpacing(12)
        column.addWidget(label(left_out_said(len(problems)), "title"))
        self.list = QPlainTextEdit("\n".join(problems))
        self.list.setReadOnly(True)
        self.list.setLineWrapMode(QPlainTextEdit.LineWrapMode.NoWrap)
        self.list.setAccessibleName(tr("Files that were left out, with the reason"))
        column.addWidget(self.list, 1)
        self.copy = button(tr("Copy all"), tr("Put the list on the clipboard."))
        self.copy.clicked.connect(lambda: QGuiApplication.clipboard().setText(self.list.toPlainText()))
        self.leave = button(tr("Close"), tr("Back to the window (Esc)."), "primary")
        self.leave.clicked.connect(self.accept)
        row = QHBoxLayout()
        row.addStretch(1)
        row.addWidget(self.copy)
        row.addWidget(self.leave)
        column.addLayout(row)

    @property
    def controls(self) -> Tree:
        return {"left_out": {"list": self.list, "copy": self.copy, "close": self.leave}}
