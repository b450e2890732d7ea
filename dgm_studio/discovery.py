"""Finding what a folder offers: every public module of a package is imported and asked for one attribute.

Nothing registers itself; a file dropped into the folder is found, a file removed is gone.
"""

from __future__ import annotations

import importlib
import pkgutil
from typing import Any


def discover(package: str, attribute: str, broken: dict[str, Exception] | None = None) -> dict[str, Any]:
    """Values of ``attribute`` in the public modules of a package, by their ``name``, in order of module name.

    An attribute may be one value or a tuple of them. Raises ValueError when two share a name, and whatever a file raises
    on import; with ``broken`` such files are left out and entered there, name of the module to error.
    """
    found: dict[str, Any] = {}
    root = importlib.import_module(package)
    for module in sorted(pkgutil.iter_modules(root.__path__), key=lambda m: m.name):
        if module.name.startswith("_"):
            continue
        name = f"{package}.{module.name}"
        try:
            found |= _offered(name, attribute, found)
        except Exception as error:
            if broken is None:
                raise
            broken[name] = error
    return found


def _offered(module: str, attribute: str, found: dict[str, Any]) -> dict[str, Any]:
    value = getattr(importlib.import_module(module), attribute, None)
    items = value if isinstance(value, tuple) else () if value is None else (value,)
    offered = {item.name: item for item in items}
    for name in offered:
        if name in found:
            raise ValueError(f"{module} offers {attribute} {name!r}, which another file offers already; rename one")
    return offered
