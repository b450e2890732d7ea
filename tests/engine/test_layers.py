"""A layer of the plane is a record, a rule and an item: engine and studio agree which there are (the window: `tests/ui`)."""

from __future__ import annotations

from dgm_studio.engine.schedule.inline_backend import InlineBackend
from dgm_studio.engine.schedule.watching import OnScreen, unseen, wanted
from dgm_studio.protocol import messages as m
from dgm_studio.protocol.layers import PLANE_LAYERS, layers_by_job
from dgm_studio.protocol.spec import DataChoice, RunSpec
from dgm_studio.studio.session.session import Session

NAMES = [layer.name for layer in PLANE_LAYERS]
EVERYTHING = m.Look("a", frozenset(NAMES), (-2.0, 2.0, -2.0, 2.0))


def begun(family: str, conditional: bool) -> set[str]:
    """Kinds of jobs that the engine begins for a run when everything is looked at."""
    backend = InlineBackend()
    backend.start()
    spec = RunSpec(data=DataChoice(name="moons"), family=family, conditional=conditional)
    backend.send(m.Open("a", spec))
    backend.run_until(lambda e: isinstance(e, m.Opened), 60)
    run = backend.engine.run("a")
    return {each.kind for each in wanted(run, EVERYTHING, OnScreen(), lambda _: None)}


def test_the_engine_draws_what_the_records_say() -> None:
    assert begun("jem", True) | begun("vae", False) == set(layers_by_job())
    assert not unseen(EVERYTHING) & set(layers_by_job())
    for layer in PLANE_LAYERS:
        alone = m.Look("a", frozenset({layer.name}))
        assert not layer.job or layer.job not in unseen(alone)


def test_a_fresh_session_shows_those_that_say_so() -> None:
    assert set(Session().layers) == {layer.name for layer in PLANE_LAYERS if layer.at_first}
    assert len(set(NAMES)) == len(NAMES)
