"""Links on the command line: of a run, and refused in words before any window opens."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from calls import run

from dgm_studio.studio.files.links import from_link


def test_a_run_has_a_link_that_holds_its_settings(plane: Path) -> None:
    done = run("link", plane, "--json")
    assert done.exit_code == 0, done.output
    told = json.loads(done.stdout)
    session = from_link(told["link"])
    assert told["letters"] < 2000
    assert session.workspace == "2d"
    assert session.spec("2d").data.name == "moons"
    assert run("link", plane).stdout.strip() == told["link"]


@pytest.mark.parametrize("link", ["dgm:", "dgm:1.AAAA", "DGM:9.x"])
def test_a_bad_link_is_refused_before_a_window_opens(link: str) -> None:
    done = run(link)
    assert done.exit_code == 2
    assert "link" in done.output
