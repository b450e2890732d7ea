"""Pictures that please a classifier: by which ways, how they are told, and what cannot be asked."""

from __future__ import annotations

import numpy as np
import pytest

from dgm_studio.api.job import RUN, Job
from dgm_studio.nets import discriminative
from dgm_studio.protocol import messages as m
from dgm_studio.protocol.spec import DataChoice, RunSpec


@pytest.fixture(autouse=True)
def brief(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(discriminative, "LEARNING_STEPS", 60)


def opened(family: str, data: str = "digits", steps: int = 5) -> Job:
    job = Job()
    job.open(RunSpec(data=DataChoice(name=data), family=family))
    job.ask(m.Train(RUN, steps=steps), m.Finished)
    return job


def asked(job: Job, **changes: object) -> list[m.Event]:
    """All that is told of a question."""
    events: list[m.Event] = []

    def hear(event: m.Event) -> bool:
        events.append(event)
        return isinstance(event, m.Failed) or (isinstance(event, m.Maximised) and event.last)

    job.send(m.Maximise(RUN, 7, **{"count": 3, **changes}))
    job.follow(hear)
    return events


def ended(events: list[m.Event]) -> dict[str, m.Maximised]:
    return {e.method: e for e in events if isinstance(e, m.Maximised) and e.path is not None}


def test_pixels_please_a_network_more_than_data_do_and_are_told_as_they_go() -> None:
    events = asked(opened("kde"), classifier="net", target=("class", 3))
    told = [e for e in events if isinstance(e, m.Maximised)]
    assert [e.ticket for e in told] == [7] * len(told)
    done = ended(events)
    assert set(done) == {"pixels", "smooth"}  # kernels are no prior by which a picture is led
    assert [e.last for e in told].count(True) == 1
    pixels = done["pixels"]
    assert pixels.x.shape == (3, 8, 8)
    assert pixels.value.min() > 0.95
    assert pixels.right > 0.6
    assert pixels.layers == (128, 128)
    assert pixels.path is not None
    assert np.array_equal(pixels.path[-1], pixels.x)
    assert pixels.kind == "exact"
    assert pixels.log_density is not None


@pytest.mark.parametrize(
    ("family", "method"), [("flow-matching", "uphill"), ("vae", "objective-search"), ("jem", "uphill")]
)
def test_a_model_that_can_be_led_is_a_prior(family: str, method: str) -> None:
    done = ended(asked(opened(family), pixels=False, target=("class", 1)))
    assert set(done) == {method}
    assert done[method].x.shape == (3, 8, 8)


def test_a_unit_and_a_layer_of_a_convolutional_network_grow_from_a_picture() -> None:
    job = opened("kde")
    image = np.full((8, 8), 200, np.uint8)
    for target in (("unit", 2, 5), ("layer", 1)):
        told = [
            e for e in asked(job, classifier="convolutional", target=target, image=image) if isinstance(e, m.Maximised)
        ]
        first, last = (next(e for e in each if e.method == "pixels") for each in (told, told[::-1]))
        assert last.layers == (24, 48, 64)
        assert last.value.mean() > first.value.mean()
        assert last.path is not None
        assert abs(last.path[0].astype(int) - 200).max() < 20


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"target": ("class", 10)}, "no class 10"),
        ({"target": ("layer", 2)}, "no hidden layer 2"),
        ({"target": ("unit", 0, 128)}, "no unit 128"),
        ({"pixels": False}, "no prior"),
        ({"count": 99}, "not 99"),
    ],
)
def test_what_cannot_be_asked_is_refused(changes: dict[str, object], said: str) -> None:
    (failed,) = [e for e in asked(opened("kde"), **changes) if isinstance(e, m.Failed)]
    assert said in failed.message
    assert failed.ticket == 7
