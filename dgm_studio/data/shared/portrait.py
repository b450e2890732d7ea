"""Portraits drawn from their factors: soft shapes laid over each other from far to near, lit from one side.

A place on a face is told in (u, v), which lean with the head: u from -1 to 1 across it, v from -1 at the crown to 1 at the
chin.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor

from dgm_studio.contract import Factors
from dgm_studio.data.shared.fields import cover, hue, paint, pixel_grid, rgb, to_bytes

HAIR_COLOURS = {
    "black": (0.11, 0.09, 0.09), "brown": (0.36, 0.22, 0.13), "blond": (0.86, 0.69, 0.36), "red": (0.68, 0.27, 0.12),
    "grey": (0.74, 0.74, 0.76),
}  # fmt: skip
HAIR = ("bald", "short", "curly", "long", "bun")
EYES = {"brown": (0.33, 0.19, 0.10), "blue": (0.24, 0.46, 0.78), "green": (0.28, 0.52, 0.30)}
GLASSES = ("none", "round", "square", "dark")
HATS = ("none", "cap", "beanie", "top hat")
BEARDS = ("none", "moustache", "full")
SKIN = torch.tensor([[0.30, 0.18, 0.12], [0.56, 0.36, 0.24], [0.80, 0.58, 0.43], [0.96, 0.80, 0.69]])
"""From dark to light; between them lies a straight line."""
HALF_WIDTH, HALF_HEIGHT = 0.49, 0.62
"""Of a head, in half pictures."""
MIDDLE = 0.06
"""How far below the middle of the picture that of the head is."""


@dataclass(frozen=True)
class Sitter:
    """What is painted on: the canvas (n, 3, size, size), the place of each pixel on the picture and on the face, and how much
    light falls there."""

    canvas: Tensor
    factors: Factors
    x: Tensor
    y: Tensor
    u: Tensor
    v: Tensor
    light: Tensor
    half: float
    """Pixels in half a picture."""

    def number(self, name: str) -> Tensor:
        """A factor as (n, 1, 1)."""
        return self.factors[name][:, None, None].float()

    def turned(self) -> Tensor:
        """How far, in u, what lies in front moves as the head turns."""
        return 0.22 * self.number("turn")

    def inside(self, distance: Tensor) -> Tensor:
        """Coverage of a distance in units of half a picture."""
        return cover(distance * self.half)

    def oval(self, u: float | Tensor, v: float | Tensor, wide: float | Tensor, high: float | Tensor) -> Tensor:
        """Coverage of an oval on the face, its centre and half axes in u and v."""
        away = torch.hypot((self.u - u) / wide, (self.v - v) / high)
        return self.inside((1 - away) * torch.as_tensor(high) * HALF_HEIGHT)

    def paint(self, colour: Tensor, alpha: Tensor) -> Sitter:
        return Sitter(
            paint(self.canvas, colour, alpha), self.factors, self.x, self.y, self.u, self.v, self.light, self.half
        )


def _of(table: Tensor, number: Tensor) -> Tensor:
    """Rows (n, 3) of a table as colours (n, 3, 1, 1)."""
    return table[number.long()][:, :, None, None]


def _skin(factors: Factors) -> Tensor:
    tone = factors["skin"].float().clamp(0, 1) * (len(SKIN) - 1)
    low = tone.floor().long().clamp(max=len(SKIN) - 2)
    return torch.lerp(SKIN[low], SKIN[low + 1], (tone - low)[:, None])[:, :, None, None]


def _hair_colour(factors: Factors) -> Tensor:
    table = torch.tensor(list(HAIR_COLOURS.values()))
    grey = _of(table, torch.full_like(factors["hair_colour"], len(table) - 1))
    greying = ((factors["age"].float() - 0.6) / 0.4).clamp(0, 1)[:, None, None, None]
    return torch.lerp(_of(table, factors["hair_colour"]), grey, 0.85 * greying)


def _is(factors: Factors, name: str, *which: int) -> Tensor:
    """Whether a factor is one of some values, (n, 1, 1)."""
    return torch.isin(factors[name].long(), torch.tensor(which))[:, None, None].float()


def portraits(factors: Factors, size: int) -> Tensor:
    """Portraits (n, 3, size, size) uint8 of factors (n,) as `data/portraits.py` draws them."""
    x, y = pixel_grid(size)
    n = len(factors["skin"])
    tilt, width = (factors[name][:, None, None].float() for name in ("tilt", "width"))
    dx, dy = x - 0.05 * factors["turn"][:, None, None], y - MIDDLE
    across, down = dx * tilt.cos() + dy * tilt.sin(), dy * tilt.cos() - dx * tilt.sin()
    v = down / HALF_HEIGHT
    narrow = 1 - 0.16 * v.clamp(min=0).square() - 0.05 * v.clamp(max=0).square()
    u = across / (HALF_WIDTH * width * narrow)
    side, high = u.clamp(-1, 1), v.clamp(-1, 1)
    front = (1 - side.square() - high.square()).clamp(min=0.02).sqrt()
    lamp = torch.stack([0.85 * factors["light"].float(), torch.full((n,), -0.45), torch.full((n,), 0.75)], 1)
    lamp = (lamp / lamp.norm(dim=1, keepdim=True))[:, :, None, None]
    light = 0.62 + 0.46 * (lamp[:, 0] * side + lamp[:, 1] * high + lamp[:, 2] * front).clamp(min=0)
    sitter = Sitter(torch.zeros(n, 3, size, size), factors, x, y, u, v, light[:, None], size / 2)
    for layer in LAYERS:
        sitter = layer(sitter)
    return to_bytes(sitter.canvas.clamp(0, 1))


# --- layers, from far to near --------------------------------------------------------------------------------------------


def _background(s: Sitter) -> Sitter:
    wall = hue(s.factors["background"].float(), 0.42, 0.80)
    glow = 1.08 - 0.30 * (s.y + 1) / 2 - 0.10 * s.x * s.number("light")
    return s.paint(wall * glow[:, None], torch.ones_like(glow).expand(len(wall), -1, -1))


def _hair_behind(s: Sitter) -> Sitter:
    dark = 0.72 * _hair_colour(s.factors)
    across, down = (s.x - 0.05 * s.number("turn")) / (0.60 + 0.04 * s.y), (s.y - 0.16) / 0.80
    long = s.inside((1 - (across.abs() ** 3 + down.abs() ** 3) ** (1 / 3)) * 0.62)
    curls = s.oval(0.0, -0.28, 1.34, 0.98)
    knot = s.oval(0.0, -1.16, 0.36, 0.30)
    s = s.paint(dark, long * _is(s.factors, "hair", 3))
    s = s.paint(dark, curls * _is(s.factors, "hair", 2))
    return s.paint(0.92 * _hair_colour(s.factors), knot * _is(s.factors, "hair", 4))


def _body(s: Sitter) -> Sitter:
    skin = _skin(s.factors)
    neck = torch.minimum(0.19 - (s.x - 0.03 * s.number("turn")).abs(), s.y - 0.40)
    s = s.paint(0.72 * skin * s.light, s.inside(neck))
    shirt = hue(s.factors["shirt"].float(), 0.55, 0.72)
    away = torch.hypot(s.x / 0.86, (s.y - 1.16) / 0.42)
    shade = (1.0 - 0.20 * s.x * -s.number("light") - 0.25 * (away - 0.6).clamp(min=0))[:, None]
    s = s.paint(shirt * shade, s.inside((1 - away) * 0.42))
    return s.paint(0.70 * skin, s.inside(0.19 - torch.hypot(s.x, (s.y - 0.74) / 0.7)))


def _ears(s: Sitter) -> Sitter:
    skin = 0.86 * _skin(s.factors)
    for sign in (-1, 1):
        seen = (0.13 - 0.05 * sign * s.number("turn")).clamp(min=0.02)
        s = s.paint(skin * (0.80 + 0.20 * s.light), s.oval(sign * 1.0 - 0.4 * s.turned(), 0.06, seen, 0.19))
    return s


def _head(s: Sitter) -> Sitter:
    head = s.inside((1 - torch.hypot(s.u, s.v)) * HALF_WIDTH)
    s = s.paint(_skin(s.factors) * s.light, head)
    blush = (-((s.u.abs() - 0.48) / 0.22).square() - ((s.v - 0.34) / 0.16).square()).exp()
    warm = (_skin(s.factors) * torch.tensor([1.06, 0.74, 0.70])[None, :, None, None]) * s.light
    return s.paint(warm, 0.40 * blush * head * (1 - 0.6 * s.number("age")))


def _age(s: Sitter) -> Sitter:
    """Lines of the forehead, below the eyes and beside the mouth."""
    dark, old = 0.66 * _skin(s.factors), ((s.number("age") - 0.45) / 0.55).clamp(0, 1)
    t = s.turned()
    for high in (-0.50, -0.40):
        line = s.inside(0.016 - (s.v - high - 0.05 * (s.u - t).square()).abs() * HALF_HEIGHT)
        s = s.paint(dark, 0.55 * old * line * (((s.u - t).abs() < 0.46).float()))
    for sign in (-1, 1):
        at = s.u - t - sign * (0.34 + 0.10 * (s.v - 0.38))
        fold = s.inside(0.014 - at.abs() * HALF_WIDTH) * ((s.v - 0.42).abs() < 0.16)
        s = s.paint(dark, 0.50 * old * fold)
        bag = s.inside(0.012 - (s.v - 0.14 + 0.5 * (s.u - t - sign * 0.40).square()).abs() * HALF_HEIGHT)
        s = s.paint(dark, 0.45 * old * bag * ((s.u - t - sign * 0.40).abs() < 0.20))
    return s


def _beard(s: Sitter) -> Sitter:
    colour, t = _hair_colour(s.factors) * (0.72 + 0.28 * s.light), s.turned()
    head = s.inside((1.02 - torch.hypot(s.u, s.v)) * HALF_WIDTH)
    jaw = head * s.inside((s.v - 0.30 + 0.34 * (1 - (s.u.abs() / 0.9).clamp(max=1)) ** 2 * -1.0) * HALF_HEIGHT)
    mouth = 1 - s.oval(t, 0.50, 0.26, 0.10)
    s = s.paint(colour, 0.93 * jaw * mouth * _is(s.factors, "beard", 2))
    lip = s.oval(t - 0.13, 0.41, 0.20, 0.075).maximum(s.oval(t + 0.13, 0.41, 0.20, 0.075))
    return s.paint(0.94 * colour, 0.95 * lip * _is(s.factors, "beard", 1, 2))


def _mouth(s: Sitter) -> Sitter:
    """Lips along a parabola that smiles, and behind them, where they are open, teeth."""
    smile, open_, t = s.number("smile"), s.number("mouth"), s.turned()
    at = (s.u - t) / 0.33
    middle = 0.53 + 0.12 * smile * (0.5 - at.square())
    wide = at.abs().clamp(max=1)
    gap = 0.135 * open_ * (1 - wide.square())
    edge = 0.030 + 0.040 * (1 - wide.square())
    ends = s.inside((1 - at.abs()) * 0.33 * HALF_WIDTH)
    lips = s.inside((gap + edge - (s.v - middle).abs()) * HALF_HEIGHT) * ends
    red = _skin(s.factors) * torch.tensor([0.86, 0.52, 0.50])[None, :, None, None]
    s = s.paint(red, 0.95 * lips)
    inner = s.inside((gap - (s.v - middle).abs()) * HALF_HEIGHT) * ends * (open_ > 0.08)
    s = s.paint(rgb(0.28, 0.07, 0.08), inner)
    teeth = inner * s.inside((middle - 0.3 * gap - s.v) * HALF_HEIGHT)
    s = s.paint(rgb(0.95, 0.94, 0.90), 0.95 * teeth)
    line = s.inside(0.010 - (s.v - middle).abs() * HALF_HEIGHT) * ends * (open_ <= 0.08)
    return s.paint(0.42 * red, 0.85 * line)


def _nose(s: Sitter) -> Sitter:
    t, big = 1.35 * s.turned(), 0.6 + 0.9 * s.number("nose")
    dark, pale = 0.70 * _skin(s.factors) * s.light, (1.10 * _skin(s.factors) * s.light).clamp(max=1)
    away = s.u - t
    ridge = (-(away / (0.085 * big)).square()).exp() * s.inside((0.20 - (s.v - 0.10).abs()) * HALF_HEIGHT)
    s = s.paint(pale, 0.40 * ridge)
    lamp = s.number("light")
    s = s.paint(dark, 0.45 * (-((away + 0.12 * big * lamp.sign()) / 0.06).square()).exp() * lamp.abs() *
                s.inside((0.20 - (s.v - 0.12).abs()) * HALF_HEIGHT))  # fmt: skip
    s = s.paint(dark, 0.55 * s.oval(t, 0.26 + 0.05 * big, 0.17 * big, 0.05))
    s = s.paint(pale, 0.50 * s.oval(t, 0.25, 0.12 * big, 0.07 * big))
    for sign in (-1, 1):
        s = s.paint(0.75 * dark, 0.75 * s.oval(t + sign * 0.085 * big, 0.305, 0.05 * big, 0.026))
    return s


def _eyes(s: Sitter) -> Sitter:
    """Whites, irises that look aside, pupils with a glint, lids and brows."""
    open_, t = s.number("eyes_open"), s.turned()
    iris = _of(torch.tensor(list(EYES.values())), s.factors["eyes"])
    brow = 0.62 * _hair_colour(s.factors)
    for sign in (-1, 1):
        middle = t + sign * (0.40 - 0.05 * sign * s.number("turn"))
        wide = 0.205 - 0.045 * sign * s.number("turn") * -1.0
        high = 0.022 + 0.075 * open_
        white = s.oval(middle, -0.02, wide, high)
        s = s.paint(0.66 * _skin(s.factors), 0.75 * s.oval(middle, -0.025, wide * 1.12, high * 1.22 + 0.012))
        s = s.paint(rgb(0.96, 0.96, 0.95), white)
        look = middle + 0.075 * s.number("gaze")
        s = s.paint(iris, white * s.oval(look, -0.02, 0.105, 0.082))
        s = s.paint(rgb(0.03, 0.03, 0.04), white * s.oval(look, -0.02, 0.052, 0.041))
        s = s.paint(rgb(1.0, 1.0, 1.0), 0.9 * white * s.oval(look - 0.035, -0.045, 0.026, 0.020))
        at = (s.u - middle) * sign
        line = -0.20 - 0.10 * s.number("brows") * (0.2 - at) * -1.0 - 0.05 * (1 - (at / 0.25).square())
        arch = s.inside((0.036 - (s.v - line).abs()) * HALF_HEIGHT) * s.inside((0.25 - at.abs()) * HALF_WIDTH)
        s = s.paint(brow, 0.92 * arch)
    return s


def _hair(s: Sitter) -> Sitter:
    """What lies on the head, lit as it is: the hairline falls to the sides."""
    colour = _hair_colour(s.factors) * (0.62 + 0.46 * s.light)
    wave = 0.05 * (9 * torch.atan2(s.v + 0.1, s.u)).sin()
    line = -0.62 + 0.42 * (s.u - 0.5 * s.turned()).square()
    for style, swell, fall in ((1, 1.07, 0.0), (2, 1.18, 0.04), (3, 1.10, 0.10), (4, 1.06, -0.02)):
        grown = torch.hypot(s.u / 1.02, s.v + 0.02) - (wave if style == 2 else 0.0)
        cap = torch.minimum(
            (swell - grown) * HALF_WIDTH, (line + fall + (wave if style == 2 else 0.0) - s.v) * HALF_HEIGHT
        )
        s = s.paint(colour, s.inside(cap) * _is(s.factors, "hair", style))
    sides = s.inside(torch.minimum((1.10 - torch.hypot(s.u / 1.06, s.v)) * HALF_WIDTH,
                                   torch.minimum(s.u.abs() - 0.80, 0.55 - s.v) * HALF_WIDTH))  # fmt: skip
    return s.paint(colour, sides * _is(s.factors, "hair", 3))


def _glasses(s: Sitter) -> Sitter:
    rim, t = rgb(0.10, 0.10, 0.12), s.turned()
    worn = 1 - _is(s.factors, "glasses", 0)
    dark = _is(s.factors, "glasses", 3)
    for sign in (-1, 1):
        du, dv = (s.u - t - sign * 0.41) / 0.30, (s.v + 0.01) / 0.185
        ring = torch.hypot(du, dv)
        box = torch.maximum(du.abs() * 0.94, dv.abs() * 1.1)
        shape = torch.where(_is(s.factors, "glasses", 2) > 0, box, ring)
        s = s.paint(rgb(0.05, 0.05, 0.07), 0.92 * dark * s.inside((1 - shape) * 0.10))
        s = s.paint(rgb(0.85, 0.92, 1.0), 0.10 * worn * (1 - dark) * s.inside((1 - shape) * 0.10))
        s = s.paint(rim, worn * s.inside(0.017 - (1 - shape).abs() * 0.11))
        arm = s.inside(0.014 - (s.v + 0.03).abs() * HALF_HEIGHT) * (sign * (s.u - t) > 0.70) * (s.u.abs() < 1.02)
        s = s.paint(rim, worn * arm)
    bridge = s.inside(0.014 - (s.v + 0.03).abs() * HALF_HEIGHT) * ((s.u - t).abs() < 0.12)
    return s.paint(rim, worn * bridge)


def _hat(s: Sitter) -> Sitter:
    cloth = hue(s.factors["hat_colour"].float(), 0.62, 0.66) * (0.62 + 0.46 * s.light)
    t = 0.5 * s.turned()
    crown = torch.minimum(
        (1.16 - torch.hypot(s.u / 1.0, (s.v + 0.06) / 1.02)) * HALF_WIDTH, (-0.42 - s.v) * HALF_HEIGHT
    )
    s = s.paint(cloth, s.inside(crown) * _is(s.factors, "hat", 1, 2))
    peak = s.oval(t * 1.4, -0.42, 0.98, 0.13)
    s = s.paint(0.72 * cloth, peak * _is(s.factors, "hat", 1))
    band = torch.minimum(
        (1.18 - torch.hypot(s.u, (s.v + 0.06) / 1.02)) * HALF_WIDTH, 0.07 - (s.v + 0.46).abs() * HALF_HEIGHT
    )
    s = s.paint(0.80 * cloth, s.inside(band) * _is(s.factors, "hat", 2))
    s = s.paint(1.1 * cloth.clamp(max=0.9), s.oval(t, -1.24, 0.17, 0.14) * _is(s.factors, "hat", 2))
    tall = torch.minimum((0.86 - s.u.abs()) * HALF_WIDTH, torch.minimum(-0.50 - s.v, s.v + 1.52) * HALF_HEIGHT)
    black = rgb(0.12, 0.12, 0.14) * (0.7 + 0.6 * s.light)
    worn = _is(s.factors, "hat", 3)
    s = s.paint(black, s.inside(tall) * worn)
    ribbon = torch.minimum((0.87 - s.u.abs()) * HALF_WIDTH, 0.05 - (s.v + 0.66).abs() * HALF_HEIGHT)
    s = s.paint(cloth, s.inside(ribbon) * worn)
    return s.paint(black, s.oval(0.0, -0.50, 1.34, 0.11) * worn)


Layer = Callable[[Sitter], Sitter]
LAYERS: tuple[Layer, ...] = (
    _background, _hair_behind, _body, _ears, _head, _age, _mouth, _beard, _nose, _eyes, _hair, _glasses, _hat,
)  # fmt: skip
