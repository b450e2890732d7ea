"""Loading torch's shared libraries without holding the interpreter lock."""

from __future__ import annotations

import ctypes
import os
import sys
from importlib.util import find_spec
from pathlib import Path

_LIBRARIES = ("libtorch_cpu.so", "libtorch_python.so")


def preload_torch() -> None:
    """Map torch's largest libraries on Linux, where a foreign call to ``dlopen`` lets other threads run meanwhile.

    Elsewhere, or when anything differs from what is expected, it does nothing: importing torch loads them as always.
    """
    if not sys.platform.startswith("linux") or "torch" in sys.modules:
        return
    spec = find_spec("torch")
    if spec is None or spec.origin is None:
        return
    folder = Path(spec.origin).parent / "lib"
    dlopen = ctypes.CDLL(None).dlopen  # calls through CDLL release the lock
    dlopen.restype = ctypes.c_void_p
    for name in _LIBRARIES:
        library = folder / name
        if library.is_file():
            dlopen(os.fsencode(library), ctypes.c_int(os.RTLD_LAZY))
