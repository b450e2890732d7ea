"""Rehearsal: what was opened once opens again with the same views, drawn by nobody; what was trained since is another thing."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from dgm_studio.engine.jobs import showing
from dgm_studio.engine.schedule.inline_backend import InlineBackend
from dgm_studio.protocol import messages as m
from dgm_studio.protocol.spec import DataChoice, RunSpec

FLOW = RunSpec(data=DataChoice(name="moons"), family="flow-matching", config={"width": 16})
LAYERS = frozenset({"samples", "density", "field"})


class Lectern:
    """Opens runs and looks at them, and counts what was drawn for that."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.backend = InlineBackend()
        self.backend.start()
        self.drawn = 0
        self.tickets = 0
        real = showing.samples

        def counted(*args: object, **kwargs: object) -> showing.Job:
            self.drawn += 1
            return real(*args, **kwargs)  # type: ignore[arg-type]

        monkeypatch.setattr(showing, "samples", counted)

    def seen(self, *intents: m.Intent) -> tuple[list[m.Event], m.Rehearsed]:
        """What was told until the screen was up to date."""
        self.tickets += 1
        events: list[m.Event] = []
        for intent in (*intents, m.Look(intents[0].run, LAYERS, (-3.0, 3.0, -3.0, 3.0), 32)):
            self.backend.send(intent)
        self.backend.send(m.Rehearse("", ticket=self.tickets))

        def wanted(event: m.Event) -> bool:
            events.append(event)
            assert not isinstance(event, m.Failed), event
            return isinstance(event, m.Rehearsed)

        told = self.backend.run_until(wanted, 60)
        assert isinstance(told, m.Rehearsed)
        return events, told


@pytest.fixture
def lectern(monkeypatch: pytest.MonkeyPatch) -> Lectern:
    return Lectern(monkeypatch)


def _samples(events: list[m.Event]) -> np.ndarray:
    return [event.x for event in events if isinstance(event, m.Samples)][-1]


def _saved(lectern: Lectern, path: Path) -> Path:
    lectern.backend.send(m.Open("first", FLOW))
    lectern.backend.run_until(lambda event: isinstance(event, m.Opened), 60)
    lectern.backend.send(m.Train("first", steps=5))
    lectern.backend.run_until(lambda event: isinstance(event, m.Finished), 60)
    lectern.backend.send(m.Save("first", path))
    lectern.backend.run_until(lambda event: isinstance(event, m.Saved), 60)
    return path


def test_a_file_opens_again_with_its_views_and_its_weights(lectern: Lectern, tmp_path: Path) -> None:
    path = _saved(lectern, tmp_path / "step.dgm")
    copy = tmp_path / "copy.dgm"
    copy.write_bytes(path.read_bytes())
    lectern.backend.send(m.Rehearse(""))
    first, told = lectern.seen(m.Load("a", path))
    assert told.bytes > 0
    drawn = lectern.drawn
    again, _ = lectern.seen(m.Load("b", copy))  # the same by its content
    assert lectern.drawn == drawn
    assert np.array_equal(_samples(again), _samples(first))
    fields = [{each.layer: each.values for each in events if isinstance(each, m.Field)} for events in (first, again)]
    assert set(fields[0]) == set(fields[1]) == {"density", "field"}
    assert np.array_equal(fields[0]["density"], fields[1]["density"])
    assert [event.step for event in again if isinstance(event, m.Opened)] == [5]
    third, _ = lectern.seen(m.Load("c", path))
    assert lectern.drawn == drawn
    assert {event.layer for event in third if isinstance(event, m.Field) and event.run == "c"} == {"density", "field"}


def test_a_spec_opens_again_untrained_whatever_became_of_the_first(lectern: Lectern) -> None:
    lectern.backend.send(m.Rehearse(""))
    first, _ = lectern.seen(m.Open("a", FLOW))
    drawn = lectern.drawn
    lectern.backend.send(m.Train("a", steps=3))
    lectern.backend.run_until(lambda event: isinstance(event, m.Finished), 60)
    trained, _ = lectern.seen(m.Look("a"))
    assert lectern.drawn > drawn
    assert not np.array_equal(_samples(trained), _samples(first))
    drawn = lectern.drawn
    again, _ = lectern.seen(m.Open("b", FLOW))
    assert lectern.drawn == drawn
    assert np.array_equal(_samples(again), _samples(first))


def test_another_knob_is_another_view(lectern: Lectern) -> None:
    lectern.backend.send(m.Rehearse(""))
    first, _ = lectern.seen(m.Open("a", FLOW))
    drawn = lectern.drawn
    other, _ = lectern.seen(m.Edit("a", FLOW.with_sampling(temperature=0.5)))
    assert lectern.drawn > drawn
    assert not np.array_equal(_samples(other), _samples(first))


def test_what_is_held_is_bounded_and_forgotten(lectern: Lectern) -> None:
    lectern.backend.send(m.Rehearse(""))
    _, told = lectern.seen(m.Open("a", FLOW))
    rehearsal = lectern.backend.engine.rehearsal
    rehearsal.most = told.bytes // 2
    _, less = lectern.seen(m.Open("b", FLOW.with_(seed=1)))
    assert less.bytes <= rehearsal.most
    lectern.backend.send(m.Rehearse("", on=False))
    lectern.backend.send(m.Rehearse("", on=True))
    _, none = lectern.seen(m.Look("b"))
    assert none.bytes == 0
