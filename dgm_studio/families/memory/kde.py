"""Kernel density estimation: remember examples, and answer with one of them, slightly blurred.

With examples ``x_1 ... x_m`` and bandwidth h the density is ``p(x) = 1/m sum_j N(x; x_j, h^2 I)`` (Rosenblatt 1956,
Parzen 1962). The bandwidth climbs the leave-one-out likelihood (Duin 1976, IEEE Trans. Comput. C-25:1175) by
expectation-maximisation, one batch of examples at a time (Cappé & Moulines 2009, arXiv:0712.4273):

    h^2 <- (h^2)^(1-g) v^g,   v = mean_i sum_{j != i} w_ij |x_i - x_j|^2 / D,   w_ij ~ N(x_i; x_j, h^2).

Nothing generalises less or fits better: the baseline that every fidelity measure loves and only a copying test catches.
With bandwidth 0 it is a filing cabinet: samples are training examples. Before it has seen any it is one Gaussian at the
origin, one unit wide.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

import torch
from torch import Tensor

from dgm_studio.contract import (
    Abilities,
    Batch,
    DataSpec,
    Family,
    LogDensity,
    Method,
    Recipe,
    Rng,
    Settings,
    Training,
    knob,
)
from dgm_studio.families.memory.kernel_context import ContextKernel
from dgm_studio.families.memory.kernel_mixture import SMALLEST_VARIANCE, KernelMixture, PickAndJitter
from dgm_studio.families.shared.classes import log_shares


class Config(Settings):
    memory: int = knob(2000, 10, 20000, scale="log", help="How many examples are remembered, the first that come.")
    automatic: bool = knob(
        True, title="fit bandwidth", help="Choose the bandwidth by the likelihood of each example given all the others."
    )
    bandwidth: float = knob(
        0.1,
        0.0,
        2.0,
        step=0.01,
        help="Width of the blur around each remembered example when it is not chosen automatically; 0 is a filing "
        "cabinet, which gives copies.",
    )


class KernelDensity:
    """Remembers examples while there is room, then only moves the bandwidth."""

    def __init__(self, config: Config, spec: DataSpec, device: torch.device) -> None:
        self._config, self._spec, self._device = config, spec, device
        self._examples = torch.zeros(config.memory, spec.size, device=device)
        self._label = self._no_labels().to(device)
        self._context_width = torch.full((len(spec.context),), 0.5, device=device)
        self._count = 0
        self._seen: set[bytes] = set()
        self._variance = torch.ones((), device=device)
        self._turns = 0
        self._log_weight: Tensor | None = None

    def _no_labels(self) -> Tensor:
        """Room for the class, or the context, of each example."""
        if self._spec.context:
            return torch.zeros(self._config.memory, self._spec.given_size)
        return torch.full((self._config.memory,), -1)

    def train_step(self, batch: Batch, rng: Rng) -> Mapping[str, Tensor]:
        self._remember(batch)
        loss = self._fit_bandwidth(len(batch), rng)
        return {"loss": loss, "bandwidth": torch.tensor(self._bandwidth), "examples": torch.tensor(float(self._count))}

    def _remember(self, batch: Batch) -> None:
        """Remember the examples that are new, until there is no room."""
        room = self._config.memory - self._count
        if not room:
            return
        flat = batch.x.detach().flatten(1)
        new: list[int] = []
        for i, row in enumerate(flat.cpu().numpy()):
            key = row.tobytes()
            if key not in self._seen and len(new) < room:
                self._seen.add(key)
                new.append(i)
        where = torch.tensor(new, dtype=torch.long, device=flat.device)
        there = slice(self._count, self._count + len(new))
        self._examples[there] = flat[where]
        if batch.label is not None:
            self._label[there] = batch.label[where]
        if self._count < 2 <= self._count + len(new):
            self._variance = self._examples[: self._count + len(new)].var(0).mean().clamp_min(SMALLEST_VARIANCE)
        self._count += len(new)
        self._log_weight = None

    def _fit_bandwidth(self, n: int, rng: Rng) -> Tensor:
        """One step of expectation-maximisation on the leave-one-out likelihood; returns its negative in nats."""
        if self._count < 2:
            return torch.zeros((), device=self._device)
        mixture = self._mixture(torch.sqrt(self._variance).item() if self._config.automatic else self._bandwidth)
        if mixture.bandwidth == 0:
            return torch.zeros((), device=self._device)
        mine = torch.randint(self._count, (n,), generator=rng, device=rng.device)
        x = mixture.examples[mine]
        distance = mixture.squared_distance(x)
        allowed = torch.arange(self._count, device=x.device) != mine[:, None]
        if mixture.kernel is not None:
            return self._fit_with_context(mixture, mixture.kernel, mine, distance, allowed)
        if self._spec.classes:
            allowed &= self._label[: self._count] == self._label[mine][:, None]
        alone = ~allowed.any(-1)
        logits = torch.where(allowed, -distance / (2 * mixture.bandwidth**2), -torch.inf)[~alone]
        if not len(logits):
            return torch.zeros((), device=self._device)
        size = self._spec.size
        others = allowed[~alone].sum(-1).log()
        log_p = logits.logsumexp(-1) - others - 0.5 * size * math.log(2 * math.pi * mixture.bandwidth**2)
        target = (logits.softmax(-1) * distance[~alone]).sum(-1).mean() / size
        self._move_bandwidth(target)
        return -log_p.mean()

    def _fit_with_context(
        self, mixture: KernelMixture, kernel: ContextKernel, mine: Tensor, distance: Tensor, allowed: Tensor
    ) -> Tensor:
        """The same where examples weigh by their contexts, whose widths climb too."""
        size, context = self._spec.size, kernel.contexts[mine]
        log_kernel = -distance / (2 * mixture.bandwidth**2)
        weight = torch.where(allowed, kernel.log_weight(context), -torch.inf).log_softmax(-1)
        log_p = (weight + log_kernel).logsumexp(-1) - 0.5 * size * math.log(2 * math.pi * mixture.bandwidth**2)
        target = ((weight + log_kernel).softmax(-1) * distance).sum(-1).mean() / size
        self._move_bandwidth(target)
        self._context_width = kernel.climbed(context, log_kernel, allowed, self._turns)
        return -log_p.mean()

    def _move_bandwidth(self, target: Tensor) -> None:
        self._turns += 1
        # plain expectation-maximisation creeps; twice its step in the logarithm still converges (Salakhutdinov 2003)
        gain = 2 * self._turns**-0.5
        self._variance = (self._variance * (target / self._variance) ** gain).clamp_min(SMALLEST_VARIANCE)

    @property
    def _bandwidth(self) -> float:
        if not self._count:
            return 1.0
        return math.sqrt(float(self._variance)) if self._config.automatic else self._config.bandwidth

    def _mixture(self, bandwidth: float) -> KernelMixture:
        if not self._count:
            return KernelMixture(
                self._examples[:1], self._examples.new_zeros(len(self._spec.classes) + 1, 1), bandwidth
            )
        if self._log_weight is None:
            self._log_weight = self._weigh()
        kernel = None
        if self._spec.context:
            kernel = ContextKernel(self._spec.context, self._label[: self._count], self._context_width)
        return KernelMixture(self._examples[: self._count], self._log_weight, bandwidth, kernel)

    def _weigh(self) -> Tensor:
        """Log-weights (C + 1, m): each class spreads its weight over its own examples, an empty one over all."""
        everything = self._examples.new_full((1, self._count), -math.log(self._count))
        classes = len(self._spec.classes)
        if not classes:
            return everything
        own = self._label[: self._count] == torch.arange(classes, device=self._device)[:, None]
        count = own.sum(-1, keepdim=True)
        rows = torch.where(own, -count.clamp_min(1).log(), -torch.inf)
        rows = torch.where(count > 0, rows, everything)
        mixture = (rows + log_shares(self._spec, rows)[:, None]).logsumexp(0, keepdim=True)
        return torch.cat([rows, mixture])

    def abilities(self) -> Abilities:
        mixture = self._mixture(self._bandwidth)
        blurred = mixture.bandwidth > 0
        fill = PickAndJitter(
            mixture,
            self._spec,
            True,
            "Fitting examples",
            "Picks an example with the probability that it, blurred, explains the known part; copies the rest.",
        )
        return Abilities(
            samplers={"pick": PickAndJitter(mixture, self._spec)},
            log_density=LogDensity("exact", mixture.log_density) if blurred else None,
            score=mixture.score if blurred and self._spec.data_kind != "paths" else None,
            methods={
                "nearest": Method(
                    "mask",
                    "Posterior-weighted neighbours",
                    "exact" if blurred else "heuristic",
                    "The conditional of a mixture of Gaussians is again one, so with a bandwidth above 0 this is exact "
                    "for the kernel density; with bandwidth 0 it copies the nearest example.",
                    fill,
                )
            },
            uses_label=bool(self._spec.given_size),
            temperature="Multiplies the variance of the jitter. Examples are picked as before, so that the spread of the "
            "whole, which is mostly theirs, hardly changes.",
        )

    def retune(self, training: Training) -> None:
        """Nothing to do: there is no learning rate, and the batch size is read from each batch."""

    def parameters(self) -> Sequence[Tensor]:
        return ()

    def to(self, device: torch.device) -> None:
        self._device = device
        self._examples, self._label = self._examples.to(device), self._label.to(device)
        self._variance, self._log_weight = self._variance.to(device), None
        self._context_width = self._context_width.to(device)

    def state_dict(self) -> dict[str, Tensor]:
        return {
            "drawers": self._examples[: self._count].clone(),
            "labels": self._label[: self._count].clone(),
            "variance": self._variance.clone(),
            "turns": torch.tensor(self._turns),
            **({"context_width": self._context_width.clone()} if self._spec.context else {}),
        }

    def load_state_dict(self, state: Mapping[str, Tensor]) -> None:
        missing = set(self.state_dict()) - set(state)
        if missing:
            raise ValueError(f"tensor {min(missing)} is missing; a kernel density cannot be restored without it")
        examples, label = state["drawers"], state["labels"]
        if examples.dim() != 2 or examples.shape[1] != self._spec.size or len(examples) > self._config.memory:
            room = (self._config.memory, self._spec.size)
            raise ValueError(f"tensor drawers is of shape {tuple(examples.shape)}; this model has room for {room}")
        if label.shape != (len(examples), *self._label.shape[1:]):
            raise ValueError(f"tensor labels is of shape {tuple(label.shape)}; there are {len(examples)} examples")
        if state["variance"].shape != () or not float(state["variance"]) > 0:
            raise ValueError("tensor variance must be one number above 0")
        self._count = len(examples)
        self._examples[: self._count] = examples
        self._label[: self._count] = label
        self._seen = {row.tobytes() for row in self._examples[: self._count].cpu().numpy()}
        self._variance = state["variance"].to(self._device).clone()
        self._turns = int(state["turns"])
        if self._spec.context:
            self._context_width = state["context_width"].to(self._device).clone()
        self._log_weight = None


def _accepts(spec: DataSpec) -> str | None:
    return None if spec.kind == "real" else f"kernel densities need real-valued data, not {spec.kind} data"


def _build(config: Config, spec: DataSpec, rng: Rng) -> KernelDensity:
    return KernelDensity(config, spec, rng.device)


def _recipe(spec: DataSpec, device: torch.device) -> Recipe:
    return Recipe(training=Training(batch=128 if spec.is_image else 256), steps=200)


FAMILY = Family(
    name="kde",
    title="Kernel density",
    summary="memory · kernels",
    group="memory",
    help="A filing cabinet: remembers training examples and answers with one of them, blurred by a bandwidth: the baseline to "
    "beat.",
    reference="Parzen 1962 (doi:10.1214/aoms/1177704472); Duin 1976 (doi:10.1109/TC.1976.1674577)",
    Config=Config,
    accepts=_accepts,
    build=_build,
    recipe=_recipe,
    takes_context=True,
    kinds=("points", "images", "paths"),
)
