"""What a family is as graphs of its steps: run by another program they do what torch does; whoever has none says why."""

from __future__ import annotations

import logging
from collections.abc import Iterator

import numpy as np
import onnx
import onnxruntime
import pytest
import torch
from conformance_cases import CASES as ALL
from conformance_cases import FAMILIES, Case, quick
from test_standalone_laws import run_of

from dgm_studio.contract import Steer, finish
from dgm_studio.engine.exporting.closure import CannotExport
from dgm_studio.engine.exporting.onnx_graph import StepGraph, Traced, traced, translated

N, SEED, STEPS = 3, 3, 1
CASES = [
    Case(name, next(kind for kind in ("points", "labelled-points", "images", "strings") if Case(name, kind) in ALL))
    for name in FAMILIES
    if name not in ("masked", "dbn")
] + [Case("masked", "strings"), Case("dbn", "labelled-images")]
"""Each family in the plane where it can."""
SAMPLERS = {"ebm": "langevin", "jem": "langevin"}
"""Of families whose first sampler looks at how often it went on, another."""
WITHOUT = {"quadtree": "another computation", "texture": "looks at what it made", "vq-vae": "looks at what it made"}
"""Families that have none, and why."""


@pytest.fixture(scope="module")
def graphs() -> Iterator[dict[str, Traced | str]]:
    """The graphs of each family, or the reason why there are none."""
    found: dict[str, Traced | str] = {}
    logging.disable(logging.INFO)  # torch tells much of how it records
    for case in CASES:
        run = run_of(case, SAMPLERS.get(case.family))
        knobs = quick(run.sampler(), STEPS)
        knobs = knobs.model_copy(update={"moves": 1}) if hasattr(knobs, "moves") else knobs
        steer = Steer(knobs, 1.0, run.labels(N, None))
        try:
            with torch.no_grad():
                found[case.family] = finish(traced(run.sampler(), steer, N, SEED))
        except CannotExport as reason:
            found[case.family] = str(reason)
    yield found
    logging.disable(logging.NOTSET)


def test_all_families_but_few_have_graphs_and_these_say_why(graphs) -> None:
    assert {
        name: why for name, why in graphs.items() if isinstance(why, str) and WITHOUT.get(name, "?") not in why
    } == {}
    assert {name for name, why in graphs.items() if isinstance(why, str)} == set(WITHOUT)


def test_the_graphs_do_in_onnxruntime_what_torch_does(graphs) -> None:
    """The last step of each family, all as one model, because translating has a price of its own."""
    each: dict[str, StepGraph] = {
        name: found.graphs[found.loop[-1]["function"]] for name, found in graphs.items() if not isinstance(found, str)
    }
    model = translated(each, optimize=False)
    onnx.checker.check_model(onnx.load_from_string(model))
    session = onnxruntime.InferenceSession(model, providers=["CPUExecutionProvider"])
    wanted = {given.name for given in session.get_inputs()}
    given = {
        f"{name}.{word}": value.detach().numpy()
        for name, graph in each.items()
        for word, value in zip(graph.inputs, graph.values, strict=True)
        if f"{name}.{word}" in wanted
    }
    outputs = dict(zip((o.name for o in session.get_outputs()), session.run(None, given), strict=True))
    for name, graph in each.items():
        with torch.no_grad():
            expected = graph.graph(*graph.values)
        for word, value in zip(graph.outputs, expected, strict=True):
            np.testing.assert_allclose(outputs[f"{name}.{word}_next"], value.detach().numpy(), 1e-4, 1e-4, err_msg=name)


def test_the_loop_of_the_manifest_comes_to_the_last_frame(graphs) -> None:
    """Followed with torch in place of ONNX, since the graphs are the same: what one step puts out the next takes in."""
    for name, found in graphs.items():
        if isinstance(found, str):
            continue
        held: dict[str, torch.Tensor] = {}
        for turn, noise in zip(found.loop, found.noise, strict=True):
            graph = found.graphs[turn["function"]]
            constants = {k: torch.tensor(v) for k, v in turn["constants"].items()}
            values = {**held, **({} if found.label is None else {"label": found.label}), **noise, **constants}
            with torch.no_grad():
                held = dict(zip(graph.outputs, graph.graph(*(values[word] for word in graph.inputs)), strict=True))
        torch.testing.assert_close(held["x"], found.last.x, rtol=1e-4, atol=1e-4, msg=name)
