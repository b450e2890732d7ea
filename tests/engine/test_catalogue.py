"""The catalogue: one broken file costs itself and is named; everything else can be used."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

import dgm_studio.families
from dgm_studio.discovery import discover
from dgm_studio.engine import catalogue
from dgm_studio.engine.schedule.inline_backend import InlineBackend
from dgm_studio.protocol import messages as m

UNUSABLE = "from types import SimpleNamespace\nFAMILY = SimpleNamespace(name='hollow')\n"


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A folder whose files count as families while the test runs."""
    monkeypatch.setattr(dgm_studio.families, "__path__", [*dgm_studio.families.__path__, str(tmp_path)])
    monkeypatch.setattr(catalogue, "_broken", {})
    catalogue.families.cache_clear()
    yield tmp_path
    catalogue.families.cache_clear()


def test_broken_families_are_named_and_the_others_offered(folder: Path) -> None:
    (folder / "broken_import.py").write_text("import a_module_that_is_nowhere\n")
    (folder / "broken_syntax.py").write_text("def (\n")
    (folder / "hollow.py").write_text(UNUSABLE)
    (folder / "twin.py").write_text("from dgm_studio.families.memory.kde import FAMILY\n")
    backend = InlineBackend()
    backend.start()
    events = backend.poll()
    failed = [e for e in events if isinstance(e, m.Failed)]
    ready = next(e for e in events if isinstance(e, m.Ready))
    for word in ("broken_import", "broken_syntax", "hollow", "twin"):
        assert any(word in e.message for e in failed), word
    assert len(failed) == 4
    names = [f.name for f in ready.catalogue.families]
    assert {"kde", "diffusion"} <= set(names)
    assert "hollow" not in names


def test_discovery_for_tests_hides_no_broken_file(folder: Path) -> None:
    (folder / "broken_too.py").write_text("1 / 0\n")
    with pytest.raises(ZeroDivisionError):
        discover("dgm_studio.families", "FAMILY")


def test_a_family_offers_the_settings_that_mean_something_for_a_kind_of_data() -> None:
    family = catalogue.describe().family("autoregressive")
    assert family is not None
    of = {kind: set(family.settings_for(kind)["properties"]) for kind in ("points", "images", "strings")}
    assert "components" in of["points"] - of["images"] - of["strings"]
    assert {"net", "levels", "strip"} <= of["images"] - of["points"] - of["strings"]
    assert {"width", "layers"} <= of["points"] & of["images"] & of["strings"]
