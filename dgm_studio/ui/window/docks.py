"""Docks with a slim title that can be dragged, floated and closed."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QDockWidget, QHBoxLayout, QToolButton, QWidget

from dgm_studio.language import tr

from ..controls import Tree, label
from ..look import theme
from ..look.icons import icon


class _Title(QWidget):
    """The name of a dock at the left; float and close at the right."""

    def __init__(self, dock: QDockWidget) -> None:
        super().__init__(dock)
        row = QHBoxLayout(self)
        row.setContentsMargins(12, 2, 4, 0)
        row.setSpacing(0)
        self.name = label(dock.windowTitle(), "small")
        row.addWidget(self.name)
        row.addStretch(1)
        self.buttons: dict[str, QToolButton] = {}
        for name, help, act in (
            ("float", tr("Take this panel out of the window, or put it back."), self._toggle_float),
            ("close", tr("Hide this panel; the View menu brings it back."), dock.close),
        ):
            made = QToolButton()
            made.setProperty("kind", "flat")
            made.setAutoRaise(True)
            made.setToolTip(help)
            made.setAccessibleName(f"{name.capitalize()} {dock.windowTitle()}")
            made.setFocusPolicy(Qt.FocusPolicy.TabFocus)
            made.setFixedSize(22, 22)
            made.setStyleSheet("min-height: 18px; padding: 0;")
            made.clicked.connect(act)
            row.addWidget(made)
            self.buttons[name] = made
        self._dock = dock
        theme.follow(self._restyle)

    def _toggle_float(self) -> None:
        self._dock.setFloating(not self._dock.isFloating())

    def _restyle(self) -> None:
        for name, made in self.buttons.items():
            made.setIcon(icon(name, "dim"))


class Dock(QDockWidget):
    """A panel of the window under a name that layouts remember."""

    def __init__(self, title: str, name: str, content: QWidget) -> None:
        super().__init__(title)
        self.setObjectName(name)
        self.setWidget(content)
        self._title = _Title(self)
        self.setTitleBarWidget(self._title)

    @property
    def controls(self) -> Tree:
        return self._title.buttons

    @property
    def shown_name(self) -> str:
        """The name in its title, empty where a tab says it."""
        return self._title.name.text()

    def show_name(self, on: bool) -> None:
        """Leave the name out of the title where a tab above says it."""
        self._title.name.setText(self.windowTitle() if on else "")
