"""Joint energy model: a classifier whose logits are also energies, so that it knows what its inputs look like.

``p(x, y) = exp(f(x)[y]) / Z`` (Grathwohl et al. 2020, arXiv:1912.03263) splits into a classifier and a density,

    log p(x, y) = log softmax(f(x))[y] + log p(x),     E(x) = -log sum_y exp f(x)[y],

of which the first is taught by cross-entropy and the second as any energy-based model is.
"""

from __future__ import annotations

from dgm_studio.contract import DataSpec, Family, Rng, knob
from dgm_studio.families.energy import ebm
from dgm_studio.families.energy.noisy import NoisyEnergyModel
from dgm_studio.families.energy.plain import PlainEnergy
from dgm_studio.families.energy.settings import EnergySettings, energy_recipe


class Config(EnergySettings):
    """An energy and the weight of its classification term."""

    classify: float = knob(
        1.0,
        0.01,
        10.0,
        scale="log",
        help="Weight of the classification loss beside the density's: a small one makes a better density than classifier.",
    )


def _accepts(spec: DataSpec) -> str | None:
    if len(spec.classes) < 2:
        return "it is a classifier as well and needs at least two classes: use those of the data, or set clusters."
    return ebm.FAMILY.accepts(spec)


def _build(config: Config, spec: DataSpec, rng: Rng) -> PlainEnergy | NoisyEnergyModel:
    kind = NoisyEnergyModel if spec.is_image and config.method_for(spec) == "denoising" else PlainEnergy
    return kind(config, spec, rng, config.classify)


FAMILY = Family(
    name="jem",
    title="JEM",
    summary="classifier · energy",
    group="energy",
    help="Joint energy model: a classifier whose logits are energies. It tells classes apart, knows how likely its input is, "
    "and can draw "
    "examples of a class.",
    reference="Grathwohl et al. 2020, arXiv:1912.03263",
    Config=Config,
    accepts=_accepts,
    build=_build,
    recipe=energy_recipe,
    when_diverged=ebm.FAMILY.when_diverged,
    diverged_beyond=ebm.FAMILY.diverged_beyond,
)
