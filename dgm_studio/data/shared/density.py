"""A density of the plane that can be drawn from and evaluated, and the `Source` made of it.

Every density states the law of a point and its class at once, log p(x, y); the density of the point alone is the sum
over classes. Evaluation runs in chunks, so that a hundred thousand points need no more memory than a few thousand.
"""

from __future__ import annotations

from collections.abc import Callable, Generator
from dataclasses import dataclass

import torch
from torch import Tensor

from dgm_studio.contract import Batch, DataSet, DataSpec, Loading, Rng, Settings, Source, knob, rng_for

TRAIN = 10_000
HELD_OUT = 4_096
PREVIEW = 3_000
CHUNK = 2_000_000
"""Numbers held at once while evaluating: 16 MB in float64 for each intermediate value."""

Draw = Callable[[int, Rng], tuple[Tensor, Tensor]]


@dataclass(frozen=True)
class PlaneDensity:
    """A law over points of the plane and classes.

    ``draw(n, rng)`` gives points (n, 2) float32 and class numbers (n,); ``log_joint`` maps points (n, 2), float32 or
    float64, to log p(x, y) in nats (n, max(1, classes)), minus infinity where the density is zero. ``entropy`` is that
    of the points, in nats. ``width`` is how many numbers ``log_joint`` holds per point.
    """

    draw: Draw
    log_joint: Callable[[Tensor], Tensor]
    entropy: float
    classes: tuple[str, ...] = ()
    modes: Tensor | None = None
    width: int = 8

    def sample(self, n: int, rng: Rng) -> Batch:
        """``n`` fresh points."""
        x, label = self.draw(n, rng)
        return Batch.of(x, label if self.classes else None)

    def joint_log_density(self, x: Tensor) -> Tensor:
        """log p(x, y) in nats, (n, max(1, classes)), in the dtype of ``x``."""
        rows = max(1, CHUNK // self.width)
        return torch.cat([self.log_joint(part) for part in torch.split(x, rows)])

    def log_density(self, x: Tensor) -> Tensor:
        """log p(x) in nats, (n,), in the dtype of ``x``."""
        return self.joint_log_density(x).logsumexp(-1)


class PointParams(Settings):
    """What every density of the plane can be asked for."""

    examples: int = knob(
        0,
        0,
        100_000,
        step=1,
        zero="∞",
        help="Number of training points; 0 draws fresh ones for ever, so that nothing can be learned by heart.",
    )


def streams(rng: Rng, n: int) -> list[Rng]:
    """``n`` independent generators that follow from the state of ``rng``."""
    seed = int(torch.randint(2**62, (), generator=rng, device=rng.device))
    return [rng_for(seed, i, device=rng.device) for i in range(n)]


def data_set(name: str, density: PlaneDensity, examples: int, rng: Rng) -> DataSet:
    """Training and held-out points of a density; endless where ``examples`` is 0."""
    train, held_out = streams(rng, 2)
    return DataSet(
        name=name,
        spec=DataSpec((2,), classes=density.classes),
        train=density.sample(examples or TRAIN, train),
        held_out=density.sample(HELD_OUT, held_out),
        fresh=None if examples else density.sample,
        log_density=density.log_density,
        joint_log_density=density.joint_log_density if density.classes else None,
        entropy=density.entropy,
        modes=density.modes,
    )


def source(name: str, title: str, help: str, density: Callable[[], PlaneDensity]) -> Source:
    """The catalogue entry of a density without parameters of its own; ``density`` makes it when it is first needed."""

    def load(params: Settings, rng: Rng) -> Generator[Loading, None, DataSet]:
        assert isinstance(params, PointParams)
        yield Loading(0, 1, "drawing points")
        return data_set(name, density(), params.examples, rng)

    return Source(name, title, help, "points", PointParams, load, preview=preview(name, density))


def preview(name: str, density: Callable[[], PlaneDensity]) -> Callable[[Rng], DataSet]:
    """A quick look at a density."""
    return lambda rng: data_set(name, density(), PREVIEW, rng)


def pick(n: int, choices: int, rng: Rng) -> Tensor:
    """``n`` class numbers, all equally likely."""
    return torch.randint(choices, (n,), generator=rng, device=rng.device)


def normal(n: int, rng: Rng, columns: int = 2) -> Tensor:
    """Standard normal numbers (n, columns)."""
    return torch.randn(n, columns, generator=rng, device=rng.device)


def uniform(n: int, rng: Rng, columns: int = 1) -> Tensor:
    """Uniform numbers (n, columns) in [0, 1 - 2^-19], so that scaling in float32 cannot round up to the open end."""
    return torch.rand(n, columns, generator=rng, device=rng.device) * (1 - 2**-19)
