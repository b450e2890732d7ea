"""A run written for other programs; all files of one export, or none of them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import ExitStack
from pathlib import Path

from dgm_studio.atomic import replacing
from dgm_studio.contract import Work
from dgm_studio.language import tr
from dgm_studio.protocol import messages as m

from ..errors import UserError
from ..exporting import onnx_graph, standalone, weights
from ..runs.run import Run
from .showing import Emit, Job

Files = Mapping[Path, bytes]


def _weights(run: Run, path: Path) -> Work[Files]:
    return {path: (yield from weights.safetensors_bytes(run))}


def _standalone(run: Run, path: Path) -> Work[Files]:
    text, packed = yield from standalone.StandaloneFiles().written(run, path)
    return {path: text.encode(), path.with_suffix(".npz"): packed}


def _onnx(run: Run, path: Path) -> Work[Files]:
    return (yield from onnx_graph.files(run, path))


WRITERS: Mapping[m.ExportForm, tuple[Callable[[Run, Path], Work[Files]], str]] = {
    "safetensors": (_weights, "The settings are in its metadata."),
    "standalone": (_standalone, "They need Python, torch and numpy, and nothing of this program."),
    "onnx": (_onnx, "The manifest (.json) says how the graphs are run, step by step."),
}
"""How each form is written, and what is said of it."""


def export(run: Run, emit: Emit, intent: m.ExportModel) -> Job:
    """Write. Raises UserError where the form does not fit the model or the name, OSError where nothing can be written."""
    path, ending = intent.path, m.EXPORT_ENDINGS[intent.form]
    if path.suffix.lower() != ending:
        raise UserError(tr("{name} does not end in {ending}. Name it so.", name=path.name, ending=ending))
    if not path.parent.is_dir():
        raise UserError(
            tr(
                "The folder {parent} does not exist. Choose another place for {name}.",
                parent=path.parent,
                name=path.name,
            )
        )
    write, said = WRITERS[intent.form]
    files = yield from write(run, path)
    with ExitStack() as stack:
        for target, content in files.items():
            stack.enter_context(replacing(target)).write(content)
            yield
    emit(m.ExportedModel(run.name, run.shown.step, intent.form, tuple(files), said, intent.ticket))
