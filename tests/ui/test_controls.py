"""The parts that panels are made of."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt

from dgm_studio.ui.controls import BusyLine, ChoiceRow, EntryRow, SliderRow, format_number, parse_number
from dgm_studio.ui.forms import Form

from . import fake_backend as fake


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0.07, "0.07"),
        (1000, "1\u202f000"),
        (1e-4, "1e-4"),
        (0.0034, "0.0034"),
        (-1.32, "−1.32"),
        (0.0, "0.00"),
        (310.4, "310"),
    ],
)
def test_numbers_read_well(value: float, text: str) -> None:
    assert format_number(value) == text


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("1e-3", 1e-3),
        ("1 000", 1000),
        ("1,000", 1000),
        ("0,5", 0.5),
        ("−2", -2),
        ("6 px", 6),
        ("abc", None),
        ("", None),
    ],
)
def test_numbers_are_taken_as_people_type_them(text: str, value: float | None) -> None:
    assert parse_number(text) == value


def slider(qtbot, **kwargs) -> SliderRow:
    row = SliderRow("steps", 1, 256, scale="log", integer=True, **kwargs)
    qtbot.addWidget(row)
    return row


def test_a_typed_number_is_emitted_exactly(qtbot) -> None:
    row = slider(qtbot)
    got: list[object] = []
    row.changed.connect(got.append)
    row.field.selectAll()
    qtbot.keyClicks(row.field, "37")
    qtbot.keyClick(row.field, Qt.Key.Key_Return)
    assert got == [37]
    assert isinstance(got[0], int)


def test_a_number_out_of_range_is_held_at_the_bound(qtbot) -> None:
    row = slider(qtbot)
    row.field.selectAll()
    qtbot.keyClicks(row.field, "9999")
    qtbot.keyClick(row.field, Qt.Key.Key_Return)
    assert row.value == 256
    assert row.field.text() == "256"


def test_what_is_no_number_changes_nothing(qtbot) -> None:
    row = slider(qtbot)
    row.show_value(16)
    row.field.selectAll()
    qtbot.keyClicks(row.field, "many")
    qtbot.keyClick(row.field, Qt.Key.Key_Return)
    assert (row.value, row.field.text()) == (16, "16")


def test_showing_a_value_emits_nothing(qtbot) -> None:
    row = slider(qtbot)
    with qtbot.assertNotEmitted(row.changed):
        row.show_value(64)
    assert row.value == 64


@pytest.mark.parametrize("value", [1, 2, 16, 100, 256])
def test_every_integer_near_a_slider_position_survives_a_round_trip(qtbot, value: int) -> None:
    row = slider(qtbot)
    row.show_value(value)
    position = row.slider.value()
    row.show_value(50)
    row.slider.setValue(position)
    assert row.value == pytest.approx(value, rel=0.03)


def test_keys_step_a_number(qtbot) -> None:
    row = slider(qtbot)
    row.show_value(16)
    qtbot.keyClick(row.field, Qt.Key.Key_Up)
    assert row.value == 17


def test_entry_rows_keep_large_integers(qtbot) -> None:
    row = EntryRow("noise", "", int)
    qtbot.addWidget(row)
    row.show_value(0)
    assert row.field.text() == "0"
    row.field.setText("123456789")
    with qtbot.waitSignal(row.changed) as caught:
        row.field.editingFinished.emit()
    assert caught.args == [123456789]


def test_a_choice_emits_its_value_not_its_title(qtbot) -> None:
    row = ChoiceRow("class", [(-1, "all"), (0, "upper")])
    qtbot.addWidget(row)
    with qtbot.waitSignal(row.changed) as caught:
        row.box.setCurrentIndex(1)
        row.box.activated.emit(1)
    assert caught.args == [0]


def test_busy_words_wait_until_they_are_needed(qtbot) -> None:
    line = BusyLine()
    qtbot.addWidget(line)
    line.show_activity("loading digits", 0.5)
    assert line.words == ""
    qtbot.waitUntil(lambda: line.words == "loading digits", timeout=1500)
    line.show_activity("")
    assert line.words == ""


def test_a_form_has_a_row_for_every_kind_of_field(qtbot) -> None:
    form = Form()
    qtbot.addWidget(form)
    form.show_schema(fake.CONFIG)
    kinds = {name: type(row).__name__ for name, row in form.rows.items()}
    assert kinds == {"width": "SliderRow", "layers": "SliderRow", "coupling": "ChoiceRow", "residual": "SwitchRow",
                     "dropout": "SliderRow"}  # fmt: skip


def test_a_form_keeps_its_rows_for_the_same_schema(qtbot) -> None:
    form = Form()
    qtbot.addWidget(form)
    form.show_schema(fake.CONFIG)
    before = form.rows["width"]
    form.show_schema(dict(fake.CONFIG))
    assert form.rows["width"] is before


def test_every_control_of_a_form_has_a_name_and_a_sentence(qtbot) -> None:
    form = Form()
    qtbot.addWidget(form)
    form.show_schema(fake.CONFIG)
    for row in form.rows.values():
        assert row.toolTip()
        control = row.label.buddy()
        assert control is not None
        assert control.accessibleName() == row.title


def test_hidden_fields_have_no_row(qtbot) -> None:
    form = Form()
    qtbot.addWidget(form)
    form.show_schema({"properties": {"points": {"type": "string", "default": "", "hidden": True}}})
    assert not form.rows


def test_a_word_stands_for_zero_and_may_be_typed(qtbot) -> None:
    row = SliderRow("latent", 0, 128, integer=True, unit="numbers", zero="auto")
    qtbot.addWidget(row)
    row.show_value(0)
    assert row.field.text() == "auto"
    row.show_value(16)
    assert row.field.text().startswith("16")
    with qtbot.waitSignal(row.changed) as heard:
        row.field.setText("")
        qtbot.keyClicks(row.field, "Auto")
        row.field.editingFinished.emit()
    assert heard.args == [0]


def test_a_label_keeps_its_column_and_says_in_full_what_it_cuts(qtbot) -> None:
    row = SliderRow("a title that is much too long for any column", 0.0, 1.0, help="What it does.")
    short = SliderRow("steps", 0.0, 1.0)
    for each in (row, short):
        qtbot.addWidget(each)
        each.resize(264, 28)
        each.show()
    assert row.label.width() == short.label.width() > 90
    assert row.label.geometry().right() < row.slider.geometry().left()
    assert row.tip.replace("\n", " ").startswith("a title that is much too long for any column: What it does.")
    assert "steps" not in short.tip
