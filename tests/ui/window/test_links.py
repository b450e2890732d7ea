"""Links in the window: copied, pasted, opened from a file, and shown as a code that a reader can read."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from PySide6.QtGui import QImage

from dgm_studio.protocol.spec import DataChoice
from dgm_studio.studio.files.links import to_link
from dgm_studio.studio.studio import Studio
from dgm_studio.ui.look import theme
from dgm_studio.ui.window.link_dialog import LinkDialog, qr_image
from dgm_studio.ui.window.main_window import MainWindow


def linked(studio: Studio) -> str:
    """A link to something else than what is here."""
    session = studio.session
    spec = session.spec("2d").with_(data=DataChoice(name="spirals"), family="gan", seed=7)
    return to_link(session.with_spec(spec, "2d"))


def test_the_link_is_copied_and_pasted_into_the_palette_and_undone(running) -> None:
    window: MainWindow = running.window
    link = linked(running.studio)
    window.files.copy_link()
    assert theme.application().clipboard().text().startswith("dgm:1.")
    (entry,) = [c for c in window.palette_dialog.found(link) if c.id == "link.open"]
    before = running.studio.session.spec("2d")
    entry.run()
    spec = running.studio.session.spec("2d")
    assert (spec.data.name, spec.family, spec.seed) == ("spirals", "gan", 7)
    running.studio.undo()
    assert running.studio.session.spec("2d") == before


def test_a_file_with_a_link_opens_as_one(running, tmp_path: Path) -> None:
    path = tmp_path / "lesson.txt"
    path.write_text(linked(running.studio) + "\n")
    running.studio.open(path)
    assert running.studio.session.spec("2d").family == "gan"


def test_a_bad_link_changes_nothing_and_says_why(running) -> None:
    before = running.studio.session
    next(c for c in running.window.palette_dialog.found("dgm:1.xxxx") if c.id == "link.open").run()
    assert running.studio.session == before
    assert "damaged" in running.studio.notices.items[-1].message


def test_data_from_a_file_have_no_link_and_the_cure_is_said(running) -> None:
    running.studio.choose_data(DataChoice(name="file", path="/data/mine.csv"))
    theme.application().clipboard().clear()
    running.window.files.copy_link()
    assert not theme.application().clipboard().text()
    assert "mine.csv is a file of this machine" in running.studio.notices.items[-1].message


def test_the_code_has_finders_in_three_corners_and_a_quiet_zone(running, qtbot) -> None:
    image = qr_image(linked(running.studio))
    assert image is not None
    grey = image.convertToFormat(QImage.Format.Format_Grayscale8)
    x = np.array(grey.constBits(), np.uint8).reshape(grey.height(), grey.bytesPerLine())[:, : grey.width()]
    assert (x[:4] == 255).all()
    finder = np.full((7, 7), 255)
    finder[[0, 6], :] = finder[:, [0, 6]] = 0
    finder[2:5, 2:5] = 0
    side = len(x) - 4
    for rows, columns in (
        (slice(4, 11), slice(4, 11)),
        (slice(4, 11), slice(side - 7, side)),
        (slice(side - 7, side), slice(4, 11)),
    ):
        assert (x[rows, columns] == finder).all()
    assert qr_image("x" * 10_000) is None
    dialog = LinkDialog(linked(running.studio), running.window)
    qtbot.addWidget(dialog)
    dialog.show()
    dialog.copy_button.click()
    assert theme.application().clipboard().text() == linked(running.studio)
