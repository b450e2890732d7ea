"""Families of one's own: the folder where they live, with its path, what is in it, and a button that opens it."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import Qt, QUrl
from PySide6.QtGui import QDesktopServices
from PySide6.QtWidgets import QDialog, QHBoxLayout, QVBoxLayout, QWidget

from dgm_studio.language import tr
from dgm_studio.studio.files.own_families import OwnFamilies
from dgm_studio.studio.studio import Studio

from ..controls import Tree, button, dim, label
from ..look import theme


class FamiliesDialog(QDialog):
    """What is in the folder now; a family that is put there is offered from the next start on."""

    def __init__(self, studio: Studio, parent: QWidget) -> None:
        super().__init__(parent)
        self._studio = studio
        self._own = OwnFamilies(studio.places.families)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle(tr("Families of your own"))
        column = QVBoxLayout(self)
        column.setContentsMargins(24, 20, 24, 16)
        column.setSpacing(8)
        column.addWidget(
            label(
                tr(
                    "A family is one Python file that ends in FAMILY = Family(...). Those in this folder are offered beside "
                    "the program's own from the next start on; docs/add-a-family.md says how to write one."
                ),
                "",
                True,
            )
        )
        self.path = label(str(self._own.folder), "", True)
        self.path.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self.path.setToolTip(self.path.text())
        self.path.setAccessibleName(tr("folder of families"))
        column.addWidget(self.path)
        self.content = dim(self._own.said(), True)
        column.addWidget(self.content)
        row = QHBoxLayout()
        self.open_button = button(
            tr("Open folder"), tr("Show the folder among the files; it is made where there is none.")
        )
        self.open_button.clicked.connect(self._open)
        self.done_button = button(tr("Close"), tr("Close this window (Esc)."))
        self.done_button.clicked.connect(self.accept)
        row.addWidget(self.open_button)
        row.addStretch(1)
        row.addWidget(self.done_button)
        column.addLayout(row)
        self.setFixedWidth(theme.px(460))

    @property
    def controls(self) -> Tree:
        return {"families.open": self.open_button, "families.close": self.done_button}

    def _open(self) -> None:
        try:
            folder = self._own.made()
        except OSError as error:
            advice = tr("Make it by hand, or set DGM_STUDIO_HOME to a folder that may be written.")
            self._studio.notify(
                "bad",
                tr(
                    "{folder} could not be made: {strerror}.", folder=self._own.folder, strerror=error.strerror or error
                ),
                advice,
            )
            return
        self.content.setText(self._own.said())
        if not show_folder(folder):
            self._studio.notify("warn", tr("No program shows folders here. Open {folder} yourself.", folder=folder))


def show_folder(folder: Path) -> bool:
    """Show a folder by the system's own program; False where there is none."""
    return QDesktopServices.openUrl(QUrl.fromLocalFile(str(folder)))
