"""The store: runs in ``.dgm`` files.

A ``.dgm`` is a ZIP of ``manifest.json`` (format, program version), ``run.json`` (run spec, what the data are, units, step),
``weights.safetensors``, ``curves.json`` and ``examples.npz`` (some training and held-out examples, so that it can be
shown, sampled and measured without the original data), and whatever the studio adds. It is written beside its target and
then renamed. No pickle is ever read; what else is checked is in `archive.py`.
"""

from __future__ import annotations

import io
import json
import math
import zipfile
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import numpy as np
import torch
from pydantic import ValidationError
from safetensors import SafetensorError
from safetensors.torch import load, save
from torch import Tensor

import dgm_studio
from dgm_studio.atomic import replacing
from dgm_studio.contract import Batch, ContextSlot, DataError, DataSet, DataSpec, Loading, Units, Work
from dgm_studio.contract.context import context_width
from dgm_studio.language import tr
from dgm_studio.protocol.spec import RunSpec
from dgm_studio.unpacking import UNZIPPABLE

from .. import catalogue, devices
from ..errors import UserError, advise
from . import kept_steps, provenance
from .archive import FORMAT, MAX_MEMBER, MEMBERS, BadFile, parsed, unpack
from .opening import DataCache
from .recorder import MeasureSeries, Series, averages, halved, to_sample, whole
from .run import Run
from .source_examples import kept_source, same_source, source_of, source_said

EXAMPLES, FEW_EXAMPLES = 2000, 400
"""Training examples in a file, and as many held-out ones; in a small one fewer."""


# --- writing ------------------------------------------------------------------------------------------------------


def write(
    run: Run, path: Path, extras: Mapping[str, bytes], *, exact: bool = True, history: bool = False
) -> dict[str, int]:
    """Write a run, ``exact`` and ``history`` as in `messages.Save`; returns the bytes of its parts in the file.

    Raises OSError; an older file at ``path`` is then intact. Raises UserError where the folder is not there.
    """
    path = Path(path)
    if not path.parent.is_dir():
        raise UserError(
            tr(
                "The folder {parent} does not exist. Choose another place to save {name}.",
                parent=path.parent,
                name=path.name,
            )
        )
    state = run.trainer.model.state_dict()
    if not exact:
        state = {k: halved(v) for k, v in averages(state).items()}
    with replacing(path) as file, zipfile.ZipFile(file, "w") as archive:
        kept = {kept_steps.MEMBER: kept_steps.packed(run.trainer.recorder)} if history else {}
        for member, data in {**_members(run, state, EXAMPLES if exact else FEW_EXAMPLES), **kept, **extras}.items():
            # Weights hardly shrink, and compressing them would hold up everything else for a second.
            packing = zipfile.ZIP_STORED if member.endswith(".safetensors") else zipfile.ZIP_DEFLATED
            archive.writestr(member, data, packing, compresslevel=1)
        packed = {info.filename: info.compress_size for info in archive.infolist()}
    weights, examples = packed["weights.safetensors"], packed["examples.npz"]
    of_optimiser = sum(v.numel() * v.element_size() for k, v in state.items() if k not in to_sample(state))
    return {
        "weights": weights - of_optimiser,
        "optimiser": of_optimiser,
        "examples": examples,
        "the rest": sum(packed.values()) - weights - examples,
    }


def _members(run: Run, state: Mapping[str, Tensor], most: int) -> dict[str, bytes]:
    data = run.data
    about = {
        "spec": run.asked.model_dump(mode="json"),
        "resolved": run.spec.model_dump(mode="json"),
        "data": {
            "name": data.name,
            "event": data.spec.event,
            "kind": data.spec.kind,
            "classes": data.spec.classes,
            "value_range": data.spec.value_range,
            "levels": data.spec.levels,
            "shares": data.spec.shares,
            "context": [asdict(slot) for slot in data.spec.context],
            "alphabet": data.spec.alphabet,
            "rate": data.spec.rate,
            "entropy": data.entropy,
            "axes": data.axes,
            "scales": dict(data.scales),
        },
        **({} if run.source is None else {"source": source_said(run.source)}),
        "units": {
            "shift": run.units.shift,
            "scale": run.units.scale,
            "pixels": run.units.pixels,
            "whole": run.units.whole,
            "pcm": run.units.pcm,
        },
        "mark": run.mark,
        "step": run.step,
        "seconds": run.trainer.seconds,
    }
    curves = {
        "losses": {k: _lists(c.steps, c.values) for k, c in run.trainer.recorder.loss_curves().items()},
        "measures": {
            k: {
                "title": s.title,
                "unit": s.unit,
                "steps": s.steps,
                "values": s.values,
                "errors": s.errors,
                "floor": s.floor,
            }
            for k, s in run.trainer.recorder.measures.items()
        },
    }
    weights = {k: v.detach().cpu().contiguous() for k, v in state.items()}
    examples = io.BytesIO()
    arrays = {"train": data.train.x[:most].numpy(), "held_out": data.held_out.x[:most].numpy()}
    if data.train.label is not None and data.held_out.label is not None:
        arrays |= {
            "train_label": data.train.label[:most].numpy(),
            "held_out_label": data.held_out.label[:most].numpy(),
        }
    if data.train.context is not None and data.held_out.context is not None:
        arrays |= {
            "train_context": data.train.context[:most].numpy(),
            "held_out_context": data.held_out.context[:most].numpy(),
        }
    if run.source is not None:
        arrays |= kept_source(run.source, most)
    np.savez(examples, allow_pickle=False, **arrays)
    return {
        "manifest.json": _json({"format": FORMAT, "program": "dgm-studio", "version": dgm_studio.__version__}),
        "run.json": _json(about),
        "weights.safetensors": save(weights),
        "curves.json": _json(curves),
        "examples.npz": examples.getvalue(),
    }


def _json(value: Any) -> bytes:
    return json.dumps(value, indent=1).encode()


def _lists(steps: np.ndarray, values: np.ndarray) -> dict[str, list[float]]:
    return {"steps": steps.astype(int).tolist(), "values": values.tolist()}


# --- reading ------------------------------------------------------------------------------------------------------


def _examples(name: str, about: Mapping[str, Any], content: bytes) -> tuple[DataSet, DataSet | None]:
    """The stored examples of the data, and those of the source where there is one, as data sets."""
    described = about["data"]
    spec = DataSpec(
        tuple(int(n) for n in described["event"]), described["kind"], tuple(described["classes"]),
        None if described["value_range"] is None else tuple(described["value_range"]),
        int(described.get("levels", 256)), tuple(float(p) for p in described.get("shares", ())),
        tuple(ContextSlot(**{**slot, "values": tuple(slot["values"])}) for slot in described.get("context", ())),
        tuple(str(letter) for letter in described.get("alphabet", ())), int(described.get("rate", 0)),
    )  # fmt: skip
    axes = described.get("axes", ("", ""))
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        size = sum(info.file_size for info in archive.infolist())
    if size > MAX_MEMBER:
        raise BadFile(
            tr("{name} would unpack its examples to {size:,} bytes. It was not opened.", name=name, size=size)
        )
    with np.load(io.BytesIO(content), allow_pickle=False) as arrays:
        parts = {key: torch.from_numpy(arrays[key]) for key in arrays.files}
    for key in ("train", "held_out"):
        x, label = parts[key], parts.get(f"{key}_label")
        if tuple(x.shape[1:]) != spec.event or not len(x):
            raise BadFile(
                tr(
                    "Examples in {name} have shape {tuple}, not (n, {event}). Use another copy.",
                    name=name,
                    tuple=tuple(x.shape),
                    event=spec.event,
                )
            )
        if not bool(x.isfinite().all()):
            raise BadFile(tr("Examples in {name} hold values that are not numbers. Use another copy.", name=name))
        if label is not None and (
            label.is_floating_point()
            or label.shape != x.shape[:1]
            or not 0 <= label.min() <= label.max() < len(spec.classes)
        ):
            raise BadFile(tr("The classes of examples in {name} do not fit them. Use another copy.", name=name))
        if spec.alphabet and (x.dtype != torch.uint8 or int(x.max()) >= len(spec.alphabet)):
            raise BadFile(
                tr("The strings in {name} have letters that are not in their alphabet. Use another copy.", name=name)
            )
        if spec.is_sound and x.dtype != torch.int16:
            raise BadFile(tr("The sounds in {name} are not of 16 bits. Use another copy.", name=name))
        context = parts.get(f"{key}_context")
        if context is not None and context.shape != (len(x), context_width(spec.context)):
            raise BadFile(
                tr("What the examples in {name} are given by does not fit them. Use another copy.", name=name)
            )
    train, held_out = (
        Batch.of(parts[key], parts.get(f"{key}_label"), parts.get(f"{key}_context")) for key in ("train", "held_out")
    )
    data = DataSet(
        str(described["name"]), spec, train, held_out, entropy=described["entropy"],
        axes=(str(axes[0]), str(axes[1])),
        scales={str(k): (float(low), float(high)) for k, (low, high) in described.get("scales", {}).items()},
    )  # fmt: skip
    return data, source_of(name, about.get("source"), spec, parts)


def read(
    name: str, path: Path, cache: DataCache, tell: Callable[[Loading], None], *, with_data: bool = True
) -> Work[tuple[Run, dict[str, bytes]]]:
    """A run from a file and the members that are not the engine's. Raises BadFile, OSError.

    The original data are loaded when they can be and are still the same; else the stored examples take their place, the
    run cannot be trained on, and its remark says why.
    """
    file = Path(path).name
    members = unpack(path)
    yield
    about = parsed(file, members, "run.json")
    try:
        spec = RunSpec.model_validate(about["spec"])
        units = _units(about["units"])
        mark = str(about.get("mark", ""))
        data, source = _examples(file, about, members["examples.npz"])
        weights = {k: whole(v) for k, v in load(members["weights.safetensors"]).items()}
        resolved = RunSpec.model_validate(about["resolved"])
        step, seconds = int(about["step"]), float(about["seconds"])
    except BadFile:
        raise
    except SafetensorError as error:
        raise BadFile(
            tr("The weights in {file} are damaged ({error}). Use another copy.", file=file, error=error)
        ) from None
    except (
        *UNZIPPABLE, KeyError, TypeError, ValidationError, OSError, MemoryError,
    ) as error:  # fmt: skip
        raise BadFile(
            tr(
                "{file} is damaged: {name}: {error}. Use another copy.",
                file=file,
                name=type(error).__name__,
                error=error,
            )
        ) from None
    yield
    where = spec.data.path or spec.data.name
    remark = provenance.missing(where, data)
    if with_data:
        try:
            original = yield from cache.load(spec.data, spec.seed, tell)
            if not _is_original(spec, original, data, mark):
                remark = provenance.changed(where, data)
            elif spec.source is None or source is None:
                data, remark = original, ""
            else:
                where, kept = spec.source.label, source
                remark = provenance.missing(where, kept)
                source = yield from cache.load(spec.source, spec.seed, tell)
                data, remark = (original, "") if same_source(source, kept) else (data, provenance.changed(where, kept))
        except (DataError, OSError, ValueError):
            pass  # the remark says that they are not here
    run = _rebuilt(name, file, spec, resolved, data, units, source)
    if remark:
        run.stand_in(mark, remark)
    spoilt = next((k for k, v in weights.items() if not bool(v.isfinite().all())), None)
    if spoilt is not None:
        raise BadFile(
            tr(
                "The weights in {file} hold values that are not numbers (in {spoilt}). Use another copy.",
                file=file,
                spoilt=spoilt,
            )
        )
    try:
        run.trainer.adopt(step, seconds, weights)
    except (ValueError, KeyError, RuntimeError) as error:
        raise BadFile(
            tr("The weights in {file} do not fit its model: {error}. Use another copy.", file=file, error=error)
        ) from None
    _take_curves(run, parsed(file, members, "curves.json"))
    if kept_steps.MEMBER in members:
        try:
            run.trainer.recorder.snapshots = list(kept_steps.unpacked(members[kept_steps.MEMBER]))
        except (SafetensorError, ValueError) as error:
            raise BadFile(
                tr("The kept steps in {file} are damaged ({error}). Use another copy.", file=file, error=error)
            ) from None
    return run, {k: v for k, v in members.items() if k not in (*MEMBERS, kept_steps.MEMBER)}


def _units(about: Mapping[str, Any]) -> Units:
    """The units of the data; files of earlier versions have one scale, a plain number. Raises ValueError, TypeError."""
    shift, scale = tuple(map(float, about["shift"])), about["scale"]
    scales = tuple(map(float, scale)) if isinstance(scale, list) else (float(scale),)
    if not (scales and min(scales) > 0 and all(map(math.isfinite, (*scales, *shift)))):
        raise ValueError(f"the scale of the data is {scale}")
    return Units(shift, scales, bool(about["pixels"]), bool(about.get("whole", False)), bool(about.get("pcm", False)))


def _is_original(spec: RunSpec, original: DataSet, kept: DataSet, mark: str) -> bool:
    """Whether the data that are there are those of the run; what the program makes itself depends on its spec alone."""
    if spec.data.path is not None:
        return provenance.same_data(original, kept, mark, own_classes=not spec.data.clusters)
    # files of earlier versions do not say how common each class is
    return replace(original.spec, shares=()) == replace(kept.spec, shares=())


def _rebuilt(
    name: str, file: str, spec: RunSpec, resolved: RunSpec, data: DataSet, units: Units, source: DataSet | None
) -> Run:
    """The run as it was configured: recipes may have changed since, so the resolved values count. But whether classes were
    wanted is not whether they were learned: a family that is nothing without them takes them anyway. A setting that came
    later than the file is at its default, which is how things were before it, whatever a recipe says now.
    """
    family = catalogue.families().get(resolved.family)
    before = {} if family is None else family.Config().model_dump()
    device = spec.device if spec.device == "auto" or spec.device in devices.names() else "auto"
    exact = spec.with_(
        config={**before, **resolved.config},
        training=resolved.training,
        sampling=resolved.sampling,
        device=device,
    )
    try:
        run = Run(name, exact, data, units, source)
        return (
            run
            if run.conditional == resolved.conditional
            else Run(name, exact.with_(conditional=resolved.conditional), data, units, source)
        )
    except (ValidationError, ValueError) as error:
        raise BadFile(
            tr("{file} asks for a model this program cannot build: {advise}", file=file, advise=advise(error)[0])
        ) from None


def _take_curves(run: Run, curves: Mapping[str, Any]) -> None:
    with suppress(KeyError, TypeError, ValueError):  # curves are for looking at; a run without them is whole
        for key, value in curves["losses"].items():
            series = Series()
            series.load([int(s) for s in value["steps"]], [float(v) for v in value["values"]])
            run.trainer.recorder.losses[key] = series
        for key, value in curves["measures"].items():
            run.trainer.recorder.measures[key] = MeasureSeries(
                str(value["title"]), str(value["unit"]), [int(s) for s in value["steps"]],
                [float(v) for v in value["values"]], [float(v) for v in value["errors"]],
                None if value["floor"] is None else float(value["floor"]),
            )  # fmt: skip
