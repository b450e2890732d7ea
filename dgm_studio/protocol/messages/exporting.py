"""A run for other programs: its weights, a Python file that needs only torch and numpy, or the graph of its step."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from .events import Event
from .intents import Intent

ExportForm = Literal["safetensors", "standalone", "onnx"]
EXPORT_ENDINGS: Mapping[ExportForm, str] = {"safetensors": ".safetensors", "standalone": ".py", "onnx": ".onnx"}
"""Forms, and how their files end."""


@dataclass(frozen=True)
class ExportModel(Intent):
    """Write the model that is shown, with its sampling settings, in a form for other programs. A file of another name may come
    beside ``path``: weights beside a Python file, a manifest beside a graph.
    """

    form: ExportForm
    path: Path
    ticket: int = 0


@dataclass(frozen=True)
class ExportedModel(Event):
    """All ``paths`` that were written, the one asked for first, and what they need, in a sentence."""

    settles = "export"

    form: ExportForm
    paths: tuple[Path, ...]
    said: str
    ticket: int = 0
