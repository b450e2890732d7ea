"""The solvers that the rooms hold: found file by file, the default first; a broken file costs only itself."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

import dgm_studio.samplers.diffusion
from dgm_studio.engine import catalogue
from dgm_studio.families.finding import find_families
from dgm_studio.samplers import solvers

MINE = """
from dgm_studio.samplers.diffusion.euler import EdmEuler

class Mine(EdmEuler):
    name = "mine"

SOLVER = Mine()
"""


@pytest.fixture
def room(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A folder whose files count as samplers of diffusion models while the test runs."""
    monkeypatch.setattr(
        dgm_studio.samplers.diffusion, "__path__", [*dgm_studio.samplers.diffusion.__path__, str(tmp_path)]
    )
    monkeypatch.setattr(solvers, "_broken", {})
    solvers.diffusion_solvers.cache_clear()
    yield tmp_path
    solvers.diffusion_solvers.cache_clear()


def test_the_default_comes_first_then_those_of_few_steps() -> None:
    assert next(iter(solvers.diffusion_solvers())) == "heun"
    assert next(iter(solvers.flow_solvers())) == "midpoint"
    steps = [solver.Knobs().steps for solver in list(solvers.diffusion_solvers().values())[1:]]
    assert steps == sorted(steps)


def test_a_dropped_file_is_offered_and_a_broken_one_is_named_beside_the_families(room: Path) -> None:
    (room / "mine.py").write_text(MINE)
    (room / "broken.py").write_text("1 / 0\n")
    broken: dict[str, Exception] = {}
    assert "diffusion" in find_families(broken)
    assert "mine" in solvers.diffusion_solvers()
    assert list(broken) == ["dgm_studio.samplers.diffusion.broken"]


def test_the_catalogue_lists_a_dropped_sampler_for_diffusion_and_energies(room: Path) -> None:
    (room / "mine.py").write_text(MINE)
    assert {"diffusion"} <= {row.family for row in catalogue.samplers() if row.info.name == "mine"}
