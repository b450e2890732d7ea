"""How much a piece of work is, in what no processor changes: operations of torch, numbers they touch, multiplications.

A test that took the time would be a test of the machine. ``python -m benchmarks stopping`` says what the counts come to
in seconds.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from torch import Tensor
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_leaves
from torch.utils.flop_counter import flop_registry


class Effort(TorchDispatchMode):
    """Counts what runs while it is entered: ``operations``, ``numbers`` (of the largest tensor of each), ``flops``.

    Views cost nothing and are not counted; flops are those of products of matrices and convolutions, backward too.
    """

    def __init__(self) -> None:
        super().__init__()
        self.operations = self.numbers = self.flops = 0

    def __torch_dispatch__(
        self, op: Any, types: Any, args: tuple[Any, ...] = (), kwargs: Mapping[str, Any] | None = None
    ) -> Any:
        given = dict(kwargs or {})
        out = op(*args, **given)
        if op.is_view:
            return out
        self.operations += 1
        self.numbers += max((t.numel() for t in tree_leaves((args, given, out)) if isinstance(t, Tensor)), default=0)
        if (count := flop_registry.get(op._overloadpacket)) is not None:
            self.flops += count(*args, **given, out_val=out)
        return out
