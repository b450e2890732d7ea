"""The doctor: what is installed, what this machine has, and what would limit it. Imports no Qt; asks for versions only."""

from __future__ import annotations

import os
import platform
import shutil
import sys
import tempfile
from dataclasses import asdict
from importlib.metadata import PackageNotFoundError, version
from typing import Any

import dgm_studio
from dgm_studio.lessons.finding import lessons_folder
from dgm_studio.places import families_folder

from .job import result

PACKAGES = (
    "torch", "PySide6-Essentials", "shiboken6", "pyqtgraph", "contourpy", "numpy", "scipy", "pillow", "pydantic", "qtawesome",
    "safetensors", "platformdirs", "click", "segno", "ziamath", "markdown-it-py",
)  # fmt: skip
BROKEN_QT = ("6.11.0", "6.11.1")


def _version(package: str) -> str | None:
    try:
        return version(package)
    except PackageNotFoundError:
        return None


def _limits(versions: dict[str, str | None], threads: int) -> list[str]:
    found = [f"{name} is not installed; run `pip install {name}`." for name, v in versions.items() if v is None]
    qt = versions["PySide6-Essentials"]
    if qt is not None and (qt in BROKEN_QT or tuple(map(int, qt.split(".")[:2])) >= (6, 12)):
        found.append(f"PySide6 {qt} is known to crash; install one of at least 6.10 and below 6.12, best 6.11.3.")
    if sys.platform.startswith("linux") and not (os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY")):
        found.append("There is no display, so the window cannot open here; every other verb and `screenshot` work.")
    if os.cpu_count() == 1:
        found.append("One processor core: the window will feel slow while a model trains.")
    free = shutil.disk_usage(tempfile.gettempdir()).free
    if free < 1 << 30:
        found.append(f"Only {free >> 20} MB are free on the disk of temporary files.")
    if threads == 1 and (os.cpu_count() or 1) > 1:
        found.append("A second thread does not pay just now (other programs are busy), so large models use one.")
    return found


def examine(as_json: bool) -> None:
    """Print the report; see `dgm-studio doctor --help`."""
    from dgm_studio.engine import devices

    versions = {name: _version(name) for name in PACKAGES}
    threads = devices.measure_threads()
    found = devices.describe()
    limits = _limits(versions, threads)
    values: dict[str, Any] = {
        "dgm_studio": dgm_studio.__version__,
        "python": platform.python_version(),
        "platform": platform.platform(),
        "cores": os.cpu_count(),
        "threads_for_large_models": threads,
        "versions": versions,
        "devices": [asdict(device) for device in found],
        "default_device": found[0].name,
        "families_folder": str(families_folder()),
        "lessons_folder": str(lessons_folder()),
        "limits": limits,
    }
    lines = [
        f"DGM Studio {dgm_studio.__version__}, Python {platform.python_version()} on {platform.platform()}",
        f"{os.cpu_count()} cores; {threads} thread(s) for large models, 1 for small ones",
        *(f"{d.name:5} {d.title}" + (f", {d.memory / 2**30:.0f} GiB" if d.memory else "") for d in found),
        *(f"{name:20} {v or 'missing'}" for name, v in versions.items()),
        f"Families of your own are looked for in {families_folder()}",
        f"Lessons of your own are looked for in {lessons_folder()}",
        *(f"! {limit}" for limit in limits),
        "" if limits else "Nothing limits this machine.",
    ]
    result(values, as_json, "\n".join(line for line in lines if line))
