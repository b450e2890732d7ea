"""Names of controls as lessons write them: ``sampling.steps`` as `docs/controls.md` lists it, a group such as ``family``, or
the last part alone, such as ``learning rate``.
"""

from __future__ import annotations

from functools import cache, lru_cache

from dgm_studio.resources import resource

GROUPS = {
    "family": ("model.family",),
    "seed": ("run.seed", "run.new_seed"),
    "classes": ("data.classes", "data.clusters"),
}
"""Words of lessons, and what they stand for."""


@cache
def control_names() -> tuple[str, ...]:
    """All names of the page of controls, in its order; what stands in angle brackets is open. Raises FileNotFoundError."""
    return tuple(resource("control-names.txt").read_text(encoding="utf-8").splitlines())


@lru_cache(
    1 << 15
)  # some dozens of words, each asked of hundreds of controls, whenever a lesson that is written is looked at
def named_by(wanted: str, name: str) -> bool:
    """Whether a word of a lesson means the control of that ``name``.

    >>> [named_by(word, "training.learning_rate") for word in ("training", "learning rate", "training.learning_rate", "rate")]
    [True, True, True, False]
    >>> named_by("data", "plane.layer.data"), named_by("family", "model.family.gan")
    (False, True)
    """
    wanted = "_".join(wanted.split())
    if wanted in GROUPS:
        return any(_begins(name, group) for group in GROUPS[wanted])
    if "." in wanted or wanted in _first_parts():
        return _begins(name, wanted)
    return wanted in name.split(".")[1:]


@cache
def _first_parts() -> frozenset[str]:
    return frozenset(name.partition(".")[0] for name in control_names())


def _begins(name: str, group: str) -> bool:
    """Whether a name is a group or within it; an open part is any."""
    here, there = group.split("."), name.split(".")
    return len(here) <= len(there) and all(a == b or b.startswith("<") for a, b in zip(here, there, strict=False))
