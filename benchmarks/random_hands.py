"""Random hands: ten thousand actions that nobody would think of, over the real window while it trains.

From a seed follow clicks on any widget that is seen, keys, shortcuts, drags, turns of the wheel, menus, the palette,
sizes of the window, themes, the presenter's view, and files, whole and broken, for data and runs. Dialogs are answered.
Reported are exceptions of the window and of threads, messages of Qt, how often the event loop stood still by what was done
(see `watchdog`), and resident memory for each thousand actions, whole and without tensors: hands that find the sliders of width
and depth ask for networks of hundreds of megabytes. ``--quick`` does three hundred; the same seed does the same
as long as the engine says the same. Other seeds: ``python -m benchmarks.random_hands SEED [ACTIONS]``, which also prints where
the loop stood longest.
"""

from __future__ import annotations

import json
import random
import sys
import tempfile
import threading
import traceback
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from statistics import mean
from typing import Any
from unittest.mock import patch

import numpy as np
from PySide6.QtCore import QEvent, QPoint, QPointF, Qt, QTimer, QtMsgType, qInstallMessageHandler
from PySide6.QtGui import QDrag, QKeyEvent, QWheelEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractButton, QApplication, QFileDialog, QMenu, QSlider, QToolButton, QWidget

from .memory import of_tensors, resident
from .results import Result
from .watchdog import Freeze, watched

ACTIONS, QUICK_ACTIONS = 10_000, 300
SEED = 1
PAUSE_MS, MENU_MS = 30, 100
"""The event loop runs so long between two actions."""
SETTLED = 2_000
"""Actions after which memory is to be flat."""
GROWTH, MOST_MB = 1.05, 700.0
_IGNORED = ("This plugin does not support",)
"""What the offscreen platform says of itself."""
_LEAVES = frozenset(
    {
        "file.quit",
        "file.open",
        "file.save",
        "file.save_as",
        "file.save_copy",
        "file.save_session",
        "file.data",
        "file.export",
    }
)
"""Commands that ask for a file, which are done by `Hands.file`, and the one that ends everything."""


_KEYS = (
    "Escape", "Return", "Tab", "Space", "Left", "Right", "Up", "Down", "Delete", "BracketLeft", "BracketRight",
)  # fmt: skip


@dataclass
class Found:
    """What came of it."""

    exceptions: list[str] = field(default_factory=list)
    messages: list[str] = field(default_factory=list)
    freezes: list[Freeze] = field(default_factory=list)
    memory: list[float] = field(default_factory=list)
    tensors: list[float] = field(default_factory=list)
    """What of the memory is tensors."""


class Hands:
    """Acts on a window; all chance comes from one seed, all files lie in one folder."""

    def __init__(self, window: Any, seed: int, folder: Path) -> None:
        self._window, self._studio = window, window.studio
        self._chance = random.Random(seed)
        self._folder = folder
        self._files = _files(folder)
        kinds: dict[Callable[[], str], float] = {
            self.click: 40, self.key: 12, self.shortcut: 10, self.drag: 12, self.wheel: 6, self.slide: 5, self.palette: 3,
            self.menu: 2, self.size: 2, self.look: 1, self.present: 1, self.space: 3, self.file: 3,
        }  # fmt: skip
        self._kinds, self._weights = list(kinds), list(kinds.values())

    def act(self) -> str:
        """One action; returns in a word what was done."""
        return self._chance.choices(self._kinds, self._weights)[0]()

    def _seen(self, kind: type[QWidget] = QWidget) -> list[Any]:
        over = (QApplication.activePopupWidget(), QApplication.activeModalWidget())  # either may be about to go
        top: QWidget = next((w for w in over if w is not None and w.isVisible() and w.isEnabled()), self._window)
        return [w for w in [top, *top.findChildren(kind)] if w.isVisible() and w.isEnabled() and isinstance(w, kind)]

    def _somewhere(self, widget: QWidget) -> QPoint:
        return QPoint(self._chance.randrange(max(1, widget.width())), self._chance.randrange(max(1, widget.height())))

    def click(self) -> str:
        wanted = QAbstractButton if self._chance.random() < 0.7 else QWidget
        widgets = self._seen(wanted)
        if not widgets:
            return self.key()
        widget = self._chance.choice(widgets)
        name = widget.accessibleName() or type(widget).__name__
        if isinstance(widget, QToolButton):  # it waits for its menu, such as that of a menu bar without room
            QTimer.singleShot(MENU_MS, _close_popup)
        button = Qt.MouseButton.RightButton if self._chance.random() < 0.05 else Qt.MouseButton.LeftButton
        QTest.mouseClick(
            widget, button, pos=widget.rect().center() if wanted is QAbstractButton else self._somewhere(widget)
        )
        return f"click {name}"

    def key(self) -> str:
        keys = [Qt.Key(code) for code in (*range(0x30, 0x3A), *range(0x41, 0x5B))]
        keys += [Qt.Key[f"Key_{name}"] for name in _KEYS]
        target = QApplication.activePopupWidget() or QApplication.focusWidget() or self._window
        key = self._chance.choice(keys)
        QTest.keyClick(target, key)
        return f"key {key.name}"

    def shortcut(self) -> str:
        """A command, by the action that its shortcut and its menu entry stand for."""
        abilities = [
            id for id, action in self._window.menus.actions.items() if action.isEnabled() and id not in _LEAVES
        ]
        id = self._chance.choice(abilities)
        self._window.menus.actions[id].trigger()
        return f"command {id}"

    def drag(self) -> str:
        widget = self._chance.choice(self._seen())
        begin, end = self._somewhere(widget), self._somewhere(widget)
        QTimer.singleShot(MENU_MS, _let_go)  # what is dragged out of a list waits for a mouse to let it go
        if isinstance(widget, QToolButton):  # pressed, it waits for its menu
            QTimer.singleShot(MENU_MS, _close_popup)
        QTest.mousePress(widget, Qt.MouseButton.LeftButton, pos=begin)
        for share in (0.25, 0.5, 0.75, 1.0):
            QTest.mouseMove(widget, begin + (end - begin) * share)
        QTest.mouseRelease(widget, Qt.MouseButton.LeftButton, pos=end)
        return f"drag {type(widget).__name__}"

    def wheel(self) -> str:
        widget = self._chance.choice(self._seen())
        at = QPointF(self._somewhere(widget))
        turned = QPoint(0, self._chance.choice((-240, -120, 120, 240)))
        event = QWheelEvent(
            at, widget.mapToGlobal(at), QPoint(), turned, Qt.MouseButton.NoButton, Qt.KeyboardModifier.NoModifier,
            Qt.ScrollPhase.NoScrollPhase, False,
        )  # fmt: skip
        QApplication.sendEvent(widget, event)
        return f"wheel {type(widget).__name__}"

    def slide(self) -> str:
        sliders = self._seen(QSlider)
        if not sliders:
            return self.key()
        slider = self._chance.choice(sliders)
        slider.setValue(self._chance.randint(slider.minimum(), slider.maximum()))
        return f"slide {slider.accessibleName()}"

    def palette(self) -> str:
        self._window.open_palette()
        QTest.keyClicks(
            self._window.palette_dialog.field, self._chance.choice(("tr", "gan", "moons", "steps 4", "zzz", "e"))
        )
        QTest.keyClick(self._window.palette_dialog.field, Qt.Key.Key_Escape)
        self._window.palette_dialog.close()
        return "palette"

    def menu(self) -> str:
        menus = [m for m in self._window.menuBar().findChildren(QMenu) if m.title()]
        menu = self._chance.choice(menus)
        menu.popup(self._window.mapToGlobal(QPoint(40, 40)))
        QTest.keyClick(menu, Qt.Key.Key_Escape)
        menu.close()
        return "menu"

    def size(self) -> str:
        self._window.resize(self._chance.randint(760, 1600), self._chance.randint(520, 1000))
        return "resize"

    def look(self) -> str:
        self._studio.set_theme(self._chance.choice(("light", "dark")))
        return "theme"

    def present(self) -> str:
        self._window.toggle_presenter()
        return "F11"

    def space(self) -> str:
        name = self._chance.choice([each for each in ("2d", "images", "compare") if each != self._studio.workspace])
        self._studio.set_workspace(name)
        return f"to {name}"

    def file(self) -> str:
        """Open any file as data or as a run, save, or export."""
        what = self._chance.choice(("data", "data", "run", "save", "export"))
        path = self._chance.choice(self._files)
        if what == "data":
            self._window.files.take_data(str(path))
        elif what == "run":
            self._studio.open(path)
        elif what == "save":
            self._studio.save(self._folder / "saved.dgm")
        elif self._studio.run.samples is not None:
            self._window.files.export()
        return f"{what} {path.name}" if what in ("data", "run") else what


def _close_popup() -> None:
    popup = QApplication.activePopupWidget()
    if popup is not None:
        popup.close()


def _let_go() -> None:
    """End a drag, if one is under way, as Escape does."""
    for window in QApplication.topLevelWidgets():
        if window.findChildren(QDrag):
            for kind in (QEvent.Type.KeyPress, QEvent.Type.KeyRelease):
                QApplication.sendEvent(window, QKeyEvent(kind, Qt.Key.Key_Escape, Qt.KeyboardModifier.NoModifier))


def _files(folder: Path) -> list[Path]:
    """Whole and hostile ones."""
    chance = np.random.default_rng(0)
    tables = {
        "good.csv": "x,y\n" + "\n".join(f"{a:.3f},{b:.3f}" for a, b in chance.normal(size=(200, 2))),
        "nan.csv": "x,y\n1,2\nnan,3\n4,inf\n",
        "ragged.csv": "x,y\n1,2\n3\n4,5,6\n",
        "words.csv": "once upon a time\nthere was no number\n",
        "empty.csv": "",
    }
    for name, text in tables.items():
        (folder / name).write_text(text)
    arrays = {
        "good.npy": chance.normal(size=(300, 2)), "nan.npy": np.full((50, 2), np.nan), "flat.npy": np.zeros((40, 2)),
        "cube.npy": np.zeros((3, 4, 5, 6)), "one.npy": np.zeros((1, 2)), "none.npy": np.zeros((0, 2)),
        "pictures.npy": chance.integers(0, 255, (60, 8, 8), dtype=np.uint8),
    }  # fmt: skip
    for name, array in arrays.items():
        np.save(folder / name, array)
    for name in ("noise.dgm", "noise.png", "noise.npz", "noise.npy"):
        (folder / name).write_bytes(chance.bytes(400))
    return sorted(folder.iterdir())


@contextmanager
def _witness(found: Found) -> Iterator[None]:
    """Keeps exceptions that nobody caught and messages of Qt."""

    def raised(kind: Any, error: BaseException, trace: Any) -> None:
        found.exceptions.append("".join(traceback.format_exception(kind, error, trace)))

    def said(kind: QtMsgType, context: object, words: str) -> None:
        if not words.startswith(_IGNORED):
            found.messages.append(words)

    hook, thread_hook = sys.excepthook, threading.excepthook
    sys.excepthook = raised
    threading.excepthook = lambda a: raised(a.exc_type, a.exc_value or RuntimeError(), a.exc_traceback)
    handler = qInstallMessageHandler(said)
    try:
        yield
    finally:
        sys.excepthook, threading.excepthook = hook, thread_hook
        qInstallMessageHandler(handler)


def run(window: Any, actions: int, seed: int, pause_ms: int = PAUSE_MS, every: int = 1000) -> Found:
    """Let hands do so many things to a window; memory is read after each ``every`` of them."""
    from .window import run_for

    found = Found()
    with tempfile.TemporaryDirectory() as name, _witness(found), _answered(Path(name)), watched() as dog:
        hands = Hands(window, seed, Path(name))
        for number in range(1, actions + 1):
            dog.begin("?")
            try:
                done = hands.act()
            except RuntimeError as error:  # a widget that went between being found and being used
                if "already deleted" not in str(error):
                    raise
                done = "gone"
            dog.begin(done)
            run_for(pause_ms / 1000)
            for freeze in dog.freezes[::-1]:
                if freeze.action != "?":
                    break
                freeze.action = done
            if number % every == 0:
                found.memory.append(resident())
                found.tensors.append(of_tensors())
                print(
                    f"{number:,} actions, {found.memory[-1]:.0f} MB, {found.tensors[-1]:.0f} of tensors",
                    file=sys.stderr,
                    flush=True,
                )
                dog.forgive()
        found.freezes = list(dog.freezes)
    return found


@contextmanager
def _answered(folder: Path) -> Iterator[None]:
    """Dialogs for files are answered at once, now and then without a kind; the window stays until all is done."""
    export = str(folder / "out")
    with (
        patch(
            "dgm_studio.ui.window.main_window.MainWindow.closeEvent", lambda _, event: event.ignore()
        ),  # of a menu's Quit
        patch.object(QFileDialog, "getSaveFileName", lambda *_: (export, "")),
        patch.object(QFileDialog, "getOpenFileName", lambda *_: (str(folder / "good.csv"), "")),
        patch.object(QFileDialog, "getOpenFileNames", lambda *_: ([str(folder / "good.csv")], "")),
        patch.object(QFileDialog, "getExistingDirectory", lambda *_: str(folder)),
    ):
        yield


def results_of(found: Found, actions: int, quick: bool) -> list[Result]:
    """The rows of what was found."""
    seconds = [freeze.seconds for freeze in found.freezes]
    by_action: dict[str, list[float]] = defaultdict(list)
    for freeze in found.freezes:
        by_action[freeze.action].append(freeze.seconds)
    worst = sorted(by_action.items(), key=lambda item: -max(item[1]))[:6]
    note = ", ".join(f"{name} {1000 * max(times):.0f} ms" for name, times in worst)
    rows = [
        Result(
            f"exceptions in {actions:,} actions", len(found.exceptions), "", 0, note="; ".join(_last(found.exceptions))
        ),
        Result("messages of Qt", len(found.messages), "", 0, note="; ".join(sorted(set(found.messages))[:3])),
        Result("freezes above 100 ms", len(seconds), "", note=note),
        Result("freezes above 300 ms", sum(s > 0.3 for s in seconds), "", 0),
        Result("freezes above 1,000 ms", sum(s > 1.0 for s in seconds), "", 0),
        Result("longest freeze", 1000 * max(seconds, default=0.0), "ms"),
        Result("freezes above 300 ms of this process's own time", sum(f.own > 0.3 for f in found.freezes), "", 0),
        Result("the longest of these", 1000 * max((f.own for f in found.freezes), default=0.0), "ms"),
        Result("freezes above 150 ms of the window's own time", sum(f.processor > 0.15 for f in found.freezes), "", 0),
    ]
    if found.memory:
        each = ", ".join(f"{value:.0f}" for value in found.memory)
        rows.append(Result("largest resident memory", max(found.memory), "MB", note=each))
        beside = [whole - some for whole, some in zip(found.memory, found.tensors, strict=True)]
        each = ", ".join(f"{value:.0f}" for value in beside)
        rows.append(Result("largest beside tensors", max(beside), "MB", None if quick else MOST_MB, note=each))
        if len(beside) > 4:
            after = beside[SETTLED // 1000 - 1 :]
            few = max(1, len(after) // 4)
            rows.append(
                Result("the same, last quarter over the first", mean(after[-few:]) / mean(after[:few]), "", GROWTH)
            )
    return rows


def _last(exceptions: list[str]) -> list[str]:
    return [text.strip().splitlines()[-1] for text in exceptions[:3]]


def measure(quick: bool) -> list[Result]:
    from .window import open_window

    actions = QUICK_ACTIONS if quick else ACTIONS
    with open_window() as window:
        found = run(window, actions, SEED, every=actions // 10)
    return results_of(found, actions, quick)


def main(seed: int, actions: int) -> None:
    from .results import verdicts
    from .surroundings import surroundings

    with surroundings():
        from .window import open_window

        with open_window() as window:
            found = run(window, actions, seed, every=min(1000, actions // 10))
    print(verdicts(results_of(found, actions, actions < ACTIONS)))
    for text in dict.fromkeys(found.exceptions):
        print(text)
    print(json.dumps(sorted(set(found.messages)), indent=1))
    for freeze in sorted(found.freezes, key=lambda freeze: -freeze.own)[:25]:
        own, thread = 1000 * freeze.own, 1000 * freeze.processor
        print(f"{1000 * freeze.seconds:5.0f} ms, {own:5.0f} own, {thread:5.0f} of the thread: {freeze.action}")
        for stack, times in freeze.stacks.most_common(4):
            print(f"    {times} {stack[:300]}")


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]) if len(sys.argv) > 2 else ACTIONS)
