"""Finding what a folder offers: every public module of a package is imported and asked for one attribute.

A package may have rooms: packages one level down, whose modules are asked as well. Nothing registers itself; a file
dropped into the folder is found, a file removed is gone.
"""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Callable, Collection, Iterator
from functools import partial
from typing import Any


def discover(
    package: str, attribute: str, broken: dict[str, Exception] | None = None, taken: Collection[str] = ()
) -> dict[str, Any]:
    """Values of ``attribute`` in the public modules of a package, its rooms first, by their ``name``.

    An attribute may be one value or a tuple of them. Raises ValueError when a name is given twice or is among ``taken``,
    and whatever a file raises on import; with ``broken`` such files are left out and entered there, module to error.
    """
    found: dict[str, Any] = {}
    for name in modules_of(package, broken):
        found |= offered(name, partial(_value, name, attribute), broken, {*taken, *found})
    return found


def offered(
    where: str, value: Callable[[], Any], broken: dict[str, Exception] | None, taken: Collection[str]
) -> dict[str, Any]:
    """What one place offers, by ``name``; nothing, and an entry in ``broken``, where ``value`` raises or a name is taken."""
    try:
        return _by_name(where, value, taken)
    except Exception as error:
        if broken is None:
            raise
        broken[where] = error
        return {}


def _by_name(where: str, value: Callable[[], Any], taken: Collection[str]) -> dict[str, Any]:
    try:
        items = value()
    except SystemExit as end:
        raise ImportError("it ends the program when it is imported") from end
    items = items if isinstance(items, tuple) else () if items is None else (items,)
    found = {item.name: item for item in items}
    for name in found:
        if name in taken:
            raise ValueError(f"{where} offers {name!r}, which another file offers already; rename one")
    return found


def _value(module: str, attribute: str) -> Any:
    return getattr(importlib.import_module(module), attribute, None)


def modules_of(package: str, broken: dict[str, Exception] | None = None) -> Iterator[str]:
    """The public modules of the rooms, then those of the package itself: what is dropped beside the rooms ousts nothing."""
    own = _public(package)
    for room in (module.name for module in own if module.ispkg):
        yield room
        if broken is None or room not in broken:
            yield from (module.name for module in _public(room))
    yield from (module.name for module in own if not module.ispkg)


def _public(package: str) -> list[pkgutil.ModuleInfo]:
    path = importlib.import_module(package).__path__
    found = sorted(pkgutil.iter_modules(path, f"{package}."), key=lambda module: module.name)
    return [module for module in found if not module.name.rpartition(".")[2].startswith("_")]
