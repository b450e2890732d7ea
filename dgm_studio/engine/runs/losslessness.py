"""Whether a model can write examples to a file without loss, why not, and by what a file knows its model again."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping

from torch import Tensor

from dgm_studio.compression.archive import MARK
from dgm_studio.contract import Abilities
from dgm_studio.language import tr
from dgm_studio.protocol.spec import DataKind

from .recorder import to_sample


def why_lossy(abilities: Abilities, title: str, kind: DataKind = "images") -> str:
    """Why a model writes no file without loss, in a sentence with the cure; empty where it does."""
    if kind == "strings":
        return tr("Files without loss are of pictures; strings are kept as text, by sample --out strings.txt.")
    if kind == "sounds":
        return tr("Files without loss are of pictures; sounds are kept as WAV, by sample --out sounds.wav.")
    if kind == "paths":
        return tr("Files without loss are of pictures; paths are real numbers.")
    density = abilities.log_density
    if abilities.lossless is not None:
        return ""
    cure = "Autoregressive models of pictures can, and Boltzmann machines of a few hidden units."
    if density is None:
        why = "says nothing about how likely a picture is"
    elif not density.levels:
        why = "has a density of real numbers, and a file needs probabilities of whole grey levels"
    elif density.kind == "lower bound":
        why = (
            "knows only a bound on the probability of a picture: what is left to the bound would have to be written too"
        )
    elif density.kind == "exact":
        why = "has probabilities of whole pictures, but of no pixel given those before it"
    else:
        why = "only estimates the probability of a picture, and a decoder must find the very same number"
    return tr("{title} cannot write a file without loss: it {why}. {cure}", title=title, why=why, cure=cure)


def fingerprint(state: Mapping[str, Tensor], about: str) -> bytes:
    """Eight bytes of a hash over the weights that samples are drawn with, and ``about`` what they belong to."""
    found = hashlib.sha256(about.encode())
    for name, value in sorted(to_sample(state).items()):
        found.update(f"{name} {tuple(value.shape)} {value.dtype}".encode())
        found.update(memoryview(value.detach().cpu().contiguous().numpy()).cast("B"))  # type: ignore[arg-type]
    return found.digest()[:MARK]
