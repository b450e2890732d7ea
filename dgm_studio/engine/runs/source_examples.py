"""What a ``.dgm`` keeps of the source of a run: its name and classes, and some examples to start from where it is not here."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import torch
from torch import Tensor

from dgm_studio.contract import Batch, DataSet, DataSpec
from dgm_studio.language import tr

from .archive import BadFile


def source_said(source: DataSet) -> dict[str, Any]:
    """What is said of the source in `run.json`."""
    return {"name": source.name, "classes": source.spec.classes}


def kept_source(source: DataSet, most: int) -> dict[str, Any]:
    """Arrays of the first examples of the source, by name."""
    arrays = {}
    for name, batch in (("source", source.train), ("source_held_out", source.held_out)):
        arrays[name] = batch.x[:most].numpy()
        if batch.label is not None:
            arrays[f"{name}_label"] = batch.label[:most].numpy()
    return arrays


def source_of(
    name: str, about: Mapping[str, Any] | None, spec: DataSpec, parts: Mapping[str, Tensor]
) -> DataSet | None:
    """The source of a file ``name`` whose data are of ``spec``, made of its kept arrays. Raises BadFile, KeyError."""
    if about is None:
        return None
    classes = tuple(str(each) for each in about["classes"])
    batches = []
    for key in ("source", "source_held_out"):
        x, label = parts[key], parts.get(f"{key}_label")
        if tuple(x.shape[1:]) != spec.event or not len(x) or not bool(x.isfinite().all()):
            raise BadFile(tr("The examples of the source in {name} do not fit its data. Use another copy.", name=name))
        if label is not None and (
            label.is_floating_point()
            or label.shape != x.shape[:1]
            or not 0 <= label.min() <= label.max() < len(classes)
        ):
            raise BadFile(
                tr("The classes of the source in {name} do not fit its examples. Use another copy.", name=name)
            )
        batches.append(Batch.of(x, label))
    bare = replace(spec.without_classes(), classes=classes)
    train, held_out = batches
    return DataSet(str(about["name"]), bare, train, held_out)


def same_source(now: DataSet, kept: DataSet) -> bool:
    """Whether a source that was loaded begins with the examples that were kept of it."""
    n = len(kept.train)
    return now.spec.event == kept.spec.event and torch.equal(now.train.x[:n], kept.train.x)
