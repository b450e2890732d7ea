"""Weights as safetensors, with all that says what they are of in the metadata: text by name, JSON where it is more than a word.

``safetensors.safe_open(path, "pt").metadata()`` gives it back.
"""

from __future__ import annotations

import json
from dataclasses import fields

from safetensors.torch import save

import dgm_studio
from dgm_studio.contract import Work

from ..runs.recorder import to_sample
from ..runs.run import Run

_OF_DATA = ("event", "kind", "classes", "value_range", "levels", "alphabet", "rate")


def safetensors_bytes(run: Run) -> Work[bytes]:
    """The bytes of the file."""
    tensors = {name: tensor.detach().cpu().contiguous() for name, tensor in to_sample(run.shown.state()).items()}
    yield
    spec = run.event_spec
    about = {
        "format": "pt",
        "program": f"DGM Studio {dgm_studio.__version__}",
        "family": run.family.name,
        "data": run.data.name,
        "step": str(run.shown.step),
        "seed": str(run.asked.seed),
        "config": json.dumps(run.spec.config),
        "examples": json.dumps({name: getattr(spec, name) for name in _OF_DATA}),
        "units": json.dumps({each.name: getattr(run.units, each.name) for each in fields(run.units)}),
        "sampling": json.dumps({"sampler": run.sampler_name, "knobs": run.spec.sampling.knobs}),
    }
    return save(tensors, about)
