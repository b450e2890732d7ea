"""Train the two towers of the toy language and write the embeddings that the program comes with.

    python -m benchmarks.captions [--steps 3000] [--images] [--write]

For a tower that reads words in order and for one that adds them up: how often a fresh image is nearer to its caption than to
the swapped one, and how often nearest to its own of all. ``--write`` puts the embeddings into ``resources/embeddings``; models
that were told others before know them no more. With ``--images`` captions keep the embeddings that are there, and an image
tower learns to meet them; ``--write`` puts it into ``resources/towers``.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional

from dgm_studio.contract import rng_for, seeded
from dgm_studio.contract.context import embeddings
from dgm_studio.data.captions import drawn_as
from dgm_studio.data.shared.language import CAPTIONS, LONGEST, OBJECTS, WORDS, spelt, swapped
from dgm_studio.nets.two_tower import EMBEDDING, ImageReader, TwoTowers

TOWERS = Path(__file__).parents[1] / "resources" / "towers"
FOLDER = Path(__file__).parents[1] / "resources" / "embeddings"
TABLES = {"captions-ordered": True, "captions-bag": False}
BATCH, RATE = 128, 3e-3


def trained(ordered: bool, steps: int, seed: int = 0) -> TwoTowers:
    """Towers after so many steps on fresh images."""
    with seeded(rng_for(seed, 1)):
        towers = TwoTowers(len(WORDS), LONGEST, ordered=ordered)
    words = torch.tensor([spelt(i) for i in range(len(CAPTIONS))])
    adam = torch.optim.Adam(towers.parameters(), lr=RATE)
    falling = torch.optim.lr_scheduler.OneCycleLR(adam, RATE, total_steps=steps)
    for step in range(steps):
        rng = rng_for(seed, 2, step)
        caption = torch.randint(len(CAPTIONS), (BATCH,), generator=rng)
        loss = towers.loss(pixels(drawn_as(caption, rng)), words[caption])
        adam.zero_grad()
        loss.backward()
        adam.step()
        falling.step()
    return towers


def reading(table: str, steps: int, seed: int = 0) -> ImageReader:
    """An image tower after so many steps on fresh images, beside a table of embeddings."""
    with seeded(rng_for(seed, 1)):
        reader = ImageReader(embeddings(table))
    adam = torch.optim.Adam(reader.parameters(), lr=RATE)
    falling = torch.optim.lr_scheduler.OneCycleLR(adam, RATE, total_steps=steps)
    for step in range(steps):
        rng = rng_for(seed, 3, step)
        caption = torch.randint(len(CAPTIONS), (BATCH,), generator=rng)
        loss = functional.nll_loss(reader(pixels(drawn_as(caption, rng))), caption)
        adam.zero_grad()
        loss.backward()
        adam.step()
        falling.step()
    return reader


def pixels(x: Tensor) -> Tensor:
    """Bytes to [-1, 1]."""
    return x.float() / 127.5 - 1


@torch.no_grad()
def told_apart(scores_of: Callable[[Tensor], Tensor], n: int = 4000, seed: int = 9) -> tuple[float, float]:
    """How often an image of two objects is nearer to its caption than to the swapped one, ties counting half, and how often an
    image is nearest to its own of all captions; ``scores_of`` images (n, 3, 16, 16) are (n, captions)."""
    rng = rng_for(seed)
    caption = torch.randint(len(OBJECTS), len(CAPTIONS), (n,), generator=rng)
    scores = scores_of(pixels(drawn_as(caption, rng)))
    own = scores.gather(1, caption[:, None])[:, 0]
    other = scores.gather(1, torch.tensor([swapped(int(i)) for i in caption])[:, None])[:, 0]
    tie = (own - other).abs() < 1e-5
    apart = torch.where(tie, 0.5, (own > other).float())
    return float(apart.mean()), float((scores.argmax(1) == caption).float().mean())


def main() -> None:
    """Train both, say what they can tell apart, and perhaps write their embeddings."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--steps", type=int, default=3000)
    parser.add_argument("--images", action="store_true")
    parser.add_argument("--write", action="store_true")
    asked = parser.parse_args()
    torch.set_num_threads(1)
    words = torch.tensor([spelt(i) for i in range(len(CAPTIONS))])
    for name, ordered in TABLES.items():
        begun = time.perf_counter()
        if asked.images:
            reader = reading(name, asked.steps)
            apart, nearest = told_apart(reader)
            folder, arrays = TOWERS, {key: value.numpy() for key, value in reader.state_dict().items()}
        else:
            towers = trained(ordered, asked.steps)
            apart, nearest = told_apart(partial(towers.likeness, caption=words))
            folder = FOLDER
            arrays = {"embeddings": towers.captions(words).detach().numpy() * EMBEDDING**0.5}
        spent = time.perf_counter() - begun
        print(
            f"{name}: {spent:.1f} s; swapped captions told apart {apart:.2%}, own caption nearest of all {nearest:.2%}"
        )
        if asked.write:
            folder.mkdir(parents=True, exist_ok=True)
            np.savez_compressed(folder / f"{name}.npz", **{key: a.astype(np.float16) for key, a in arrays.items()})


if __name__ == "__main__":
    main()
