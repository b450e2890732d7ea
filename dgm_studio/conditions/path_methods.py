"""Every method by which a sampler that walks a noise path meets what is asked of it, from quick draft to careful final."""

from __future__ import annotations

from collections.abc import Mapping

from dgm_studio.conditions.ddnm import Ddnm
from dgm_studio.conditions.dps import Dps
from dgm_studio.conditions.guided import Guided
from dgm_studio.conditions.inverse import PathDenoiser
from dgm_studio.conditions.objective import Uphill
from dgm_studio.conditions.pigdm import PiGdm
from dgm_studio.conditions.replacement import RePaint, Replacement
from dgm_studio.conditions.strokes import SdEdit
from dgm_studio.conditions.twisted import Twisted
from dgm_studio.contract import Honesty, Method, Sampler
from dgm_studio.samplers.path import PathSampler

RESTORE = "restore-"
"""Before the name of a method that meets an observation, since a mask is met by one of the same name."""


def path_methods(samplers: Mapping[str, Sampler]) -> dict[str, Method]:
    """The ways around the first, default sampler; estimates come from "euler", which makes one pass per step.

    Masks: ``replacement``, ``repaint``, ``ddnm``, ``pigdm``, ``dps``, ``twisted``. Observations: the last four, with
    ``restore-`` before their names. Strokes: ``sdedit``. Objectives: ``uphill``. In a learned latent space there is neither
    ``pigdm`` nor ``twisted``.
    Raises TypeError when a sampler does not walk a noise path.
    """
    first = next(iter(samplers.values()))
    one_pass = samplers.get("euler", first)
    if not isinstance(first, PathSampler) or not isinstance(one_pass, PathSampler):
        raise TypeError(f"these ways need a sampler on a noise path, not {type(first).__name__}")
    denoise = PathDenoiser(one_pass)
    replacement, repaint = Replacement(first), RePaint(first)
    careful: dict[str, Guided | Twisted] = {
        "ddnm": Guided(first, denoise, Ddnm()),
        "dps": Guided(first, denoise, Dps()),
    }
    if first.path.space.affine:  # their covariances are those of coordinates
        careful |= {"pigdm": Guided(first, denoise, PiGdm()), "twisted": Twisted(first, denoise, 30)}
    methods = {
        "replacement": Method(
            "mask", replacement.title, "heuristic", replacement.help, replacement, follows_strength=True
        ),
        "repaint": Method("mask", repaint.title, "heuristic", repaint.help, repaint, follows_strength=True),
    }
    for condition, prefix in (("mask", ""), ("observation", RESTORE)):
        for name, method in careful.items():
            honesty: Honesty = "asymptotic" if name == "twisted" else "heuristic"
            last = name == next(reversed(careful))  # what to answer with when there is time
            methods[prefix + name] = Method(
                condition, method.title, honesty, method.help, method, last, follows_strength=True
            )
    uphill = Uphill(first, denoise)
    methods["uphill"] = Method("objective", uphill.title, "heuristic", uphill.help, uphill)
    edit = SdEdit(first)
    methods["sdedit"] = Method("strokes", edit.title, "heuristic", edit.help, edit)
    return methods
