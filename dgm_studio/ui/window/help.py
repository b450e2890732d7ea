"""Help: all shortcuts at a glance, and what this program is."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QDialog, QGridLayout, QScrollArea, QVBoxLayout, QWidget

import dgm_studio
from dgm_studio.language import tr
from dgm_studio.studio.commands import Commands

from ..controls import Tree, button, dim, label
from ..look import theme


class ShortcutsDialog(QDialog):
    """Every command that has a key, by group; made from the commands, so it is always true."""

    def __init__(self, commands: Commands, parent: QWidget) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle(tr("Shortcuts"))
        self.resize(theme.px(460), theme.px(520))
        body = QWidget()
        grid = QGridLayout(body)
        grid.setContentsMargins(16, 12, 16, 12)
        grid.setVerticalSpacing(6)
        grid.setColumnStretch(0, 1)
        row, group = 0, ""
        groups = list(dict.fromkeys(c.group for c in commands))
        for command in sorted((c for c in commands if c.shortcut), key=lambda c: groups.index(c.group)):
            if command.group != group:
                group = command.group
                grid.addWidget(label(command.group_title, "title"), row, 0)
                row += 1
            title = dim(command.title)
            title.setToolTip(command.help)
            grid.addWidget(title, row, 0)
            grid.addWidget(label(command.shortcut), row, 1, Qt.AlignmentFlag.AlignRight)
            row += 1
        area = QScrollArea()
        area.setWidgetResizable(True)
        area.setWidget(body)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 12)
        column.addWidget(area)
        self.done_button = button(tr("Close"), tr("Close this window (Esc)."))
        self.done_button.clicked.connect(self.accept)
        column.addWidget(self.done_button, 0, Qt.AlignmentFlag.AlignHCenter)

    @property
    def controls(self) -> Tree:
        return {"shortcuts.close": self.done_button}


class AboutDialog(QDialog):
    """Name, version, what it is for, licence."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle(tr("About DGM Studio"))
        column = QVBoxLayout(self)
        column.setContentsMargins(24, 20, 24, 16)
        column.setSpacing(8)
        column.addWidget(label(tr("DGM Studio"), "number"))
        column.addWidget(dim(tr("Version {version}", version=dgm_studio.__version__)))
        column.addWidget(
            label(
                tr("A playground for deep generative models: train them live, steer their samples, paint conditions."),
                "",
                True,
            )
        )
        column.addWidget(
            dim(
                tr("MIT licence. Type is Inter (SIL Open Font License); digits by Alpaydin and Kaynak (CC BY 4.0)."),
                True,
            )
        )
        self.done_button = button(tr("Close"), tr("Close this window (Esc)."))
        self.done_button.clicked.connect(self.accept)
        column.addWidget(self.done_button, 0, Qt.AlignmentFlag.AlignRight)
        self.setFixedWidth(theme.px(380))

    @property
    def controls(self) -> Tree:
        return {"about.close": self.done_button}
