"""Refuge: what becomes of runs whose device has stopped answering.

Nothing on a lost GPU can be read any more, neither weights nor examples, and what is tried fails again. Snapshots lie in the
memory of the machine: each run goes on on the CPU from its newest one. A device is not chosen again by itself, as a process
that has lost it seldom gets it back; who asks for it by name may try.
"""

from __future__ import annotations

from collections.abc import Iterable

from dgm_studio.protocol.spec import RunSpec

from ..errors import is_device_lost, is_out_of_memory
from .run import Run


class Refuge:
    """Of the runs of one engine."""

    def __init__(self) -> None:
        self._lost = False

    def concerns(self, run: Run | None, error: BaseException) -> bool:
        """Whether an error means that the device of a run is lost."""
        on_device = run is not None and run.device.type != "cpu"
        return on_device and is_device_lost(error) and not is_out_of_memory(error)

    def take(self, run: Run, runs: Iterable[Run]) -> list[Run]:
        """Bring a run and all others on its device to the CPU; returns them."""
        self._lost = True
        device = run.device
        found = [each for each in runs if each.device == device]
        for each in found:
            each.fall_back()
        return found

    def reachable(self, spec: RunSpec) -> RunSpec:
        """A run spec whose device, where it is left to the program, is one that answers."""
        return spec.with_(device="cpu") if self._lost and spec.device == "auto" else spec
