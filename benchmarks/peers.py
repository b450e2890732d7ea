"""Peers: our families beside the well-known implementations of the same idea, in one process and for equal process time.

`python -m benchmarks.peers [--seconds N] [--quick]`

* our neural spline flow, and zuko's NSF: 3 transforms of 8 bins, 64 x 64 ReLU, Adam 1e-3, batch 256, as its tutorial does;
* our flow matching, and the recipe of torchcfm: 3 x 64 SELU, AdamW 1e-3, weight decay 1e-5, sigma_min 0.1, batch 512;
* our diffusion, and tiny-diffusion: DDPM of 50 linear steps up to 0.02, 3 residual layers of 128, sinusoidal embeddings of
  time and coordinates, AdamW 1e-3, batch 32.

All see the same endless data in model units (mean 0, standard deviation 1). After so many seconds of process time of
training steps alone, exact densities give the **gap** to the truth in nats, otherwise samples give the sliced
Wasserstein-2 distance to fresh data (in brackets that of other fresh data). Recipes of peers that are no library here are
written anew from their descriptions.
"""

from __future__ import annotations

import argparse
import math
from collections.abc import Callable

import torch
from torch import Tensor, nn

from dgm_studio.contract import Batch
from dgm_studio.families.shared.ode import ode_density

from .learning import Contestant, Learned, Pupil, Step, ground, ours
from .results import number, table
from .surroundings import surroundings

DENSITIES = ("moons", "checkerboard", "8-gaussians")
SECONDS, QUICK_SECONDS = 20.0, 1.0
SAMPLES = 4000


def zuko_nsf() -> Contestant:
    import zuko

    def start() -> tuple[Step, Callable[[], Learned]]:
        torch.manual_seed(0)
        flow = zuko.flows.NSF(2, transforms=3, hidden_features=(64, 64))
        optimiser = torch.optim.Adam(flow.parameters(), lr=1e-3)

        def step(batch: Batch) -> None:
            loss = -flow().log_prob(batch.x).mean()
            optimiser.zero_grad()
            loss.backward()
            optimiser.step()

        return step, lambda: Learned(flow().log_prob)

    return Contestant("zuko NSF", 256, start)


def torchcfm_recipe() -> Contestant:
    """Independent pairs ``x_t = (1 - t) x0 + t x1 + 0.1 n``, velocity ``x1 - x0``, time as a third input."""

    def start() -> tuple[Step, Callable[[], Learned]]:
        torch.manual_seed(0)
        layers = [nn.Linear(3, 64), nn.SELU(), nn.Linear(64, 64), nn.SELU(), nn.Linear(64, 64), nn.SELU()]
        net = nn.Sequential(*layers, nn.Linear(64, 2))
        optimiser = torch.optim.AdamW(net.parameters(), lr=1e-3, weight_decay=1e-5)

        def step(batch: Batch) -> None:
            x = batch.x
            noise, t = torch.randn_like(x), torch.rand(len(x), 1)
            at = (1 - t) * noise + t * x + 0.1 * torch.randn_like(x)
            loss = (net(torch.cat((at, t), 1)) - (x - noise)).square().mean()
            optimiser.zero_grad()
            loss.backward()
            optimiser.step()

        def velocity(x: Tensor, t: float, label: Tensor | None) -> Tensor:
            return net(torch.cat((x, torch.full_like(x[:, :1], t)), 1))

        return step, lambda: Learned(ode_density(velocity, 32, 1.0, 2))

    return Contestant("torchcfm recipe", 512, start)


def tiny_diffusion() -> Contestant:
    """Noise predicted from embedded time and coordinates; ancestral sampling, as published."""
    beta = torch.linspace(1e-4, 0.02, 50)
    kept = (1 - beta).cumprod(0)
    octaves = torch.exp(-math.log(1e4) / 63 * torch.arange(64))

    def embed(x: Tensor, scale: float) -> Tensor:
        phase = scale * x[:, None] * octaves
        return torch.cat((phase.sin(), phase.cos()), 1)

    class Residual(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.linear = nn.Linear(128, 128)

        def forward(self, h: Tensor) -> Tensor:
            return h + nn.functional.gelu(self.linear(h))

    def start() -> tuple[Step, Callable[[], Learned]]:
        torch.manual_seed(0)
        net = nn.Sequential(nn.Linear(3 * 128, 128), nn.GELU(), *(Residual() for _ in range(3)), nn.Linear(128, 2))
        optimiser = torch.optim.AdamW(net.parameters(), lr=1e-3)

        def predict(x: Tensor, t: Tensor) -> Tensor:
            return net(torch.cat((embed(x[:, 0], 25.0), embed(x[:, 1], 25.0), embed(t.float(), 1.0)), 1))

        def step(batch: Batch) -> None:
            x = batch.x
            t, noise = torch.randint(50, (len(x),)), torch.randn_like(x)
            a = kept[t][:, None]
            loss = (predict(a.sqrt() * x + (1 - a).sqrt() * noise, t) - noise).square().mean()
            optimiser.zero_grad()
            loss.backward()
            nn.utils.clip_grad_norm_(net.parameters(), 1.0)
            optimiser.step()

        @torch.no_grad()
        def sample(n: int) -> Tensor:
            x = torch.randn(n, 2)
            for i in reversed(range(50)):
                noise = predict(x, torch.full((n,), i))
                x = (x - beta[i] / (1 - kept[i]).sqrt() * noise) / (1 - beta[i]).sqrt()
                if i:
                    x = x + (beta[i] * (1 - kept[i - 1]) / (1 - kept[i])).sqrt() * torch.randn(n, 2)
            return x

        return step, lambda: Learned(sample=sample)

    return Contestant("tiny-diffusion recipe", 32, start)


def train(contestant: Contestant, density: str, seconds: float) -> tuple[int, Learned]:
    """Steps made in so many seconds of process time, the drawing of data not counted."""
    pupil = Pupil(contestant, ground(density))
    pupil.train(steps=10**9, seconds=seconds)
    return pupil.steps, pupil.learned()


def pairs() -> list[tuple[str, Contestant, Contestant]]:
    """Ours and the peer, and by what they are judged."""
    return [
        ("gap", ours("flow"), zuko_nsf()),
        ("gap", ours("flow-matching"), torchcfm_recipe()),
        ("sliced W2", ours("diffusion"), tiny_diffusion()),
    ]


def compare(seconds: float) -> list[tuple[str, str, list[tuple[str, int, float]], float]]:
    """(density, measure, [(title, steps, value) of ours and the peer], floor) for each pair and density."""
    found = []
    for name in DENSITIES:
        on = ground(name)
        floor = on.floor(SAMPLES)
        for measure, *contestants in pairs():
            rows = []
            for contestant in contestants:
                steps, learned = train(contestant, name, seconds)
                if measure == "gap":
                    assert learned.log_density is not None
                    value, _ = on.gap(learned.log_density, SAMPLES)
                else:
                    assert learned.sample is not None
                    value = on.distance(learned.sample(SAMPLES))
                rows.append((contestant.title, steps, value))
            found.append((name, measure, rows, floor if measure != "gap" else 0.0))
    return found


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.peers", description="Our families beside their peers.")
    parser.add_argument("--seconds", type=float, default=SECONDS, help="process time of training each (%(default)s)")
    parser.add_argument("--quick", action="store_true", help="hardly any training, to see that it works")
    options = parser.parse_args()
    seconds = QUICK_SECONDS if options.quick else options.seconds
    with surroundings():
        torch.set_num_threads(1)
        rows = []
        for name, what, (mine, theirs), floor in compare(seconds):
            shown = [f"{value:.3f}" + (f" ({floor:.3f})" if floor else "") for value in (mine[2], theirs[2])]
            rows.append([name, what, mine[0], shown[0], f"{mine[1]:,}", theirs[0], shown[1], f"{theirs[1]:,}"])
        print(f"after {number(seconds)} s of process time each\n")
        print(table(["density", "measure", "ours", "reached", "steps", "peer", "reached", "steps"], rows))


if __name__ == "__main__":
    main()
