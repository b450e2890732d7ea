"""Finding what a folder offers: every public module of a package is imported and asked for one attribute.

Nothing registers itself; a file dropped into the folder is found, a file removed is gone.
"""

from __future__ import annotations

import importlib
import pkgutil
from typing import Any


def discover(package: str, attribute: str) -> dict[str, Any]:
    """Values of ``attribute`` in the public modules of a package, by their ``name``, in order of module name.

    An attribute may be one value or a tuple of them. Raises ValueError when two share a name.
    """
    found: dict[str, Any] = {}
    root = importlib.import_module(package)
    for module in sorted(pkgutil.iter_modules(root.__path__), key=lambda m: m.name):
        if module.name.startswith("_"):
            continue
        value = getattr(importlib.import_module(f"{package}.{module.name}"), attribute, None)
        for item in value if isinstance(value, tuple) else () if value is None else (value,):
            if item.name in found:
                raise ValueError(f"two files in {package} offer {attribute} {item.name!r}")
            found[item.name] = item
    return found
