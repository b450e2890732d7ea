"""The surroundings of a measurement: one thread for torch, no screen unless there is one, and a home of its own."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def surroundings() -> Iterator[None]:
    """Set the environment of this process and its children. Before torch or Qt is imported."""
    if "DISPLAY" not in os.environ and "WAYLAND_DISPLAY" not in os.environ:
        os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    os.environ["OMP_NUM_THREADS"] = "1"
    # Of windows with a smallest size; the offscreen platform says it at every resize.
    os.environ.setdefault("QT_LOGGING_RULES", "qt.qpa.*=false")
    with tempfile.TemporaryDirectory(prefix="dgm-benchmark-") as home:
        os.environ["DGM_STUDIO_HOME"] = home
        yield
