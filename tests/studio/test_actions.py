"""The commands that need no window."""

from __future__ import annotations

import pytest

from dgm_studio.protocol import messages as m
from dgm_studio.protocol.layers import PLANE_LAYERS
from dgm_studio.studio import actions
from dgm_studio.studio.studio import Studio


class Recorder:
    """A backend that only remembers."""

    def __init__(self) -> None:
        self.sent: list[m.Intent] = []

    def start(self) -> None: ...

    def send(self, intent: m.Intent) -> None:
        self.sent.append(intent)

    def poll(self) -> list[m.Event]:
        return []

    def close(self, timeout: float = 2.0) -> bool:
        return True


@pytest.fixture
def studio() -> Studio:
    made = Studio(Recorder())
    actions.install(made)
    return made


def test_every_layer_has_a_command_and_the_first_nine_a_number_key(studio: Studio) -> None:
    for key, layer in enumerate((each.name for each in PLANE_LAYERS), start=1):
        command = studio.commands[f"view.layer.{layer}"]
        assert command.shortcut == (str(key) if key < 10 else "")
        before = layer in studio.session.layers
        assert command.checked is not None
        assert command.checked() is before
        studio.commands.run(command.id)
        assert command.checked() is not before


def test_every_command_says_what_it_does(studio: Studio) -> None:
    for command in studio.commands:
        assert command.help.endswith(".")
        assert command.title[0].isupper() or command.title[0].isdigit()


def test_nothing_can_be_trained_before_a_run_is_open(studio: Studio) -> None:
    assert not studio.commands.run("run.train")
    assert not studio.backend.sent


def test_dice_always_give_another_seed(studio: Studio) -> None:
    seen = set()
    for _ in range(20):
        before = studio.spec.seed
        actions.new_seed(studio)
        assert studio.spec.seed != before
        assert 0 <= studio.spec.seed < actions.SEEDS
        seen.add(studio.spec.seed)
    assert len(seen) > 15


def test_other_noise_leaves_the_run_as_it_is(studio: Studio) -> None:
    before = studio.spec
    actions.new_noise(studio)
    assert studio.spec.with_sampling(seed=before.sampling.seed) == before


def test_layers_need_the_plane_in_front(studio: Studio) -> None:
    studio.set_workspace("images")
    assert not studio.commands.run("view.layer.truth")


def test_a_command_can_be_replaced_but_not_invented(studio: Studio) -> None:
    import dataclasses

    told: list[int] = []
    command = studio.commands["edit.undo"]
    studio.commands.replace(dataclasses.replace(command, run=lambda: told.append(1), enabled=lambda: True))
    assert studio.commands.run("edit.undo")
    assert told == [1]
    with pytest.raises(KeyError):
        studio.commands.replace(dataclasses.replace(command, id="edit.nothing"))
