"""Network passes: how often the networks of a model are run to make a sample.

A sampler's steps do not tell what a sample costs: Heun's method takes two passes a step, guidance may take more, a chain's
moves some each. The modules that hold weights report when they are called, and the passes are how often the median weight was
used: a pass of a network calls each of its modules once, whatever the network and however many of them there are.
"""

from __future__ import annotations

from collections import Counter
from types import TracebackType
from typing import Any, Self

from torch import nn
from torch.nn.modules.module import register_module_forward_hook


class Passes:
    """Counts the calls of modules with weights of their own while it is entered; enter it around each slice of work."""

    def __init__(self) -> None:
        self._calls: Counter[nn.Module] = Counter()
        self._hook: Any = None

    def __enter__(self) -> Self:
        self._hook = register_module_forward_hook(self._called)
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._hook.remove()

    def _called(self, module: nn.Module, given: Any, found: Any) -> None:
        if next(module.parameters(recurse=False), None) is not None:
            self._calls[module] += 1

    @property
    def count(self) -> int:
        """How often the median of the weights that were used was used; 0 where no module with weights was called."""
        used = sorted(
            (times, sum(w.numel() for w in module.parameters(recurse=False))) for module, times in self._calls.items()
        )
        half, so_far = sum(size for _, size in used) / 2, 0
        for times, size in used:
            so_far += size
            if so_far >= half:
                return times
        return 0
