"""Causal networks: nothing looks ahead, masses sum to one, and writing one by one agrees with reading at once."""

from __future__ import annotations

from collections.abc import Callable
from itertools import product

import pytest
import torch
from torch import Tensor, nn

from dgm_studio.contract import rng_for
from dgm_studio.nets.causal import CausalNet, LevelWaves, nats
from dgm_studio.nets.causal_made import Made
from dgm_studio.nets.causal_pixelcnn import PixelCnn
from dgm_studio.nets.causal_transformer import CausalTransformer

HEIGHT, COLUMNS, LEVELS = 3, 4, 3
SIZE = HEIGHT * COLUMNS
Make = Callable[[int, int, int, int], CausalNet]
"""Height, columns, levels and classes to an untrained network."""
MAKERS: dict[str, Make] = {
    "made": lambda h, w, k, c: Made(h * w, k, c, 40),
    "pixelcnn": lambda h, w, k, c: PixelCnn(h, w, k, c, 8, 3),
    "pixelcnn of one layer": lambda h, w, k, c: PixelCnn(h, w, k, c, 8, 1),
    "transformer": lambda h, w, k, c: CausalTransformer(h * w, 1, k, c, 8, 2),
    "transformer of rows": lambda h, w, k, c: CausalTransformer(h * w, w, k, c, 8, 2),
}
EVERY_NET = pytest.mark.parametrize("name", list(MAKERS))
CLASSES = pytest.mark.parametrize("classes", [0, 3])
SHUFFLED = torch.randperm(SIZE, generator=rng_for(5))


def network(
    name: str, height: int = HEIGHT, columns: int = COLUMNS, levels: int = LEVELS, classes: int = 0
) -> CausalNet:
    """An untrained network with weights large enough that every conditional is far from uniform."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(3)
        net = MAKERS[name](height, columns, levels, classes)
        assert isinstance(net, nn.Module)
        with torch.no_grad():
            for p in net.parameters():
                p.mul_(1.5)
        return net


def orders(name: str) -> list[Tensor | None]:
    return [None, SHUFFLED] if name == "made" else [None]


def given(n: int, classes: int) -> Tensor:
    return torch.eye(max(classes, 1))[torch.arange(n) % max(classes, 1)][:, :classes]


@EVERY_NET
@CLASSES
def test_nothing_looks_ahead(name: str, classes: int) -> None:
    net = network(name, classes=classes)
    level = torch.randint(LEVELS, (2, SIZE), generator=rng_for(1))
    for order in orders(name):
        places = list(range(SIZE)) if order is None else order.tolist()
        for i, position in enumerate(places):
            waves = net.waves(level).requires_grad_()
            out = net.logits(waves, given(2, classes), order)[:, position].square().sum()
            grad = torch.autograd.grad(out, waves, allow_unused=True)[0] if out.requires_grad else None
            seen = torch.zeros(SIZE) if grad is None else grad.abs().sum((0, 2))
            assert not bool(seen[places[i:]].any())
            if i and name not in ("pixelcnn", "pixelcnn of one layer"):
                assert bool((seen[places[:i]] > 0).all()), "and what comes before is seen"


@EVERY_NET
def test_probabilities_of_all_pictures_sum_to_one(name: str) -> None:
    net = network(name, 2, 3, 2)
    every = torch.tensor(list(product(range(2), repeat=6)))
    for order in [None, torch.tensor([3, 0, 5, 1, 4, 2])][: len(orders(name))]:
        with torch.no_grad():
            p = nats(net.logits(net.waves(every), given(64, 0), order), every).sum(1).exp()
        assert float(p.sum()) == pytest.approx(1, abs=1e-5)
        assert float(p.max() / p.min()) > 1.2


@EVERY_NET
@CLASSES
def test_writing_one_by_one_agrees_with_reading_at_once(name: str, classes: int) -> None:
    net = network(name, classes=classes)
    level = torch.randint(LEVELS, (4, SIZE), generator=rng_for(2))
    for order in orders(name):
        places = list(range(SIZE)) if order is None else order.tolist()
        with torch.no_grad():
            at_once = net.logits(net.waves(level), given(4, classes), order)
            for done in (0, 1, 5, SIZE - 1):
                cursor = net.cursor(level, done, given(4, classes), order)
                for position in places[done:]:
                    torch.testing.assert_close(cursor.read(), at_once[:, position], rtol=1e-4, atol=1e-4)
                    cursor.write(level[:, position])


@EVERY_NET
def test_a_cursor_does_not_look_at_what_is_not_written(name: str) -> None:
    net = network(name)
    level = torch.randint(LEVELS, (4, SIZE), generator=rng_for(2))
    other = level.clone()
    other[:, 6:] = (level[:, 6:] + 1) % LEVELS
    with torch.no_grad():
        for done in (3, 6):
            cursors = [net.cursor(k, done, given(4, 0)) for k in (level, other)]
            for i in range(done, 7):
                a, b = (cursor.read() for cursor in cursors)
                torch.testing.assert_close(a, b, rtol=0, atol=0)
                for cursor in cursors:
                    cursor.write(level[:, i])


@pytest.mark.parametrize("name", [name for name in MAKERS if name != "made"])
def test_networks_with_an_order_of_their_own_refuse_another(name: str) -> None:
    net, level = network(name), torch.zeros(1, SIZE, dtype=torch.long)
    with pytest.raises(ValueError, match="MADE"):
        net.logits(net.waves(level), given(1, 0), SHUFFLED)
    with pytest.raises(ValueError, match="MADE"):
        net.cursor(level, 0, given(1, 0), SHUFFLED)


def test_a_pixelcnn_has_no_blind_spot() -> None:
    """Stacked masked convolutions of one stack never see what lies up and to the right."""
    net = network("pixelcnn", 6, 6)
    waves = net.waves(torch.randint(LEVELS, (1, 36), generator=rng_for(1))).requires_grad_()
    out = net.logits(waves, given(1, 0))[0, 3 * 6 + 2].square().sum()
    seen = torch.autograd.grad(out, waves)[0].abs().sum((0, 2)).view(6, 6)
    assert bool((seen[:3] > 0).all())
    assert bool((seen[3, :2] > 0).all())


def test_waves_tell_levels_apart_and_absence_from_all_of_them() -> None:
    for levels in (2, 6, 17, 256):
        table = LevelWaves(levels).table
        assert table.shape == (levels, min(levels, 6))
        assert float(torch.pdist(table).min()) > 0
        assert bool((table[:, 0] == 1).all())
