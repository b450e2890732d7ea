"""Dropping and pasting: the window says what a drop will do, over the place that takes it, and then does it."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QMimeData, QPoint, QPointF, Qt, QUrl
from PySide6.QtGui import QDragEnterEvent, QDragLeaveEvent, QDropEvent, QImage
from PySide6.QtWidgets import QApplication, QWidget

from dgm_studio.studio.files.links import to_link

_ACTION, _LEFT, _NONE = Qt.DropAction.CopyAction, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier


def enter(widget: QWidget, mime: QMimeData) -> bool:
    event = QDragEnterEvent(QPoint(40, 40), _ACTION, mime, _LEFT, _NONE)
    event.ignore()
    QApplication.sendEvent(widget, event)
    return event.isAccepted()


def drop(widget: QWidget, mime: QMimeData) -> None:
    QApplication.sendEvent(widget, QDropEvent(QPointF(40, 40), _ACTION, mime, _LEFT, _NONE))


def files(*paths: Path) -> QMimeData:
    mime = QMimeData()
    mime.setUrls([QUrl.fromLocalFile(str(path)) for path in paths])
    return mime


def test_a_drop_is_said_first_and_then_done(running, tmp_path: Path) -> None:
    window, studio = running.window, running.studio
    table = tmp_path / "table.csv"
    table.write_text("1,2\n3,4\n5,6\n")
    hint = window.arriving.hint
    assert enter(window, files(table))
    assert hint.isVisible()
    assert hint.text == "Learn from the points in table.csv."
    assert hint.geometry() == window.rect()
    QApplication.sendEvent(window, QDragLeaveEvent())
    assert not hint.isVisible()
    assert studio.spec.data.path is None
    enter(window, files(table))
    drop(window, files(table))
    assert not hint.isVisible()
    assert studio.spec.data.path == str(table)
    assert not enter(window, files(tmp_path / "a.exe"))
    assert not hint.isVisible()


def test_the_canvas_takes_pictures_and_masks_and_leaves_the_rest_to_the_window(running, tmp_path: Path) -> None:
    running.studio.edit(running.studio.session.with_(workspace="images", image_view="paint"))
    running.say()
    view = running.window.images.paint
    assert enter(view, files(tmp_path / "cat.png", tmp_path / "cat-mask.png"))
    assert view.drop_hint.text == "Start from cat.png, with cat-mask.png as its mask."
    assert enter(view, files(tmp_path / "my mask.png"))
    assert view.drop_hint.text == "Take my mask.png as the mask."
    QApplication.sendEvent(view, QDragLeaveEvent())
    assert enter(view, files(tmp_path / "run.dgm"))  # as Qt does, the window is asked next
    assert not view.drop_hint.isVisible()
    assert running.window.arriving.hint.text == "Open run.dgm. What is open stays among the runs."


def test_pasting_opens_links_and_learns_from_cells_and_pictures(running) -> None:
    window, studio = running.window, running.studio
    clipboard = QApplication.clipboard()
    clipboard.setText(to_link(studio.session.with_spec(studio.spec.with_(family="kde"))))
    studio.commands["edit.paste"].run()
    assert studio.spec.family == "kde"
    clipboard.setText("1\t2\n3\t4\n5\t6\n")
    window.paste()
    assert Path(studio.spec.data.path).suffix == ".tsv"
    image = QImage(8, 8, QImage.Format.Format_RGB32)
    image.fill(Qt.GlobalColor.red)
    clipboard.setImage(image)
    window.paste()
    assert Path(studio.spec.data.path).suffix == ".png"
    assert QImage(studio.spec.data.path).pixelColor(3, 3) == Qt.GlobalColor.red
    before = studio.spec
    clipboard.setText("hello")
    window.paste()
    assert studio.spec == before


def test_an_empty_clipboard_is_told(running) -> None:
    """Qt then has no data at all, and not empty data."""
    QApplication.clipboard().clear()
    running.studio.commands["edit.paste"].run()
    assert "Nothing on the clipboard" in running.studio.notices.items[-1].message
