"""What diffusion and flow matching share: a network that looks at noisy examples, its classes and its space.

Both see ``cos(angle) u + sin(angle) n``, a unit-variance mix of an example ``u`` and noise ``n``, and predict its
derivative ``F = sin(angle) u - cos(angle) n`` (the "v" of Salimans & Ho 2022, arXiv:2202.00512), from which denoiser and
velocity follow. They differ in which angles they train on and how they walk.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Literal

import torch
from torch import Tensor, nn

from dgm_studio.contract import Batch, DataSpec, Rng, Settings, Training, knob, seeded
from dgm_studio.families.diffusion.learned_space import LearnedSpace
from dgm_studio.families.shared.classes import shown_to
from dgm_studio.families.shared.learner import ON_POINTS, Learner
from dgm_studio.families.shared.state import take_over
from dgm_studio.nets.mdct import FittedSpace, SpectrumSpace, window_size
from dgm_studio.nets.mlp import PointNet, ResidualMLP
from dgm_studio.nets.pca import PcaSpace
from dgm_studio.nets.spectrum import SpectrumNet
from dgm_studio.nets.unet import UNet
from dgm_studio.samplers.path import Direct, Space


class NetSettings(Settings):
    """The network and its classes."""

    width: int = knob(128, 16, 512, scale="log", help="Units per hidden layer; more can draw finer shapes, slower.")
    depth: int = knob(3, 1, 6, step=1, help="Hidden layers, or residual blocks for pictures.")
    features: int = knob(
        32, 0, 64, step=1, help="Fourier features of a point: with 0 the network finds sharp edges very slowly."
    )
    feature_std: float = knob(
        2.0, 0.1, 10.0, scale="log", advanced=True, help="Spread of the frequencies of the Fourier features."
    )
    net: Literal["residual", "u-net"] = knob(
        "residual", help="For pictures: a residual MLP trains in a minute on a CPU; a U-Net on raw pixels wants a GPU."
    )
    components: int = knob(
        64,
        0,
        256,
        step=8,
        help="For pictures and paths: principal components in which the network works; 0 means raw numbers. Fewer learn faster "
        "and lose fine detail.",
    )
    label_drop: float = knob(
        0.15,
        0.0,
        1.0,
        step=0.05,
        advanced=True,
        help="Share of examples shown without their class, from which guidance learns the unconditional model.",
    )


class LatentSettings(NetSettings):
    """The same for models that may work in a latent space which they learn."""

    space: Literal["components", "latent"] = knob(
        "components",
        kind="images",
        help="For pictures: where the residual network works. Principal components are there at once and lose every fine "
        "edge; a latent space is learnt beside it by an autoencoder, and draws crisp pictures after some hundred steps.",
    )
    latents: int = knob(
        32,
        8,
        128,
        step=8,
        kind="images",
        help="Numbers of a picture in the learned latent space: more keep more and take longer.",
    )


class NoisyNet:
    """The network with its learner and its space: ``F(mix, time, label)`` in training and, averaged, afterwards.

    ``times`` is how many times it looks at, two where it must know where it jumps to. ``whitened`` brings every principal
    component to unit variance; without, all share one scale.
    """

    def __init__(
        self, config: NetSettings, spec: DataSpec, spread: float, rng: Rng, times: int = 1, *, whitened: bool = True
    ) -> None:
        self.config, self.spec, self.classes, self.times = config, spec, len(spec.classes), times
        self.learned = _learned(config, spec, rng)
        self.fitted = None if self.learned is not None else _fitted(config, spec)
        self.space: Space = self.learned or self.fitted or Direct(spec.event)
        self._spread, self._whitened = torch.tensor(spread), whitened
        # among pictures, sounds and paths a noisy one betrays its origin, so their means gain nothing
        self.means = spec.data_kind == "points"
        size = math.prod(self.space.shape)
        with seeded(rng):
            net = build_net(config, spec, size, rng, times)
        self.learner = Learner(net) if spec.is_image or spec.is_sound else Learner(net, decay_power=ON_POINTS)

    @property
    def device(self) -> torch.device:
        return self._spread.device

    @property
    def spread(self) -> Tensor:
        """Standard deviation of the latents: one number, or one per component."""
        if self.learned is not None:
            return self.learned.spread
        return self._spread if self.fitted is None or not self._whitened else self.fitted.spread

    def latents(self, batch: Batch, rng: Rng) -> tuple[Tensor, Tensor | None]:
        """Latents (B, *shape) of unit variance of a batch, and its labels as `labels` gives them; what is learned of the space
        is learned here."""
        if self.learned is not None:
            return self.learned.learn(batch.x, rng), self.labels(batch, rng)
        if self.fitted is not None:
            self.fitted.observe(batch.x, rng)
        return self.space.encode(batch.x) / self.spread, self.labels(batch, rng)

    def labels(self, batch: Batch, rng: Rng) -> Tensor | None:
        """Labels (B,) of a batch, some of them dropped to -1; contexts (B, width) with some slots taken away; else None."""
        if self.spec.context:
            return shown_to(batch, self.spec, rng)
        if not self.classes or batch.label is None:
            return None
        drop = torch.rand(len(batch), generator=rng, device=rng.device).to(batch.label.device) < self.config.label_drop
        return batch.label.masked_fill(drop, -1)

    def learn(
        self,
        mix: Tensor,
        sin: Tensor,
        time: Tensor,
        label: Tensor | None,
        target: Tensor,
        fade: Tensor | float = 1.0,
    ) -> Tensor:
        """One step on the squared error of F, which is ``fade`` times what the network says; returns the loss, detached.

        Components of pictures weigh as much as their error does in the denoised picture, at each noise level one on average.
        """
        error = (fade * self.learner.net(mix, time, label) - target).square()
        if self.fitted is not None and self.spec.is_image:
            weight = (sin * self.spread).square()
            error = error * (weight / weight.mean(1, keepdim=True))
        loss: Tensor = error.mean()
        self.learner.learn(loss)
        return loss.detach()

    def __call__(self, mix: Tensor, time: float, label: Tensor | None) -> Tensor:
        """The averaged network at one time for all (n, *shape)."""
        when = torch.tensor([time], device=mix.device, dtype=mix.dtype)
        out: Tensor = self.learner.shown(mix, when, label)
        return out

    def parameters(self) -> Sequence[Tensor]:
        own = self.learner.parameters()
        return own if self.learned is None else own + self.learned.parameters()

    def retune(self, training: Training, factor: float = 1.0) -> None:
        self.learner.retune(training, factor)
        if self.learned is not None:
            self.learned.retune(training, factor)

    def to(self, device: torch.device) -> None:
        self.learner.to(device)
        self._spread = self._spread.to(device)
        if self.learned is not None:
            self.learned.to(device)
        if self.fitted is not None:
            self.fitted.to(device)

    def state_dict(self) -> dict[str, Tensor]:
        state = self.learner.state_dict()
        if self.fitted is not None:
            state |= {
                f"{_NAMES[type(self.fitted)]}.{k}": v.detach().clone() for k, v in self.fitted.state_dict().items()
            }
            state |= {f"optimiser.{_NAMES[type(self.fitted)]}.{k}": v for k, v in self.fitted.extra_state().items()}
        if self.learned is not None:
            state |= _nested("space", self.learned.state_dict())
        return state

    def load_state_dict(self, state: Mapping[str, Tensor]) -> None:
        self.learner.load_state_dict(state)
        if self.learned is not None:
            self.learned.load_state_dict(_unnested("space", state))
        if self.fitted is not None:
            name = _NAMES[type(self.fitted)]
            take_over(self.fitted.state_dict(), state, f"{name}.")
            begin = f"optimiser.{name}."
            self.fitted.take_extra_state({k.removeprefix(begin): v for k, v in state.items() if k.startswith(begin)})


_NAMES: dict[type, str] = {PcaSpace: "pca", SpectrumSpace: "spectrum"}
"""What the coordinates are called in files."""


def _nested(name: str, state: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """A state under a name, what only training needs still told by its first word."""
    return {
        f"optimiser.{name}.{key.removeprefix('optimiser.')}" if key.startswith("optimiser.") else f"{name}.{key}": value
        for key, value in state.items()
    }


def _unnested(name: str, state: Mapping[str, Tensor]) -> dict[str, Tensor]:
    plain, training = f"{name}.", f"optimiser.{name}."
    found = {k.removeprefix(plain): v for k, v in state.items() if k.startswith(plain)}
    return found | {"optimiser." + k.removeprefix(training): v for k, v in state.items() if k.startswith(training)}


def _learned(config: NetSettings, spec: DataSpec, rng: Rng) -> LearnedSpace | None:
    """The latent space that is learned, where that is wanted of pictures."""
    if not isinstance(config, LatentSettings) or not spec.is_image:
        return None
    if config.space != "latent" or config.net != "residual":
        return None
    return LearnedSpace(spec.event, config.latents, rng)


def _fitted(config: NetSettings, spec: DataSpec) -> FittedSpace | None:
    """Spectra of sounds, or the principal components of pictures and paths where they are wanted."""
    if spec.is_sound:
        return SpectrumSpace(spec.event)
    in_components = config.components > 0 and (
        spec.data_kind == "paths" or (spec.is_image and config.net == "residual")
    )
    return PcaSpace(spec.event, config.components) if in_components else None


def build_net(config: NetSettings, spec: DataSpec, size: int, rng: Rng, times: int = 1) -> nn.Module:
    """The network for points, for flattened pictures or their components, for spectra, or the U-Net for pixels."""
    classes, context = len(spec.classes), spec.given_size if spec.context else 0
    if spec.is_sound:
        return SpectrumNet(size, window_size(size), config.width, config.depth, classes, rng, times, context)
    if not spec.is_image:
        std = config.feature_std
        return PointNet(size, config.width, config.depth, config.features, std, classes, 5, rng, times, context)
    if config.net == "u-net":
        return UNet(spec.event, config.width, config.depth, classes, rng, times, context)
    return ResidualMLP(size, config.width, config.depth, classes, 6, rng, times, context)


def posterior_means(
    u: Tensor, mix: Tensor, cos: Tensor, sin: Tensor, shown: Tensor | None, label: Tensor | None
) -> Tensor:
    """E[u | mix, the batch] (B, d): for each noisy point the mean of the batch's points that it may have come from.

    Given the points of a batch, a noisy one came from the i-th with weight ``exp(-|mix - cos u_i|^2 / 2 sin^2)``. Using
    this mean in place of the point itself leaves the gradient's expectation as it is and takes most of its variance away
    (Xu et al. 2023, arXiv:2302.00670, there with a larger reference batch). Where ``shown`` (B,) tells the class only
    points of that class count; ``label`` (B,) holds all classes. Where ``shown`` (B, width) is a context of which anything is
    given, a point counts alone: no other has the same. In blocks of 256 points, since the cost grows with their square.
    """
    means = []
    for i in range(0, len(u), 256):
        b = slice(i, i + 256)
        # differences, not the faster inner products, which cancel where there is little noise
        away = torch.cdist(mix[b] / cos[b], u[b], compute_mode="donot_use_mm_for_euclid_dist")
        away = (away * (cos[b] / sin[b])).square()
        if shown is not None and label is not None:
            away = away.masked_fill(_other(shown[b], label[b]), torch.inf)
        means.append(torch.softmax(-0.5 * away, 1) @ u[b])
    return means[0] if len(means) == 1 else torch.cat(means)


def _other(shown: Tensor, label: Tensor) -> Tensor:
    """Which points (n, n) a noisy one that shows its class, or something of its context, cannot have come from."""
    if shown.is_floating_point():
        return (shown != 0).any(1)[:, None] & ~torch.eye(len(shown), dtype=torch.bool, device=shown.device)
    return (shown[:, None] >= 0) & (shown[:, None] != label)


def stratified(n: int, rng: Rng, device: torch.device) -> Tensor:
    """n numbers, one uniform in each n-th of (0, 1): noise levels cover their range in every batch."""
    u = (torch.arange(n, device=device) + torch.rand(n, generator=rng, device=rng.device).to(device)) / n
    return u.clamp(1e-6, 1 - 1e-6)


def across(v: Tensor, like: Tensor) -> Tensor:
    """(n,) shaped to multiply (n, ...)."""
    return v.view(-1, *[1] * (like.dim() - 1))


def accepts(spec: DataSpec) -> str | None:
    """Points of any few dimensions, paths, pictures of at most 64 x 64 pixels, sounds of any length that windows divide."""
    if spec.is_sound:
        window = window_size(spec.size)
        fits = spec.size % window == 0 and spec.size >= 2 * window
        return None if fits else f"it takes sounds whose length is a multiple of {window}, not {spec.size}."
    if spec.is_image:
        if max(spec.event[1:]) > 64:
            return f"takes pictures of at most 64 x 64 pixels, not {spec.event[1]} x {spec.event[2]}; load them smaller"
        return None
    return None if len(spec.event) < 3 else f"takes points, paths or pictures, not shape {spec.event}"
