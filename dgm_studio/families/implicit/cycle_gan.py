"""CycleGAN: two generators between two data sets, each judged by a critic, that shall undo each other.

F maps the source to the data and G the data to the source; critics D of the data and C of the source compare real examples
with made ones, and what has gone both ways shall be what it was,

    L = E softplus(D(x1) - D(F(x0))) + E softplus(C(x0) - C(G(x1))) + cycle (E |G(F(x0)) - x0| + E |F(G(x1)) - x1|)

(Zhu et al. 2017, arXiv:1703.10593; critics as of a relativistic GAN). Nothing here says which example is to become which: with
one pair of maps that solves it, any shuffling of the data that a network can undo solves it as well. ``identity`` adds
``|F(x1) - x1| + |G(x0) - x0|``, a wish that neither moves what is there already.

Without a source the maps go between Gaussian noise and the data.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Literal

import torch
from torch import Tensor, nn

from dgm_studio.contract import (
    Abilities,
    Batch,
    DataSpec,
    Family,
    Frame,
    Recipe,
    Rng,
    Settings,
    Steer,
    Surface,
    Training,
    Translation,
    Work,
    extend,
    knob,
    seeded,
)
from dgm_studio.families.latent.decoding import DecodeKnobs
from dgm_studio.families.latent.gan_losses import critic_loss, generator_loss, scores_and_squared_grads
from dgm_studio.families.latent.gan_nets import Critic
from dgm_studio.families.shared.learner import Learner
from dgm_studio.families.shared.players import TwoPlayers
from dgm_studio.language import tr
from dgm_studio.nets.mlp import mlp
from dgm_studio.samplers.between import DirectionKnobs, Ends, kept_origin
from dgm_studio.samplers.noise import noise_like
from dgm_studio.samplers.path import Direct, Path, counted


class Config(Settings):
    """The game, and both pairs of networks."""

    cycle: float = knob(
        3.0, 0.0, 30.0, step=0.5, help="Weight of what is missing after both ways; with 0 nothing ties them."
    )
    identity: float = knob(
        0.0, 0.0, 30.0, step=0.5, help="Weight of how far a map moves what lies where it leads to already; 0 lets it."
    )
    begin: Literal["anywhere", "in place"] = knob(
        "anywhere", help="Maps begin as networks of random weights, or by leaving every point where it is."
    )
    penalty: float = knob(
        0.05, 0.0, 10.0, step=0.01, help="Weight of the critics' squared gradients; with 0 training need not settle."
    )
    width: int = knob(128, 16, 512, scale="log", help="Units in each hidden layer.")
    frequencies: int = knob(16, 0, 64, step=1, advanced=True, help="Fourier features that critics see of a point.")


class Maps(nn.Module):
    """F and G on points (n, d); ``still`` ones begin as the identity and learn what to add to it."""

    def __init__(self, size: int, width: int, *, still: bool) -> None:
        super().__init__()
        self.still = still
        sizes = [size, width, width, width, size]
        self.there, self.home = mlp(sizes), mlp(sizes)
        if still:
            for net in (self.there, self.home):
                nn.init.zeros_(net.last.weight)
                nn.init.zeros_(net.last.bias)

    def forward_map(self, x: Tensor) -> Tensor:
        """The source to the data."""
        moved: Tensor = self.there(x)
        return x + moved if self.still else moved

    def back_map(self, x: Tensor) -> Tensor:
        """The data to the source."""
        moved: Tensor = self.home(x)
        return x + moved if self.still else moved


class Critics(nn.Module):
    """One for the data, one for the source."""

    def __init__(self, size: int, width: int, frequencies: int) -> None:
        super().__init__()
        self.data, self.source = (Critic(size, 0, width, frequencies, 0.5) for _ in range(2))


@dataclass(frozen=True)
class OneLeap:
    """The map by frames on a straight line: what is between says nothing of the model."""

    ends: Ends
    maps: Maps
    begins: str
    title: str = "Map"
    help: str = "Applies the map to examples of the source, or going back its counterpart to the data."

    @property
    def Knobs(self) -> type[Settings]:
        return DecodeKnobs if self.ends.target is None else extend(DecodeKnobs, DirectionKnobs)

    def start(self, n: int, steer: Steer, rng: Rng) -> Frame:
        back = self.ends.target is not None and steer.read(DirectionKnobs).direction == "back"
        frame = self.ends.start(n, back, steer.temperature, rng)
        end = (self.maps.back_map if back else self.maps.forward_map)(frame.x)
        return frame.with_(state={**frame.state, "begin": frame.x, "end": end, "done": 0})

    def step(self, frame: Frame, steer: Steer, rng: Rng) -> Frame:
        begin, end, done = frame.state["begin"], frame.state["end"], frame.state["done"] + 1
        t = counted(done, steer.read(DecodeKnobs).steps, frame.t)
        return Frame(end if t == 1 else torch.lerp(begin, end, t), t, kept_origin(frame, {**frame.state, "done": done}))


class CycleGan(TwoPlayers[Maps]):
    """One step trains both critics, then both maps."""

    def __init__(self, config: Config, spec: DataSpec, maps: Learner[Maps], critics: Learner[nn.Module]) -> None:
        super().__init__(maps, critics)
        self.config, self.spec = config, spec

    def train_step(self, batch: Batch, rng: Rng) -> Mapping[str, Tensor]:
        maps, critics, config = self._generator.net, self._critic.net, self.config
        assert isinstance(critics, Critics)
        x1, source = batch.x, self.spec.source
        x0 = noise_like(x1, rng) if source is None else source.draw(len(x1), rng).x.to(x1)
        none = x1.new_zeros(2 * len(x1), 0)

        def judged(critic: nn.Module, x: Tensor) -> Tensor:
            scores: Tensor = critic(x, none[: len(x)])
            return scores

        loss_d = x1.new_zeros(())
        for critic, real, fake in ((critics.data, x1, maps.forward_map(x0)), (critics.source, x0, maps.back_map(x1))):
            scores, square = scores_and_squared_grads(partial(judged, critic), torch.cat([real, fake.detach()]))
            n = len(real)
            loss_d = loss_d + critic_loss("relativistic", scores[:n], scores[n:]) + config.penalty * square.mean()
        self._critic.learn(loss_d)

        critics.requires_grad_(False)
        there, home = maps.forward_map(x0), maps.back_map(x1)
        game = sum(
            generator_loss("relativistic", judged(critic, real), judged(critic, fake))
            for critic, real, fake in ((critics.data, x1, there), (critics.source, x0, home))
        )
        cycle = (maps.back_map(there) - x0).abs().mean() + (maps.forward_map(home) - x1).abs().mean()
        loss = game + config.cycle * cycle
        if config.identity:
            loss = loss + config.identity * (
                (maps.forward_map(x1) - x1).abs().mean() + (maps.back_map(x0) - x0).abs().mean()
            )
        self._generator.learn(loss)
        critics.requires_grad_(True)
        return {"loss": loss.detach(), "critics": loss_d.detach(), "cycle": cycle.detach()}

    def abilities(self) -> Abilities:
        maps, critics, spec = self._generator.shown, self._critic.net, self.spec
        assert isinstance(critics, Critics)
        device = next(maps.parameters()).device
        one = torch.ones((), device=device)
        path = Path(lambda t: (t, 1 - t), Direct(spec.event), one, device)
        begins = "noise" if spec.source is None else spec.source.title
        critic = critics.data

        def score(x: Tensor, label: Tensor | None) -> Tensor:
            found: Tensor = critic(x, x.new_zeros(len(x), 0))
            return found

        return Abilities(
            samplers={"map": OneLeap(Ends(path, spec.source, spec.target), maps, begins)},
            translation=None if spec.source is None else Translation(_leap(maps.forward_map), _leap(maps.back_map)),
            surface=Surface(
                "Critic", "How the critic of the data judges each place; its gradient pushes the map.", score
            ),
            temperature="" if spec.source is not None else "Multiplies the variance of the noise that is mapped.",
        )


def _leap(map_: Callable[[Tensor], Tensor]) -> Callable[[Tensor], Work[Tensor]]:
    def carry(x: Tensor) -> Work[Tensor]:
        yield
        return map_(x)

    return carry


def accepts(spec: DataSpec) -> str | None:
    if spec.is_image:
        return tr("it takes points of the plane; between images go by Bridge.")
    return "it knows no classes; turn them off." if spec.given_size else None


def _build(config: Config, spec: DataSpec, rng: Rng) -> CycleGan:
    with seeded(rng):
        maps = Maps(spec.size, config.width, still=config.begin == "in place")
        critics: nn.Module = Critics(spec.size, config.width, config.frequencies)
    betas = (0.0, 0.99)  # no momentum: it would widen the orbit of the players
    return CycleGan(
        config,
        spec,
        Learner(maps.to(rng.device), betas=betas, decay_after=1000),
        Learner(critics.to(rng.device), betas=betas, decay_after=1000, averaged=False),
    )


FAMILY = Family(
    name="cycle-gan",
    title="CycleGAN",
    summary="two maps · two critics",
    group="implicit",
    help="Two maps between two data sets that shall undo each other, each judged by a critic. Which example becomes which is "
    "left to chance.",
    reference="Zhu et al. 2017, arXiv:1703.10593",
    Config=Config,
    accepts=accepts,
    build=_build,
    recipe=lambda spec, device: Recipe(training=Training(batch=256, learning_rate=1e-3), steps=2000),
    takes_source=True,
    when_diverged="Training is a game, not a descent: with steep critics the players' turns grow until scores run away. Raise "
    "the penalty on the critics' gradients, or lower the learning rate.",
    diverged_beyond=1e4,
)
