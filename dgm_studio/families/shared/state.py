"""Taking over saved tensors by name."""

from __future__ import annotations

from collections.abc import Mapping

from torch import Tensor


def check_fit(own: Mapping[str, Tensor], state: Mapping[str, Tensor], prefix: str = "") -> None:
    """Raise ValueError naming the first entry ``prefix + key`` of a saved state that is missing or not of the own shape."""
    for key, tensor in own.items():
        new = state.get(prefix + key)
        if new is None or new.shape != tensor.shape:
            found = "missing" if new is None else f"of shape {tuple(new.shape)}"
            raise ValueError(f"tensor {prefix}{key} is {found}; this model needs {tuple(tensor.shape)}")


def take_over(own: Mapping[str, Tensor], state: Mapping[str, Tensor], prefix: str = "") -> None:
    """Copy the entries ``prefix + key`` of a saved state into the tensors ``own``, in place, if all of them fit."""
    check_fit(own, state, prefix)
    for key, tensor in own.items():
        tensor.copy_(state[prefix + key])
