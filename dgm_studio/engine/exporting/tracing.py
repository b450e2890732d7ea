"""One step of a sampler as a function of tensors alone: what it holds, the class and the noise in, what it holds next out.

What is drawn from a generator becomes an input, so that a step has no chance in it. torch records the operations as they are
done (``make_fx``), gradients that a step takes included. Where a step looks at values, such as whether labels are in range,
that is noted: then it must do the same whatever the noise, or no graph stands for it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, fields, is_dataclass, replace
from functools import cache
from typing import Any

import torch
from torch import Tensor
from torch.fx import GraphModule
from torch.fx.experimental.proxy_tensor import make_fx
from torch.overrides import TorchFunctionMode
from torch.utils._python_dispatch import _disable_current_modes

from dgm_studio.contract import Frame, Rng, Sampler, Steer
from dgm_studio.language import tr

from .closure import CannotExport


@dataclass(frozen=True)
class NoiseInput:
    """Noise of a step: its ``law`` ("normal", "uniform", "whole" numbers from ``low`` up to and without ``high``, or a
    "permutation" of so many) and the ``value`` that was drawn."""

    law: str
    value: Tensor
    low: int = 0
    high: int = 0


class NoiseAsInputs(TorchFunctionMode):
    """While this is entered what is drawn with a generator is noted, or taken from ``given`` instead."""

    def __init__(self, given: Sequence[Tensor] | None = None) -> None:
        super().__init__()
        self.noted: list[NoiseInput] = []
        self.looked = False
        """Whether a value was asked for as a number of Python."""
        self._given = None if given is None else list(given)

    def __torch_function__(self, function: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        kwargs = dict(kwargs or {})
        if function in _LOOKS:
            self.looked = True
            with _disable_current_modes():
                return function(*args, **kwargs)
        if function is torch.nn.functional.one_hot:  # which looks at its values
            classes = args[1] if len(args) > 1 else kwargs["num_classes"]
            return (args[0][..., None] == torch.arange(classes)).long()
        if kwargs.get("generator") is None:
            return function(*args, **kwargs)
        draw = _DRAWS.get(getattr(function, "__name__", ""))
        if draw is None:
            raise CannotExport(tr("It draws by {name}, which is not written as a graph.", name=function.__name__))
        return draw(self, function, args, kwargs)

    def noise(self, law: str, draw: Callable[[], Tensor], low: int = 0, high: int = 0) -> Tensor:
        """The next noise: what is given, or what ``draw`` draws."""
        value = draw() if self._given is None else self._given.pop(0)
        self.noted.append(NoiseInput(law, value, low, high))
        return value


_LOOKS = frozenset({Tensor.item, Tensor.__bool__, Tensor.__int__, Tensor.__float__, Tensor.__index__, Tensor.tolist})


def _like(law: str) -> Callable[[NoiseAsInputs, Any, Any, Any], Tensor]:
    return lambda mode, function, args, kwargs: mode.noise(law, lambda: function(*args, **kwargs))


def _whole(mode: NoiseAsInputs, function: Any, args: Any, kwargs: Any) -> Tensor:
    bounds = [a for a in args if isinstance(a, int)]
    low, high = (0, bounds[0]) if len(bounds) == 1 else (bounds[0], bounds[1])
    return mode.noise("whole", lambda: function(*args, **kwargs), low, high)


def _uniform(mode: NoiseAsInputs, shape: Sequence[int], kwargs: Any) -> Tensor:
    # never 0, whose logarithm is none
    return mode.noise("uniform", lambda: torch.rand(*shape, generator=kwargs["generator"]).clamp_min(1e-12))


def _bernoulli(mode: NoiseAsInputs, function: Any, args: Any, kwargs: Any) -> Tensor:
    p: Tensor = args[0]
    return (_uniform(mode, p.shape, kwargs) < p).to(p.dtype)


def _multinomial(mode: NoiseAsInputs, function: Any, args: Any, kwargs: Any) -> Tensor:
    """By a race of exponential times, as torch does it; with replacement by the inverse of the distribution function."""
    p: Tensor = args[0]
    k: int = args[1] if len(args) > 1 else kwargs["num_samples"]
    replacement = args[2] if len(args) > 2 else kwargs.get("replacement", False)
    if k == 1 or not replacement:
        race = p / -_uniform(mode, p.shape, kwargs).log()
        return race.argmax(-1, keepdim=True) if k == 1 else race.topk(k, -1).indices
    u = _uniform(mode, (*p.shape[:-1], k), kwargs) * p.sum(-1, keepdim=True)
    return (p.cumsum(-1)[..., None, :] < u[..., None]).sum(-1).clamp_max(p.shape[-1] - 1)


_DRAWS: Mapping[str, Callable[[NoiseAsInputs, Any, Any, Any], Tensor]] = {
    "randn": _like("normal"), "rand": _like("uniform"), "randperm": _like("permutation"), "randint": _whole,
    "bernoulli": _bernoulli, "multinomial": _multinomial,
}  # fmt: skip


def tensors_of(value: Any, where: str = "") -> dict[str, Tensor]:
    """All tensors within a value, by where they are."""
    if isinstance(value, Tensor):
        return {where: value}
    if isinstance(value, Mapping):
        parts: list[tuple[Any, Any]] = list(value.items())
    elif isinstance(value, list | tuple):
        parts = list(enumerate(value))
    elif is_dataclass(value) and not isinstance(value, type):
        parts = [(each.name, getattr(value, each.name)) for each in fields(value)]
    else:
        return {}
    found: dict[str, Tensor] = {}
    for name, part in parts:
        found |= tensors_of(part, f"{where}.{name}".strip("."))
    return found


def with_tensors(value: Any, tensors: Mapping[str, Tensor], where: str = "") -> Any:
    """The value with other tensors in the places where `tensors_of` found some."""
    if isinstance(value, Tensor):
        return tensors[where]
    if isinstance(value, Mapping):
        return {name: with_tensors(part, tensors, f"{where}.{name}".strip(".")) for name, part in value.items()}
    if isinstance(value, list | tuple):
        return type(value)(with_tensors(part, tensors, f"{where}.{i}".strip(".")) for i, part in enumerate(value))
    if is_dataclass(value) and not isinstance(value, type) and tensors_of(value):
        changes = {
            e.name: with_tensors(getattr(value, e.name), tensors, f"{where}.{e.name}".strip(".")) for e in fields(value)
        }
        return replace(value, **changes)
    return value


@dataclass(frozen=True)
class RecordedStep:
    """A step as a graph, whose inputs are named ``inputs`` and have these ``values``, with what went ``out`` of it by name."""

    graph: GraphModule
    inputs: tuple[str, ...]
    values: tuple[Tensor, ...]
    noise: tuple[NoiseInput, ...]
    out: Mapping[str, Tensor]
    looked: bool


def recorded(
    sampler: Sampler, before: Frame | None, n: int, steer: Steer, rng: Callable[[], Rng], *, fixed_label: bool = False
) -> tuple[RecordedStep, Frame]:
    """The step behind a frame, or where there is none the start, as a graph, and the frame that comes of it.

    ``rng`` makes the generator of this step anew. With ``fixed_label`` the label is part of the graph, not an input, so that
    the step may look at it. Raises CannotExport.
    """
    held = {} if before is None else {"x": before.x, **tensors_of(before.state)}
    label = {} if steer.label is None or fixed_label else {"label": steer.label}

    def stepped(held: Mapping[str, Tensor], label: Mapping[str, Tensor]) -> Frame:
        steered = replace(steer, label=label.get("label", steer.label))
        if before is None:
            return sampler.start(n, steered, rng())
        state = with_tensors(before.state, held)
        return sampler.step(Frame(held["x"], before.t, state), steered, rng())

    if before is None:
        stepped(held, label)  # what a model finds when it is asked first, and keeps, is no part of a step
    with NoiseAsInputs() as mode:
        after = stepped(held, label)
    out = {"x": after.x, **tensors_of(after.state)}
    inputs = (*held, *label, *(f"noise_{i}" for i in range(len(mode.noted))))
    values = (*held.values(), *label.values(), *(noise.value for noise in mode.noted))

    def function(*given: Tensor) -> list[Tensor]:
        first, second = len(held), len(held) + len(label)
        with NoiseAsInputs(given[second:]):
            found = stepped(
                dict(zip(held, given[:first], strict=True)), dict(zip(label, given[first:second], strict=True))
            )
        return list({"x": found.x, **tensors_of(found.state)}.values())

    try:
        graph = make_fx(function, decomposition_table=_decompositions())(*(v.clone() for v in values))
    except CannotExport:
        raise
    except Exception as error:
        raise CannotExport(_first_line(error)) from None
    return RecordedStep(graph, inputs, values, tuple(mode.noted), out, mode.looked), after


def _searchsorted(
    row: Tensor,
    values: Tensor,
    *,
    out_int32: bool = False,
    right: bool = False,
    side: str | None = None,
    sorter: Any = None,
) -> Tensor:
    below = (
        row[..., None, :] <= values[..., None] if right or side == "right" else row[..., None, :] < values[..., None]
    )
    return below.sum(-1)


def _zeros(size: Sequence[int], *layout: Any, dtype: Any = None, **kwargs: Any) -> Tensor:
    return torch.zeros(size, dtype=dtype)  # what is empty is filled before anybody looks at it


_WITHOUT_FORM: Mapping[Any, Any] = {
    torch.ops.aten.hypot.default: lambda a, b: (a * a + b * b).sqrt(),
    torch.ops.aten.searchsorted.Tensor: _searchsorted,
    torch.ops.aten.empty.memory_format: _zeros,
    torch.ops.aten.empty_permuted.default: _zeros,
    torch.ops.aten.sort.stable: lambda x, *, stable=None, dim=-1, descending=False: torch.ops.aten.sort.default(
        x, dim, descending
    ),
}
"""What ONNX has no operation for, by others."""


@cache
def _decompositions() -> Mapping[Any, Any]:
    from torch._decomp import core_aten_decompositions

    return {**core_aten_decompositions(), **_WITHOUT_FORM}


def _first_line(error: Exception) -> str:
    text = str(error).strip().splitlines()[0] if str(error).strip() else type(error).__name__
    if "value out of a tracing tensor" in text:
        return "It looks at what it made to decide how to go on."
    return text if text.endswith(".") else f"{text}."
