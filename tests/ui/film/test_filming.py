"""Films of saved runs: what is in the file is what the window shows at that moment."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageSequence
from PySide6.QtGui import QImage

from dgm_studio.api.job import Job
from dgm_studio.protocol import messages as m
from dgm_studio.protocol.spec import DataChoice, RunSpec, Sampling
from dgm_studio.studio.film.choice import BadFilm, FilmChoice
from dgm_studio.studio.painting.canvas_steps import Results
from dgm_studio.studio.painting.question import Question
from dgm_studio.studio.painting.results import ResultHistory, kept
from dgm_studio.studio.session.session import Session
from dgm_studio.ui.film.filming import film, offstage
from dgm_studio.ui.film.latent_walk import walk
from dgm_studio.ui.film.shooting import frames
from dgm_studio.ui.film.stage import Stage
from dgm_studio.ui.images.tiles import Tiles
from dgm_studio.ui.plane.plane import PlaneView

SIZE = (300, 200)
BARE = {"title": False, "number": False, "legend": False}


def _trained(path: Path, spec: RunSpec, steps: int = 12) -> Path:
    job = Job()
    job.open(spec)
    job.ask(m.Train(job.name, steps=steps), m.Finished)
    seen = Session(layers=("data", "samples", "field")).model_dump_json().encode()
    job.ask(m.Save(job.name, path, {"session.json": seen}), m.Saved)
    return path


@pytest.fixture(scope="module")
def plane(tmp_path_factory: pytest.TempPathFactory) -> Path:
    spec = RunSpec(
        data=DataChoice(name="moons", params={"examples": 300}),
        family="flow-matching",
        config={"width": 16},
        sampling=Sampling(count=60, seed=4, seed_locked=True, knobs={"steps": 4}),
    )
    return _trained(tmp_path_factory.mktemp("film") / "plane.dgm", spec)


@pytest.fixture(scope="module")
def images(tmp_path_factory: pytest.TempPathFactory) -> Path:
    spec = RunSpec(
        data=DataChoice(name="digits"), family="diffusion", config={"width": 16}, sampling=Sampling(count=4, knobs={"steps": 3})
    )  # fmt: skip
    return _trained(tmp_path_factory.mktemp("film") / "images.dgm", spec, 2)


def _as_the_window(studio, t: float, settle) -> np.ndarray:
    """The canvas of the window's own view at a sampling time, of the size of the film."""
    view = PlaneView(studio)
    view.given.card.setParent(view)  # which in the window stands in a panel
    view.show_margin(False)
    view.resize(SIZE[0] + 24, SIZE[1] + 16)
    view.show()
    studio.set_time(t)
    view.show_all()
    view.look_at(t, path=t < 1.0)
    settle()
    image = view.grab(view.canvas.geometry()).toImage().convertToFormat(QImage.Format.Format_RGB888)
    assert (view.canvas.width(), view.canvas.height()) == SIZE
    view.close()
    view.deleteLater()
    rows = np.frombuffer(image.constBits(), np.uint8).reshape(SIZE[1], image.bytesPerLine())
    return rows[:, : 3 * SIZE[0]].reshape(SIZE[1], SIZE[0], 3).copy()


def test_the_ends_of_a_film_are_what_the_window_shows(plane: Path, tmp_path: Path) -> None:
    out, told = tmp_path / "film.webp", []
    choice = FilmChoice(seconds=0.2, fps=30, size=SIZE, rest=0, **BARE)
    film(plane, choice, out, lambda frame, count: told.append((frame, count)))
    assert told == [(i + 1, 6) for i in range(6)]
    with Image.open(out) as read:
        assert (read.n_frames, read.size) == (6, SIZE)
        shown = [np.asarray(frame.convert("RGB")) for frame in ImageSequence.Iterator(read)]
    with offstage(plane, "dark") as place:
        place.hold_noise()
        for t, frame in ((0.0, shown[0]), (1.0, shown[-1])):
            seen = _as_the_window(place.studio, t, place.settle)
            assert np.abs(seen.astype(int) - frame).max() <= 2
    assert (shown[0] != shown[-1]).any()


def test_what_stands_still_is_painted_once_and_nobody_can_tell(plane: Path) -> None:
    with offstage(plane, "light") as place:
        stage = Stage(place.studio, place.slots, FilmChoice(size=SIZE))
        for scene in stage.scenes.values():
            scene.ask(1.0)
        place.settle()
        for t in (0.3, 0.7):
            place.studio.set_time(t)
            stage.show_moment(f"t = {t}")
            drawn, image = stage.pixels(), stage.image(1.0).convertToFormat(QImage.Format.Format_RGB888)
            rows = np.frombuffer(image.constBits(), np.uint8).reshape(SIZE[1], image.bytesPerLine())[:, : 3 * SIZE[0]]
            # where lines cross, one rounding is between
            assert np.abs(drawn.reshape(SIZE[1], -1).astype(int) - rows).max() <= 2
        assert stage.scenes["2d"].moving
        stage.close()
        stage.deleteLater()


def test_the_training_of_a_run_is_filmed_step_by_step(plane: Path) -> None:
    with offstage(plane, "light") as place:
        before = place.studio.run.samples
        shot = list(frames(place, FilmChoice(of="training", seconds=0.5, fps=30, size=SIZE)))
        steps = {int(step) for step in place.studio.run.history.steps}
        assert place.studio.run.step == 12
    assert before is None
    assert len(shot) == 15
    assert len({one.tobytes() for one in shot}) == len(steps | {12})
    np.testing.assert_array_equal(shot[-1], shot[-2])  # it rests at the end


def test_pictures_are_filmed_on_their_way_and_between_examples(images: Path) -> None:
    with offstage(images, "light") as place:
        shot = list(frames(place, FilmChoice(seconds=0.2, fps=30, size=SIZE, rest=0, transparent=True)))
        assert all(one.shape == (200, 300, 4) for one in shot)
        assert shot[0][..., 3].min() == 0
        assert (shot[0] != shot[-1]).any()
        walk = list(frames(place, FilmChoice(of="interpolation", seconds=0.2, fps=30, size=SIZE, back=True)))
        np.testing.assert_array_equal(walk[1], walk[-1])
        assert (walk[0] != walk[3]).any()


@pytest.fixture(scope="module")
def painted(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A VAE of two numbers whose file holds an answer of the canvas."""
    path, job = tmp_path_factory.mktemp("film") / "painted.dgm", Job()
    spec = RunSpec(data=DataChoice(name="digits"), family="vae", config={"width": 16, "latent": 2})
    job.open(spec)
    job.ask(m.Train(job.name, steps=2), m.Finished)
    image, mask = np.zeros((8, 8), np.uint8), np.zeros((8, 8), np.float32)
    mask[4:] = 1
    question = Question(seed=3, count=2)
    answer = job.ask(m.Fill(job.name, image, mask, 2, 3, 1, live=False, **question.asked_with()), m.Filled)
    history = ResultHistory()
    history.add(kept(1, Results(image, mask, 3, question=question), answer, None, "vae", 0.1))
    job.ask(m.Save(job.name, path, dict(history.to_members())), m.Saved)
    return path


def test_a_walk_on_the_latent_plane_shows_what_is_decoded_where_the_point_is(painted: Path) -> None:
    with offstage(painted, "dark") as place:
        choice = FilmChoice(of="latents", seconds=0.2, fps=30, size=SIZE, rest=0, through=((0, 0), (0.2, 0.2)), **BARE)
        shot = list(frames(place, choice))
        assert len({one.tobytes() for one in shot}) == 6
        again = list(frames(place, replace(choice, back=True)))
        np.testing.assert_array_equal(again[0], shot[0])
        np.testing.assert_array_equal(again[3], shot[-1])
        extent = place.studio.run.latents.extent
        around = walk(FilmChoice(of="latents", seconds=1.0, rest=0), extent)
        np.testing.assert_allclose(around[0], around[-1], atol=1e-9)
        with pytest.raises(BadFilm, match="is outside"):
            list(frames(place, replace(choice, through=((0, 0), (99, 0)))))
        with pytest.raises(BadFilm, match="two places"):
            list(frames(place, replace(choice, through=((0, 0), (0, 0)))))


def test_a_walk_through_places_keeps_its_pace() -> None:
    places = walk(FilmChoice(seconds=1.0, fps=30, rest=0, through=((0, 0), (3, 0), (3, 1))), (-4.0, 4.0, -4.0, 4.0))
    steps = np.abs(np.diff(places, axis=0)).sum(1)  # around the corner, too
    np.testing.assert_allclose(steps, 4 / 29, atol=1e-9)
    np.testing.assert_allclose(places[-1], (3, 1))


def test_the_steps_of_an_answer_end_in_its_candidates(painted: Path) -> None:
    with offstage(painted, "light") as place:
        choice = FilmChoice(of="painting", seconds=0.2, fps=30, size=SIZE, rest=0, **BARE)
        shot = list(frames(place, choice))
        assert (shot[0] != shot[-1]).any()
        history = ResultHistory()
        history.load_members(place.studio.loaded)
        tiles = Tiles("as it ended")
        tiles.resize(SIZE[0] - 16, SIZE[1] - 16)
        hole = np.zeros((1, 8, 8), np.uint8)
        hole[:, 4:] = 128
        tiles.show_images(np.concatenate([hole, history.items[0].answer.x]))
        image = tiles.grab().toImage().convertToFormat(QImage.Format.Format_RGB888)
        rows = np.frombuffer(image.constBits(), np.uint8).reshape(image.height(), image.bytesPerLine())
        inner = rows[:, : 3 * image.width()].reshape(image.height(), image.width(), 3)
        middle = slice(20, -20)
        np.testing.assert_array_equal(shot[-1][8:-8, 8:-8][middle, middle], inner[middle, middle])


def test_what_has_no_such_timeline_is_said(tmp_path: Path) -> None:
    run = _trained(tmp_path / "kde.dgm", RunSpec(data=DataChoice(name="moons"), family="kde"), 1)
    with offstage(run, "dark") as place:
        with pytest.raises(BadFilm, match="no training to film"):
            next(frames(place, FilmChoice(of="training", size=SIZE)))
        with pytest.raises(BadFilm, match="cannot interpolate"):
            next(frames(place, FilmChoice(of="interpolation", size=SIZE)))
        with pytest.raises(BadFilm, match="has no latent plane"):
            next(frames(place, FilmChoice(of="latents", size=SIZE)))
        with pytest.raises(BadFilm, match="holds no answer"):
            next(frames(place, FilmChoice(of="painting", size=SIZE)))


def test_a_file_that_is_no_run_is_said_and_no_film_is_left(tmp_path: Path) -> None:
    (tmp_path / "bad.dgm").write_bytes(b"no run")
    with pytest.raises(BadFilm, match="not a whole"):
        film(tmp_path / "bad.dgm", FilmChoice(size=SIZE), tmp_path / "film.webp", lambda *_: None)
    assert [each.name for each in tmp_path.iterdir()] == ["bad.dgm"]
