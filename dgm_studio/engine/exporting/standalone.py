"""A run as one Python file that needs only torch and numpy, and its weights beside it.

The file holds the program's own text, not a copy written by hand, so it cannot come apart from it: of every module exactly
those functions, classes and methods that drawing samples of this family needs (`closure.py`), one after the other
(`flattening.py`). What a saved graph of torch would hide stays readable, and loops stay loops.
Settings, which the program checks by pydantic, are plain values there (`plain_settings.py`).
"""

from __future__ import annotations

import io
import sys
from collections.abc import Mapping
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

import numpy as np
from torch import Tensor

import dgm_studio
from dgm_studio import completion
from dgm_studio.contract import DataSpec, Family, Work
from dgm_studio.contract.context import embeddings, from_values
from dgm_studio.language import tr

from ..runs.recorder import to_sample
from ..runs.run import Run
from .closure import CannotExport, Closure, Symbol, Trim
from .flattening import FlatNames, flat, imports
from .sources import ModuleText

_HERE = __package__ or ""
_CONTRACT = "dgm_studio.contract"
_DRAW = f"{_HERE}.draw"
_PLAIN = f"{_HERE}.plain_settings"
_INSTEAD: Mapping[Symbol, Symbol] = {
    (f"{_CONTRACT}.settings", "Settings"): (_PLAIN, "PlainSettings"),
    (f"{_CONTRACT}.settings", "Training"): (_PLAIN, "PlainTraining"),
    (f"{_CONTRACT}.settings", "knob"): (_PLAIN, "knob"),
    (f"{_CONTRACT}.settings", "extend"): (_PLAIN, "extend"),
    (f"{_CONTRACT}.family", "Family"): (_PLAIN, "PlainFamily"),
    (f"{_CONTRACT}.context", "embeddings"): (_DRAW, "embeddings"),
    ("pydantic", "create_model"): (_PLAIN, "create_model"),
}
_OF_FAMILY = frozenset({"name", "title", "summary", "help", "reference", "Config", "build"})
_ALLOWED = frozenset({"torch", "numpy"}) | sys.stdlib_module_names
_ENDS = ("source", "target")
_TAIL = """
# -------- the run ---------------------------------------------------------------------------------------------

RUN = {run}


if __name__ == "__main__":
    {command_line}(RUN, __file__)
else:
    SAMPLING = {sampling}(RUN, Path(__file__).with_suffix(".npz"))
"""
_HEAD = '''"""{title}, sampled: made by DGM Studio {version}, under the MIT License.

{help}
{reference}

Needs Python 3.11, torch and numpy, and {weights} beside it, which holds the weights. At a command line

    python {name} --n {count} --seed {seed} --out samples.npy

and from Python, where x is {shape}

    import {stem}
    x = {stem}.SAMPLING.sample({count}, seed={seed})
"""'''


@dataclass(frozen=True)
class _Body:
    """All of a file but its run: its ``text``, which imports first, and the names in it."""

    text: str
    names: FlatNames


class StandaloneFiles:
    """Writes such files; what was read and laid out for one is there for the next."""

    def __init__(self) -> None:
        self._sources: dict[str, ModuleText] = {}
        self._bodies: dict[tuple[str, bool, bool], _Body] = {}

    def written(self, run: Run, path: Path) -> Work[tuple[str, bytes]]:
        """The text of the file at ``path``, and the bytes of the weights beside it. Raises CannotExport."""
        module, place = where_defined(run.family)
        key = module, run.sampler_name == completion.TEMPERED, bool(run.event_spec.context)
        if key not in self._bodies:
            self._bodies[key] = yield from self._laid_out(run.family, *key)
        body = self._bodies[key]
        command_line, sampling = (body.names.of((_DRAW, name)) for name in ("command_line", "SampleDrawer"))
        tail = _TAIL.format(run=_run(run, body.names, module, place), command_line=command_line, sampling=sampling)
        return "\n\n".join([_head(run, path), body.text, tail]), _weights(run)

    def _laid_out(self, family: Family, module: str, tempered: bool, context: bool) -> Work[_Body]:
        kept = {"samplers", "log_density"} if tempered else {"samplers"}
        closure = Closure(_INSTEAD, (Trim("Abilities", frozenset(kept)), Trim("Family", _OF_FAMILY)), self._sources)
        roots = [(_DRAW, "ExportedRun"), (_DRAW, "SampleDrawer"), (_DRAW, "command_line"), (module, "FAMILY")]
        roots += [(f"{_CONTRACT}.data", "DataSpec"), (f"{_CONTRACT}.data", "Units"), (f"{_CONTRACT}.data", "Batch")]
        roots += [("dgm_studio.protocol.context", "ContextSlot")] if context else []
        roots += [("dgm_studio.completion", "with_derived_sampler")] if tempered else []
        try:
            for root in roots:
                closure.need(root)
                yield
        except FileNotFoundError as error:
            raise CannotExport(
                tr("{error}, so no file can be made of it. Use an installation with Python's own files.", error=error)
            ) from None
        strange = sorted(closure.packages() - _ALLOWED)
        if strange:
            raise CannotExport(
                tr(
                    "{title} draws samples with {names}, which such a file does without.",
                    title=family.title,
                    names=", ".join(strange),
                )
            )
        names = FlatNames(closure)
        text = flat(closure, names, (_PLAIN, *closure.found, module, _DRAW))
        return _Body(f"from __future__ import annotations\n\n{imports(names)}\n\n\n{text}\n", names)


def _head(run: Run, path: Path) -> str:
    stem = path.stem if path.stem.isidentifier() else "exported"
    return _HEAD.format(
        title=_title(run), version=dgm_studio.__version__, help=run.family.help, reference=run.family.reference,
        weights=path.with_suffix(".npz").name, name=path.name, count=run.spec.sampling.count, seed=run.spec.sampling.seed,
        stem=stem, shape=f"an array (n, {', '.join(map(str, run.event_spec.event))})",
    )  # fmt: skip


def where_defined(family: Family) -> tuple[str, str]:
    """The module whose ``FAMILY`` it is, and what follows the name there: nothing, or the place among several."""
    for name, module in list(sys.modules.items()):
        found = getattr(module, "FAMILY", None) if module is not None else None
        if found is family:
            return name, ""
        if isinstance(found, tuple) and any(each is family for each in found):
            return name, f"[{next(i for i, each in enumerate(found) if each is family)}]"
    raise CannotExport(tr("{title} is in no file of its own, so its text is not known.", title=family.title))


def _title(run: Run) -> str:
    return f"{run.data.name} by {run.family.title}, {run.step:,} steps"


def _run(run: Run, names: FlatNames, module: str, place: str) -> str:
    """The run as it is written at the end of the file."""
    sampling = run.spec.sampling
    tempered = run.sampler_name == completion.TEMPERED
    values: dict[str, str] = {
        "title": repr(_title(run)),
        "family": names.of((module, "FAMILY")) + place,
        "config": repr(dict(run.config)),
        "spec": _values(names, run.event_spec, f"{_CONTRACT}.data", without=_ENDS),
        "units": _values(names, run.units, f"{_CONTRACT}.data"),
        "sampler": repr(run.sampler_name),
        "knobs": repr(dict(run.knobs)),
        "count": repr(sampling.count),
        "seed": repr(sampling.seed),
        "temperature": repr(sampling.temperature),
        "label": repr(sampling.label if isinstance(sampling.label, int) else None),
        "build_seed": repr(run.asked.seed),
        "portion": repr(run.shown.portion),
        "pools": repr({end: (p.title, p.parts) for end in _ENDS if (p := getattr(run.event_spec, end)) is not None}),
        **({"derived": names.of(("dgm_studio.completion", "with_derived_sampler"))} if tempered else {}),
    }
    lines = "".join(f"    {name}={value},\n" for name, value in values.items())
    return f"{names.of((_DRAW, 'ExportedRun'))}(\n{lines})"


def _values(names: FlatNames, value: Any, module: str, without: tuple[str, ...] = ()) -> str:
    """A dataclass of plain values as the call that makes it, without what is as usual."""
    said = []
    for each in fields(value):
        found = getattr(value, each.name)
        if each.name in without or found == each.default:
            continue
        if each.name == "context":
            slots = [_values(names, slot, "dgm_studio.protocol.context") for slot in found]
            said.append(f"context=({', '.join(slots)},)")
        else:
            said.append(f"{each.name}={found!r}")
    return f"{names.of((module, type(value).__name__))}({', '.join(said)})"


def _weights(run: Run) -> bytes:
    """All tensors as the bytes of an NPZ archive."""
    spec = run.event_spec
    arrays = {f"weights.{k}": v for k, v in to_sample(run.shown.state()).items()}
    if spec.context:
        label = run.asked.sampling.label
        arrays["given"] = from_values(spec.context, () if label is None or isinstance(label, int) else label)
        arrays |= {f"table.{slot.embedding}": embeddings(slot.embedding) for slot in spec.context if slot.embedding}
    if needs_labels(spec) and run.data.train.label is not None:
        arrays["labels"] = run.data.train.label
    for end in _ENDS:
        pool = getattr(spec, end)
        if pool is not None:
            arrays[f"{end}.x"] = pool.examples.x
            arrays |= {} if pool.examples.label is None else {f"{end}.label": pool.examples.label}
    return packed(arrays)


def needs_labels(spec: DataSpec) -> bool:
    """Whether the classes of samples are drawn from those of the data."""
    return bool(spec.classes) and not (spec.is_image or spec.is_sound)


def packed(arrays: Mapping[str, Tensor]) -> bytes:
    """Tensors by name as the bytes of an NPZ archive."""
    found = io.BytesIO()
    np.savez(found, allow_pickle=False, **{name: tensor.detach().cpu().numpy() for name, tensor in arrays.items()})
    return found.getvalue()
