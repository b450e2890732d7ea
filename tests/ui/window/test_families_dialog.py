"""The window shows the folder of families that people wrote, with its path and what is in it, and opens it."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtWidgets import QDialog

from dgm_studio.ui.window import families_dialog
from dgm_studio.ui.window.families_dialog import FamiliesDialog
from dgm_studio.ui.window.main_window import MainWindow


def shown(window: MainWindow) -> FamiliesDialog:
    window.studio.commands["help.families"].run()
    (dialog,) = (d for d in window.findChildren(QDialog) if isinstance(d, FamiliesDialog))
    return dialog


def test_the_folder_is_shown_by_its_path_with_what_is_in_it(window: MainWindow, home: Path) -> None:
    folder = home / "families"
    (folder / "bayes").mkdir(parents=True)
    (folder / "bayes" / "naive.py").write_text("")
    for name in ("mine.py", "_helper.py", "notes.txt"):
        (folder / name).write_text("")
    dialog = shown(window)
    assert dialog.path.text() == str(folder)
    assert dialog.content.text() == "In it: bayes, mine.py."


def test_opening_it_makes_it(window: MainWindow, home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    opened: list[Path] = []
    monkeypatch.setattr(families_dialog, "show_folder", lambda folder: opened.append(folder) or True)
    dialog = shown(window)
    assert dialog.content.text() == "The folder is not there yet."
    dialog.open_button.click()
    assert opened == [home / "families"]
    assert opened[0].is_dir()
    assert dialog.content.text() == "There is no family in it yet."


def test_a_folder_that_cannot_be_made_is_told_with_a_cure(window: MainWindow, home: Path) -> None:
    home.mkdir(exist_ok=True)
    (home / "families").write_text("a file in its place")
    shown(window).open_button.click()
    assert "families could not be made" in window.studio.notices.items[-1].message


def test_without_a_program_that_shows_folders_the_path_is_told(
    window: MainWindow, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(families_dialog, "show_folder", lambda folder: False)
    shown(window).open_button.click()
    assert str(home / "families") in window.studio.notices.items[-1].message
