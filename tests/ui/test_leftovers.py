"""What belongs to a model or picture that is gone goes with it, and what a family has no use for is not offered."""

from __future__ import annotations

import numpy as np
import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QColor, QFontMetrics
from PySide6.QtWidgets import QToolTip

from dgm_studio.engine import catalogue
from dgm_studio.protocol import messages as m
from dgm_studio.ui.controls import Card
from dgm_studio.ui.look import theme
from dgm_studio.ui.panels.probe import telling
from dgm_studio.ui.panels.progress import ProgressPanel

from . import fake_backend as fake


def test_nothing_of_the_old_family_is_offered_for_the_new_one_while_it_is_built(running) -> None:
    steer, setup = running.window.steer, running.window.setup
    assert steer.knobs.rows
    running.studio.choose_family("diffusion")
    assert not steer.knobs.rows
    assert steer.sampler.isHidden()
    assert not steer.waiting.isHidden()
    assert "33" not in setup.model_heading.note
    assert not setup.config_form.isEnabled()
    running.say(fake.opened(running.name, running.studio.spec))
    assert steer.knobs.rows
    assert steer.waiting.isHidden()
    assert setup.config_form.isEnabled()


def test_a_family_with_nothing_to_learn_offers_no_training_and_counts_no_steps(running) -> None:
    running.say(
        fake.opened(running.name, running.studio.spec, parameters=0), fake.progress(running.name, "ready", step=200)
    )
    assert running.window.top.train.isHidden()
    assert not running.studio.commands["run.train"].enabled()
    assert "200" not in running.window.status.state.text()
    running.studio.choose_family("diffusion")  # of which nobody knows yet whether it has
    assert not running.window.top.train.isHidden()
    assert not running.window.top.train.isEnabled()
    running.say(fake.opened(running.name, running.studio.spec))
    assert not running.window.top.train.isHidden()


@pytest.mark.parametrize("begins", ["noise", "origin", "nothing"])
def test_the_time_bar_says_what_samples_begin_as(running, begins) -> None:
    samplers = (m.SamplerInfo("midpoint", "Midpoint", "", fake.KNOBS, begins=begins),)
    running.say(fake.opened(running.name, running.studio.spec, samplers=samplers))
    assert running.window.plane.time.begin.text() == begins


def test_of_many_classes_at_a_point_the_three_likeliest_are_told() -> None:
    values = {"log p model nats": -1.0, **{f"p(blob {k} | x) true": k / 300 for k in range(25)}, "nearest": 0.1}
    told = telling(values)
    assert list(told) == ["log p model nats", *(f"p(blob {k} | x) true" for k in (22, 23, 24)), "nearest"]


def test_what_is_known_of_a_point_says_at_which_step(running, backend) -> None:
    running.window.plane.canvas.clicked.emit(0.5, -0.25)
    (probe,) = backend.of(m.Probe)
    running.say(m.Probed(running.name, 740, probe.ticket, probe.point, {"log p model nats": -1.3}))
    assert "step 740" in running.window.steer.probe.where.text()


def test_the_palette_reaches_families_and_settings(running, qtbot) -> None:
    palette = running.window.palette_dialog
    palette.open_over(running.window)
    palette.field.setText("steps 4")
    qtbot.keyClick(palette.field, Qt.Key.Key_Return)
    assert running.studio.spec.sampling.knobs["steps"] == 4
    palette.open_over(running.window)
    palette.field.setText("gan")
    qtbot.keyClick(palette.field, Qt.Key.Key_Return)
    assert running.studio.spec.family == "gan"


def test_the_focus_does_not_look_like_a_choice(qtbot) -> None:
    """Of two cards one is chosen, and the other has the focus."""
    card = Card("Flow", "velocity")
    qtbot.addWidget(card)
    card.resize(120, 46)
    card.show()
    card.setFocus()
    qtbot.waitUntil(card.hasFocus)
    accent = QColor(theme.tokens().accent)

    def coloured() -> int:
        image = card.grab().toImage()
        pixels = [image.pixelColor(x, y) for x in range(image.width()) for y in range(image.height())]
        return sum(abs(p.red() - accent.red()) + abs(p.blue() - accent.blue()) < 40 for p in pixels)

    assert coloured() == 0
    card.setChecked(True)
    assert coloured() > 20


def test_the_one_name_of_every_family_fits_its_card(running) -> None:
    cards = running.window.setup.families.cards
    room = next(iter(cards.values())).width() - theme.px(16)
    metrics = QFontMetrics(running.window.font())
    for family in catalogue.families().values():
        assert metrics.horizontalAdvance(family.title) <= room, family.title


def test_one_thing_is_not_several(running) -> None:
    running.say(fake.opened(running.name, running.studio.spec, classes=(), examples=1))
    assert running.window.setup.data_heading.note.endswith("1 example")


def test_the_tooltip_of_a_row_covers_no_other_row(running) -> None:
    window = running.window
    for row, dock in ((window.setup.clusters, "setup"), (window.steer.temperature, "steer")):
        panel = window.docks[dock]
        left = panel.mapToGlobal(QPoint(0, 0)).x()
        place, words = row.beside(row.tip), max(row.tip.splitlines(), key=len)
        wide = QFontMetrics(QToolTip.font()).horizontalAdvance(words)
        assert place.x() >= left + panel.width() or place.x() + wide < left


def test_the_history_can_be_used_in_the_lowest_panel(studio, say, qtbot) -> None:
    panel = ProgressPanel(studio)
    qtbot.addWidget(panel)
    panel.sentence.setText(20 * "Held-out data cost much. ")
    panel.resize(700, panel.minimumSizeHint().height())
    panel.show()
    qtbot.waitExposed(panel)
    for each in (panel.branch, panel.live):
        assert each.visibleRegion().boundingRect().height() == each.height()


def test_what_was_trained_a_little_waits_for_its_measure_also_at_rest(running) -> None:
    sentence = running.window.progress.sentence
    running.say(fake.opened(running.name, running.studio.spec), fake.progress(running.name, "ready", step=0))
    assert "train a little" in sentence.text()
    running.say(fake.progress(running.name, "paused", step=40))
    assert "on its way" in sentence.text()


# --- pictures -----------------------------------------------------------------------------------------------------------


@pytest.fixture
def pictures(running, qapp):
    studio = running.studio
    studio.set_workspace("images")
    running.say(fake.opened(studio.run.name, studio.spec, "images"))
    x = np.random.default_rng(0).integers(0, 255, (16, 8, 8), np.uint8)
    running.say(m.Samples(studio.run.name, 5, x, np.arange(16) % 10, None, None, None, True, 0.1, 5))
    qapp.processEvents()
    running.view = running.window.images
    return running


def test_a_click_on_a_sample_moves_no_picture(pictures, qapp) -> None:
    mosaic = pictures.view.mosaic
    before = mosaic.samples.mapToGlobal(mosaic.samples.tile_rect(3).topLeft()), mosaic.samples.size()
    mosaic.pick(3)
    qapp.processEvents()
    assert mosaic.details.isVisible()
    assert (mosaic.samples.mapToGlobal(mosaic.samples.tile_rect(3).topLeft()), mosaic.samples.size()) == before


def test_what_was_said_of_a_picture_goes_when_it_leaves_the_screen(pictures, backend) -> None:
    studio, name = pictures.studio, pictures.studio.run.name
    pictures.view.mosaic.pick(3)
    asked = backend.of(m.Classify)[-1]
    told = m.Classified(name, 5, asked.ticket, ("a", "b"), np.zeros((1, 2)), "Bayes", "exact")
    pictures.say(told)
    assert studio.run.classified is told
    studio.set_image_view("latent")
    assert studio.run.classified is None
    assert not pictures.window.steer.evidence.bars.rows
    pictures.say(told)  # a late answer about what is gone
    assert studio.run.classified is None


def test_samples_of_another_step_say_so_and_fade(pictures) -> None:
    name, mosaic = pictures.studio.run.name, pictures.view.mosaic
    pictures.say(fake.progress(name, step=5), fake.history(name, shown=None, step=5))
    pictures.view.ageing.show()
    assert not mosaic.samples.faded
    pictures.say(fake.progress(name, step=600))
    pictures.view.ageing.show()
    assert "5 of 600" in mosaic.caption.text()
    assert mosaic.samples.faded


def test_facts_about_a_sample_do_not_push_the_panels_away(pictures, qapp) -> None:
    before = pictures.view.minimumSizeHint().width()
    pictures.view.mosaic.show_classes((40 * "a long way ",) * 10)
    pictures.view.mosaic.pick(3)
    assert "a long way" in pictures.view.mosaic.details.facts.toolTip()
    qapp.processEvents()
    assert pictures.view.minimumSizeHint().width() == before


def test_a_view_of_another_step_says_so_beside_its_name(pictures) -> None:
    name, view = pictures.studio.run.name, pictures.view
    pictures.studio.set_image_view("inside")
    pictures.say(m.Insides(name, 5, "filters", np.zeros((4, 5, 5), np.uint8), 5), fake.progress(name, step=700))
    view.ageing.show()
    assert view.when.text() == "5 of 700"
    pictures.say(m.Insides(name, 700, "filters", np.zeros((4, 5, 5), np.uint8), 700))
    assert view.when.text() == ""
