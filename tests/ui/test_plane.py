"""The plane: layers, sampling time, probing, drawing, and what it asks the engine for."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest
from PySide6.QtCore import QPointF, Qt
from PySide6.QtGui import QColor

from dgm_studio.protocol import messages as m
from dgm_studio.protocol.layers import PLANE_LAYERS
from dgm_studio.protocol.spec import DataChoice
from dgm_studio.studio.reading.layers import asked_extent
from dgm_studio.ui.look import theme
from dgm_studio.ui.panels import ageing
from dgm_studio.ui.plane.classes import colour
from dgm_studio.ui.plane.draw_pad import packed, unpacked
from dgm_studio.ui.plane.keys import ClassKey, ColourKey
from dgm_studio.ui.plane.layers.arrows import lines
from dgm_studio.ui.plane.layers.contours import contours, mass_levels, path_of, resolved
from dgm_studio.ui.plane.layers.heatmap import EDGE, softened
from dgm_studio.ui.plane.layers.paths import at
from dgm_studio.ui.plane.plane_axis import origin

from . import fake_backend as fake


def looked(backend, qtbot) -> m.Look:
    """The newest look, once the view has come to rest."""
    backend.sent = [i for i in backend.sent if not isinstance(i, m.Look)]
    qtbot.waitUntil(lambda: bool(backend.of(m.Look)), timeout=2000)
    return backend.of(m.Look)[-1]


def test_the_engine_is_asked_for_what_is_in_view(running, backend, qtbot) -> None:
    running.studio.toggle_layer("truth")
    look = looked(backend, qtbot)
    assert look.layers == {"samples", "density", "truth", "field"}
    left, right, low, high = look.extent
    assert left < -2.2 < 2.2 < right
    assert low < -1.8 < 1.8 < high


def test_every_layer_that_a_job_draws_is_asked_for(running, backend, qtbot) -> None:
    running.studio.set_layers(tuple(layer.name for layer in PLANE_LAYERS))
    assert looked(backend, qtbot).layers == {layer.name for layer in PLANE_LAYERS if layer.job}


def test_points_keep_the_colour_of_where_they_came_from(running) -> None:
    plane = running.window.plane
    opened = running.studio.run.opened
    info = dataclasses.replace(opened.info, source_title="moons", origins=("a", "b", "c"))
    running.say(dataclasses.replace(opened, info=info))
    x = np.arange(8.0).reshape(4, 2)
    parts = np.array([0, 1, 2, 1])
    running.say(m.Data(running.name, 10, x, None, x + 1, parts))
    drawn = dataclasses.replace(
        fake.samples(running.name, 4, step=10), x=x, labels=None, path=None, origin=parts, origins=("a", "b", "c")
    )
    running.say(drawn)
    hues = [
        {mark.opts["brush"].color().name() for mark in layer.marks if mark.isVisible()}
        for layer in (plane.source, plane.samples)
    ]
    assert len(hues[0]) == 3
    assert hues[0] == hues[1]
    assert not hues[0] & {mark.opts["brush"].color().name() for mark in plane.data.marks if mark.isVisible()}
    assert plane.origins == ("a", "b", "c")


def test_paths_are_asked_for_while_time_is_not_at_its_end(running, backend, qtbot) -> None:
    running.studio.set_time(0.5)
    look = looked(backend, qtbot)
    assert "path" in look.layers
    assert look.t == 0.5


def test_how_close_samples_are_is_not_said_of_where_they_are_on_the_way(running) -> None:
    line = running.window.plane.quality.samples
    close = m.Closeness(0.1, 0.05)
    running.say(dataclasses.replace(fake.samples(running.name, 400, step=3120), close=close))
    assert line.isEnabled()
    running.studio.set_time(0.5)
    assert line.text().endswith("at t = 1")
    assert not line.isEnabled()


def test_nothing_is_waited_for_that_is_switched_off(running) -> None:
    plane, studio = running.window.plane, running.studio
    old = next(f for f in fake.fields(running.name) if f.layer == "field")
    running.say(fake.samples(running.name, 400, step=3120), dataclasses.replace(old, shown_step=0))
    studio.set_layers(("samples", "field"))
    assert plane.waits
    studio.set_layers(("samples",))
    assert not plane.waits


def test_many_moves_make_one_look(running, backend, qtbot) -> None:
    qtbot.wait(200)
    backend.sent.clear()
    for t in np.linspace(0.1, 0.9, 20):
        running.studio.set_time(float(t))
    qtbot.wait(250)
    assert len(backend.of(m.Look)) == 1


def test_scrubbing_shows_particles_between_frames(running) -> None:
    samples = fake.samples(running.name, 400)
    running.studio.set_time(0.5 + 1 / 64)
    shown = running.window.plane.samples.points
    assert shown.shape == (256, 2)
    expected = 0.75 * samples.path[8] + 0.25 * samples.path[9]
    np.testing.assert_allclose(shown, expected, atol=1e-5)
    running.studio.set_time(1.0)
    assert len(running.window.plane.samples.points) == 400


def test_playing_moves_time_to_the_end(running, qtbot) -> None:
    slider = running.window.plane.time
    running.studio.set_time(0.9)
    slider.toggle_play()
    qtbot.waitUntil(lambda: not slider.playing, timeout=3000)
    assert running.studio.session.time == 1.0


def test_a_click_asks_about_the_point_and_the_answer_is_shown(running, backend) -> None:
    running.window.plane.canvas.clicked.emit(0.5, -0.25)
    (probe,) = backend.of(m.Probe)
    np.testing.assert_allclose(probe.point, [0.5, -0.25])
    running.say(m.Probed(running.name, 1, probe.ticket, probe.point, {"log p model nats": -1.3}))
    assert "0.50" in running.window.steer.probe.where.text()


def test_arrow_keys_move_the_point_that_is_asked_about(running, backend, qtbot) -> None:
    plane = running.window.plane
    canvas = plane.canvas
    left, right, low, high = canvas.extent()
    for key, modifier in (
        (Qt.Key.Key_Up, Qt.KeyboardModifier.NoModifier),  # it begins in the middle
        (Qt.Key.Key_Left, Qt.KeyboardModifier.NoModifier),
        (Qt.Key.Key_Up, Qt.KeyboardModifier.ShiftModifier),
    ):
        qtbot.keyClick(canvas, key, modifier)
    middle = np.array([(left + right) / 2, (low + high) / 2])
    wanted = middle + np.array([-(right - left) / 50, 5 * (high - low) / 50])
    np.testing.assert_allclose(backend.of(m.Probe)[-1].point, wanted)
    np.testing.assert_allclose(backend.of(m.Probe)[0].point, middle)
    for _ in range(80):
        plane.step_probe(1, 0)
    np.testing.assert_allclose(backend.of(m.Probe)[-1].point[0], right)  # it stays in view


def test_the_view_is_described_for_whoever_does_not_see_it(running, studio) -> None:
    window = running.window
    window.describing.refresh()
    said = window.plane.canvas.accessibleDescription()
    assert running.studio.run.opened.info.data_title.lower()[1:] in said.lower()
    assert f"Training, step {studio.run.step:,}." in said
    studio.commands.run("view.describe")
    assert studio.notices.items[-1].message == said
    studio.edit(studio.session.with_(workspace="compare"))
    window.describing.refresh()
    assert window.views.currentWidget().accessibleDescription() == "Nothing is open yet."


def test_answers_about_an_earlier_point_are_dropped(running, backend) -> None:
    canvas = running.window.plane.canvas
    canvas.clicked.emit(0.0, 0.0)
    canvas.clicked.emit(1.0, 1.0)
    first = backend.of(m.Probe)[0]
    running.say(m.Probed(running.name, 1, first.ticket, first.point, {}))
    assert "Click" in running.window.steer.probe.where.text()


def test_layers_a_family_cannot_give_say_why(running) -> None:
    opened = m.Opened(running.name, 0, running.studio.resolved, fake.info(density="lower bound", field=None))
    running.say(opened)
    chips = running.window.plane.legend.chips
    assert not chips["density"].isEnabled()
    assert "bound" in chips["density"].toolTip()
    assert not chips["field"].isEnabled()


def test_a_new_run_clears_what_the_old_one_showed(running) -> None:
    running.say(fake.opened(running.name, running.studio.spec))
    plane = running.window.plane
    assert not len(plane.samples.points)
    assert plane.density.field is None
    assert plane.quality.number.text() == ""


def test_class_regions_follow_when_the_view_moves_at_the_same_step(running) -> None:
    regions = running.window.plane.regions
    first = np.log([[[0.9, 0.1]] * 4] * 4)
    regions.switch(True)
    regions.show(m.Field(running.name, 1, "regions", first, (-1.0, 1.0, -1.0, 1.0), "exact"))
    before = regions.image.image.copy()
    regions.show(m.Field(running.name, 1, "regions", first[..., ::-1], (-1.0, 1.0, -1.0, 1.0), "exact"))
    assert not np.array_equal(regions.image.image, before)
    before = regions.image.image.copy()
    regions.show_prior((1.0, 0.1))
    assert not np.array_equal(regions.image.image, before)


def test_more_points_than_marks_become_a_picture(running) -> None:
    layer = running.window.plane.samples
    layer.show(np.random.default_rng(0).normal(size=(5000, 2)).astype(np.float32))
    assert layer.image.isVisible()
    assert not any(item.isVisible() for item in layer.marks)


@pytest.mark.parametrize(
    ("size", "share"), [((1600, 1000), 0.7), ((1280, 720), 0.5), ((1000, 700), 0.5), ((820, 560), 0.3)]
)
def test_nothing_covers_the_data(running, qapp, size, share) -> None:
    running.window.resize(*size)
    for layer in ("truth", "difference"):
        running.studio.toggle_layer(layer)
    for _ in range(3):
        qapp.processEvents()
    plane = running.window.plane
    beside = [w for w in (plane.canvas, plane.legend, plane.quality, plane.keys, plane.time) if w.isVisible()]
    assert len(beside) == 5 or plane.quality.isHidden()  # in a very low view the data need its room
    for i, one in enumerate(beside):
        assert plane.rect().contains(one.geometry())
        for other in beside[i + 1 :]:
            assert not one.geometry().intersects(other.geometry())
    assert plane.canvas.height() > share * plane.height()


def test_the_margin_hides_with_one_key(running, qtbot) -> None:
    qtbot.keyClick(running.window, Qt.Key.Key_H)
    plane = running.window.plane
    assert not any(w.isVisible() for w in (plane.legend, plane.time, plane.quality, plane.keys))
    qtbot.keyClick(running.window, Qt.Key.Key_H)
    assert plane.legend.isVisible()
    assert plane.keys.isVisible()


# --- of which moment ----------------------------------------------------------------------------------------------------


def chip(running, layer: str) -> str:
    return running.window.plane.legend.chips[layer].text()


@pytest.fixture
def ages_when_asked(monkeypatch) -> None:
    """What is old is said when a test asks for it, however long the test takes."""
    monkeypatch.setattr(ageing, "OLD_MS", 3_600_000)


def test_what_belongs_to_another_moment_says_so_and_fades_until_the_next_comes(ages_when_asked, running) -> None:
    plane, name = running.window.plane, running.name
    running.say(*fake.fields(name, 3120), fake.samples(name, 400, 3120))
    assert chip(running, "density") == "3 density"
    running.say(fake.history(name, shown=240))
    assert "step" not in chip(running, "density")  # it has a moment to follow
    plane.ageing.show()
    assert "step 3\u202f120" in chip(running, "density")
    assert plane.density.image.opacity() < 0.5
    assert plane.samples.marks[0].opacity() < 0.5
    assert plane.data.marks[0].opacity() == 1
    running.say(*fake.fields(name, 240), fake.samples(name, 400, 240))
    assert chip(running, "density") == "3 density"
    assert plane.density.image.opacity() == 1


def test_the_number_goes_back_with_history(running) -> None:
    name = running.name
    gap = fake.curves(name).measures["gap"]
    line, panel = running.window.plane.quality, running.window.progress
    running.say(fake.history(name, shown=240))
    at = np.searchsorted(gap.steps, 240, side="right") - 1
    for number in (line.number, panel.number):
        assert float(number.text()) == pytest.approx(gap.values[at], abs=0.01)
    assert "above the entropy" not in panel.sentence.text()
    running.say(fake.history(name))
    assert float(line.number.text()) == pytest.approx(gap.values[-1], abs=0.01)


def test_an_old_number_is_grey_and_carries_its_step(running) -> None:
    line = running.window.plane.quality
    assert line.number.isEnabled()
    assert "2\u202f941" in line.when.text()
    running.say(fake.progress(running.name, step=9000))
    assert not line.number.isEnabled()
    assert "of 9\u202f000" in line.when.text()


def test_a_number_without_words_is_not_called_missing(running) -> None:
    """As after opening a file: the curve is there, what was said of it is not."""
    running.studio.run.measured = None
    running.window.progress.refresh()
    assert "No measure yet" not in running.window.progress.sentence.text()
    assert "step" in running.window.progress.sentence.text()


# --- keys ---------------------------------------------------------------------------------------------------------------


def test_every_heat_map_has_a_colour_bar_with_unit_and_range(running) -> None:
    running.studio.toggle_layer("truth")
    running.studio.toggle_layer("difference")
    bars = [key for key in running.window.plane.keys.keys if isinstance(key, ColourKey)]
    assert [bar.name for bar in bars] == ["density", "truth", "difference"]
    assert all("per unit" in bar.words and " to " in bar.words for bar in bars)
    running.studio.toggle_layer("truth")
    assert len([key for key in running.window.plane.keys.keys if isinstance(key, ColourKey)]) == 2


def test_a_difference_too_small_to_see_says_so(running) -> None:
    running.studio.toggle_layer("difference")
    faint = next(f for f in fake.fields(running.name) if f.layer == "difference")
    running.say(dataclasses.replace(faint, values=faint.values * 1e-4))
    assert "everywhere" in running.window.plane.keys.keys[1].words


def classes_of(running, count: int):
    running.say(fake.opened(running.name, running.studio.spec, classes=tuple(f"blob {y}" for y in range(count))))
    x = np.random.default_rng(0).normal(size=(40 * count, 2)).astype(np.float32)
    running.say(m.Data(running.name, 0, x, np.arange(40 * count) % count))
    (key,) = (key for key in running.window.plane.keys.keys if isinstance(key, ClassKey))
    return key


def test_few_classes_are_named_and_many_have_a_strip_of_colours(running) -> None:
    assert not classes_of(running, 2).many
    assert classes_of(running, 25).many
    marks = running.window.plane.data.marks
    assert len({mark.opts["brush"].color().name() for mark in marks}) == 25


@pytest.mark.parametrize("count", [2, 3, 8, 9, 25])
def test_points_bars_and_places_of_a_class_have_one_colour(running, count: int) -> None:
    key = classes_of(running, count)
    marks = running.window.plane.data.marks
    points = [mark.opts["brush"].color().name() for mark in marks[:count]]
    evidence = np.where(np.arange(count) == count - 1, 0.0, -3.0)[None]
    told = m.Classified(running.name, 0, 1, tuple(map(str, range(count))), evidence, "Bayes' rule", "exact")
    section = running.window.steer.evidence
    section.show_classified(told)
    assert {name: hue for name, _, hue in section.bars.rows} == {
        name: points[int(name)] for name, _, _ in section.bars.rows
    }
    assert section.bars.rows
    shot = key.grab().toImage()
    seen = {shot.pixelColor(x, y).getRgb() for x in range(shot.width()) for y in range(shot.height())}
    for hue in map(QColor, points):  # thin marks are blended with the ground a little
        assert min(sum(abs(a - b) for a, b in zip(hue.getRgb(), other, strict=True)) for other in seen) < 60


@pytest.mark.parametrize("look", ["dark", "light"])
def test_the_colours_of_25_classes_can_be_told_apart(look) -> None:
    colours = np.array([QColor(colour(y, 25, look)).getRgbF()[:3] for y in range(25)])
    apart = np.linalg.norm(colours[:, None] - colours[None], axis=-1) + np.eye(25)
    assert apart.min() > 0.07
    ground = np.array(QColor({"dark": theme.DARK, "light": theme.LIGHT}[look].plot).getRgbF()[:3])
    assert np.linalg.norm(colours - ground, axis=1).min() > 0.45


def test_few_examples_are_large_and_on_top(running) -> None:
    plane = running.window.plane
    small = plane.data.marks[0].opts["size"]
    x, _ = fake.moons(20)
    running.say(m.Data(running.name, 0, x, None))
    assert plane.data.large
    assert plane.data.marks[0].opts["size"] > 2 * small
    assert plane.data.marks[0].zValue() > plane.samples.marks[0].zValue()


# --- playing ------------------------------------------------------------------------------------------------------------


def test_playing_in_a_loop_begins_again_and_speed_is_a_factor(running) -> None:
    bar = running.window.plane.time
    bar.loop.setChecked(True)
    bar.show_time(1.0)
    bar.toggle_play()
    bar.speed.setCurrentIndex(bar.speed.findData(0.25))
    bar.begin_from(0.0)
    bar.advance_to(6.0)
    assert running.studio.session.time == pytest.approx(0.5)
    bar.speed.setCurrentIndex(bar.speed.findData(2.0))
    bar.begin_from(0.0)
    bar.advance_to(1.6)
    assert running.studio.session.time == 1.0
    bar.advance_to(9.0)
    assert running.studio.session.time == 0.0
    assert bar.playing
    bar.stop()


# --- drawing ----------------------------------------------------------------------------------------------------------


def stroke(pad, *places: tuple[float, float]) -> None:
    pad.begin_stroke(QPointF(*places[0]))
    for place in places[1:]:
        pad.continue_stroke(QPointF(*place))
    pad.end_stroke()


def test_a_stroke_becomes_data(running, backend) -> None:
    running.window.draw()
    pad = running.window.plane.pad
    stroke(pad, (200, 200), (420, 260))
    spec = backend.of(m.Edit)[-1].spec
    assert spec.data.name == "drawn"
    points = unpacked(spec.data.params["points"])
    assert len(points) > 30
    left, right, *_ = running.window.plane.canvas.extent()
    assert ((points[:, 0] > left) & (points[:, 0] < right)).all()


def test_a_fast_stroke_leaves_no_gap(running) -> None:
    running.window.draw()
    pad = running.window.plane.pad
    stroke(pad, (150, 300), (550, 300))
    x = np.sort(pad.points[:, 0])
    assert x[-1] - x[0] > 1.0
    assert np.diff(x).max() < 0.3


def test_drawing_can_be_undone_stroke_by_stroke(running, qtbot) -> None:
    running.window.draw()
    pad = running.window.plane.pad
    stroke(pad, (200, 200), (300, 200))
    first = pad.points
    stroke(pad, (200, 300), (300, 300))
    assert len(pad.points) > len(first)
    qtbot.keyClick(pad.glass, Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    np.testing.assert_array_equal(pad.points, first)
    pad.redo()
    assert len(pad.points) > len(first)


def test_the_eraser_removes_what_it_touches(running) -> None:
    running.window.draw()
    pad = running.window.plane.pad
    stroke(pad, (200, 200), (400, 200))
    pad.tools["eraser"].setChecked(True)
    pad.size.show_value(120)
    stroke(pad, (150, 200), (300, 200), (450, 200))
    assert not len(pad.points)


def test_clearing_keeps_the_data_until_something_is_drawn(running, backend) -> None:
    running.window.draw()
    pad = running.window.plane.pad
    stroke(pad, (200, 200), (300, 200))
    sent = len(backend.of(m.Edit))
    pad.clear()
    assert len(backend.of(m.Edit)) == sent
    pad.undo()
    assert len(pad.points)


def test_packed_points_come_back() -> None:
    x = np.random.default_rng(0).normal(size=(7, 2)).astype(np.float32)
    np.testing.assert_array_equal(unpacked(packed(x)), x)


# --- geometry ---------------------------------------------------------------------------------------------------------


def _lines(points: np.ndarray) -> list[np.ndarray]:
    """The single lines of contours, which NaN parts."""
    ends = np.flatnonzero(np.isnan(points[:, 0]))
    return [points[i + 1 : j] for i, j in zip([-1, *ends[:-1]], ends, strict=True)]


def test_contours_lie_on_the_level() -> None:
    y, x = np.mgrid[0:60, 0:80]
    values = -((x - 40.0) ** 2 + (y - 30.0) ** 2)
    (points,) = _lines(contours(values, [-225.0]))
    radius = np.hypot(points[:, 0] - 40, points[:, 1] - 30)
    assert len(points) > 40
    np.testing.assert_allclose(radius, 15, atol=0.05)


def test_a_mesh_of_every_class_has_the_colours_of_the_classes(running) -> None:
    mesh = running.window.plane.mesh
    mesh.switch(True)
    one, extent = np.random.default_rng(0).normal(size=(6, 9, 2)), (-2.5, 2.5, -2.5, 2.5)
    for values, count in ((one, 1), (np.stack([one, one + 1]), 2), (one, 1)):
        mesh.show(m.Field(running.name, 1, "mesh", values, extent, "mesh"))
        assert len(mesh.grids) == count
        assert all(grid.path().elementCount() == 54 and grid.scene() is not None for grid in mesh.grids)
        shades = {grid.pen().color().name() for grid in mesh.grids}
        assert len(shades) == count
    mesh.switch(False)
    assert not mesh.grids[0].isVisible()


def test_contours_of_a_closed_line_meet() -> None:
    rng = np.random.default_rng(0)
    values = rng.normal(size=(30, 30))
    values[0] = values[-1] = values[:, 0] = values[:, -1] = -9.0
    lines = _lines(contours(values, [0.0, 0.5]))
    assert len(lines) > 20
    assert all((line[0] == line[-1]).all() for line in lines)


@pytest.mark.parametrize("count", [1, 4])
def test_only_lines_that_the_cells_can_show_are_drawn(count) -> None:
    """Of Gaussians 0.6 cells wide lines would be ragged squares, of those 3 cells wide they are circles."""
    side = 128 // count
    rows, columns = np.mgrid[:128, :128] % side - (side - 1) / 2
    narrow, wide = (-(rows**2 + columns**2) / (2 * width**2) for width in (0.6, 3.0))
    assert not any(resolved(narrow, level) for level in mass_levels(narrow))
    assert all(resolved(wide, level) for level in mass_levels(wide))


def test_a_grid_that_no_level_crosses_has_no_contours() -> None:
    assert not path_of(contours(np.zeros((9, 9)), [1.0]), (9, 9), (0, 1, 0, 1)).elementCount()
    assert not contours(np.zeros((9, 9)), []).size


def test_mass_levels_hold_the_mass_of_a_gaussian() -> None:
    at_ = np.linspace(-6, 6, 400)
    x, y = np.meshgrid(at_, at_)
    log_p = -(x**2 + y**2) / 2 - np.log(2 * np.pi)
    for share, level in zip((0.5, 0.8, 0.95), mass_levels(log_p), strict=True):
        assert level == pytest.approx(np.log(1 - share) - np.log(2 * np.pi), abs=0.02)


def test_arrows_point_along_the_field_and_stay_in_their_cell() -> None:
    vectors = np.zeros((88, 88, 2))
    vectors[..., 0] = np.linspace(-3, 5, 88)
    start, end = lines(vectors, (-2, 2, -2, 2))
    step = end - start
    assert (np.sign(step[:, 0]) == np.sign(vectors[0, 2::4, 0])[np.arange(len(step)) % 22]).all()
    assert np.abs(step).max() < 4 * 4 / 88


def test_particles_between_frames_are_on_the_line() -> None:
    path = np.array([[[0.0, 0.0]], [[1.0, 2.0]], [[3.0, 2.0]]])
    times = np.array([0.0, 0.5, 1.0])
    np.testing.assert_allclose(at(path, times, 0.25), [[0.5, 1.0]])
    np.testing.assert_allclose(at(path, times, 0.75), [[2.0, 2.0]])
    np.testing.assert_allclose(at(path, times, 0.0), [[0.0, 0.0]])
    np.testing.assert_allclose(at(path, times, 1.0), [[3.0, 2.0]])


def test_samples_that_are_on_screen_are_not_drawn_again(running, monkeypatch) -> None:
    plane = running.window.plane
    drawn = []
    monkeypatch.setattr(plane.samples, "_draw", lambda: drawn.append(1))
    running.studio.toggle_layer("truth")
    running.studio.set_sampling(temperature=0.5)
    assert not drawn


# --- opening ------------------------------------------------------------------------------------------------------------


def test_opening_other_data_leaves_the_pad_and_shows_all_of_them(running, qapp) -> None:
    running.window.draw()
    pad, canvas = running.window.plane.pad, running.window.plane.canvas
    stroke(pad, (200, 200), (300, 200))
    drawn = running.studio.spec
    running.say(fake.opened(running.name, drawn))
    assert pad.active
    body = drawn.with_(data={"name": "file", "path": "/body.csv"})
    running.say(fake.opened(running.name, body, extent=(40.0, 120.0, 150.0, 200.0)))
    assert not pad.active
    left, right, low, high = canvas.extent()
    assert left <= 40 < 120 <= right
    assert low <= 150 < 200 <= high


def test_closing_the_pad_shows_all_of_the_drawing(running) -> None:
    running.window.draw()
    running.window.plane.canvas.show_extent((50.0, 60.0, 50.0, 60.0))
    running.window.plane.pad.close()
    left, right, *_ = running.window.plane.canvas.extent()
    assert left < 0 < right


def test_what_failed_while_drawing_can_be_taken_back(running) -> None:
    running.window.draw()
    before = running.studio.spec
    running.studio.choose_data(DataChoice(name="file", path="/bad.csv"))
    running.say(m.Failed(running.name, 0, "bad.csv has text in row 3.", "Remove the row.", "open"))
    assert running.window.views.currentWidget() is running.window.failed
    running.studio.commands.run("edit.undo")
    assert running.studio.spec == before
    assert running.window.views.currentWidget() is running.window.plane


def test_beyond_what_was_drawn_a_picture_fades_and_is_not_cut_off() -> None:
    """As after a pan, before the next picture has come."""
    colours = np.full((6, 8, 4), 200, np.uint8)
    wide = softened(colours)
    alpha = wide[len(wide) // 2, :, 3].astype(int)
    assert (wide[EDGE:-EDGE, EDGE:-EDGE] == colours).all()
    assert alpha[0] < 20
    assert np.abs(np.diff(alpha)).max() < 0.4 * 200
    assert (np.diff(alpha[: len(alpha) // 2]) >= 0).all()


@pytest.mark.parametrize("kind", ["velocity", "score"])
def test_arrows_of_unlike_coordinates_point_as_they_do_where_cells_are_square(kind: str) -> None:
    rng = np.random.default_rng(0)
    vectors = rng.normal(size=(22, 22, 2))
    step = np.array([1e9, 1e-6])
    start, end = lines(vectors, (-2, 2, -2, 2), slopes=kind == "score")
    scaled = vectors / step if kind == "score" else vectors * step
    wide, wide_end = lines(scaled, (-2e9, 2e9, -2e-6, 2e-6), slopes=kind == "score")
    np.testing.assert_allclose((wide_end - wide) / step, end - start, rtol=1e-9)


@pytest.mark.parametrize(
    ("low", "high", "base", "power"),
    [
        (-3, 3, 0, 0),
        (0, 9000, 0, 0),
        (1.7e9 - 500, 1.7e9 + 900, 1.7e9, 0),
        (5_410_936, 5_411_320, 5_411_000, 0),
        (-1.0e6 - 2e-3, -1.0e6 + 1e-2, -1e6, 0),
        (-2e-15, 4e-15, 0, -15),
        (1e20, 3e20, 0, 18),
        (5, 5, 0, 0),
    ],
)
def test_ticks_are_counted_from_a_round_number_in_a_fit_power(low: float, high: float, base: float, power: int) -> None:
    assert origin(low, high) == (base, power)


def test_coordinates_are_named_and_drawn_equal_in_what_both_call_a_step(running, qapp) -> None:
    canvas = running.window.plane.canvas
    canvas.show_coordinates(("seconds", "height (cm)"), (900.0, 0.1))
    canvas.show_extent((1.7e9, 1.7e9 + 3600, 48.0, 48.4))
    qapp.processEvents()
    left, right, low, high = canvas.extent()
    width, height = canvas.item.getViewBox().width(), canvas.item.getViewBox().height()
    assert (right - left) / 900 / width == pytest.approx((high - low) / 0.1 / height, rel=1e-6)
    assert canvas.item.getAxis("bottom").label.toPlainText().strip() == "seconds − 1,700,000,000"
    assert canvas.item.getAxis("left").label.toPlainText().strip() == "height (cm)"
    ticks = canvas.item.getAxis("bottom").tickStrings([1.7e9, 1.7e9 + 500], 1.0, 500.0)
    assert ticks == ["0", "500"]


def test_points_far_from_zero_are_drawn_where_they_are(running) -> None:
    layer = running.window.plane.data
    x = np.array([[1.7e9, 48.0], [1.7e9 + 1e-3, 48.0 + 1e-9]])
    layer.show(x)
    np.testing.assert_array_equal(layer.points, x)


def test_a_little_more_is_asked_for_than_is_seen_and_kept_while_it_covers_the_view() -> None:
    view = (-2.0, 2.0, -1.0, 1.0)
    asked = asked_extent(view, None)
    assert asked[0] < -2 < 2 < asked[1]
    assert asked_extent((-2.1, 1.9, -1.05, 1.0), asked) == asked  # moved a little, or a panel took some pixels
    assert asked_extent((-3.0, 1.0, -1.0, 1.0), asked) != asked
    assert asked_extent((-0.5, 0.5, -0.25, 0.25), asked) != asked  # seen from near it is drawn more finely


def test_words_on_chips_and_the_first_number_do_not_move_the_plane(running, qapp) -> None:
    plane, name = running.window.plane, running.name
    running.say(fake.opened(name, running.studio.spec), fake.samples(name, 400, 3120))
    running.say(*(f for f in fake.fields(name, 3120) if f.layer in ("density", "field")))
    plane.ageing.show()
    before = None
    for step in (9000, 3120, 9000, 3120):
        running.say(fake.progress(name, step=step), *((fake.curves(name),) if before else ()))
        plane.ageing.show()
        for _ in range(3):
            qapp.processEvents()
        assert before is None or plane.canvas.geometry() == before
        before = plane.canvas.geometry()


def test_drawing_over_data_far_away_begins_around_zero_and_leaves_them_as_they_were(running, qapp) -> None:
    plane, opened = running.window.plane, running.studio.run.opened
    far = (1.7e9, 1.7e9 + 3600, 48.0, 48.4)
    info = dataclasses.replace(opened.info, extent=far, axes=("seconds", "degrees"), step=(900.0, 0.1))
    running.say(dataclasses.replace(opened, info=info))
    plane.pad.open()
    qapp.processEvents()
    left, right, low, high = plane.canvas.extent()
    assert -20 < left < -2 < 2 < right < 20
    assert low < 0 < high
    plane.pad.close()
    qapp.processEvents()
    left, right, low, high = plane.canvas.extent()
    assert left <= far[0] < far[1] <= right
    assert low <= far[2] < far[3] <= high
    assert plane.canvas.item.getAxis("left").label.toPlainText().startswith("degrees")


def test_every_layer_has_an_item_and_a_chip(running) -> None:
    names = [layer.name for layer in PLANE_LAYERS]
    assert set(running.window.plane.layers) == set(names)
    assert list(running.window.plane.legend.chips) == names


def test_a_long_word_on_samples_takes_no_room_from_the_panels(running) -> None:
    line = running.window.plane.quality
    line.show_samples("samples 0.06 sd from data", faded=False)
    least = line.minimumSizeHint().width()
    line.show_samples("samples 0.0398 sd from data (floor 0.0531) · 8 of 8 modes", faded=True)
    assert line.minimumSizeHint().width() == least
