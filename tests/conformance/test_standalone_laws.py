"""Every discovered family as one Python file draws the samples of the program, where no part of it can be imported."""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from conformance_cases import FAMILIES, ONE_CASES, Case, examples, train

from dgm_studio.contract import ContextSlot, DataSet, Units, finish, rng_for
from dgm_studio.contract.context import encoded
from dgm_studio.engine.exporting.standalone import StandaloneFiles
from dgm_studio.engine.jobs.walking import walked
from dgm_studio.engine.runs.run import Run
from dgm_studio.protocol.spec import RunSpec

N, SEED = 6, 3
FEW = [
    *(case for case in ONE_CASES if case.spec.data_kind in ("points", "images", "strings")),
    *(Case(*one) for one in (("autoregressive", "sounds"), ("flow-matching", "sounds"), ("diffusion", "paths"))),
]
"""Each family on points and on images, with classes where it can, and on strings; a few on sounds and paths."""
GIVEN = [Case(family, "points") for family in ("flow-matching", "vae", "kde")]
"""Of these a context is learned, of which one slot is given."""
PLACE = ContextSlot("place", -2.0, 2.0)
SEVERAL = Case("diffusion", "labelled-points")
"""Of this all samplers are tried."""
TEMPERED = (Case("flow", "points"), "tempered")
KINDS = {
    "points": Units((0.5, -0.25), (2.0,)),
    "images": Units((127.5,), (127.5,), pixels=True),
    "strings": Units((0.0,), (1.0,), whole=True),
    "sounds": Units((0.0,), (32768.0,), pcm=True),
    "paths": Units((0.0, 0.0), (1.0,)),
}
ABSENT = ("dgm_studio", "pydantic", "scipy", "safetensors", "PIL", "PySide6", "platformdirs", "click", "sklearn")
BARE = """
import importlib.util, json, pathlib, sys

class Absent:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in json.loads(sys.argv[2]):
            raise ModuleNotFoundError(f"there is no {name} here")

sys.meta_path.insert(0, Absent())
import numpy
for path, samplers in json.loads(sys.argv[1]).items():
    spec = importlib.util.spec_from_file_location("exported", path)
    module = importlib.util.module_from_spec(spec)
    sys.modules["exported"] = module
    spec.loader.exec_module(module)
    module.rng_for.__kwdefaults__["shift"] = int(sys.argv[3])  # that of the tests
    drawer = module.SampleDrawer(module.RUN, pathlib.Path(path).with_suffix(".npz"))
    for name in samplers:
        numpy.save(f"{path}.{name}.npy", drawer.sample(6, 3, sampler=name))
"""


def run_of(case: Case, sampler: str | None = None, *, given: bool = False) -> Run:
    """The case in the engine, with three steps of training; where a context is ``given`` it has learned none of it."""
    found, units = examples(case.spec, 64, rng_for(0, 2)), KINDS[case.spec.data_kind]
    context = encoded((PLACE,), {"place": found.x[:, 0]}) if given else None
    batch = replace(found, x=units.to_data(found.x), context=context)
    data = DataSet(str(case), replace(case.spec, context=(PLACE,)) if given else case.spec, batch, batch)
    sampling = {"sampler": sampler, "label": (("place", 0.5),) if given else None}
    conditional = bool(case.spec.classes) or given
    spec = RunSpec(family=case.family, conditional=conditional, device="cpu", sampling=sampling)
    run = Run("r", spec, data, units, data if FAMILIES[case.family].takes_source else None)
    if not given:
        train(run.trainer.model, run.event_spec, 3)
    return run


def samples(run: Run, sampler: str) -> np.ndarray:
    """What the engine draws."""
    run.resample(run.asked.with_sampling(sampler=sampler))
    with torch.no_grad():
        *_, last = walked(run.sampler(), run.steer(N), N, SEED, run.shown.portion, run.device)
    return run.units.array(last.x)


@pytest.fixture(scope="module")
def drawn(tmp_path_factory: pytest.TempPathFactory) -> dict[str, tuple[np.ndarray, np.ndarray]]:
    """Samples of the program and of the file, by case and sampler; all files are run by one bare Python."""
    folder, files, plan, expected = tmp_path_factory.mktemp("alone"), StandaloneFiles(), {}, {}
    runs = [(str(case), run_of(case)) for case in FEW] + [(f"{case}-given", run_of(case, given=True)) for case in GIVEN]
    for number, (case, run) in enumerate([*runs, (f"{TEMPERED[0]}-tempered", run_of(*TEMPERED))]):
        path = folder / f"run_{number}.py"
        text, weights = finish(files.written(run, path))
        path.write_text(text, encoding="utf-8")
        path.with_suffix(".npz").write_bytes(weights)
        names = list(run.trainer.model.abilities().samplers) if case == str(SEVERAL) else [run.sampler_name]
        plan[str(path)] = names
        expected |= {(str(path), f"{case} {name}"): samples(run, name) for name in names}
    assert rng_for.__kwdefaults__ is not None
    shift = rng_for.__kwdefaults__["shift"]
    command = [sys.executable, "-I", "-c", BARE, json.dumps(plan), json.dumps(ABSENT), str(shift)]
    subprocess.run(command, check=True, cwd=folder)
    return {case: (x, np.load(f"{path}.{case.split()[1]}.npy")) for (path, case), x in expected.items()}


def test_a_file_of_every_family_draws_the_samples_of_the_program(drawn) -> None:
    assert {case.split("-")[0] for case in drawn} == {name.split("-")[0] for name in FAMILIES}
    for case, (program, file) in drawn.items():
        assert program.dtype == file.dtype, case
        np.testing.assert_array_equal(file, program, case)


def test_what_training_needs_is_left_out() -> None:
    text, _ = finish(StandaloneFiles().written(run_of(Case("gan", "points")), Path("alone.py")))
    assert "def sample" in text
    for word in ("def train_step", "import pydantic", "log_density=", "gan_loss"):
        assert word not in text
