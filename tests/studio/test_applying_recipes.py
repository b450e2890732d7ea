"""A recipe by name is one step of undo: data, family and settings together, wherever the person is."""

from __future__ import annotations

import pytest
from test_studio import Recorder

from dgm_studio.protocol import messages as m
from dgm_studio.protocol.catalogue import Catalogue, FamilyInfo, SourceInfo
from dgm_studio.protocol.recipes import NamedRecipe
from dgm_studio.protocol.spec import DataChoice, RunSpec, Sampling
from dgm_studio.studio.choices import choices
from dgm_studio.studio.recipes import apply_recipe
from dgm_studio.studio.studio import Studio

PLANE = NamedRecipe(
    "few", "Few modes", "It collapses.", "Look at the modes.",
    RunSpec(data=DataChoice(name="moons", params={"examples": 20}), family="gan", config={"r1": 0.0}),
    500, layers=("data", "samples"),
)  # fmt: skip
IMAGES = NamedRecipe(
    "hole", "A hole", "It has a hole.", "Look at the samples.",
    RunSpec(data=DataChoice(name="digits"), family="vae", sampling=Sampling(knobs={"prior": "standard"}, count=100)),
    300, image_view="latent",
)  # fmt: skip
BOTH = {"points": None, "images": None}
CATALOGUE = Catalogue(
    (SourceInfo("moons", "Moons", "", "points", {}), SourceInfo("digits", "Digits", "", "images", {})),
    tuple(FamilyInfo(n, n.upper(), "", "", "", "", {}, {}, BOTH) for n in ("gan", "vae", "flow-matching", "diffusion")),
    recipes=(PLANE, IMAGES),
)


@pytest.fixture
def studio() -> Studio:
    made = Studio(Recorder())
    made.start()
    made.backend.waiting += [m.Ready("", 0, CATALOGUE)]
    made.pump()
    return made


def test_all_of_it_is_one_step_of_undo(studio: Studio) -> None:
    before = studio.session
    studio.set_sampling(seed=7)
    held = studio.session
    assert apply_recipe(studio, "few")
    spec = studio.spec
    assert (spec.data, spec.family, spec.config) == (PLANE.spec.data, "gan", {"r1": 0.0})
    assert spec.sampling.seed == 7
    assert studio.session.layers == ("data", "samples")
    assert studio.backend.of(m.Edit)[-1].spec == spec or studio.backend.of(m.Open)[-1].spec == spec
    studio.undo()
    assert studio.spec == held.spec()
    studio.undo()
    assert studio.spec == before.spec()


def test_a_recipe_of_pictures_goes_to_the_images(studio: Studio) -> None:
    assert apply_recipe(studio, "hole")
    assert studio.workspace == "images"
    assert studio.session.image_view == "latent"
    assert studio.spec.family == "vae"
    assert studio.spec.sampling.knobs == {"prior": "standard"}


def test_it_is_said_what_to_look_at(studio: Studio) -> None:
    apply_recipe(studio, "few")
    said = studio.notices.items[-1]
    assert "It collapses." in said.message
    assert "Look at the modes." in said.advice
    assert "500" in said.advice


def test_the_palette_finds_recipes(studio: Studio) -> None:
    found = [c for c in choices(studio, "hole") if c.group == "Recipe"]
    assert [c.title for c in found] == ["A hole"]
    found[0].run()
    assert studio.spec.family == "vae"


def test_one_that_is_not_there_changes_nothing(studio: Studio) -> None:
    before = studio.session
    assert not apply_recipe(studio, "none")
    assert studio.session == before
