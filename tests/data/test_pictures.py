"""The picture sets that come with the program: shapes, classes, splits, factors, speed and looks that can be asserted."""

from __future__ import annotations

import subprocess
import sys

import numpy as np
import pytest
import torch
from effort import Effort

from dgm_studio.contract import DataSet, Rng, Source, Units, rng_for, to_pixels
from dgm_studio.data import digits, glyphs, icons, scenes, shapes
from dgm_studio.data.shared.images import split
from dgm_studio.data.thumbnail import thumbnail
from dgm_studio.discovery import discover

SOURCES = {source.name: source for module in (digits, glyphs, icons, scenes, shapes) for source in module.SOURCES}
SMALL = {"glyphs": {"examples": 300}, "scenes": {"examples": 300}, "shapes": {"examples": 300}}
EVENTS = {
    "digits": (1, 8, 8),
    "glyphs": (1, 28, 28),
    "icons": (1, 32, 32),
    "scenes": (3, 32, 32),
    "shapes": (3, 32, 32),
}


@pytest.mark.parametrize("name", SOURCES)
def test_pictures_have_the_promised_shape_and_use_the_whole_range(name: str, load) -> None:
    data = load(SOURCES[name], **SMALL.get(name, {}))
    assert data.spec.event == EVENTS[name]
    assert data.spec.value_range == (-1.0, 1.0)
    for batch in (data.train, data.held_out):
        assert batch.x.dtype == torch.uint8
        assert batch.x.shape == (len(batch), *EVENTS[name])
        assert (batch.label is None) == (not data.spec.classes)
    assert data.train.x.max() > 240
    assert data.train.x.min() < 30
    assert all(len(values) == len(data.train) for values in data.factors.values())
    if data.train.label is not None:
        assert set(data.train.label.tolist()) == set(range(len(data.spec.classes)))


@pytest.mark.parametrize("name", SOURCES)
def test_equal_seeds_give_equal_pictures_and_nothing_held_out_is_trained_on(name: str, load) -> None:
    small = SMALL.get(name, {})
    first, again = load(SOURCES[name], seed=4, **small), load(SOURCES[name], seed=4, **small)
    assert first.train.x.equal(again.train.x)
    assert first.held_out.x.equal(again.held_out.x)
    if small:
        assert not first.train.x.equal(load(SOURCES[name], seed=5, **small).train.x)
        seen = {row.numpy().tobytes() for row in first.train.x}
        assert not any(row.numpy().tobytes() in seen for row in first.held_out.x)


def test_digits_are_those_of_scikit_learn(load) -> None:
    from sklearn.datasets import load_digits

    data = load(SOURCES["digits"])
    known = load_digits()
    parts = [np.column_stack([b.x.flatten(1).numpy(), b.label.numpy()]) for b in (data.train, data.held_out)]
    real = np.column_stack([np.round(np.float32(known.data) * np.float32(255 / 16)), known.target])
    assert sorted(map(tuple, np.concatenate(parts).tolist())) == sorted(map(tuple, real.tolist()))
    large = load(SOURCES["digits"], size=16)
    assert large.spec.event == (1, 16, 16)
    small_again = torch.nn.functional.avg_pool2d(large.train.x.float(), 2)
    assert (small_again - data.train.x.float()).abs().mean() < 12


def test_the_split_is_stratified_shuffled_and_fixed() -> None:
    label = torch.arange(1000) % 10
    train, held = split(label)
    assert torch.bincount(label[held]).tolist() == [20] * 10
    assert torch.cat([train, held]).sort()[0].equal(torch.arange(1000))
    assert torch.bincount(label[train[:200]], minlength=10).min() > 8
    assert split(label)[1].equal(held)
    lonely = torch.tensor([0, 1, 1, 1, 1, 1])
    assert 0 in split(lonely)[0]
    one, none = split(torch.zeros(1, dtype=torch.long))
    assert (len(one), len(none)) == (1, 0)


@pytest.mark.parametrize(("which", "classes"), [("digits", 10), ("capitals", 26), ("letters", 52), ("all", 62)])
def test_glyphs_offer_characters_as_classes(which: str, classes: int) -> None:
    assert len(set(glyphs.CHARACTERS[which])) == classes


def test_glyph_thickness_and_size_are_what_the_factors_say(load) -> None:
    data = load(SOURCES["glyphs"], examples=1500)
    ink = data.train.x.float().mean((1, 2, 3))
    for factor in ("thickness", "size"):
        together = torch.corrcoef(torch.stack([ink, data.factors[factor]]))[0, 1]
        assert together > 0.15, factor
    assert (ink > 4).all()
    assert len(data.factors["font"].unique()) == len(glyphs.fonts()) >= 10


def test_every_glyph_of_every_font_stays_inside_its_picture() -> None:
    for file in glyphs.fonts():
        font = glyphs.fitted(file)
        for character in "0gWQMj":
            distance = glyphs.distance_map(font, character)
            assert distance.max() > 0.3, (file.name, character)
            border = torch.cat([distance[0], distance[-1], distance[:, 0], distance[:, -1]])
            assert border.max() < 0, (file.name, character)


def test_shapes_lie_where_their_factors_say(load) -> None:
    data = load(SOURCES["shapes"], size=32, colour=False, examples=400)
    assert data.spec.event == (1, 32, 32)
    ink = (data.train.x[:, 0].float() - 15).clamp(min=0)
    side = (torch.arange(32) + 0.5) / 16 - 1
    centre_x = (ink.sum(1) * side).sum(1) / ink.sum((1, 2))
    centre_y = (ink.sum(2) * side).sum(1) / ink.sum((1, 2))
    assert (centre_x - data.factors["x"]).abs().max() < 0.12
    assert (centre_y - data.factors["y"]).abs().max() < 0.12
    area = ink.sum((1, 2)) / data.factors["size"].square()
    assert area.min() > 0.2 * area.max()


def test_scenes_show_their_causes(load) -> None:
    data = load(SOURCES["scenes"], examples=600)
    x = data.train.x.float()
    brightness = [float(x[data.train.label == time].mean()) for time in range(3)]
    assert brightness[0] > brightness[1] > brightness[2]
    day = data.train.label == 0
    bottom, grass = x[day, :, -6:].mean((2, 3)), data.factors["grass"][day]
    assert torch.corrcoef(torch.stack([bottom[:, 0] - bottom[:, 1], grass]))[0, 1] < -0.5
    assert data.factors["trees"].unique().tolist() == [0, 1, 2, 3, 4, 5]
    assert 0.4 < data.factors["river_bends_right"].float().mean() < 0.6


def test_icons_are_many_distinct_and_centred(load) -> None:
    data = load(SOURCES["icons"])
    x = torch.cat([data.train.x, data.held_out.x])[:, 0].float()
    assert len(x) > 7000
    assert (x.mean((1, 2)) > 2).all()
    assert len(load(SOURCES["icons"], outlined=False).train) < len(data.train)


def test_icons_and_digits_are_read_without_qt() -> None:
    code = (
        "import sys; from dgm_studio.data import digits, icons; from dgm_studio.contract import rng_for\n"
        "icons.SOURCES[0].preview(rng_for(0)); digits.SOURCES[0].preview(rng_for(0))\n"
        "assert not {'qtawesome', 'PySide6'} & set(sys.modules)"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


# --- previews and thumbnails ------------------------------------------------------------------------------------------

EVERY: dict[str, Source] = discover("dgm_studio.data", "SOURCES")
PREVIEWS = {name: source.preview for name, source in EVERY.items() if source.preview is not None}


def test_every_source_but_files_has_a_preview() -> None:
    assert set(PREVIEWS) == {name for name, source in EVERY.items() if not source.from_file}


@pytest.mark.parametrize("name", PREVIEWS)
def test_previews_are_little_work_and_become_thumbnails(name: str) -> None:
    def make(rng: Rng) -> DataSet:
        return PREVIEWS[name](rng)

    with Effort() as effort:
        picture = thumbnail(make(rng_for(0)), 96)
    assert effort.operations < 30_000
    assert effort.numbers < 100_000_000
    assert picture.dtype == "uint8"
    assert picture.shape[:2] == (96, 96)
    assert picture.max() > 150
    assert picture.flags["C_CONTIGUOUS"]


@pytest.mark.parametrize("size", [40, 64, 150])
def test_thumbnails_come_in_any_size(size: int) -> None:
    for name in ("moons", "digits", "scenes"):
        assert thumbnail(PREVIEWS[name](rng_for(2)), size).shape[:2] == (size, size)


def test_a_raster_shows_points_the_right_way_up(load) -> None:
    x = torch.rand(2000, 2, generator=rng_for(0))
    x[:1500, 1] += 3
    preview = PREVIEWS["moons"](rng_for(0))
    shown = thumbnail(DataSet("points", preview.spec, type(preview.train).of(x), preview.held_out), 64)
    assert shown[:32].sum() > 1.5 * shown[32:].sum()


def test_pictures_survive_model_units(load) -> None:
    data = load(SOURCES["scenes"], examples=100)
    units = Units.of(data)
    assert (units.array(units.to_model(data.train.x)) == to_pixels(data.train.x)).all()
