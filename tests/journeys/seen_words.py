"""What a person reads in the window of a language, run in a process of its own since words are chosen as modules are imported:

python -m tests.journeys.seen_words LANGUAGE

prints what stands in no brackets and what is cut off, as JSON.
"""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Iterator

from benchmarks.surroundings import surroundings

WIDTH, HEIGHT = 1280, 720
_SLACK = 2
"""Pixels that a letter's side bearing may be short of what is asked for."""


def outside(text: str) -> str:
    """What stands in no brackets."""
    left, depth = "", 0
    for letter in re.sub(r"<[^<>]*>|&\w+;|&(?=\w)", "", text):
        if letter == "[":
            depth += 1
        elif letter == "]" and depth:
            depth -= 1
        elif not depth:
            left += letter
    return left


def is_word(text: str) -> bool:
    """Whether something is left that would be translated: no key, no reference, no name of a file, no number with a unit."""
    left = re.sub(r"\b(Ctrl|Alt|Shift|Esc|Enter|Space|Del|Delete|PgUp|PgDown|F\d+)\b\S*", "", text)
    return bool(re.search(r"[A-Za-z]{3,}", left)) and "arXiv" not in text and "doi:" not in text and "/" not in text


def main(language: str) -> None:
    """Visit every workspace, the lessons and all dialogs."""
    from dgm_studio.language import use

    use(language)
    from PySide6.QtWidgets import QAbstractButton, QComboBox, QLabel, QLineEdit, QListWidget, QWidget

    from benchmarks.controls import dialogs, visit_lessons
    from benchmarks.window import open_window, run_for, wait_for
    from dgm_studio.ui.controls.elided import Elided

    bare: dict[str, str] = {}
    cut: dict[str, str] = {}

    def texts(widget: QWidget) -> Iterator[str]:
        for name in ("text", "title", "toolTip", "accessibleName", "accessibleDescription", "placeholderText"):
            if name == "text" and isinstance(widget, QLineEdit):
                continue  # what a person wrote
            said = getattr(widget, name, None)
            if callable(said):
                yield str(said())
        if isinstance(widget, QComboBox):
            yield from (widget.itemText(i) for i in range(widget.count()))
        if isinstance(widget, QListWidget):
            yield from (widget.item(i).text() for i in range(widget.count()))

    def look(place: str, root: QWidget, *, words: bool = True) -> None:
        for widget in [root, *root.findChildren(QWidget)]:
            for text in texts(widget) if words else ():
                if is_word(outside(text)):
                    bare.setdefault(outside(text).strip(), f"{place}: {type(widget).__name__}")
            if not widget.isVisible() or isinstance(widget, Elided):
                continue
            on_one_line = isinstance(widget, QAbstractButton) or (isinstance(widget, QLabel) and not widget.wordWrap())
            if on_one_line and widget.text() and widget.width() + _SLACK < widget.minimumSizeHint().width():
                cut.setdefault(widget.text(), f"{place}: {type(widget).__name__}")

    with open_window() as window:
        studio = window.studio
        window.resize(WIDTH, HEIGHT)
        for command in studio.commands:
            for text in (command.title, command.help, command.group_title):
                if is_word(outside(text)):
                    bare.setdefault(outside(text).strip(), f"command {command.id}")
        for workspace in ("2d", "images", "sequences", "paths", "compare"):
            studio.set_workspace(workspace)
            wait_for(lambda: studio.run.opened is not None, studio)
            run_for(1.5)
            look(workspace, window)
        window.show_runs()
        visit_lessons(window)
        look("lessons", window, words=False)  # lessons are told in files of their own
        for dialog in dialogs(window):
            look(type(dialog).__name__, dialog)
            dialog.deleteLater()
    sys.stdout.write(json.dumps({"bare": bare, "cut": cut}, ensure_ascii=False))


if __name__ == "__main__":
    with surroundings():
        main(sys.argv[1])
