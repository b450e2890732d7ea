"""What was left out of the data, which columns were chosen, and a file of one's own as what samples start from."""

from __future__ import annotations

import pytest
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QFileDialog

from dgm_studio.peek import Peek
from dgm_studio.protocol import messages as m
from dgm_studio.protocol.spec import PICTURE, DataChoice
from dgm_studio.studio.files.links import BadLink, to_link
from dgm_studio.ui.window.columns_dialog import ColumnsDialog
from dgm_studio.ui.window.data_dialogs import LeftOut

from .. import fake_backend as fake

TABLE = Peek(
    ("id", "petal", "width", "species"), (1, 2, 3, 4), (True, True, True, False),
    (("1", "1.4", "0.2", "setosa"), ("2", "4.0", "1.3", "virginica")), (2, 1, 3),
)  # fmt: skip
ASKED = Peek(("a", "b", "c"), (1, 2, 3), (True, True, True), (("1", "2", "3"),), file="/somewhere/start.csv")
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


@pytest.fixture
def answer(monkeypatch: pytest.MonkeyPatch, tmp_path):
    """Let the next dialogs be answered by a file."""

    def with_(name: str) -> str:
        path = str(tmp_path / name) if name else ""
        monkeypatch.setattr(QFileDialog, "getOpenFileName", lambda *_: (path, ""))
        return path

    return with_


def test_a_file_is_chosen_as_the_source_and_comes_and_goes_by_undo(running, answer) -> None:
    studio, row = running.studio, running.window.setup.source
    path = answer("start.csv")
    studio.controls["data.source.set"].set("file…")
    assert studio.spec.source == DataChoice(name="file", path=path)
    assert (row.value, row.options[path]) == (path, "start.csv")
    assert studio.undo_said == "start from start.csv"
    with pytest.raises(BadLink, match=r"start\.csv is a file of this machine"):
        to_link(studio.session)
    studio.undo()
    assert (studio.spec.source, row.value) == (None, "")
    assert path not in row.options
    studio.redo()
    assert studio.spec.source == DataChoice(name="file", path=path)
    other = answer("other.csv")
    studio.controls["data.source.set"].set("file…")
    assert studio.undo_said == "start from other.csv"
    assert row.value == other
    studio.controls["data.source.set"].set("")
    assert studio.spec.source is None


def test_a_dialog_that_is_left_changes_nothing(running, answer) -> None:
    answer("")
    before = running.studio.session
    running.studio.controls["data.source.set"].set("file…")
    assert running.studio.session == before
    assert running.window.setup.source.value == ""


def test_pictures_that_samples_start_from_get_the_size_of_the_data(running, tmp_path) -> None:
    running.studio.set_workspace("images")
    files, studio = running.window.files, running.studio
    running.say(fake.opened(studio.run.name, studio.spec, workspace="images"))
    (folder := tmp_path / "thin").mkdir()
    files.take_source(str(folder))
    assert studio.spec.source == DataChoice(name="file", path=str(folder), params={"size": 8, "colour": "grey"})
    files.take_source(str(tmp_path / "one.png"))
    assert studio.spec.source is not None
    assert (studio.spec.source.name, studio.spec.source.params["size"]) == (PICTURE, 8)
    files.take_source(str(tmp_path / "many.npz"))
    assert studio.spec.source.params == {}


def test_columns_are_asked_of_the_file_that_leaves_them_open(running) -> None:
    studio = running.studio
    studio.choose_source(DataChoice(name="file", path="/somewhere/start.csv"))
    running.say(m.Failed(running.name, 0, "start.csv: which? Name them.", "", "open", table=ASKED))
    (dialog,) = running.window.findChildren(ColumnsDialog)
    assert dialog.windowTitle() == "Columns of start.csv"
    data = studio.spec.data
    dialog.use.click()
    assert (studio.spec.data, studio.spec.source.params) == (data, {"columns": "x=a,y=b,class=c"})


def test_a_file_that_is_data_and_source_is_asked_about_as_data_first(running) -> None:
    studio = running.studio
    choice = DataChoice(name="file", path="/somewhere/start.csv")
    studio.choose_data(choice)
    studio.choose_source(choice)
    for part in ("data", "source"):
        assert not getattr(studio.spec, part).params
        running.say(m.Failed(running.name, 0, "start.csv: which? Name them.", "", "open", table=ASKED))
        dialog = next(d for d in running.window.findChildren(ColumnsDialog) if d.isVisible())
        dialog.use.click()
        assert getattr(studio.spec, part).params == {"columns": "x=a,y=b,class=c"}
