"""The heap of the C library (glibc): how much of what was given back to it it keeps for itself.

It raises the size from which a block is a mapping of its own, which goes back to the system at once, with every large block
that is freed, and has an arena for each thread: of the arrays that come and go while pictures are drawn a hundred megabytes
stay. Other systems give back by themselves.
"""

from __future__ import annotations

import ctypes
import sys
from collections.abc import Callable
from typing import Any

_MMAP_THRESHOLD, _ARENA_MAX = -3, -8
_OWN_MAPPING, _ARENAS = 4 << 20, 2
"""Bytes from which a block goes back at once, and how many arenas there are: for the window and for the engine."""


def _function(name: str) -> Callable[..., Any] | None:
    return getattr(ctypes.CDLL(None), name, None) if sys.platform == "linux" else None


def keep_little() -> None:
    """Keep no large blocks from now on, and no arena for every thread."""
    mallopt = _function("mallopt")
    if mallopt is not None:
        mallopt(_MMAP_THRESHOLD, _OWN_MAPPING)
        mallopt(_ARENA_MAX, _ARENAS)


def give_back() -> None:
    """Return pages to the system on which nothing is."""
    trim = _function("malloc_trim")
    if trim is not None:
        trim(0)
