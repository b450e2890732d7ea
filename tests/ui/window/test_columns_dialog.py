"""A table that leaves open what its columns are: the window asks, and reads it as it is told."""

from __future__ import annotations

import dataclasses

import pytest
from PySide6.QtWidgets import QTableWidget

from dgm_studio.peek import Peek
from dgm_studio.protocol import messages as m
from dgm_studio.protocol.spec import DataChoice
from dgm_studio.ui.window.columns_dialog import ColumnsDialog

from .. import fake_backend as fake

TABLE = Peek(
    ("sepal", "petal", "width", "species"), (1, 2, 3, 4), (True, True, True, False),
    (("5.1", "1.4", "0.2", "setosa"), ("6.0", "4.0", "1.3", "versicolor")),
)  # fmt: skip


def asked(running) -> ColumnsDialog:
    running.studio.choose_data(DataChoice(name="file", path="/somewhere/iris.csv"))
    question = (
        "iris.csv has 3 columns of numbers: which two are x and y? Name them (option --columns) as x=sepal,y=petal."
    )
    running.say(m.Failed(running.name, 0, question, "", "open", table=TABLE))
    (dialog,) = running.window.findChildren(ColumnsDialog)
    return dialog


def test_the_question_shows_the_first_rows_and_takes_the_answer(running) -> None:
    dialog = asked(running)
    shown = dialog.findChild(QTableWidget)
    assert [shown.horizontalHeaderItem(i).text() for i in range(4)] == list(TABLE.names)
    assert shown.item(1, 3).text() == "versicolor"
    assert dialog.of_class.currentText() == "species"
    dialog.along_x.setCurrentIndex(dialog.along_x.findText("width"))
    dialog.use.click()
    assert running.studio.spec.data.params == {"columns": "x=width,y=petal,class=species"}
    assert running.studio.spec.data.path == "/somewhere/iris.csv"


def test_one_column_cannot_be_two_things(running) -> None:
    dialog = asked(running)
    dialog.along_y.setCurrentIndex(dialog.along_x.currentIndex())
    assert not dialog.use.isEnabled()
    dialog.of_class.setCurrentIndex(0)
    dialog.along_y.setCurrentIndex(2)
    dialog.use.click()
    assert running.studio.spec.data.params == {"columns": "x=sepal,y=width,class=none"}


def test_leaving_the_question_changes_nothing(running) -> None:
    dialog = asked(running)
    dialog.reject()
    assert running.studio.spec.data.params == {}


@pytest.mark.parametrize(
    ("names", "expected"),
    [
        (("", "", ""), "x=1,y=2,class=3"),
        (("a", "a", "b=c"), "x=1,y=2,class=3"),
        (("2", "1", "c"), "x=1,y=2,class=c"),
    ],
)
def test_names_that_could_be_misread_are_given_by_number(running, names, expected) -> None:
    table = Peek(names, (1, 2, 3), (True,) * 3, (("1", "2", "3"),))
    dialog = ColumnsDialog("t.csv", "Which?", table, running.window)
    answers = []
    dialog.chosen.connect(answers.append)
    dialog.use.click()
    assert answers == [expected]


def test_what_was_done_to_read_a_file_is_said_once(running) -> None:
    spec = running.studio.spec.with_(data={"name": "file", "path": "/somewhere/a.csv"})
    said = ("read decimal commas", "x and y differ 1,900-fold in spread: each is standardised by its own")
    before = len(running.studio.notices.items)
    for _ in range(2):
        running.say(fake.opened(running.name, spec, said=said))
    new = [notice.message for notice in running.studio.notices.items][before:]
    assert new == ["a.csv: read decimal commas; x and y differ 1,900-fold in spread: each is standardised by its own."]


def test_a_run_whose_data_changed_says_so(running) -> None:
    running.say(fake.opened(running.name, running.studio.spec, remark="The data 'a.csv' have changed since."))
    assert any("have changed since" in notice.message for notice in running.studio.notices.items)


def test_exported_samples_carry_names_of_axes_and_classes(running, tmp_path) -> None:
    opened = running.studio.run.opened
    info = dataclasses.replace(opened.info, axes=("height", "weight"))
    running.say(dataclasses.replace(opened, info=info), fake.samples(running.name, 20))
    running.window.files.write(tmp_path / "s.csv")
    lines = (tmp_path / "s.csv").read_text().splitlines()
    assert lines[0] == "height,weight,class"
    assert {line.rsplit(",", 1)[1] for line in lines[1:]} <= {"upper", "lower"}
