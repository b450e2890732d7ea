"""The kept steps of training as a member of a ``.dgm`` file: the tensors of every snapshot under ``step/name``."""

from __future__ import annotations

from collections.abc import Sequence

from safetensors.torch import load, save
from torch import Tensor

from .recorder import Recorder, Snapshot

MEMBER = "history.safetensors"


def packed(recorder: Recorder) -> bytes:
    """The snapshots of a run; about as many bytes as they take in memory."""
    return save(
        {f"{kept.step}/{name}": t.contiguous() for kept in recorder.snapshots for name, t in kept.state.items()}
    )


def unpacked(data: bytes) -> Sequence[Snapshot]:
    """The snapshots by their steps. Raises SafetensorError or ValueError for what was not packed so."""
    states: dict[int, dict[str, Tensor]] = {}
    for key, tensor in load(data).items():
        step, _, name = key.partition("/")
        states.setdefault(int(step), {})[name] = tensor
    return [Snapshot(step, states[step]) for step in sorted(states)]
