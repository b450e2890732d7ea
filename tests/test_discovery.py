"""Discovery: packages and their rooms are asked for what they offer; a broken file costs only itself."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from dgm_studio.discovery import discover

Put = Callable[..., None]


@pytest.fixture
def put(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Put]:
    """Writes files of a package named ``house``: path to text."""
    monkeypatch.syspath_prepend(tmp_path)

    def write(files: dict[str, str]) -> None:
        for name, text in {"__init__.py": "", **files}.items():
            file = tmp_path / "house" / name
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(text, encoding="utf-8")

    yield write
    for name in [name for name in sys.modules if name.split(".")[0] == "house"]:
        del sys.modules[name]


def thing(*names: str) -> str:
    """A module that offers things of these names."""
    made = ", ".join(f"SimpleNamespace(name={name!r})" for name in names)
    return f"from types import SimpleNamespace\nTHING = {made}\n"


def test_modules_of_the_package_and_of_its_rooms_are_found(put: Put) -> None:
    put(
        {
            "door.py": thing("door"),
            "_hidden.py": thing("hidden"),
            "empty.py": "",
            "kitchen/__init__.py": "",
            "kitchen/table.py": thing("table", "chair"),
            "kitchen/cupboard/__init__.py": "",
            "kitchen/cupboard/cup.py": thing("cup"),
            "_cellar/__init__.py": "",
            "_cellar/barrel.py": thing("barrel"),
        }
    )
    assert list(discover("house", "THING")) == ["table", "chair", "door"]


def test_what_is_dropped_beside_the_rooms_ousts_nothing(put: Put) -> None:
    put({"a_door.py": thing("table"), "kitchen/__init__.py": "", "kitchen/table.py": thing("table")})
    broken: dict[str, Exception] = {}
    assert list(discover("house", "THING", broken)) == ["table"]
    assert list(broken) == ["house.a_door"]
    with pytest.raises(ValueError, match=r"house\.a_door offers 'table'"):
        discover("house", "THING")


@pytest.mark.parametrize("text", ["import nowhere", "def (", "1 / 0", "raise SystemExit(2)", "THING = 3"])
def test_a_broken_file_or_room_costs_only_itself(put: Put, text: str) -> None:
    put(
        {
            "kitchen/__init__.py": "",
            "kitchen/chair.py": text,
            "kitchen/table.py": thing("table"),
            "attic/__init__.py": text,
            "attic/box.py": thing("box"),
            "window.py": text,
        }
    )
    broken: dict[str, Exception] = {}
    found = discover("house", "THING", broken)
    assert list(found) == ["table"]
    assert set(broken) == {"house.kitchen.chair", "house.attic", "house.window"}


def test_names_that_are_taken_are_refused(put: Put) -> None:
    put({"door.py": thing("door")})
    with pytest.raises(ValueError, match="rename one"):
        discover("house", "THING", taken=("door",))
