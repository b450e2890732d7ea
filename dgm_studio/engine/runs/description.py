"""What a run turned out to be, as the window is told once it is open: what it can do, how large it is, what it learns from."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np

from dgm_studio.contract import Batch
from dgm_studio.contract.context import decoded
from dgm_studio.language import tr
from dgm_studio.protocol import messages as m
from dgm_studio.protocol.spec import DataKind

from .. import catalogue, devices
from .losslessness import why_lossy
from .run import Run

_SHOWN: dict[DataKind, int] = {"points": 2000, "images": 256, "strings": 1000, "sounds": 64, "paths": 2000}


def described(run: Run) -> Iterator[m.Event]:
    """The events that show a run that has just been opened."""
    yield opened(run)
    x, labels = _some(run, run.data.train)
    given = _given(run, len(x)) if run.event_spec.data_kind == "paths" else None
    pool = run.event_spec.source
    source, parts = (None, None) if pool is None else _some(run, pool.examples)
    yield m.Data(run.name, run.step, x, labels, source, parts, given)


def _some(run: Run, batch: Batch) -> tuple[m.Array, m.Array | None]:
    """Some examples, as people see them, and their labels."""
    some = batch.take(slice(_SHOWN[run.event_spec.data_kind]))
    x = run.units.array(run.units.to_model(some.x)) if not some.x.is_floating_point() else some.x.double().numpy()
    return x, None if some.label is None else np.asarray(some.label)


def _given(run: Run, n: int) -> dict[str, m.Array] | None:
    """What the first n examples are given by, the values of each slot by its name."""
    slots, context = run.data.spec.context, run.data.train.context
    return None if context is None else {k: v.numpy() for k, v in decoded(slots, context[:n]).items()}


def opened(run: Run) -> m.Opened:
    """The run with all that its model can do."""
    return m.Opened(run.name, run.step, run.spec, _info(run), run.place)


def edited(run: Run, asked_place: Path | None = None) -> m.Edited:
    """The run with its settings as they are now; ``asked_place`` that of the edit."""
    return m.Edited(run.name, run.step, run.spec, devices.title(run.device), run.place, asked_place)


def _info(run: Run) -> m.RunInfo:
    abilities = run.shown.abilities()
    return m.RunInfo(
        data_title=run.data.name,
        event=tuple(run.event_spec.event),
        classes=run.data.spec.classes,
        examples=len(run.data.train),
        endless=run.data.fresh is not None,
        entropy=run.data.entropy,
        has_truth=run.data.log_density is not None,
        extent=run.extent(),
        parameters=run.trainer.size,
        recipe_steps=run.recipe.steps,
        samplers=tuple(catalogue.sampler_info(k, s) for k, s in abilities.samplers.items()),
        methods=tuple(catalogue.method_info(k, w) for k, w in abilities.methods.items()),
        density=abilities.log_density.kind if abilities.log_density else None,
        field=abilities.field[0] if abilities.field else "gradient" if abilities.surface else None,
        latent_size=abilities.latent.size if abilities.latent else None,
        can_invert=abilities.latent is not None and (abilities.latent.encode or abilities.latent.search) is not None,
        latent_gaussian=abilities.latent is not None and abilities.latent.gaussian,
        uses_label=bool(run.event_spec.classes),
        context=run.data.spec.context,
        slots=run.event_spec.context,
        wants_classes=run.asked.conditional,
        temperature=abilities.temperature,
        device=devices.title(run.device),
        problems=run.data.problems,
        said=(*run.data.said, *_standardised(run)),
        remark=run.remark,
        axes=run.data.axes,
        table=run.data.table,
        scales=run.data.scales,
        alphabet=run.data.spec.alphabet,
        program=() if run.data.program is None else tuple(run.data.program.slots.values()),
        rate=run.data.spec.rate,
        predicts=abilities.predictive is not None,
        has_rule=run.data.valid is not None,
        step=run.units.step,
        classifier=abilities.classifier.title if abilities.classifier else None,
        shares=run.data.spec.class_shares,
        surface=m.Named("surface", abilities.surface.title, abilities.surface.help) if abilities.surface else None,
        insides=tuple(m.Named(k, view.title, view.help) for k, view in abilities.inside.items()),
        lossless=abilities.lossless.levels if abilities.lossless else 0,
        lossy=why_lossy(abilities, run.family.title, run.event_spec.data_kind),
        source_title="" if run.source is None else run.source.name,
        translates=abilities.translation is not None,
        origins=() if run.event_spec.source is None else run.event_spec.source.parts,
        couples=abilities.translation is not None and abilities.translation.pairs is not None,
    )


def _standardised(run: Run) -> tuple[str, ...]:
    if run.units.unlike == 1:
        return ()
    x, y = (name or default for name, default in zip(run.data.axes, "xy", strict=True))
    return (
        tr(
            "{x} and {y} differ {unlike:,.0f}-fold in spread: each is standardised by its own",
            x=x,
            y=y,
            unlike=run.units.unlike,
        ),
    )
