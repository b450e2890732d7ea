"""Families from elsewhere: the user's folder and entry points of installed packages, and what is wrong with some of them."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import platformdirs
import pytest

from dgm_studio.engine import catalogue
from dgm_studio.families.finding import find_families
from dgm_studio.places import families_folder

Install = Callable[[str, str], None]


def family(name: str) -> str:
    """A file with a family of this name."""
    return (
        "from dataclasses import replace\n"
        "from dgm_studio.families.memory import kde\n"
        f"FAMILY = replace(kde.FAMILY, name={name!r})\n"
    )


@pytest.fixture
def folder(home: Path) -> Path:
    """The user's folder, empty."""
    (home / "families").mkdir(parents=True)
    return families_folder()


@pytest.fixture
def install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Install:
    """Installs a package of one module with one entry point: name of the module, its text."""
    monkeypatch.syspath_prepend(tmp_path)

    def package(name: str, text: str) -> None:
        (tmp_path / f"{name}.py").write_text(text)
        meta = tmp_path / f"{name}-1.0.dist-info"
        meta.mkdir()
        (meta / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n")
        (meta / "entry_points.txt").write_text(f"[dgm_studio.families]\n{name} = {name}:FAMILY\n")

    return package


def test_the_users_folder_is_below_the_home_or_where_the_system_keeps_data(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert families_folder() == home / "families"
    monkeypatch.delenv("DGM_STUDIO_HOME")
    assert families_folder() == Path(platformdirs.user_data_dir("dgm-studio", appauthor=False)) / "families"


def test_without_a_folder_there_are_those_of_the_package() -> None:
    assert not families_folder().exists()
    assert {"kde", "diffusion", "vae"} <= set(find_families())


def test_a_file_in_the_users_folder_is_a_family_and_may_import_its_neighbours(folder: Path) -> None:
    (folder / "mine.py").write_text("from .parts import NAME\n" + family("x").replace("'x'", "NAME"))
    (folder / "parts.py").write_text("NAME = 'mine'\n")
    room = folder / "more"
    room.mkdir()
    (room / "__init__.py").touch()
    (room / "another.py").write_text("from ..parts import NAME\n" + family("another"))
    found = find_families()
    assert list(found)[-2:] == ["another", "mine"]
    (folder / "mine.py").unlink()
    assert "mine" not in find_families()


def test_a_package_offers_a_family_by_an_entry_point(install: Install) -> None:
    install("offers_one", family("offered"))
    install("offers_two", family("first") + "FAMILY = FAMILY, replace(FAMILY, name='second')\n")
    assert {"offered", "first", "second"} <= set(find_families())


@pytest.mark.parametrize("text", ["import nowhere", "def (", "raise SystemExit", "FAMILY = 3", "FAMILY = None.x"])
def test_a_broken_one_costs_only_itself_and_is_named_by_its_place(folder: Path, install: Install, text: str) -> None:
    (folder / "broken.py").write_text(text)
    (folder / "sound.py").write_text(family("sound"))
    install("breaks", text)
    install("works", family("works"))
    broken: dict[str, Exception] = {}
    found = find_families(broken)
    assert {"kde", "sound", "works"} <= set(found)
    assert set(broken) == {str(folder / "broken.py"), "the entry point breaks (breaks:FAMILY)"}
    with pytest.raises((ImportError, SyntaxError, AttributeError)):
        find_families()


def test_whoever_comes_later_does_not_get_a_name_that_is_taken(folder: Path, install: Install) -> None:
    (folder / "kde.py").write_text(family("kde") + "FAMILY = replace(FAMILY, title='Mine')\n")
    (folder / "offered.py").write_text(family("offered"))
    install("offers", family("offered"))
    install("ousts", family("vae"))
    broken: dict[str, Exception] = {}
    found = find_families(broken)
    assert found["kde"].title != "Mine"
    assert found["vae"].help != found["kde"].help
    assert "offered" in found
    assert set(broken) == {
        str(folder / "kde.py"), str(folder / "offered.py"), "the entry point ousts (ousts:FAMILY)",
    }  # fmt: skip
    assert all("rename one" in str(error) for error in broken.values())


@pytest.fixture
def afresh(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The catalogue reads the folders anew, and forgets afterwards what it saw."""
    monkeypatch.setattr(catalogue, "_broken", {})
    catalogue.families.cache_clear()
    yield
    catalogue.families.cache_clear()


def test_the_catalogue_offers_them_and_says_what_is_broken(folder: Path, install: Install, afresh: None) -> None:
    (folder / "mine.py").write_text(family("mine"))
    (folder / "broken.py").write_text("1 / 0\n")
    install("works", family("works"))
    assert {"mine", "works", "kde"} <= {family.name for family in catalogue.describe().families}
    (problem,) = catalogue.problems()
    assert problem.startswith(f"{folder / 'broken.py'} cannot be used: ZeroDivisionError")


def test_finding_families_imports_nothing_that_only_some_of_them_use() -> None:
    program = (
        "import sys; from dgm_studio.families.finding import find_families; find_families(); "
        "print(*{m.split('.')[0] for m in sys.modules})"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=170, check=True)
    assert not {"scipy", "PySide6", "matplotlib"} & set(done.stdout.split())
