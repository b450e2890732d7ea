"""The images workspace: what is in front, what is asked of the engine, and what the views do with the answers."""

from dataclasses import replace

import numpy as np
import pytest
from PySide6.QtCore import QPointF, Qt

from dgm_studio.protocol import messages as m
from dgm_studio.ui.panels.empty_state import EmptyState

LEFT = Qt.MouseButton.LeftButton


def centre(tiles, index):
    return tiles.tile_rect(index).center()


# --- what is in front ---------------------------------------------------------------------------------------------------


def test_nothing_is_shown_as_words_until_the_run_is_there(world, shown):
    view = shown(world)
    assert view.empty.isVisible()
    world.push(m.Progress(world.run, 0, "loading", 0, 0, 0, "CPU", "loading digits", 0.3))
    assert view.empty.title.text() == "Loading digits"
    world.open()
    assert "first samples" in view.empty.title.text()
    world.samples()
    assert view.mosaic.isVisible()
    assert not view.empty.isVisible()


def test_a_run_that_cannot_be_opened_says_why(world, shown):
    view = shown(world)
    world.push(m.Failed(world.run, 0, "The folder holds no pictures.", "Choose another.", "open"))
    assert "no pictures" in view.empty.sentence.text()


def test_only_the_view_in_front_is_asked_of_the_engine(images, world, qtbot):
    assert world.backend.last(m.Look).layers == {"samples", "path"}
    for name, needs in (
        ("latent", {"latent"}),
        ("paint", set()),
        ("interpolate", {"samples"}),
        ("path", {"samples", "path"}),
    ):
        qtbot.mouseClick(images.chips[name], LEFT)
        assert world.studio.session.image_view == name
        assert world.backend.last(m.Look).layers == needs
        assert [n for n, chip in images.chips.items() if chip.isChecked()] == [name]
    looks = len(world.backend.all(m.Look))
    world.samples()
    assert len(world.backend.all(m.Look)) == looks


@pytest.mark.parametrize("shape", [(8, 8), (64, 64, 3), (28, 28), (32, 32, 3)])
def test_every_view_takes_grey_and_colour_of_any_size(world, shown, shape):
    world.shape = shape
    world.open()
    view = shown(world)
    world.samples(done=False)
    world.samples()
    world.latents()
    view.mosaic.pick(3)
    for name in view.views:
        view.choose(name)
        assert not view.grab().isNull()


# --- samples --------------------------------------------------------------------------------------------------------------


def test_the_mosaic_sharpens_and_says_so(images, world):
    world.samples(done=False)
    assert "sharpening" in images.mosaic.caption.text()
    last = world.samples(done=True)
    assert "0.20 s" in images.mosaic.caption.text()
    assert np.array_equal(images.mosaic.samples.images, last.x)


def test_clicking_a_sample_shows_its_number_class_and_path(images, world, qtbot):
    world.samples()
    mosaic = images.mosaic
    qtbot.mouseMove(mosaic.samples, centre(mosaic.samples, 2))
    assert mosaic.caption.text() == "sample 3 · class 2"
    qtbot.mouseClick(mosaic.samples, LEFT, pos=centre(mosaic.samples, 4))
    assert mosaic.details.isVisible()
    assert mosaic.details.name.text() == "Sample 5"
    assert mosaic.details.facts.text() == "class 1"
    assert mosaic.details.path.columns > 1
    qtbot.mouseClick(mosaic.samples, LEFT, pos=centre(mosaic.samples, 12))
    assert "not kept" in mosaic.details.facts.text()
    qtbot.keyClick(mosaic.samples, Qt.Key.Key_Escape)
    assert not mosaic.details.isVisible()


def test_data_stands_beside_samples_when_wanted(images, world, qtbot):
    world.samples()
    assert not images.mosaic.data.isVisible()
    qtbot.mouseClick(images.mosaic.beside, LEFT)
    assert np.array_equal(images.mosaic.data.images, world.data[:16])


def test_a_sample_goes_on_to_interpolation_and_canvas(images, world):
    event = world.samples()
    images.mosaic.pick(3)
    images.mosaic.details.start_chosen.emit(event.x[3])
    assert world.studio.session.image_view == "interpolate"
    assert np.array_equal(world.backend.last(m.Interpolate).start, event.x[3])
    images.mosaic.details.end_chosen.emit(event.x[4])
    assert np.array_equal(world.backend.last(m.Interpolate).end, event.x[4])
    images.mosaic.details.paint_chosen.emit(event.x[3])
    assert world.studio.session.image_view == "paint"
    assert np.array_equal(images.canvas.image, event.x[3])


# --- path -------------------------------------------------------------------------------------------------------------------


def test_a_click_on_a_path_picks_its_sample(images, world, qtbot):
    images.choose("path")
    world.samples()
    tiles = images.path.strip.tiles
    columns = images.path.strip.columns
    qtbot.mouseClick(tiles, LEFT, pos=centre(tiles, columns * 5 + 1))  # rows 4 and 5 belong to the third sample
    assert world.studio.session.image_view == "samples"
    assert images.mosaic.details.name.text() == "Sample 3"


def test_few_rows_are_spread_over_the_samples_that_have_a_path(images, world):
    images.choose("path")
    event = world.samples(n=40, kept=30)
    tiles, columns = images.path.strip.tiles.images, images.path.strip.columns
    rows = tiles[columns - 1 :: 2 * columns]  # the last noisy picture of every row
    kept = event.path[-1]
    assert np.array_equal(rows[0], kept[0])
    assert np.array_equal(rows[-1], kept[-1])


def test_a_family_without_a_path_says_so(images, world):
    images.choose("path")
    world.samples(path=False)
    assert images.path.empty.title.text() == "Made in one step"


# --- latent -----------------------------------------------------------------------------------------------------------------


def test_dragging_decodes_with_one_question_under_way_and_the_latest_place_wins(images, world, qtbot):
    world.latents()
    images.choose("latent")
    plane = images.latent.plane
    view = plane.plot.viewport()

    def at(x, y):
        return plane.plot.mapFromScene(plane.box.mapViewToScene(QPointF(x, y)))

    qtbot.mousePress(view, LEFT, pos=at(0.5, 0.5))
    assert len(world.backend.all(m.Decode)) == 1
    for step in range(1, 8):
        qtbot.mouseMove(view, at(0.5 + step * 0.1, 0.5))
        plane.drag(0.5 + step * 0.1, 0.5)
    assert len(world.backend.all(m.Decode)) == 1
    world.push(m.Decoded(world.run, 5, world.backend.last(m.Decode).ticket, world.data[0], 0.01))
    asked = world.backend.all(m.Decode)
    assert len(asked) == 2
    assert np.allclose(asked[-1].latent, (1.2, 0.5), atol=1e-6)
    assert plane.card.isVisible()
    world.push(m.Decoded(world.run, 5, asked[-1].ticket, world.data[1], 0.01))
    assert len(world.backend.all(m.Decode)) == 2
    qtbot.mouseRelease(view, LEFT, pos=at(1.2, 0.5))


def test_codes_of_many_dimensions_are_centre_plus_plane_times_axes(images, world):
    world.latents(size=5)
    images.choose("latent")
    images.latent.plane.drag(1.0, -2.0)
    assert np.allclose(world.backend.last(m.Decode).latent, (1, -2, 0, 0, 0))
    assert "5 dimensions" in images.latent.note.text()


def test_the_picture_under_the_point_follows_the_training(images, world):
    world.latents()
    images.choose("latent")
    images.latent.plane.drag(1.0, 1.0)
    world.push(m.Decoded(world.run, 5, world.backend.last(m.Decode).ticket, world.data[0], 0.01))
    world.latents()
    asked = world.backend.all(m.Decode)
    assert len(asked) == 2
    assert np.allclose(asked[-1].latent, (1, 1))


def test_a_question_without_an_answer_does_not_block_for_ever(images, world, qtbot):
    world.latents()
    images.choose("latent")
    plane = images.latent.plane
    plane.patience.setInterval(20)
    plane.drag(0, 0)
    plane.drag(1, 1)
    qtbot.waitUntil(lambda: len(world.backend.all(m.Decode)) == 2, timeout=2000)


def test_families_without_latent_or_encoder_say_what_to_choose(world, shown):
    world.open(latent_size=None, can_invert=False)
    view = shown(world)
    view.choose("latent")
    assert "no latent plane" in view.latent.empty.title.text()
    view.choose("interpolate")
    assert "cannot interpolate" in view.interpolation.empty.title.text()
    assert not world.backend.all(m.Interpolate)
    world.open(latent_size=8, can_invert=False)
    world.latents(encode=False, size=8)
    view.choose("latent")
    assert "no encoder" in view.latent.note.text()
    assert view.latent.plane.isVisible()


# --- interpolation ------------------------------------------------------------------------------------------------------------


def test_interpolation_asks_at_once_and_shows_frames_and_ends(images, world, qtbot):
    world.samples()
    qtbot.mouseClick(images.chips["interpolate"], LEFT)
    asked = world.backend.last(m.Interpolate)
    assert asked.geometry == "sphere"
    assert asked.frames == 16
    assert np.array_equal(asked.start, world.data[0])
    frames = world.pictures(16)
    view = images.interpolation
    world.push(m.Interpolated(world.run, 5, asked.ticket, frames, world.pictures(2), False))
    assert "roughly" in view.note.text()
    assert view.start.reproduced.isVisible()
    view.player.slider.setValue(7)
    assert view.strip.picked == 7
    qtbot.mouseClick(view.strip, LEFT, pos=centre(view.strip, 3))
    assert view.player.frame == 3
    qtbot.mouseClick(view.geometry_choice.buttons["line"], LEFT)
    assert world.backend.last(m.Interpolate).geometry == "line"


def test_a_walk_of_an_older_model_is_made_anew_once_the_last_has_come(images, world, qtbot):
    images.interpolation.renewal.setInterval(1)
    event = world.samples()
    images.choose("interpolate")

    def learn(step):
        world.push(replace(event, step=step, shown_step=step))
        qtbot.wait(30)
        return len(world.backend.all(m.Interpolate))

    def answer():
        ticket = world.backend.last(m.Interpolate).ticket
        world.push(m.Interpolated(world.run, 6, ticket, world.pictures(16), world.pictures(2), False))
        qtbot.wait(30)
        return len(world.backend.all(m.Interpolate))

    before = answer()
    assert learn(event.shown_step) == before
    assert learn(6) == before + 1
    assert learn(7) == before + 1
    assert answer() == before + 2
    assert answer() == before + 2
    images.choose("samples")
    assert learn(8) == before + 2
    images.choose("interpolate")
    assert len(world.backend.all(m.Interpolate)) == before + 3


def test_an_empty_view_says_all_of_it(qtbot):
    empty = EmptyState()
    qtbot.addWidget(empty)
    empty.resize(700, 400)
    empty.show()
    empty.say("Nothing", "words that wrap " * 20)
    qtbot.waitUntil(lambda: empty.sentence.height() >= empty.sentence.heightForWidth(empty.sentence.width()))
    assert empty.sentence.width() <= 480


def test_exact_ends_are_not_shown_twice(images, world):
    images.choose("interpolate")
    frames = np.concatenate([world.data[:1], world.pictures(3), world.data[1:2]])
    world.push(m.Interpolated(world.run, 5, world.backend.last(m.Interpolate).ticket, frames, world.data[:2], True))
    assert "exactly" in images.interpolation.note.text()
    assert not images.interpolation.start.reproduced.isVisible()


def test_ends_are_chosen_by_clicks_and_dice(images, world, qtbot):
    images.choose("interpolate")
    view = images.interpolation
    qtbot.mouseClick(view.end.button, LEFT)
    qtbot.mouseClick(view.picker, LEFT, pos=centre(view.picker, 9))
    assert np.array_equal(world.backend.last(m.Interpolate).end, world.data[9])
    event = world.samples()
    qtbot.mouseClick(view.source.buttons["samples"], LEFT)
    qtbot.mouseClick(view.picker, LEFT, pos=centre(view.picker, 2))  # after the end it is the start's turn
    assert np.array_equal(world.backend.last(m.Interpolate).start, event.x[2])
    before = len(world.backend.all(m.Interpolate))
    qtbot.mouseClick(view.start.dice, LEFT)
    assert len(world.backend.all(m.Interpolate)) == before + 1


def test_a_walk_plays_there_and_back_and_is_exported(images, world, qtbot, tmp_path):
    images.choose("interpolate")
    view = images.interpolation
    assert view.write(tmp_path / "none.png") == "There is no walk to export yet."
    frames = world.pictures(3)
    world.push(m.Interpolated(world.run, 5, world.backend.last(m.Interpolate).ticket, frames, frames[[0, 2]], True))
    seen = []
    view.player.moved.connect(seen.append)
    view.player.timer.setInterval(5)
    qtbot.mouseClick(view.player.button, LEFT)
    qtbot.waitUntil(lambda: len(seen) >= 5, timeout=3000)
    view.player.button.setChecked(False)
    assert seen[:4] == [1, 2, 1, 0]
    assert view.write(tmp_path / "walk.png") == ""
    assert "could not be written" in view.write(tmp_path / "no" / "walk.png")
