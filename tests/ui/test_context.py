"""The context in the window: a row for each slot, given by moving it, freed by its button, kept in undo."""

from __future__ import annotations

from types import SimpleNamespace

from dgm_studio.protocol.context import ContextSlot

from . import fake_backend as fake

SLOTS = (ContextSlot("angle", 0.0, 360.0, unit="°", periodic=True), ContextSlot("which", values=("near", "far")))


def show(running: SimpleNamespace, family: str = "flow-matching") -> None:
    running.say(
        fake.opened(running.name, running.studio.spec, classes=(), uses_label=False, context=SLOTS, slots=SLOTS)
    )


def test_each_slot_has_a_row_by_name_and_free_is_a_state(running: SimpleNamespace) -> None:
    studio = running.studio
    assert "sampling.given.angle" not in studio.controls
    show(running)
    angle, free, which = (studio.controls[f"sampling.given.{name}"] for name in ("angle", "angle.free", "which"))
    assert angle.range == (0.0, 360.0)
    assert list(which.options) == [None, "near", "far"]
    assert not free.visible
    assert which.value is None
    angle.set(90.0)
    which.set("far")
    assert studio.spec.sampling.label == (("angle", 90.0), ("which", "far"))
    assert free.visible
    free.set(True)
    assert studio.spec.sampling.label == (("which", "far"),)
    studio.undo()
    assert studio.spec.sampling.label == (("angle", 90.0), ("which", "far"))
    assert angle.value == 90.0
    which.set(None)
    free.set(True)
    assert studio.spec.sampling.label is None


def test_rows_go_with_the_run(running: SimpleNamespace) -> None:
    show(running)
    assert running.studio.controls["sampling.given.which"].visible
    running.say(fake.opened(running.name, running.studio.spec))
    assert "sampling.given.which" not in running.studio.controls


def test_the_switch_says_which_family_takes_no_context(running: SimpleNamespace) -> None:
    show(running)
    switch = running.studio.controls["data.classes"]
    assert "takes no context" in switch.help  # the families of the fake catalogue do not
    assert not switch.enabled
