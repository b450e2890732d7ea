"""The gallery that comes with the program: small, whole, as good as it says, and never written to."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path
from types import ModuleType

import pytest

from dgm_studio.api.job import Job
from dgm_studio.studio.files.exhibits import Exhibit, exhibits, folder, holds

MOST_BYTES = 25_000_000
CLAIMS = {
    "moons-flow": ("gap", 0.0, 0.02),
    "moons-diffusion": ("gap", 0.0, 0.02),
    "moons-kde": ("gap", 0.0, 0.05),
    "grid-diffusion": ("modes", 0.99, 1.0),
    "grid-gan": ("modes", 0.0, 0.5),  # which is what it is there for
}
"""By exhibit: a measure, and the least and the most that it may be."""
FRECHET = {"digits-diffusion": 1.5, "digits-pixelcnn": 2.0, "digits-jem": 1.5, "digits-vae": 2.5, "digits-rbm": 2.5}
"""The most that the Fréchet distance may be, over that of other data."""


def maker() -> ModuleType:
    path = Path(__file__).parents[2] / "packaging" / "make_gallery.py"
    spec = importlib.util.spec_from_file_location("make_gallery", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


def test_what_there_is_is_what_the_script_makes() -> None:
    assert [each.name for each in exhibits()] == [plan.name for plan in maker().PLANS]
    assert 12 <= len(exhibits()) <= 20


def test_all_together_are_small_and_are_held_to_be_the_programs() -> None:
    assert sum(each.size for each in exhibits()) < MOST_BYTES
    assert all(holds(each.path) for each in exhibits())
    assert not holds(folder().parent / "fonts" / "README.md")


@pytest.mark.parametrize("exhibit", exhibits(), ids=lambda each: each.name)
def test_each_opens_as_what_it_says_with_a_picture_and_measures(exhibit: Exhibit) -> None:
    job = Job()
    opened = job.load(exhibit.path)
    assert (opened.spec.family, opened.spec.data.name, opened.step) == (exhibit.family, exhibit.data, exhibit.step)
    assert exhibit.measures or exhibit.family == "patchmatch"
    assert len(exhibit.thumbnail) > 200
    assert exhibit.title
    assert exhibit.tip.endswith(".")


@pytest.mark.parametrize("name", CLAIMS)
def test_each_is_as_good_or_bad_as_it_is_shown_for(name: str) -> None:
    measure, least, most = CLAIMS[name]
    found = next(each for each in exhibits() if each.name == name).measures[measure]["value"]
    assert least <= found <= most


@pytest.mark.parametrize("name", FRECHET)
def test_images_are_near_the_data(name: str) -> None:
    found = next(each for each in exhibits() if each.name == name).measures["frechet"]
    assert found["value"] < FRECHET[name] * found["floor"]
