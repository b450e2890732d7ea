"""Make the gallery of trained models anew, ``resources/gallery/``: python packaging/make_gallery.py [NAME ...]

Each exhibit is a small ``.dgm`` (weights in half precision, no optimiser) with a picture, what to try with it, and the measures
of the model as it was left, so that a test can say what has to be so. On two cores it takes about a quarter of an hour.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from itertools import count
from pathlib import Path
from typing import Any

import numpy as np
import torch

from dgm_studio.api.job import Job
from dgm_studio.engine import catalogue
from dgm_studio.protocol import messages as m
from dgm_studio.protocol.spec import RunSpec
from dgm_studio.studio.files.exhibits import ABOUT
from dgm_studio.studio.files.thumbnail import MEMBER, thumbnail

OF_PICTURES, PICTURES = ("digits", "glyphs", "scenes", "portraits", "attributes", "textures"), 64
"""Data of pictures, and how many are drawn once an exhibit of them is open."""
OF_IMAGES = ("frechet",)
"""What images are measured by: all that there is would take minutes for each."""
OF_THE_MACHINE = frozenset({"samples_per_second"})
OUT = Path(__file__).parents[1] / "resources" / "gallery"


@dataclass(frozen=True)
class Plan:
    """An exhibit to be made: its name, title, what to ``try`` with it, and a run, trained for ``steps`` or its recipe's."""

    name: str
    title: str
    tip: str
    data: str
    family: str
    steps: int | None = None
    params: dict[str, Any] = field(default_factory=dict)
    config: dict[str, Any] = field(default_factory=dict)
    conditional: bool = False
    recipe: str = ""
    sampling: dict[str, Any] = field(default_factory=dict)

    def spec(self) -> RunSpec:
        if self.recipe:
            return catalogue.recipes()[self.recipe].spec
        return RunSpec.model_validate(
            {
                "data": {"name": self.data, "params": self.params},
                "family": self.family,
                "config": self.config,
                "conditional": self.conditional,
                "sampling": {"count": PICTURES, **self.sampling} if self.data in OF_PICTURES else self.sampling,
            }
        )


PLANS = (
    Plan("moons-kde", "Moons by a kernel density", "Move the temperature: each sample is an example and noise around it.",
         "moons", "kde"),
    Plan("moons-flow", "Moons by a normalizing flow", "Drag through the latent plane: every point of it is one sample.",
         "moons", "flow", 2500),
    Plan("moons-vae", "Moons by a VAE", "Look at what lies between the moons: holes of the prior.", "moons", "vae"),
    Plan("moons-diffusion", "Moons by diffusion", "Move the sampling time: noise becomes moons. Then take 4 steps.",
         "moons", "diffusion", 3000),
    Plan("grid-gan", "A GAN that collapses", "Count the modes that are left, then train on.",
         "", "", recipe="gan-collapses"),
    Plan("grid-diffusion", "25 Gaussians by diffusion", "All modes, evenly; take fewer steps until they are lost.",
         "25-gaussians", "diffusion", 3000),
    Plan("digits-diffusion", "Digits by diffusion", "Ask for a class, raise the guidance, or paint a mask on a digit.",
         "digits", "diffusion", conditional=True),
    Plan("digits-pixelcnn", "Digits by a PixelCNN", "Pixel by pixel from the top; fill the lower half of a digit.",
         "digits", "autoregressive", conditional=True, config={"net": "pixelcnn"}),
    Plan("digits-vae", "Digits by a VAE of two numbers", "Drag through its plane and see one digit become another.",
         "digits", "vae", config={"latent": 2}),
    Plan("digits-jem", "Digits by a joint energy", "A classifier that draws: ask it which digit a drawing is.",
         "digits", "jem", conditional=True),
    Plan("digits-rbm", "Digits by a Boltzmann machine", "Its chains move in steps that are seen; fill half a digit.",
         "digits", "rbm", params={"ink": "black and white"}),
    Plan("glyphs-flow-matching", "Fonts by flow matching", "In a learned latent space: ask for a digit, walk between two.",
         "glyphs", "flow-matching", 3000, conditional=True),
    Plan("scenes-flow-matching", "Landscapes by flow matching", "Paint the ground away and have it filled.",
         "scenes", "flow-matching", 2500, conditional=True),
    Plan("portraits-flow-matching", "Portraits by flow matching", "Give a hat or glasses; paint over the eyes and have others.",
         "portraits", "flow-matching", 3000, conditional=True),
    Plan("attributes-flow-matching", "Objects by attributes", "Give a shape and a place and leave the colour free.",
         "attributes", "flow-matching", 2500, conditional=True, config={"width": 256}),
    Plan("textures-patchmatch", "Textures by PatchMatch", "Nothing is learned: paint over a wall and it is laid anew.",
         "textures", "patchmatch"),
    Plan("brackets-autoregressive", "Brackets by a transformer", "Hide letters and see which brackets they have to be.",
         "brackets", "autoregressive"),
    Plan("detours-flow-matching", "Paths around an obstacle", "Drag the obstacle: plans pass it on either side.",
         "", "", recipe="detours"),
)  # fmt: skip


def mixed(samples: m.Samples) -> m.Samples:
    """In an order by chance, as those of a class come one after the other."""
    return replace(samples, x=np.random.default_rng(0).permutation(samples.x))


def make(plan: Plan) -> Path:
    job, tickets = Job(), count(1)
    opened = job.open(plan.spec())
    steps = plan.steps or (catalogue.recipes()[plan.recipe].steps if plan.recipe else opened.info.recipe_steps)
    begun = time.process_time()
    done = job.ask(m.Train(job.name, steps=steps), m.Finished)
    samples = job.ask(m.Sample(job.name, min(opened.spec.sampling.count, 1000), 1, next(tickets)), m.Samples)
    asked = OF_IMAGES if plan.data in OF_PICTURES and plan.family != "patchmatch" else ()
    told = job.ask(m.MeasureNow(job.name, next(tickets), None, asked), m.Measured)
    about = {
        "place": PLANS.index(plan),
        "title": plan.title,
        "tip": plan.tip,
        "step": done.step,
        "measures": {
            name: {
                "value": value["value"],
                "error": value["error"],
                "floor": value["floor"],
                "said": told.said.get(name),
            }
            for name, value in told.values.items()
            if name not in OF_THE_MACHINE
        },
    }
    picture = thumbnail(mixed(samples), None)
    members = {ABOUT: json.dumps(about, indent=1).encode(), **({} if picture is None else {MEMBER: picture})}
    path = OUT / f"{plan.name}.dgm"
    job.ask(m.Save(job.name, path, members, exact=False), m.Saved)
    print(
        f"{plan.name:26} {done.step:6,} steps {time.process_time() - begun:5.0f} s {path.stat().st_size / 1e6:6.2f} MB"
    )
    for name, value in about["measures"].items():
        print(f"    {name:20} {value['value']} +- {value['error']} ({value['floor']})", flush=True)
    return path


def main(names: Sequence[str]) -> None:
    torch.set_num_threads(1)
    OUT.mkdir(parents=True, exist_ok=True)
    for plan in PLANS:
        if not names or plan.name in names:
            make(plan)


if __name__ == "__main__":
    main(sys.argv[1:])
