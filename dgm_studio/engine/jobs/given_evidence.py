"""Evidence of how a model keeps to a context: samples under those of held-out examples, and the nats of each under its own."""

from __future__ import annotations

from dataclasses import replace

from torch import Tensor

from dgm_studio.contract import Abilities, Evidence, Frame, Work

from ..runs.run import Run
from .showing import in_chunks, walk

_SEED = 4244
_QUICK = 20
"""Passes from which a density is asked for at fewer points."""


def under_context(run: Run, abilities: Abilities, found: Evidence, raw: Tensor, n: int, points: int) -> Work[Evidence]:
    """What was found, with ``n`` samples and as many densities, of a costly one no more than ``points``.

    ``raw`` (n, *event) are the held-out examples in data units.
    """
    context, density, exact = found.held_out_context, abilities.log_density, run.data.log_density_given
    assert context is not None
    n = min(n, len(context))
    steer = replace(run.steer(n), label=context[:n].to(run.device))
    last: Frame | None = None
    for frame in walk(abilities.samplers[run.sampler_name], steer, n, _SEED, run):
        last = frame or last
        yield
    assert last is not None
    read = run.data.read_context
    found = replace(
        found,
        given_samples=last.x.float().cpu(),
        read_context=None if read is None else lambda x: read(run.units.to_data(x)),
    )
    if density is None or density.kind == "unnormalised":
        return found
    some = n if density.passes < _QUICK and not run.event_spec.is_image else min(n, points)
    held, own = found.held_out[:some].to(run.device), context[:some].to(run.device)
    nats = (yield from in_chunks(density, held, own, run.shown.chunk)).cpu()
    true = None if exact is None else exact(raw[:some], context[:some]).float() + run.log_volume()
    return replace(found, given_log_density=nats, true_given_log_density=true, density_kind=density.kind)
