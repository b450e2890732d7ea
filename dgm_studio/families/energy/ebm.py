"""Energy-based model: a landscape that is low where data are likely, ``p(x) = exp(-E(x)) / Z``.

Any network with one output will do; the price is Z, an integral over everything. Training avoids it by contrast with the
model's own samples (Hinton 2002, doi:10.1162/089976602760128018), by telling data from noise (Gutmann & Hyvarinen 2012,
JMLR 13), or by matching gradients (Hyvarinen 2005, JMLR 6); sampling needs gradients alone.
"""

from __future__ import annotations

from dgm_studio.contract import DataSpec, Family, Rng
from dgm_studio.families.energy.noisy import NoisyEnergyModel
from dgm_studio.families.energy.plain import PlainEnergy
from dgm_studio.families.energy.settings import DIVERGED_BEYOND, EnergySettings, energy_recipe


class Config(EnergySettings):
    """An energy without a classification term."""


def _accepts(spec: DataSpec) -> str | None:
    if spec.kind != "real":
        return f"an energy-based model follows gradients and needs real-valued data, not {spec.kind} data"
    if spec.is_image and max(spec.event[1:]) > 64:
        return f"takes pictures of at most 64 x 64 pixels, not {spec.event[1]} x {spec.event[2]}; load them smaller"
    return None if spec.is_image or spec.event == (2,) else "takes points of the plane, or pictures"


def _build(config: Config, spec: DataSpec, rng: Rng) -> PlainEnergy | NoisyEnergyModel:
    kind = NoisyEnergyModel if spec.is_image and config.method_for(spec) == "denoising" else PlainEnergy
    return kind(config, spec, rng)


FAMILY = Family(
    name="ebm",
    title="EBM",
    summary="energy · chains",
    group="energy",
    help="Energy-based model: learns a landscape that is low where data are likely; samples are chains that roll downhill "
    "with some noise.",
    reference="Gutmann & Hyvarinen 2012 (JMLR 13); Du & Mordatch 2019, arXiv:1903.08689; Song & Kingma 2021, arXiv:2101.03288",
    Config=Config,
    accepts=_accepts,
    build=_build,
    recipe=energy_recipe,
    when_diverged="The contrast E(data) - E(samples) ran away: chains could not follow the learned energy, so its samples "
    "were no longer samples of the model, and pushing their energy up no longer balanced pulling the data's down. Give the "
    "chains more moves or smaller steps, put a penalty on the energies, lower the learning rate, or take nce, which "
    "needs no chains.",
    diverged_beyond=DIVERGED_BEYOND,
)
