"""Inner views of a model: chips, words, and pictures of the one in front."""

from __future__ import annotations

import numpy as np
import pytest

from dgm_studio.protocol import messages as m
from dgm_studio.protocol.messages import Insides, Named
from dgm_studio.ui.images.inside import MOST, InsideView

from . import fake_backend as fake

FILTERS = Named("filters", "Filters", "Bright turns a unit on, dark off; mid grey is nothing.")
FIELD = Named("field", "Receptive field", "What a pixel is predicted from.")


def tiles(name: str, n: int, value: int = 0) -> Insides:
    return Insides("r", 1, name, np.full((n, 4, 4), value, np.uint8), 1)


@pytest.fixture
def view(qtbot) -> InsideView:
    made = InsideView()
    qtbot.addWidget(made)
    made.show_views((FILTERS, FIELD))
    return made


def test_the_first_view_is_in_front_and_explained(view) -> None:
    assert view.name == "filters"
    assert view.about.text() == FILTERS.help
    assert [chip.isChecked() for chip in view.chips.values()] == [True, False]


def test_only_pictures_of_the_view_in_front_are_shown(view, qtbot) -> None:
    view.show_tiles(tiles("filters", 3))
    assert len(view.tiles.images) == 3
    with qtbot.waitSignal(view.chosen):
        view.chips["field"].click()
    view.show_tiles(tiles("filters", 5))
    assert len(view.tiles.images) == 3
    view.show_tiles(tiles("field", 9))
    assert len(view.tiles.images) == 9


def test_the_view_in_front_stays_there_with_another_model(view) -> None:
    view.choose("field")
    view.show_views((FIELD,))
    assert view.name == "field"
    assert len(view.tiles.images) == 0  # those were of another model
    view.show_views((FILTERS,))
    assert view.name == "filters"
    view.show_views(())
    assert view.name == ""


def test_no_more_are_shown_than_can_be_told_apart(view) -> None:
    view.show_tiles(tiles("filters", MOST + 50))
    assert len(view.tiles.images) == MOST


def test_mid_grey_is_drawn_as_mid_grey(view, qapp) -> None:
    """Signed filters are read against it: no stretching of the contrast, no colour."""
    view.resize(300, 300)
    view.show()
    qapp.processEvents()
    view.show_tiles(tiles("filters", 1, 128))
    qapp.processEvents()
    middle = view.tiles.tile_rect(0).center()
    assert view.tiles.grab().toImage().pixelColor(middle).getRgb()[:3] == (128, 128, 128)


def test_the_window_asks_for_the_view_in_front(running, backend, qapp) -> None:
    studio = running.studio
    studio.set_workspace("images")
    name = studio.run.name
    running.say(fake.opened(name, studio.spec, "images", insides=(FILTERS, FIELD)))
    studio.set_image_view("inside")
    qapp.processEvents()
    asked = backend.of(m.Look)[-1]
    assert (asked.layers, asked.inside) == (frozenset({"inside"}), "filters")
    running.window.findChild(InsideView).choose("field")
    assert backend.of(m.Look)[-1].inside == "field"
