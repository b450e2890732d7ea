"""The sampling of a run as graphs of its steps (ONNX) and a manifest (JSON) of the loop around them.

The manifest lists the steps, first to last: which graph each is, what its noise is drawn from, and the numbers that it is
given, such as the time. What one step puts out the next takes in by the same name. So all that is needed elsewhere is a loop:

    held = {}
    for turn in manifest["loop"]:
        graph = manifest["functions"][turn["function"]]
        given = {**held, **label, **drawn(turn["noise"]), **turn["constants"]}
        held = dict(zip(graph["outputs"], run(graph["file"], {name: given[name] for name in graph["inputs"]})))
    held["x"]  # samples in model units
"""

from __future__ import annotations

import json
import logging
import warnings
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

import torch
from torch import nn
from torch.fx import GraphModule

import dgm_studio
from dgm_studio.completion import complete
from dgm_studio.contract import Frame, Sampler, Steer, Work, rng_for
from dgm_studio.language import tr

from ..runs.recorder import to_sample
from ..runs.run import Run
from .closure import CannotExport
from .graphs import StepKind, as_tensor, described, is_same, with_inputs
from .tracing import NoiseInput, RecordedStep, recorded

BATCH = 16
"""Samples that the graphs draw side by side."""
_MOST_KINDS, _MOST_STEPS = 6, 200


@dataclass(frozen=True)
class StepGraph:
    """A graph by what it takes in and puts out, with ``values`` to try it on."""

    graph: GraphModule
    inputs: tuple[str, ...]
    outputs: tuple[str, ...]
    values: tuple[torch.Tensor, ...]


@dataclass(frozen=True)
class Traced:
    """The ``graphs`` of a run by name, and the ``loop``: which, with which numbers and laws of noise.

    ``noise`` is what was drawn in each step when they were recorded, ``last`` the frame that this came to. ``label`` is that of
    the samples, where the graphs take one.
    """

    graphs: Mapping[str, StepGraph]
    loop: Sequence[Mapping[str, Any]]
    noise: Sequence[Mapping[str, torch.Tensor]]
    label: torch.Tensor | None
    last: Frame


def traced(sampler: Sampler, steer: Steer, n: int, seed: int) -> Work[Traced]:
    """All steps of a sampler as graphs, that take labels unless they look at them. Raises CannotExport with the reason."""
    if steer.label is not None:
        try:
            return (yield from _traced(sampler, steer, n, seed, fixed_label=False))
        except CannotExport:
            yield
    return (yield from _traced(sampler, steer, n, seed, fixed_label=True))


def _traced(sampler: Sampler, steer: Steer, n: int, seed: int, *, fixed_label: bool) -> Work[Traced]:
    kinds: list[StepKind] = []
    turns: list[tuple[int, RecordedStep]] = []
    frame: Frame | None = None
    other: Frame | None = None  # the same walk with other noise
    while frame is None or frame.t < 1:
        if len(turns) > _MOST_STEPS:
            raise CannotExport(tr("It takes more than {most_steps} steps. Choose fewer.", most_steps=_MOST_STEPS))
        step, frame = recorded(sampler, frame, n, steer, lambda: rng_for(seed, len(turns)), fixed_label=fixed_label)
        signature, numbers = described(step)
        if step.looked:
            twin, other = recorded(
                sampler, other, n, steer, lambda: rng_for(seed + 1, len(turns)), fixed_label=fixed_label
            )
            if not is_same(described(twin), (signature, numbers)):
                raise CannotExport(tr("It looks at what it made to decide how to go on."))
        else:
            rng = rng_for(seed + 1, len(turns))
            other = sampler.start(n, steer, rng) if other is None else sampler.step(other, steer, rng)
        kind = next((k for k in kinds if k.signature == signature), None)
        if kind is None:
            kind = StepKind(step, signature)
            kinds.append(kind)
        if len(kinds) > _MOST_KINDS:
            raise CannotExport(tr("Each of its steps is another computation, so there is no step to write once."))
        kind.numbers[len(turns)] = numbers
        turns.append((kinds.index(kind), step))
        yield
    graphs: dict[str, StepGraph] = {}
    constants: dict[int, dict[str, Any]] = {}
    for i, kind in enumerate(kinds):
        graph, names = with_inputs(kind)
        first = min(kind.numbers)
        values = (*kind.first.values, *(as_tensor(kind.numbers[first][slot]) for slot in names))
        graphs[_name(i)] = StepGraph(graph, (*kind.first.inputs, *names.values()), tuple(kind.first.out), values)
        constants |= {
            t: {name: as_tensor(n[slot]).tolist() for slot, name in names.items()} for t, n in kind.numbers.items()
        }
        yield
    loop = [
        {
            "function": _name(k),
            "noise": {f"noise_{j}": _said(noise) for j, noise in enumerate(step.noise)},
            "constants": constants[t],
        }
        for t, (k, step) in enumerate(turns)
    ]
    noise = [{f"noise_{j}": one.value for j, one in enumerate(step.noise)} for _, step in turns]
    return Traced(graphs, loop, noise, None if fixed_label else steer.label, frame)


def _name(kind: int) -> str:
    return "start" if kind == 0 else "step" if kind == 1 else f"step_{kind}"


def _said(noise: NoiseInput) -> dict[str, Any]:
    whole = {"low": noise.low, "high": noise.high} if noise.law == "whole" else {}
    return {
        "law": noise.law,
        "shape": list(noise.value.shape),
        "dtype": str(noise.value.dtype).removeprefix("torch."),
        **whole,
    }


class _Apart(nn.Module):
    """Several graphs side by side, none of which knows of the others."""

    def __init__(self, graphs: Sequence[StepGraph]) -> None:
        super().__init__()
        self.graphs = nn.ModuleList([g.graph for g in graphs])
        self._sizes = [len(g.inputs) for g in graphs]

    def forward(self, *given: torch.Tensor) -> list[torch.Tensor]:
        found: list[torch.Tensor] = []
        for graph, size in zip(self.graphs, self._sizes, strict=True):
            found += [x.clone() for x in graph(*given[:size])]
            given = given[size:]
        return found


def translated(graphs: Mapping[str, StepGraph], *, optimize: bool = True) -> bytes:
    """Graphs as one ONNX model. Of several the inputs and outputs are named ``graph.name``. With ``optimize`` onnxscript folds
    what is the same in every call. Raises CannotExport.
    """
    try:
        import onnx  # noqa: F401
        import onnxscript  # noqa: F401
    except ImportError:
        raise CannotExport(tr("A graph needs the extra: pip install 'dgm-studio[onnx]'.")) from None
    each = list(graphs.values())
    several = len(each) > 1

    def named(name: str, words: tuple[str, ...]) -> list[str]:
        return [f"{name}.{word}" if several else word for word in words]

    logging.getLogger("torch.onnx").setLevel(logging.ERROR)
    try:
        with warnings.catch_warnings(), torch.enable_grad():
            warnings.simplefilter("ignore")  # of torch, about itself
            program = torch.onnx.export(
                _Apart(each).eval(),
                tuple(value for g in each for value in g.values),
                dynamo=True, verbose=False, optimize=optimize,
                input_names=[word for name, g in graphs.items() for word in named(name, g.inputs)],
                output_names=[f"{word}_next" for name, g in graphs.items() for word in named(name, g.outputs)],
            )  # fmt: skip
    except Exception as error:
        reason = error.__cause__ or error
        raise CannotExport(
            tr("A step of it has no form in ONNX: {splitlines}", splitlines=str(reason).strip().splitlines()[0])
        ) from None
    assert program is not None
    found: bytes = program.model_proto.SerializeToString()
    return found


def files(run: Run, path: Path) -> Work[dict[Path, bytes]]:
    """The manifest and the graphs of a run by where they go. Raises CannotExport."""
    model = run.family.build(run.config, run.event_spec, rng_for(run.asked.seed, 1))
    model.load_state_dict({name: tensor.cpu() for name, tensor in to_sample(run.shown.state()).items()})
    sampler = complete(model.abilities(), run.event_spec).samplers[run.sampler_name]
    labels = run.labels(BATCH, run.asked.sampling.label)
    steer = Steer(run.knobs, run.asked.sampling.temperature, None if labels is None else labels.cpu())
    try:
        found = yield from traced(sampler, steer, BATCH, run.asked.sampling.seed)
        made = {}
        for name, graph in found.graphs.items():
            made[name] = translated({name: graph})
            yield
    except CannotExport as error:
        said = f"{run.family.title} is not written as ONNX by the sampler {run.sampler_name}."
        raise CannotExport(f"{said} {error}") from None
    places = {
        name: path if name == "step" or len(made) == 1 else path.with_stem(f"{path.stem}-{name}") for name in made
    }
    manifest = {
        "program": f"DGM Studio {dgm_studio.__version__}", "family": run.family.name, "data": run.data.name,
        "step": run.shown.step,
        "batch": BATCH, "event": run.event_spec.event, "classes": run.event_spec.classes,
        "units": {each.name: getattr(run.units, each.name) for each in fields(run.units)},
        "label": None if labels is None else labels.tolist(), "takes_label": found.label is not None,
        "functions": {
            name: {"file": places[name].name, "inputs": g.inputs, "outputs": g.outputs} for name, g in found.graphs.items()
        },
        "loop": found.loop,
    }  # fmt: skip
    return {
        path: made["step" if "step" in made else "start"],
        path.with_suffix(".json"): json.dumps(manifest, indent=1).encode(),
        **{place: made[name] for name, place in places.items() if place != path},
    }
