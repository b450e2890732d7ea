"""Where families come from: this package, other installed packages, and a folder of the user's.

Another package offers its own by an entry point of the group `GROUP`, whose value is a `Family` or a tuple of them:

    [project.entry-points."dgm_studio.families"]
    gaussian = "my_package.gaussian:FAMILY"

In the user's folder each file ends in ``FAMILY = Family(...)``, as here; its files may import each other relatively.
Whoever comes later gives way: a name that is taken is refused, and a broken file costs only itself.
"""

from __future__ import annotations

import importlib
import sys
from importlib.metadata import entry_points
from pathlib import Path
from types import ModuleType

from dgm_studio.contract import Family
from dgm_studio.discovery import discover, offered
from dgm_studio.places import families_folder
from dgm_studio.samplers.solvers import broken_solvers

GROUP = "dgm_studio.families"
USERS = "dgm_studio_user_families"
"""The package as which the files of the user's folder are imported."""


def find_families(broken: dict[str, Exception] | None = None) -> dict[str, Family]:
    """All families by name, those of this package first. Files are read anew; for ``broken`` see `discover`.

    There also stand the samplers that cannot be used, since families alone offer them.
    """
    found = discover("dgm_studio.families", "FAMILY", broken)
    for point in entry_points(group=GROUP):
        found |= offered(f"the entry point {point.name} ({point.value})", point.load, broken, found)
    if broken is not None:
        broken |= broken_solvers()
    return found | _of_the_user(broken, found)


def _of_the_user(broken: dict[str, Exception] | None, taken: dict[str, Family]) -> dict[str, Family]:
    for name in [name for name in sys.modules if name.split(".")[0] == USERS]:
        del sys.modules[name]
    importlib.invalidate_caches()
    folder = ModuleType(USERS, "The families of the user's folder.")
    folder.__path__ = [str(families_folder())]
    sys.modules[USERS] = folder
    there: dict[str, Exception] = {}
    found = discover(USERS, "FAMILY", None if broken is None else there, taken)
    if broken is not None:
        broken |= {str(_file(name)): error for name, error in there.items()}
    return found


def _file(module: str) -> Path:
    """The file or room of the user's folder that is imported as ``module``."""
    path = families_folder().joinpath(*module.split(".")[1:])
    return path if path.is_dir() else path.with_suffix(".py")
