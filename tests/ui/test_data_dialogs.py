"""What was left out of the data, and which columns were chosen, can be looked at after the data were opened."""

from __future__ import annotations

from PySide6.QtGui import QGuiApplication

from dgm_studio.peek import Peek
from dgm_studio.ui.window.columns_dialog import ColumnsDialog
from dgm_studio.ui.window.data_dialogs import LeftOut

from . import fake_backend as fake

TABLE = Peek(
    ("id", "petal", "width", "species"), (1, 2, 3, 4), (True, True, True, False),
    (("1", "1.4", "0.2", "setosa"), ("2", "4.0", "1.3", "virginica")), (2, 1, 3),
)  # fmt: skip
PROBLEMS = tuple(f"/somewhere/{i}.txt was skipped: it is not called like a picture" for i in range(1200))


def opened(running, **info) -> None:
    spec = running.studio.spec.with_(data={"name": "file", "path": "/somewhere/set"})
    running.studio.choose_data(spec.data)
    running.say(fake.opened(running.name, running.studio.spec, **info))


def test_every_file_that_was_left_out_is_listed_and_can_be_copied(running) -> None:
    opened(running, problems=PROBLEMS)
    setup = running.window.setup
    assert setup.left_out.text() == "1,200 files were left out"
    notice = running.studio.notices.items[-1]
    assert notice.message == f"1,200 files were left out. The first: {PROBLEMS[0]}."
    running.studio.commands.run(notice.command)
    (dialog,) = running.window.findChildren(LeftOut)
    assert dialog.list.toPlainText().splitlines() == list(PROBLEMS)
    dialog.copy.click()
    assert QGuiApplication.clipboard().text() == "\n".join(PROBLEMS)
    dialog.accept()
    setup.left_out.click()
    assert [d.list.isReadOnly() for d in running.window.findChildren(LeftOut) if d.isVisible()] == [True]


def test_a_single_file_that_was_left_out_stands_in_the_notice(running) -> None:
    opened(running, problems=PROBLEMS[:1])
    notice = running.studio.notices.items[-1]
    assert notice.message == f"{PROBLEMS[0]}."
    assert notice.command == ""


def test_columns_can_be_chosen_again_after_they_were_found(running) -> None:
    opened(running, table=TABLE)
    setup = running.window.setup
    assert not setup.columns.isHidden()
    setup.columns.click()
    (dialog,) = running.window.findChildren(ColumnsDialog)
    assert [box.currentText() for box in (dialog.along_x, dialog.along_y, dialog.of_class)] == [
        "width",
        "petal",
        "species",
    ]
    dialog.along_x.setCurrentIndex(dialog.along_x.findText("id"))
    dialog.use.click()
    assert running.studio.spec.data.params == {"columns": "x=id,y=petal,class=species"}
    assert running.studio.spec.data.path == "/somewhere/set"


def test_without_other_columns_and_files_nothing_is_offered(running) -> None:
    opened(running)
    for name in ("file.columns", "file.left_out"):
        assert not running.studio.commands[name].enabled()
    assert running.window.setup.columns.isHidden()
    assert running.window.setup.left_out.isHidden()
