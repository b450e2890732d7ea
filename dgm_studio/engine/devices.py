"""Devices: which there are, which to take, and how many threads the CPU should use.

Small networks spend their time between operations, where a second thread only waits: with two threads on a two-core
machine whose other core is busy a small network was measured to train 15 to 25 times slower than with one. So one
thread is the rule, and more are used only for networks above a million weights and only when a probe shows a gain.

oneDNN, torch's library for convolutions, keeps the machine code it made for each shape of a batch, of 1,024 shapes, a
fifth of a megabyte each: two hundred megabytes after an hour of changing sizes. 128 are more than a network here has at once,
and none was measured to train slower so.
"""

from __future__ import annotations

import os
import time

import torch

from dgm_studio.language import tr
from dgm_studio.protocol.catalogue import DeviceInfo

os.environ.setdefault("ONEDNN_PRIMITIVE_CACHE_CAPACITY", "128")  # it is read when the first convolution is made

LARGE_MODEL = 1_000_000
"""Weights above which more than one thread is considered."""


class DeviceError(ValueError):
    """A device that is not there; the message says which ones are."""


def names() -> list[str]:
    """Devices of this machine, best first."""
    found = []
    if torch.cuda.is_available():
        found.append("cuda")
    if torch.backends.mps.is_available():
        found.append("mps")
    return [*found, "cpu"]


def resolve(name: str) -> torch.device:
    """The device for ``auto``, ``cpu``, ``cuda`` or ``mps``. Raises DeviceError."""
    have = names()
    if name == "auto":
        return torch.device(have[0])
    if name.split(":")[0] not in have:
        raise DeviceError(
            tr(
                "Device {name!r} is not on this machine; there is {names}. Choose one of these or 'auto'.",
                name=name,
                names=", ".join(have),
            )
        )
    return torch.device(name)


def title(device: torch.device) -> str:
    """What to call a device on screen."""
    if device.type == "cuda":
        return torch.cuda.get_device_name(device)
    return {"cpu": "CPU", "mps": tr("Apple GPU")}.get(device.type, device.type)


def describe() -> tuple[DeviceInfo, ...]:
    """Devices as the catalogue lists them."""
    entries = []
    for name in names():
        memory = torch.cuda.get_device_properties(0).total_memory if name == "cuda" else None
        entries.append(DeviceInfo(name, title(torch.device(name)), memory))
    return tuple(entries)


def _products_per_second(threads: int) -> float:
    torch.set_num_threads(threads)
    a = torch.randn(384, 384)
    a @ a
    start = time.perf_counter()
    for _ in range(12):
        a @ a
    return 12 / (time.perf_counter() - start)


def measure_threads() -> int:
    """The thread count for large models: all cores if that is at least 1.4 times faster now, twice in a row, else 1.

    Takes about 30 ms and leaves one thread set.
    """
    cores = os.cpu_count() or 1
    gains = [_products_per_second(cores) / _products_per_second(1) for _ in range(2)] if cores > 1 else [1.0]
    torch.set_num_threads(1)
    return cores if min(gains) >= 1.4 else 1
