"""What a model says of an example: bars for the classes, a sentence for the likelihood, a prior that can be moved."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from dgm_studio.protocol import messages as m
from dgm_studio.protocol.messages import Classified
from dgm_studio.ui.panels.canvas_evidence import CanvasEvidence
from dgm_studio.ui.panels.evidence import EvidenceSection, likelihood_said

from . import fake_backend as fake


def told(**changes: object) -> Classified:
    values = {"run": "r", "step": 1, "ticket": 1, "classes": ("upper", "lower"),
              "evidence": np.log([[0.3, 0.1]]), "title": "Bayes' rule",
              "honesty": "exact", "log_density": np.array([-1.5]), "kind": "exact", "rank": np.array([0.4]),
              "untypical": np.array([0.5])}  # fmt: skip
    return Classified(**{**values, **changes})


def shares(section: EvidenceSection) -> dict[str, float]:
    return {name: share for name, share, _ in section.bars.rows}


def test_the_likelihood_is_said_in_words() -> None:
    assert likelihood_said(told()) == "Likelier than 40% of held-out data (log p = −1.50 nats)."
    assert likelihood_said(told(rank=np.array([0.0]))).startswith("Less likely than all held-out data")
    assert "untypical: 4.0 standard deviations" in likelihood_said(told(untypical=np.array([4.0])))
    assert "nats, estimate" in likelihood_said(told(kind="estimate"))
    assert likelihood_said(told(note="Off by 0.1 nats.")).endswith(" Off by 0.1 nats.")
    assert likelihood_said(told(note="off by 0.1 nats")).endswith(" off by 0.1 nats.")
    assert "no density" in likelihood_said(told(log_density=None, rank=None, untypical=None))


@pytest.fixture
def section(running) -> EvidenceSection:
    """The section of the steering panel, for a model that classifies."""
    opened = fake.opened(running.name, running.studio.spec, classifier="Bayes' rule")
    running.say(opened)
    return running.window.steer.evidence


def ask(running, backend, **changes: object) -> None:
    """Click a point, and let the engine answer."""
    running.window.plane.canvas.clicked.emit(0.5, 0.2)
    ticket = backend.of(m.Classify)[-1].ticket
    running.say(told(run=running.name, ticket=ticket, **changes))


def test_a_click_shows_classes_and_likelihood(running, section, backend) -> None:
    assert section.isVisibleTo(running.window)
    assert "Click a point" in section.sentence.text()
    ask(running, backend)
    assert shares(section) == pytest.approx({"upper": 0.75, "lower": 0.25})
    assert section.sentence.text().startswith("Likelier than 40%")
    assert section.source.text() == "Bayes' rule (exact)."


def test_a_moved_prior_moves_the_posterior_and_the_regions(running, section, backend) -> None:
    ask(running, backend)
    section.prior.open()
    upper, lower = section.sliders
    upper.changed.emit(1 / 3)
    assert running.studio.session.prior == pytest.approx((1 / 3, 1.0))
    assert shares(section) == pytest.approx({"upper": 0.5, "lower": 0.5})
    asked = len(backend.sent)
    lower.changed.emit(0.0)
    assert shares(section) == pytest.approx({"upper": 1.0, "lower": 0.0})
    assert len(backend.sent) == asked  # no engine is needed for it


def test_the_prior_begins_with_the_shares_of_the_classes(running, section, backend) -> None:
    unequal = fake.opened(running.name, running.studio.spec, classifier="Bayes' rule", shares=(0.8, 0.2))
    running.say(unequal)
    ask(running, backend)  # 3 to 1 by the evidence, 4 to 1 before it
    assert shares(section) == pytest.approx({"upper": 12 / 13, "lower": 1 / 13})
    section.prior.open()
    upper, lower = section.sliders
    assert (upper.value, lower.value) == pytest.approx((1.0, 0.25))
    lower.changed.emit(1.0)
    assert running.studio.session.prior == pytest.approx((1.0, 1.0))
    assert shares(section) == pytest.approx({"upper": 0.75, "lower": 0.25})


def test_thirty_clusters_have_a_slider_each_and_the_likeliest_are_shown(running, section, backend) -> None:
    names = tuple(f"cluster {k}" for k in range(30))
    info = fake.opened(running.name, running.studio.spec, classifier="Bayes' rule", classes=names)
    running.say(info)
    assert section.prior.isVisibleTo(section)
    section.prior.open()
    assert len(section.sliders) == 30
    section.sliders[29].changed.emit(0.5)
    assert running.studio.session.prior == pytest.approx((1.0,) * 29 + (0.5,))


def test_a_model_without_classes_still_says_how_likely(running, backend) -> None:
    section = running.window.steer.evidence
    ask(running, backend, evidence=None, title="", honesty="")
    assert section.bars.rows == []
    assert section.sentence.text().startswith("Likelier")
    assert not section.prior.isVisibleTo(section)


def test_a_family_that_knows_neither_shows_nothing(running) -> None:
    running.say(fake.opened(running.name, running.studio.spec, density=None, classifier=None))
    assert not running.window.steer.evidence.isVisibleTo(running.window)


@pytest.fixture
def painting(running, qapp):
    """The canvas in front, with an example of the data on it."""
    running.studio.set_workspace("images")
    name = running.studio.run.name
    running.say(fake.opened(name, running.studio.spec, "images", classifier="Bayes' rule", density="exact"))
    running.say(m.Data(name, 0, np.full((5, 8, 8), 9, np.uint8), None))
    running.studio.set_image_view("paint")
    qapp.processEvents()
    return running.window.findChild(CanvasEvidence)


def test_the_picture_on_the_canvas_is_asked_about_while_unfolded(running, painting, backend, qtbot) -> None:
    assert not backend.of(m.Classify)
    painting.fold.open()
    qtbot.waitUntil(lambda: bool(backend.of(m.Classify)))
    asked = backend.of(m.Classify)[-1]
    np.testing.assert_array_equal(asked.examples, np.full((1, 8, 8), 9, np.uint8))
    evidence = np.log(np.arange(1.0, 11.0))[None]
    classes = tuple("0123456789")
    running.say(told(run=running.studio.run.name, ticket=asked.ticket, classes=classes, evidence=evidence))
    assert list(shares(painting.section)) == ["6", "7", "8", "9"]


def test_a_family_with_a_bound_alone_does_not_claim_to_have_no_density() -> None:
    told = Classified("r", 1, 1, (), None, "", "", None, "lower bound", None, None, "", np.zeros((1, 2)), np.zeros(1))
    assert "knows only a bound" in likelihood_said(told)
    assert "has no density" in likelihood_said(replace(told, kind=""))


def test_captions_stand_beside_the_likelihood_and_go_with_the_answer(running, section, backend) -> None:
    few = tuple(f"caption {k}" for k in range(6))
    read = np.array([[0.6, 0.2, 0.1, 0.05, 0.03, 0.004]])
    ask(running, backend, captions=m.Captions((few,), read, np.log([[0.5, 0.3, 0.1, 0.05, 0.049, 0.001]]), "exact"))
    assert section.captions.rows == [
        ("caption 0", "60%", "50%"),
        ("caption 1", "20%", "30%"),
        ("caption 2", "10%", "10%"),
        ("caption 5", "<1%", "<1%"),  # the swapped one
    ]
    ask(running, backend, captions=m.Captions((("a", "b"),), np.array([[0.7, 0.3]])))
    assert section.captions.rows == [("a", "70%", ""), ("b", "30%", "")]
    ask(running, backend)
    assert section.captions.isHidden()
