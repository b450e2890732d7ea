"""Sounds made by code: plucked strings, bells, vowels and drum loops of about one second, all of a batch at once."""

from __future__ import annotations

import math
from collections.abc import Mapping

import torch
from torch import Tensor

from dgm_studio.contract import Rng
from dgm_studio.data.shared.sounds import length_of

NOTES: Mapping[str, float] = {"A2": 110.0, "C3": 130.81, "D3": 146.83, "E3": 164.81, "G3": 196.0, "A3": 220.0}
"""A pentatonic scale, in Hz."""
STRIKES: Mapping[str, float] = {"low": 180.0, "middle": 240.0, "high": 320.0}
"""The hum of bells, in Hz."""
_PARTIALS = (
    (0.5, 0.7),
    (1.0, 1.0),
    (1.2, 0.6),
    (1.5, 0.35),
    (2.0, 0.5),
    (2.67, 0.3),
    (3.0, 0.22),
    (4.07, 0.15),
    (5.43, 0.1),
)
"""Of a church bell: hum, prime, tierce, quint, nominal and those above it, beside the prime, and how loud."""
FORMANTS: Mapping[str, tuple[float, float, float]] = {
    "a": (730, 1090, 2440),
    "e": (530, 1840, 2480),
    "i": (270, 2290, 3010),
    "o": (570, 840, 2410),
    "u": (300, 870, 2240),
}
"""In Hz, of men (Peterson & Barney 1952, doi:10.1121/1.1906875)."""
_ANCHORS = 33
"""Moments at which it is found how loud a harmonic is; between them lies a straight line."""
_WIDTHS = (80.0, 100.0, 140.0)
PATTERNS: Mapping[str, tuple[str, str, str]] = {
    "rock": ("x...x...", "..x...x.", "xxxxxxxx"),
    "four on the floor": ("x.x.x.x.", "..x...x.", ".x.x.x.x"),
    "break": ("x..x..x.", "..x..xx.", "xxxxxxxx"),
    "half time": ("x.....x.", "....x...", "x.x.x.x."),
}
"""Kick, snare and hat in eighths of the loop."""


def _uniform(n: int, low: float, high: float, rng: Rng) -> Tensor:
    return low + (high - low) * torch.rand(n, generator=rng)


def _time(rate: int) -> Tensor:
    return torch.arange(length_of(rate)) / rate


def _levelled(x: Tensor, rng: Rng) -> Tensor:
    """Sounds (n, T) with peaks between half and nine tenths of the range."""
    return x * (_uniform(len(x), 0.5, 0.9, rng)[:, None] / x.abs().amax(1, keepdim=True).clamp_min(1e-6))


def _late(x: Tensor, by: Tensor) -> Tensor:
    """Sounds (n, T) so many samples (n,) later, silence before."""
    place = torch.arange(x.shape[1])[None] - by[:, None]
    return torch.where(place >= 0, x.gather(1, place.clamp_min(0)), 0.0)


def plucked(n: int, rate: int, rng: Rng) -> tuple[Tensor, Tensor]:
    """Karplus & Strong 1983 (doi:10.2307/3680062): a burst of noise that goes around a loop of one period, in which neighbours
    are averaged; between whole samples the delay is interpolated linearly (Jaffe & Smith 1983, doi:10.2307/3680063).
    """
    label = torch.randint(len(NOTES), (n,), generator=rng)
    length, x = length_of(rate), torch.zeros(n, length_of(rate))
    burst = torch.rand(n, int(rate / 100) + 4, generator=rng) * 2 - 1
    soft = _uniform(n, 0.0, 0.6, rng)[:, None]
    burst[:, 1:] = (1 - soft) * burst[:, 1:] + soft * burst[:, :-1]
    fading = _uniform(n, 0.6, 2.0, rng)  # seconds until a tenth is left of the fundamental
    for k, pitch in enumerate(NOTES.values()):
        rows = (label == k).nonzero()[:, 0]
        if not len(rows):
            continue
        period = rate / pitch
        whole = int(period - 0.5)
        rest = period - 0.5 - whole
        taps = torch.tensor([(1 - rest) / 2, 0.5, rest / 2])  # the mean of two neighbours, and the rest of the period
        kept = 10 ** (-1 / (pitch * fading[rows]))[:, None]
        loop = torch.zeros(len(rows), length + whole)
        loop[:, :whole] = burst[rows, :whole] - burst[rows, :whole].mean(1, keepdim=True)
        for start in range(whole, length, whole):
            stop = min(start + whole, length)
            past = torch.zeros(len(rows), stop - start)
            for shift, tap in enumerate(taps.tolist()):
                first = start - whole - shift
                chunk = loop[:, max(0, first) : stop - whole - shift]
                past[:, past.shape[1] - chunk.shape[1] :] += tap * chunk
            loop[:, start:stop] = kept * past
        x[rows] = loop[:, :length]
    x = _levelled(x, rng)
    return _late(x, torch.randint(int(0.06 * rate) + 1, (n,), generator=rng)), label


def bells(n: int, rate: int, rng: Rng) -> tuple[Tensor, Tensor]:
    """Partials that are no multiples of one pitch, each fading by itself, high ones sooner (Risset 1969)."""
    label = torch.randint(len(STRIKES), (n,), generator=rng)
    pitch = torch.tensor(list(STRIKES.values()))[label] * _uniform(n, 0.985, 1.015, rng)
    fading, t = _uniform(n, 0.15, 0.5, rng), _time(rate)
    x = torch.zeros(n, len(t))
    for ratio, loud in _PARTIALS:
        hz, phase = pitch * ratio, _uniform(n, 0, 2 * math.pi, rng)
        level = loud * _uniform(n, 0.6, 1.4, rng) * (hz < 0.47 * rate)
        shape = torch.exp(-t / (fading / ratio**0.7)[:, None])
        x += level[:, None] * shape * torch.sin(2 * math.pi * hz[:, None] * t + phase[:, None])
    return _levelled(x * (1 - torch.exp(-t / 0.002)), rng), label


def vowels(n: int, rate: int, rng: Rng) -> tuple[Tensor, Tensor]:
    """A glottal pulse, whose harmonics fall by 12 dB an octave, through three resonances (Fant 1960): summed up harmonic by
    harmonic, as the pitch glides.
    """
    label = torch.randint(len(FORMANTS), (n,), generator=rng)
    t = _time(rate)
    start, glide = _uniform(n, 95, 190, rng), _uniform(n, -0.12, 0.12, rng)
    pitch = start[:, None] * (1 + glide[:, None] * t / t[-1])
    phase = 2 * math.pi * pitch.cumsum(1) / rate
    some = start[:, None] * (1 + glide[:, None] * torch.linspace(0, 1, _ANCHORS))
    formants = torch.tensor(list(FORMANTS.values()))[label] * _uniform(n, 0.94, 1.06, rng)[:, None]
    x = torch.zeros(n, len(t))
    before, wave, turn = torch.zeros_like(phase), torch.sin(phase), 2 * torch.cos(phase)
    for k in range(1, int(0.48 * rate / 80) + 1):
        hz = k * some
        gain = torch.ones_like(hz)
        for f, width in zip(formants.T, _WIDTHS, strict=True):
            centre = f[:, None].square()
            gain = gain * centre / torch.hypot(centre - hz.square(), width * hz)
        heard = torch.where(hz < 0.48 * rate, gain / k**2, 0.0)
        x += torch.nn.functional.interpolate(heard[:, None], len(t), mode="linear", align_corners=True)[:, 0] * wave
        before, wave = wave, turn * wave - before  # sin (k + 1) p = 2 cos p sin k p - sin (k - 1) p
    ends = (t / 0.04).clamp(max=1) * ((t[-1] - t) / 0.08).clamp(max=1)
    return _levelled(x * ends, rng), label


def drum_loops(n: int, rate: int, rng: Rng) -> tuple[Tensor, Tensor]:
    """A kick whose pitch falls, a snare of noise and a tone, a hat of high noise, in eighths of a loop; some strokes are left
    out and some put in."""
    label = torch.randint(len(PATTERNS), (n,), generator=rng)
    length = length_of(rate)
    step, t = length // 8, torch.arange(length // 3) / rate
    table = torch.tensor([[[s == "x" for s in part] for part in pattern] for pattern in PATTERNS.values()])
    strokes = table[label].float()  # (n, 3, 8)
    strokes = torch.where(torch.rand(strokes.shape, generator=rng) < 0.06, 1 - strokes, strokes)
    strokes = strokes * (0.7 + 0.3 * torch.rand(strokes.shape, generator=rng))
    x = torch.zeros(n, length + len(t))
    low, fall = _uniform(n, 45, 60, rng)[:, None], _uniform(n, 60, 110, rng)[:, None]
    kick = torch.sin(2 * math.pi * (low * t + fall * 0.03 * (1 - torch.exp(-t / 0.03)))) * torch.exp(-t / 0.09)
    tone = _uniform(n, 170, 220, rng)[:, None]
    for i in range(8):
        noise = torch.rand(n, len(t), generator=rng) * 2 - 1
        snare = (0.5 * torch.sin(2 * math.pi * tone * t) + 0.8 * noise) * torch.exp(-t / 0.06)
        high = torch.nn.functional.pad(noise.diff(dim=1), (1, 0))
        hat = high * torch.exp(-t / 0.02)
        hit = strokes[:, :, i, None]
        x[:, i * step : i * step + len(t)] += hit[:, 0] * kick + 0.5 * hit[:, 1] * snare + 0.2 * hit[:, 2] * hat
    return _levelled(x[:, :length], rng), label
