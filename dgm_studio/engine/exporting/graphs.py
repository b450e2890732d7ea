"""Steps that are the same but for some numbers, such as the time, as one graph that is given these numbers.

Two steps are alike when they do the same operations on the same things. Numbers that differ between them, real ones and tensors
that each step made anew, become inputs of the graph, and what they are in each step becomes a table.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import torch
from torch import Tensor
from torch.fx import GraphModule, Node

from dgm_studio.language import tr

from .closure import CannotExport
from .tracing import RecordedStep

_aten = torch.ops.aten
Slot = tuple[str, int | str]
"""Where a number stands: the name of a node, and the argument; of a constant the node and nothing."""


@dataclass
class StepKind:
    """Steps that are alike: the ``first`` of them, and of each by its place in the loop the numbers that may differ."""

    first: RecordedStep
    signature: tuple[Any, ...]
    numbers: dict[int, dict[Slot, Any]] = field(default_factory=dict)

    def differing(self) -> list[Slot]:
        """The slots whose numbers are not the same in all steps."""
        each = list(self.numbers.values())
        return [slot for slot, value in each[0].items() if not all(_same(value, other[slot]) for other in each[1:])]


def described(step: RecordedStep) -> tuple[tuple[Any, ...], dict[Slot, Any]]:
    """What a step does, without its numbers, and its numbers by slot."""
    places = {node: i for i, node in enumerate(step.graph.graph.nodes)}
    numbers: dict[Slot, Any] = {}
    signature: list[Any] = [step.inputs, tuple(step.out)]
    for node, place in places.items():
        said: list[Any] = [node.op, str(node.target) if node.op == "call_function" else ""]
        if node.op == "get_attr":
            value = getattr(step.graph, str(node.target))
            numbers[str(place), ""] = value.detach()
            said += [tuple(value.shape), value.dtype]
        elif node.op == "call_function":
            for key, argument in _arguments(node):
                if isinstance(argument, float):
                    numbers[str(place), key] = argument
                    said.append((key, "number"))
                else:
                    said.append((key, _written(argument, places)))
        elif node.op == "output":
            said.append(_written(node.args, places))
        elif node.op == "placeholder":
            said.append(tuple(step.values[place].shape))
        signature.append(tuple(said))
    return tuple(signature), numbers


def _arguments(node: Node) -> Iterator[tuple[int | str, Any]]:
    yield from enumerate(node.args)
    yield from node.kwargs.items()


def _written(argument: Any, places: dict[Node, int]) -> Any:
    if isinstance(argument, Node):
        return f"%{places[argument]}"
    if isinstance(argument, list | tuple):
        return tuple(_written(part, places) for part in argument)
    return repr(argument)


def _same(a: Any, b: Any) -> bool:
    if isinstance(a, Tensor):
        return a.data_ptr() == b.data_ptr() or torch.equal(a, b)
    return bool(a == b) or (a != a and b != b)


def is_same(one: tuple[tuple[Any, ...], dict[Slot, Any]], other: tuple[tuple[Any, ...], dict[Slot, Any]]) -> bool:
    """Whether two steps, as `described`, do the same, with the same numbers."""
    return one[0] == other[0] and all(_same(value, other[1][slot]) for slot, value in one[1].items())


def with_inputs(kind: StepKind) -> tuple[GraphModule, dict[Slot, str]]:
    """The graph of a kind, with an input for each number that differs, and their names. Raises CannotExport."""
    graph = kind.first.graph.graph
    nodes = list(graph.nodes)
    last = [node for node in nodes if node.op == "placeholder"]
    names: dict[Slot, str] = {}
    for slot in kind.differing():
        names[slot] = f"constant_{len(names)}"
        with graph.inserting_after(last[-1]) if last else graph.inserting_before(nodes[0]):
            last.append(graph.placeholder(names[slot]))
        node = nodes[int(slot[0])]
        if slot[1] == "":
            node.replace_all_uses_with(last[-1])
            graph.erase_node(node)
        else:
            _give(node, slot[1], last[-1])
    graph.lint()
    kind.first.graph.recompile()
    return kind.first.graph, names


def _give(node: Node, key: int | str, number: Node) -> None:
    """Let an operation take a number from an input. Raises CannotExport where it has no such form."""
    packet, overload = str(node.target).removeprefix("aten.").rpartition(".")[::2]
    if packet == "full":
        node.target, node.args, node.kwargs = _aten.expand.default, (number, node.args[0]), {}
        return
    if packet == "scalar_tensor":
        node.replace_all_uses_with(number)
        node.graph.erase_node(node)
        return
    wanted = {"Scalar": "Tensor", "default": "Tensor", "Tensor_Scalar": "Tensor_Tensor"}.get(overload, overload)
    operation = getattr(_aten, packet)
    if wanted not in operation.overloads() or isinstance(key, str):
        raise CannotExport(
            tr("Its steps differ in a number of {packet}, which a graph cannot be given.", packet=packet)
        )
    node.target = getattr(operation, wanted)
    args = list(node.args)
    args[key] = number
    if wanted == "Tensor" and packet == "clamp":  # of which all limits are then tensors
        raise CannotExport(tr("Its steps differ in a limit, which a graph cannot be given."))
    node.args = tuple(args)


def as_tensor(number: Any) -> Tensor:
    """A number as the graph takes it."""
    return number if isinstance(number, Tensor) else torch.tensor(number, dtype=torch.float32)
