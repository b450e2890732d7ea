"""Exporting a model from the File menu: the form by the ending or the kind that was chosen, and a word on what was written."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtWidgets import QFileDialog

from dgm_studio.protocol import messages as m

KINDS = {"Weights (*.safetensors)": "safetensors", "Graph of a step (*.onnx)": "onnx",
         "Python that needs only torch and numpy (*.py)": "standalone"}  # fmt: skip


def test_the_model_is_asked_for_in_the_form_that_is_named(
    running, backend, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def choose(name: str, kind: str) -> None:
        monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_: (name and str(tmp_path / name), kind))
        running.studio.commands["file.export_model"].run()

    for kind, form in KINDS.items():
        choose("moons", kind)
        asked = backend.of(m.ExportModel)[-1]
        assert (asked.form, asked.path.name) == (form, f"moons{m.EXPORT_ENDINGS[form]}")
    choose("moons.onnx", "")
    assert backend.of(m.ExportModel)[-1].form == "onnx"
    before = len(backend.of(m.ExportModel))
    choose("", "")
    choose("moons.txt", "")
    assert len(backend.of(m.ExportModel)) == before
    assert ".txt" in running.studio.notices.items[-1].message


def test_what_was_written_is_said_and_so_is_why_not(running) -> None:
    name, notices = running.name, running.studio.notices
    running.say(m.ExportedModel(name, 5, "standalone", (Path("a.py"), Path("a.npz")), "They need torch."))
    assert notices.items[-1].message == "Wrote a.py and a.npz. They need torch."
    running.say(m.Failed(name, 5, "VQ-VAE is not written as ONNX.", "", "export", blame="input"))
    assert "VQ-VAE" in notices.items[-1].message
