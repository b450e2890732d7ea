"""Autoregressive models: one number after the other, each given those before it, so that every density is exact.

    p(x) = prod_d p(x_d | x_1 ... x_(d-1))

In the plane and on paths the conditionals are mixtures of Gaussians (RNADE, Uria et al. 2013, arXiv:1306.0186). Pictures are
rounded to a few grey levels, strings are letters, and every pixel or letter has a softmax over them. Strings are read by a
causal transformer (Vaswani et al. 2017, arXiv:1706.03762), pictures by the same, by MADE, read in any order (Germain et al.
2015, arXiv:1502.03509), or by a gated PixelCNN (van den Oord et al. 2016, arXiv:1606.05328). Sounds have 256 levels, companded,
and are read by dilated causal convolutions (van den Oord et al. 2016, arXiv:1609.03499).
"""

from __future__ import annotations

from typing import Literal

import torch

from dgm_studio.contract import DataSpec, Family, Model, Recipe, Rng, Settings, Training, knob, seeded
from dgm_studio.families.autoregressive.images import ImageModel
from dgm_studio.families.autoregressive.numbers import NumberModel, NumberNet
from dgm_studio.families.autoregressive.paths import PathModel
from dgm_studio.families.autoregressive.plane import PlaneModel
from dgm_studio.families.autoregressive.sounds import SoundModel
from dgm_studio.families.autoregressive.strings import StringModel
from dgm_studio.families.shared.learner import ON_POINTS, Learner
from dgm_studio.families.shared.levels import from_levels, grey_levels
from dgm_studio.nets.causal_made import Made
from dgm_studio.nets.causal_mixture import MixtureChain
from dgm_studio.nets.causal_pixelcnn import PixelCnn
from dgm_studio.nets.causal_transformer import CausalTransformer
from dgm_studio.nets.causal_wave import WaveNet
from dgm_studio.nets.mixture_sequence import MixtureSequence

Net = Literal["auto", "made", "pixelcnn", "transformer"]
_LARGEST = 3072
_LONGEST = 64
_LONG = 8192
_CLIP = 100.0
"""Points: the narrower the modes, the steeper the likelihood; a tighter bound on its gradient would slow all steps down."""


class Config(Settings):
    net: Net = knob(
        "auto",
        kind="images",
        help="Images: the network that predicts the next pixel; auto takes the transformer, which learns fastest. Only MADE "
        "reads in any order.",
    )
    levels: int = knob(
        0,
        0,
        256,
        zero="auto",
        kind="images",
        help="Images: grey levels that pictures are rounded to, 2 is black and white; 0 takes the data's own up to 17, "
        "else 4.",
    )
    width: int = knob(
        0,
        0,
        1024,
        zero="auto",
        help="Units per hidden layer, or features per pixel, of sounds up to 192; 0 chooses by network and data.",
    )
    layers: int = knob(
        0,
        0,
        12,
        zero="auto",
        help="Layers of the PixelCNN or transformer, hidden layers in 2D; 0 chooses. MADE has two, sounds up to six.",
    )
    components: int = knob(
        24, 1, 64, scale="log", kind="points", help="2D: Gaussians in the mixture of each coordinate."
    )
    raster: float = knob(
        0.5,
        0.0,
        1.0,
        step=0.05,
        kind="images",
        help="MADE: share of the training steps that read row by row instead of in a random order; 1 gives up filling in "
        "any order.",
    )
    strip: int = knob(
        0,
        0,
        64,
        zero="auto",
        kind="images",
        help="Transformer: neighbouring pixels in one token, rounded down to what divides a row; 0 takes a whole row, 1 is "
        "the plain transformer over pixels.",
    )


def _network(config: Config, spec: DataSpec) -> NumberNet:
    if spec.alphabet:
        levels = len(spec.alphabet)
        width = -(-(config.width or 96) // _HEADS) * _HEADS
        return CausalTransformer(spec.size, 1, levels, 0, width, config.layers or 3, _HEADS, waves=levels)
    if spec.is_sound:
        levels = grey_levels(0, spec)
        values = from_levels(torch.arange(levels)[None], levels, (1, levels))[0, 0]
        return WaveNet(
            spec.size,
            levels,
            values,
            spec.given_size,
            min(config.width or 32, _WIDEST),
            min(config.layers or 5, _DEEPEST),
        )
    channels, height, width = spec.event
    classes, levels, columns = spec.given_size, grey_levels(config.levels, spec), width * channels
    if config.net == "made":
        return Made(spec.size, levels, classes, config.width or 512, context=bool(spec.context))
    if config.net == "pixelcnn":
        return PixelCnn(
            height, columns, levels, classes, config.width or (24 if _small(spec) else 16), config.layers or 4
        )
    strip = max(k for k in range(1, min(config.strip or columns, columns) + 1) if columns % k == 0)
    width = config.width or (64 if _small(spec) else 96)
    width = -(-width // _HEADS) * _HEADS
    return CausalTransformer(spec.size, strip, levels, classes, width, config.layers or 2, _HEADS)


_HEADS = 4
_FARTHEST = 256
_ALTERNATIVES = 6
"""Gaussians for each coordinate of a waypoint: which side, and how far away."""
_DEEPEST, _WIDEST = 6, 192
"""Layers of a network of waves: each looks four times as far back, six of them over four thousand samples."""


def _small(spec: DataSpec) -> bool:
    return spec.size <= 256


def _accepts(spec: DataSpec) -> str | None:
    if spec.is_image:
        if spec.size > _LARGEST:
            return f"it draws pictures pixel by pixel, of up to {_LARGEST} numbers; these have {spec.size}."
        return None
    if spec.is_sound:
        return f"it takes sounds of up to {_LONG} samples; these have {spec.size}." if spec.size > _LONG else None
    if spec.alphabet and spec.given_size:
        return "it learns strings without classes; leave these out."
    if spec.alphabet:
        long = f"it reads strings of up to {_LONGEST} letters; these have {spec.size}."
        return long if spec.size > _LONGEST else None
    if spec.data_kind == "paths":
        return (
            f"it takes paths of up to {_FARTHEST} numbers; these have {spec.size}." if spec.size > _FARTHEST else None
        )
    if spec.event != (2,) or spec.kind != "real":
        return "it takes pictures, strings, sounds, paths, or points in the plane with real coordinates."
    return None


def _build(config: Config, spec: DataSpec, rng: Rng) -> Model:
    model: PlaneModel | PathModel | NumberModel
    with seeded(rng):
        if spec.is_image:
            net = _network(config, spec).to(rng.device)
            made = isinstance(net, Made)
            # its wide layers bear half the step of the others'
            raster, factor = (config.raster, 0.5) if made else (1.0, 1.0)
            model = ImageModel(spec, Learner(net), grey_levels(config.levels, spec), raster, factor)
        elif spec.alphabet:
            model = StringModel(spec, Learner(_network(config, spec).to(rng.device)), len(spec.alphabet))
        elif spec.is_sound:
            model = SoundModel(spec, Learner(_network(config, spec).to(rng.device)), grey_levels(0, spec))
        elif spec.data_kind == "paths":
            width, layers = config.width or 256, config.layers or 2
            sequence = MixtureSequence(spec.size, spec.given_size, _ALTERNATIVES, width, layers)
            model = PathModel(spec, Learner(sequence.to(rng.device), clip=_CLIP))
        else:
            width, layers = config.width or 64, config.layers or 3
            chain = MixtureChain(spec.given_size, config.components, width, layers, context=bool(spec.context))
            model = PlaneModel(spec, Learner(chain.to(rng.device), decay_power=ON_POINTS, clip=_CLIP))
    model.retune(_recipe(spec, rng.device).training)
    return model


def _recipe(spec: DataSpec, device: torch.device) -> Recipe:
    if spec.alphabet:
        return Recipe(training=Training(batch=128, learning_rate=3e-3), steps=1000)
    if spec.is_sound:
        return Recipe(training=Training(batch=8, learning_rate=1e-2), steps=600)
    if spec.data_kind == "paths":
        return Recipe(training=Training(batch=256, learning_rate=3e-3), steps=1000)
    if not spec.is_image:
        return Recipe(training=Training(batch=256, learning_rate=1e-2), steps=3000)
    if _small(spec):
        # the 1,400 digits are overfitted after that
        return Recipe(training=Training(batch=64, learning_rate=3e-3), steps=400)
    return Recipe(training=Training(batch=32, learning_rate=5e-3), steps=2000)


FAMILY = Family(
    name="autoregressive",
    title="Autoregressive",
    summary="next number · exact",
    group="autoregressive",
    help="Draws one number after the other, each given those before it; every probability is exact.",
    reference="MADE: Germain et al. 2015 (arXiv:1502.03509); PixelCNN: van den Oord et al. 2016 (arXiv:1606.05328)",
    Config=Config,
    accepts=_accepts,
    build=_build,
    recipe=_recipe,
    takes_context=True,
    kinds=("points", "images", "strings", "sounds", "paths"),
    when_diverged="The loss is an exact negative log-likelihood, so it grows without limit only where the steps are too large: "
    "lower the learning rate.",
)
