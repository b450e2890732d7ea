"""Linear operators on pictures: what a camera, a scanner or a bad copy leaves of them.

A measurement is ``y = A x + sigma n``. Every operator here has a singular value decomposition that needs no matrix, so it
gives its adjoint and its pseudo-inverse ``A^+`` in closed form (Kawar et al. 2022, arXiv:2201.11793, whose list this is
in part). `parse` reads the words that the command line and the window use: ``down4``, ``gray``, ``blur:1.5``,
``noise:0.3``, ``pixels:0.25``, ``fourier:0.25``.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol, runtime_checkable

import torch
from torch import Tensor

from dgm_studio.contract import rng_for

Event = tuple[int, ...]


class Operator(Protocol):
    """A linear map from examples (n, *event) to measurements (n, *measured).

    ``sigma`` is the noise that usually comes with it, in model units.
    """

    @property
    def title(self) -> str: ...
    @property
    def sigma(self) -> float: ...
    def forward(self, x: Tensor) -> Tensor: ...
    def adjoint(self, y: Tensor) -> Tensor: ...
    def pseudo_inverse(self, y: Tensor) -> Tensor: ...


@runtime_checkable
class Pictured(Protocol):
    """An operator whose measurements are pictures: ``image`` maps y (n, *measured) to what one sees, (n, *event)."""

    def image(self, y: Tensor) -> Tensor: ...


def picture_of(operator: Operator, y: Tensor) -> Tensor:
    """What measurements y (n, *measured) look like: themselves if they are pictures, else ``A^+ y``, (n, *event)."""
    return operator.image(y) if isinstance(operator, Pictured) else operator.pseudo_inverse(y)


@dataclass(frozen=True)
class Pick:
    """Keeps the coordinates whose ``weight``, 0 or 1 and broadcast against the event, is 1; the others read 0."""

    weight: Tensor
    title: str = "known pixels"
    sigma: float = 0.0

    def forward(self, x: Tensor) -> Tensor:
        return x * self.weight.to(x)

    def adjoint(self, y: Tensor) -> Tensor:
        return y * self.weight.to(y)

    def pseudo_inverse(self, y: Tensor) -> Tensor:
        return self.adjoint(y)


@dataclass(frozen=True)
class Identity:
    """The picture itself: only noise hides it."""

    sigma: float
    title: str = "noise"

    def forward(self, x: Tensor) -> Tensor:
        return x

    def adjoint(self, y: Tensor) -> Tensor:
        return y

    def pseudo_inverse(self, y: Tensor) -> Tensor:
        return y


@dataclass(frozen=True)
class Downscale:
    """The mean of every block of ``factor`` x ``factor`` pixels; all singular values are ``1 / factor``."""

    factor: int
    title: str = "low resolution"
    sigma: float = 0.0

    def forward(self, x: Tensor) -> Tensor:
        means: Tensor = torch.nn.functional.avg_pool2d(x, self.factor)
        return means

    def adjoint(self, y: Tensor) -> Tensor:
        return self.pseudo_inverse(y) / self.factor**2

    def pseudo_inverse(self, y: Tensor) -> Tensor:
        return y.repeat_interleave(self.factor, -1).repeat_interleave(self.factor, -2)


@dataclass(frozen=True)
class Grey:
    """The mean of the colour channels; the one singular value is ``1 / sqrt(channels)``."""

    channels: int
    title: str = "grey"
    sigma: float = 0.0

    def forward(self, x: Tensor) -> Tensor:
        return x.mean(1, keepdim=True)

    def adjoint(self, y: Tensor) -> Tensor:
        return self.pseudo_inverse(y) / self.channels

    def pseudo_inverse(self, y: Tensor) -> Tensor:
        return y.expand(-1, self.channels, -1, -1)


@dataclass(frozen=True)
class Blur:
    """A Gaussian of standard deviation ``width`` pixels, the picture continued around its edges.

    Its singular values are those of the kernel under the Fourier transform, ``exp(-width^2 f^2 / 2)``; frequencies that
    it weakens below ``least`` are lost for the pseudo-inverse.
    """

    width: float
    title: str = "blur"
    sigma: float = 0.0
    least: float = 1e-3

    def _gains(self, like: Tensor) -> Tensor:
        h, w = like.shape[-2:]
        fy = 2 * math.pi * torch.fft.fftfreq(h, device=like.device, dtype=like.dtype)
        fx = 2 * math.pi * torch.fft.rfftfreq(w, device=like.device, dtype=like.dtype)
        gain = torch.exp(-0.5 * self.width**2 * (fy[:, None].square() + fx.square()))
        return gain.where(gain >= self.least, 0)  # what is lost is lost forwards as well: then A A^+ A = A

    def _filter(self, x: Tensor, gain: Tensor) -> Tensor:
        filtered: Tensor = torch.fft.irfft2(torch.fft.rfft2(x) * gain, s=x.shape[-2:])
        return filtered

    def forward(self, x: Tensor) -> Tensor:
        return self._filter(x, self._gains(x))

    def adjoint(self, y: Tensor) -> Tensor:
        return self.forward(y)

    def image(self, y: Tensor) -> Tensor:
        """The blurred picture: undoing the blur would show what was not seen, and blow up noise."""
        return y

    def pseudo_inverse(self, y: Tensor) -> Tensor:
        gain = self._gains(y)
        return self._filter(y, torch.where(gain > 0, 1 / gain.clamp_min(self.least), 0))


@dataclass(frozen=True)
class Fourier:
    """Some lines of the spectrum, as in magnetic resonance imaging, those of low frequency among them.

    Real numbers: the Hartley transform ``Re F - Im F`` is orthogonal, and its values at ``k`` and ``-k`` are the real
    and the imaginary part of the Fourier transform turned by 45 degrees. ``lines`` (H,) is True where a line is kept,
    symmetric in frequency. Lines that were not measured read 0.
    """

    lines: Tensor
    title: str = "Fourier lines"
    sigma: float = 0.0

    def forward(self, x: Tensor) -> Tensor:
        spectrum = torch.fft.fft2(x, norm="ortho")
        kept: Tensor = (spectrum.real - spectrum.imag) * self.lines.to(x)[:, None]
        return kept

    def adjoint(self, y: Tensor) -> Tensor:
        spectrum = torch.fft.fft2(y * self.lines.to(y)[:, None], norm="ortho")
        image: Tensor = spectrum.real - spectrum.imag  # the Hartley transform is its own inverse
        return image

    def pseudo_inverse(self, y: Tensor) -> Tensor:
        return self.adjoint(y)


def _downscale(factor: int) -> Callable[[float, Event], Operator]:
    def make(_: float, event: Event) -> Operator:
        if event[1] % factor or event[2] % factor:
            raise ValueError(
                f"pictures of {event[1]} x {event[2]} pixels do not part into blocks of {factor} x {factor}"
            )
        return Downscale(factor)

    return make


def _grey(_: float, event: Event) -> Operator:
    if event[0] == 1:
        raise ValueError("these pictures are grey already; gray needs colours to take away")
    return Grey(event[0])


def _pixels(share: float, event: Event) -> Operator:
    """The same pixels in all channels, drawn once and for all."""
    score = torch.rand(event[1:], generator=rng_for(0, *event[1:])).flatten()
    kept = torch.zeros_like(score)
    kept[score.argsort()[: max(1, round(share * len(score)))]] = 1
    return Pick(kept.view(1, *event[1:]), "random pixels")


def _fourier(share: float, event: Event) -> Operator:
    """Half of the lines are the lowest frequencies, the others drawn once and for all."""
    height = event[1]
    frequency = torch.fft.fftfreq(height, 1 / height).abs().round()  # a line and its mirror image count together
    order = torch.rand(height // 2 + 1, generator=rng_for(1, height))
    order[: max(1, math.ceil(share * height / 4))] -= 2
    lines = torch.zeros(height, dtype=torch.bool)
    for chosen in order.argsort().tolist():
        if int(lines.sum()) < share * height:
            lines |= frequency == chosen
    return Fourier(lines)


@dataclass(frozen=True)
class _Word:
    make: Callable[[float, Event], Operator]
    default: float = 0.0
    low: float = 0.0
    high: float = 0.0
    """Equal bounds: the word takes no number."""


WORDS = {
    "down2": _Word(_downscale(2)),
    "down4": _Word(_downscale(4)),
    "gray": _Word(_grey),
    "blur": _Word(lambda width, _: Blur(width), 1.0, 0.1, 10.0),
    "noise": _Word(lambda sigma, _: Identity(sigma), 0.3, 0.01, 5.0),
    "pixels": _Word(_pixels, 0.25, 0.001, 1.0),
    "fourier": _Word(_fourier, 0.25, 0.001, 1.0),
}


def known_words() -> str:
    """What `parse` understands, for people."""
    return ", ".join(w if k.low == k.high else f"{w}:{k.default:g}" for w, k in WORDS.items())


def parse(text: str, event: Event) -> Operator:
    """The operator that ``text`` names, for pictures of shape ``event`` (C, H, W).

    Raises ValueError saying what is known when the word, its number or the pictures do not fit.
    """
    if len(event) != 3:
        raise ValueError(f"{text!r} measures pictures, not examples of shape {event}; a mask serves points")
    word, colon, number = text.strip().lower().partition(":")
    known = WORDS.get(word)
    if known is None:
        raise ValueError(f"no operator is called {word!r}; known are {known_words()}")
    if not colon:
        return known.make(known.default, event)
    if known.low == known.high:
        raise ValueError(f"{word} takes no number, but {text!r} gives one; known are {known_words()}")
    try:
        value = float(number)
    except ValueError:
        raise ValueError(
            f"{number!r} after {word} is not a number; write for example {word}:{known.default:g}"
        ) from None
    if not known.low <= value <= known.high:
        raise ValueError(f"{word} takes a number from {known.low:g} to {known.high:g}, not {value:g}")
    return known.make(value, event)
