"""The autoregressive model of paths: from coarse to fine, each number from a mixture of Gaussians.

    p(x) = prod_d p(c_d | c_1 ... c_(d-1)),     c = C x

C is the discrete cosine transform along the waypoints (DCT-II, Ahmed, Natarajan & Rao 1974, doi:10.1109/T-C.1974.223784). It is
orthonormal, so that the density of the waves is that of the path, exactly. Waypoint by waypoint the same network drifts: what
it is wrong by at each adds up, and half of its paths hit what they should pass. Of waves the first few say where a path goes
and on which side, and an error in a later one stays as small as it is.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import ClassVar

import torch
from torch import Tensor

from dgm_studio.contract import Abilities, DataSpec, Frame, LogDensity, Rng, Settings, Steer
from dgm_studio.families.autoregressive.chain import TEMPERATURE, ChainModel, draw
from dgm_studio.families.shared.classes import draw_classes, labels_for, one_hot
from dgm_studio.families.shared.gradients import score
from dgm_studio.nets.mixture_sequence import MixtureSequence
from dgm_studio.nets.pca import slow_waves


@dataclass(frozen=True)
class NextWave:
    """The next wave of both coordinates, given the longer ones; without those still to come a path is smooth."""

    begins: ClassVar[str] = "nothing"
    net: MixtureSequence
    spec: DataSpec
    title: str = "Coarse to fine"
    help: str = (
        "Draws where the path lies, then its direction, its bend, and ever shorter waves, each given those before it."
    )
    Knobs: type[Settings] = Settings

    def start(self, n: int, steer: Steer, rng: Rng) -> Frame:
        x = torch.zeros(n, *self.spec.event, device=rng.device)
        return Frame(x, 0.0, {"drawn_class": draw_classes(n, self.spec, rng), "waves": x.flatten(1)})

    @torch.no_grad()
    def step(self, frame: Frame, steer: Steer, rng: Rng) -> Frame:
        waypoints, each = self.spec.event
        n, done = len(frame.x), round(frame.t * waypoints)
        given = one_hot(labels_for(frame, steer), n, self.spec.given_size, frame.x)
        waves = frame.state["waves"].clone()
        for place in range(done * each, (done + 1) * each):
            waves[:, place] = draw(self.net.mixture_at(place, waves, given), n, steer.temperature, rng)
        path = slow_waves((waypoints,), waypoints).to(waves) @ waves.view_as(frame.x)
        return Frame(path, (done + 1) / waypoints, {**frame.state, "waves": waves})


class PathModel(ChainModel[MixtureSequence]):
    """Trains a `MixtureSequence` on the waves of paths by maximum likelihood."""

    def _nats(self, net: MixtureSequence, x: Tensor, label: Tensor | None) -> Tensor:
        waypoints = self._spec.event[0]
        return super()._nats(net, slow_waves((waypoints,), waypoints).to(x).T @ x, label)

    def abilities(self) -> Abilities:
        spec, net = self._spec, self.learner.shown
        density = LogDensity("exact", self.log_density)
        return Abilities(
            samplers={"ancestral": NextWave(net, spec)},
            log_density=density,
            score=partial(score, density),
            uses_label=bool(spec.given_size),
            temperature=TEMPERATURE,
        )
