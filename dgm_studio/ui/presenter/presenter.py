"""Presenting: panels away and type large in an instant, keys that a clicker sends, and the panels back when they are called.

Nothing lies on the data: title, strip and keys stand around the view, and a panel that is called moves it aside. Clickers send
Page Down and Page Up, and B or a full stop to blank; a key that is held down counts once.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QByteArray, QEvent, QObject, Qt
from PySide6.QtGui import QKeyEvent, QResizeEvent
from PySide6.QtWidgets import QApplication, QFrame, QHBoxLayout, QLineEdit, QPlainTextEdit, QWidget

from dgm_studio.language import tr
from dgm_studio.lessons.lesson import LessonStep
from dgm_studio.studio.studio import Studio

from ..binding import bind
from ..controls import Elided, Tree, label
from ..lesson.lessons import locked_by, shown_by
from ..look import theme
from ..naming import join
from .head import PresenterHead, sized
from .notes import PresenterNotes
from .overlays import Blank, PointerHalo, ToldKey
from .strip import PresenterStrip, usual

if TYPE_CHECKING:
    from ..window.main_window import MainWindow

SCALE = 1.6
"""How much larger the type of the program is while it is presented."""
_KEYS, _PANEL = 17, 250
_PANELS = {
    Qt.Key.Key_S: ("S", "steer"),
    Qt.Key.Key_P: ("P", "progress"),
    Qt.Key.Key_U: ("U", "setup"),
}
_TITLES = {"steer": tr("Steer"), "progress": tr("Progress"), "setup": tr("Set-up")}


def _matters(step: LessonStep, name: str) -> bool:
    """Whether a step is about a knob."""
    return bool(step.show) and shown_by(step, name)


class PresenterKeys(QFrame):
    """Which keys there are, and which step of a lesson is in front."""

    def __init__(self) -> None:
        super().__init__()
        self.keys, self.where = Elided("", ""), label()
        row = QHBoxLayout(self)
        row.setContentsMargins(24, 4, 24, 8)
        row.setSpacing(24)
        row.addWidget(self.keys, 1)
        row.addWidget(self.where)
        theme.follow(self._restyle)

    def _restyle(self) -> None:
        sized(self.keys, _KEYS, "dim")
        sized(self.where, _KEYS, "dim")


class Presenter(QObject):
    """Of one window; its parts are made the first time it is wanted."""

    def __init__(self, window: MainWindow, studio: Studio) -> None:
        super().__init__(window)
        self._window, self._studio = window, studio
        self.on = False
        self._made = False
        self.notes: PresenterNotes | None = None
        self._before: tuple[QByteArray, bool, bool] | None = None

    def prepare(self) -> None:
        """Make its parts, so that nobody waits for them."""
        if self._made:
            return
        self._made = True
        window, studio = self._window, self._studio
        self.head, self.strip, self.keys = PresenterHead(studio), PresenterStrip(studio), PresenterKeys()
        window.centre_column.insertWidget(0, self.head)
        window.centre_column.addWidget(self.strip)
        window.centre_column.addWidget(self.keys)
        self.halo, self.told, self.blank = PointerHalo(window), ToldKey(window), Blank(window)
        self.head.leave.clicked.connect(self.leave)
        bind(self, studio, "lesson", lambda _: self._show_step())
        bind(self, studio, "workspace", lambda _: self._show_workspace())
        for part in self._parts:
            part.hide()
        join(studio.controls, self)

    @property
    def _parts(self) -> tuple[QWidget, ...]:
        return self.head, self.strip, self.keys

    @property
    def controls(self) -> Tree:
        return {"presenter": {"": self.head, "strip": self.strip}} if self._made else {}

    def toggle_notes(self) -> None:
        """The notes of the lesson in a window of their own, or no more."""
        if self.notes is None:
            self.notes = PresenterNotes(self._studio, self._window)
        self.notes.setVisible(self.notes.isHidden())

    def end(self) -> None:
        """The window closes."""
        self.leave()
        if self.notes is not None:
            self.notes.close()

    # --- coming and going ------------------------------------------------------------------------------------------

    def toggle(self) -> None:
        (self.leave if self.on else self.enter)()

    def enter(self) -> None:
        """Large type, panels away."""
        if self.on:
            return
        self.prepare()
        window = self._window
        self._before = window.saveState(), window.isMaximized(), window.plane.margin_on
        self.on = True
        for dock in window.every_dock:
            dock.hide()
        window.lessons.put_away(True)
        window.show_margins(False)
        for bar in (window.menuBar(), window.main_bar, window.statusBar()):
            bar.hide()
        for part in self._parts:
            part.show()
        theme.change(theme.application(), self._studio.settings.theme, SCALE)
        window.showFullScreen()
        self._show_step()
        self.halo.switch(True)
        theme.application().installEventFilter(self)

    def leave(self) -> None:
        """Everything as it was."""
        if not self.on or self._before is None:
            return
        window, (state, maximised, margin) = self._window, self._before
        self.on = False
        theme.application().removeEventFilter(self)
        self.halo.switch(False)
        self.blank.switch(False)
        for part in self._parts:
            part.hide()
        for bar in (window.menuBar(), window.main_bar, window.statusBar()):
            bar.show()
        theme.change(theme.application(), self._studio.settings.theme)
        window.showMaximized() if maximised else window.showNormal()
        window.restoreState(state)
        window.show_margins(margin)
        window.lessons.put_away(False)
        window.lessons.again()
        window.dress_docks()

    def _show_workspace(self) -> None:
        """A view that is made while somebody presents has no margin either."""
        if self.on:
            self._window.show_margins(False)
            self.head.refresh()

    def _show_step(self) -> None:
        """The knobs of the lesson's step, and which it is."""
        if not self.on:
            return
        player = self._studio.lesson
        step, lesson = player.step, player.lesson
        self.strip.show_names(usual if step is None else partial(_matters, step))
        if step is not None and not self.strip.knobs.rows:
            self.strip.show_names(lambda name: usual(name) and not locked_by(step, name))
        there = step is not None and lesson is not None
        moves = tr("PgDn next   PgUp back   ") if there else ""
        self.keys.keys.setText(
            tr("Esc leave   {moves}B blank   S steer   P progress   U set-up   L page   T train", moves=moves)
        )
        count = 0 if lesson is None else len(lesson.steps)
        self.keys.where.setText(
            tr("{at} of {count} · {title}", at=player.at + 1, count=count, title=step.title) if step is not None else ""
        )
        self.head.refresh()

    # --- keys ------------------------------------------------------------------------------------------------------

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Take what a clicker sends before anything else does, unless somebody types."""
        kind = event.type()
        if isinstance(event, QResizeEvent) and watched is self._window and not self.blank.isHidden():
            self.blank.switch(True)
        if kind not in (QEvent.Type.ShortcutOverride, QEvent.Type.KeyPress) or not isinstance(event, QKeyEvent):
            return False
        if not isinstance(watched, QWidget) or watched.window() not in (self._window, self.notes):
            return False
        if not self._takes(event):
            return False
        if kind == QEvent.Type.ShortcutOverride:
            event.accept()
        elif not event.isAutoRepeat():
            self.press(Qt.Key(event.key()))
        return True

    def _takes(self, event: QKeyEvent) -> bool:
        plain = event.modifiers() in (Qt.KeyboardModifier.NoModifier, Qt.KeyboardModifier.KeypadModifier)
        if not plain:
            return False
        if not self.blank.isHidden():
            return event.key() != Qt.Key.Key_F11
        if event.key() in (Qt.Key.Key_Escape, Qt.Key.Key_PageDown, Qt.Key.Key_PageUp):
            return True
        if isinstance(QApplication.focusWidget(), QLineEdit | QPlainTextEdit):
            return False
        return event.key() in (*_PANELS, Qt.Key.Key_B, Qt.Key.Key_Period, Qt.Key.Key_L)

    def press(self, key: Qt.Key) -> None:
        """What a key does while presenting; in the dark every key brings back the light and does nothing else."""
        player = self._studio.lesson
        if not self.blank.isHidden():
            self.blank.switch(False)
        elif key == Qt.Key.Key_Escape:
            self.leave()
        elif key in (Qt.Key.Key_B, Qt.Key.Key_Period):
            self.blank.switch(True)
        elif key in _PANELS:
            letter, name = _PANELS[key]
            self._call(letter, name)
        elif key == Qt.Key.Key_L and self._window.lessons.dock is not None and player.step is not None:
            dock = self._window.lessons.dock
            dock.setVisible(dock.isHidden())
            self._tell("L", tr("Page"))
        elif key == Qt.Key.Key_PageDown and player.has_next:
            player.next()
            self._tell("PgDn", tr("Next step"))
        elif key == Qt.Key.Key_PageUp and player.has_back:
            player.back()
            self._tell("PgUp", tr("Step before"))

    def _call(self, letter: str, name: str) -> None:
        """Fetch a panel, or send it away."""
        dock = self._window.docks[name]
        dock.setVisible(dock.isHidden())
        if not dock.isHidden():
            dock.raise_()
            side = Qt.Orientation.Vertical if name == "progress" else Qt.Orientation.Horizontal
            self._window.resizeDocks([dock], [theme.px(_PANEL)], side)
        self._tell(letter, _TITLES[name])

    def _tell(self, key: str, what: str) -> None:
        line = self.keys.geometry()
        line.moveTopLeft(self.keys.mapTo(self._window, self.keys.rect().topLeft()))
        self.told.tell(key, what, line)
