"""Masked diffusion: pictures of few grey levels, or strings, of which numbers are hidden, and a network that says what they
may be.

Hiding is the noise, and there is nothing between hidden and seen (an absorbing state: Austin et al. 2021, arXiv:2107.03006).
A pixel or letter once revealed stays, in any order and as many at once as are wanted (`unmasking_walks`); what it costs to say
all of them back bounds the likelihood (`absorbing`). Known pixels or letters are nothing special: they are seen.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

import torch
from torch import Tensor

from dgm_studio.contract import (
    Abilities,
    Batch,
    DataSpec,
    Family,
    LogDensity,
    Method,
    Recipe,
    Rng,
    Settings,
    Training,
    Work,
    knob,
    rng_for,
    seeded,
)
from dgm_studio.families.masked.absorbing import bound, bound_in_slices
from dgm_studio.families.masked.unmasking_walks import Unmasking
from dgm_studio.families.shared.classes import check_labels
from dgm_studio.families.shared.learner import Learner
from dgm_studio.families.shared.levels import grey_levels, to_levels
from dgm_studio.families.shared.single import SingleLearner
from dgm_studio.nets.unmasking import UnmaskingLetterMlp, UnmaskingMlp, UnmaskingTransformer

Net = UnmaskingMlp | UnmaskingLetterMlp | UnmaskingTransformer

_LARGEST = 3072
_HEADS = 2
_LOOKS = 32
"""Passes by which the bound of a picture is estimated."""
_ROWS = 256
"""Pictures per slice of work."""


_SHORT = 12
"""Letters of a string that a network takes as a whole: longer ones have rules that hold at any place."""


class Config(Settings):
    net: Literal["auto", "mlp", "transformer"] = knob(
        "auto",
        kind="strings",
        help="Strings: an MLP sees each letter in its place and learns soonest what letters come to together, as in sums; a "
        f"transformer learns rules that hold at any place, as of brackets. auto takes the MLP up to {_SHORT} letters.",
    )
    levels: int = knob(
        0,
        0,
        256,
        zero="auto",
        help="Grey levels that pictures are rounded to, 2 is black and white; 0 takes the data's own up to 17, else 4.",
    )
    width: int = knob(
        0,
        0,
        1024,
        zero="auto",
        help="Units per hidden layer; 0 chooses 256, or 512 beyond 256 pixels. Strings: 192, or features per letter of "
        "a transformer, 32.",
    )
    blocks: int = knob(3, 1, 8, step=1, help="Residual blocks, or blocks of attention for strings.")
    endings: float = knob(
        0.5,
        0.0,
        0.9,
        step=0.05,
        kind="strings",
        help="Strings: share of training examples of which the end is hidden instead of letters anywhere: what follows from "
        "what is learned from these soonest, and helps to fill in any order.",
    )
    label_drop: float = knob(
        0.1,
        0.0,
        1.0,
        step=0.05,
        advanced=True,
        help="Share of examples shown without their class, from which guidance learns the model without one.",
    )


class Masked(SingleLearner[Learner[Net]]):
    """Trains a network of hidden numbers on the bound, at all shares of hidden ones at once."""

    def __init__(self, config: Config, spec: DataSpec, rng: Rng) -> None:
        self._spec, self._levels, self._drop = spec, grey_levels(config.levels, spec), config.label_drop
        self._endings = config.endings if spec.alphabet else 0.0
        with seeded(rng):
            net = _network(config, spec, self._levels, rng)
        super().__init__(Learner(net.to(rng.device)))

    def train_step(self, batch: Batch, rng: Rng) -> Mapping[str, Tensor]:
        label = batch.label if self._spec.classes else None
        if label is not None:
            check_labels(label, len(self._spec.classes))
            drop = torch.rand(len(batch), generator=rng, device=rng.device).to(label.device) < self._drop
            label = label.masked_fill(drop, -1)
        loss = bound(self.learner.net, to_levels(batch.x, self._levels), label, rng, self._endings).mean()
        self.learner.learn(loss)
        return {"loss": loss.detach()}

    @torch.no_grad()
    def _log_density(self, x: Tensor, label: Tensor | None) -> Work[Tensor]:
        """A lower bound (n,) on log p, in nats, estimated by the same orders at every call."""
        net, parts = self.learner.shown, []
        for i in range(0, len(x), _ROWS):
            level = to_levels(x[i : i + _ROWS], self._levels)
            given = label[i : i + _ROWS] if label is not None and self._spec.classes else None
            looked = bound_in_slices(net, level, given, _LOOKS, rng_for(0, i, device=x.device))
            nats = next(looked)
            for more in looked:
                yield
                nats = more
            parts.append(-nats)
        return torch.cat(parts) if parts else x.new_zeros(0)

    def abilities(self) -> Abilities:
        spec, net = self._spec, self.learner.shown
        what = "letters" if spec.alphabet else "pixels"
        title = f"Known {what} are seen"
        fill = Unmasking(
            net, spec, self._levels, True, title, f"Begins with the known {what} seen and reveals the others."
        )
        return Abilities(
            samplers={"unmasking": Unmasking(net, spec, self._levels)},
            log_density=LogDensity("lower bound", self._log_density, passes=_LOOKS, levels=self._levels),
            methods={
                "seen": Method(
                    "mask",
                    title,
                    "asymptotic",
                    f"The network was trained to go on from any {what} that are seen; revealed one at a time the others "
                    "come from its conditionals, together only nearly.",
                    fill,
                    careful=True,
                )
            },
            uses_label=bool(spec.classes),
            temperature=f"Divides the logits of every {what[:-1]}: of each conditional, which is not the joint probability "
            "to the power 1/T.",
        )


def _network(config: Config, spec: DataSpec, levels: int, rng: Rng) -> Net:
    if spec.alphabet and (config.net == "mlp" or (config.net == "auto" and spec.size <= _SHORT)):
        return UnmaskingLetterMlp(spec.size, levels, config.width or 192, config.blocks)
    if spec.alphabet:
        width = -(-(config.width or 32) // _HEADS) * _HEADS
        return UnmaskingTransformer(spec.size, levels, width, config.blocks, _HEADS, rng)
    width = config.width or (256 if spec.size <= 256 else 512)
    return UnmaskingMlp(spec.size, levels, width, config.blocks, len(spec.classes), rng)


def _accepts(spec: DataSpec) -> str | None:
    if spec.data_kind == "points":
        return "it hides numbers of few levels: pictures or strings, not points."
    if spec.alphabet and spec.classes:
        return "it learns strings without classes; leave these out."
    if spec.size > _LARGEST:
        return f"it sees examples whole, of up to {_LARGEST} numbers; these have {spec.size}."
    return None


def _recipe(spec: DataSpec, device: torch.device) -> Recipe:
    if spec.alphabet and spec.size <= _SHORT:
        return Recipe({"blocks": 2}, Training(batch=128, learning_rate=4e-3), steps=5000)
    if spec.alphabet:
        return Recipe({"blocks": 6, "endings": 0.0}, Training(batch=128, learning_rate=8e-3), steps=2800)
    if spec.size <= 256:
        return Recipe(training=Training(batch=128, learning_rate=3e-3), steps=1500)
    return Recipe(training=Training(batch=128, learning_rate=2e-3), steps=3000)


def _build(config: Config, spec: DataSpec, rng: Rng) -> Masked:
    model = Masked(config, spec, rng)
    model.retune(_recipe(spec, rng.device).training)
    return model


FAMILY = Family(
    name="masked",
    title="Masked diffusion",
    summary="hide · reveal",
    group="diffusion",
    help="Pictures of few grey levels, or strings, hidden and revealed: in any order, from one number to all at a time.",
    reference="Austin et al. 2021, arXiv:2107.03006; Sahoo et al. 2024, arXiv:2406.07524; Shi et al. 2024, arXiv:2406.04329",
    Config=Config,
    accepts=_accepts,
    build=_build,
    kinds=("images", "strings"),
    recipe=_recipe,
    when_diverged="The loss counts the nats of what is hidden, and its target never moves: where it grows the steps are "
    "too large. Lower the learning rate.",
)
