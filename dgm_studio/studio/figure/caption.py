"""Captions: what a figure shows and where it comes from, in a sentence for those who see it and one for those who do not."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import dgm_studio
from dgm_studio.language import tr
from dgm_studio.protocol.catalogue import Catalogue
from dgm_studio.protocol.layers import PLANE_LAYERS
from dgm_studio.protocol.spec import DataKind, RunSpec

from ..reading.layers import missing_layers
from ..reading.moment import reading
from ..reading.quality import apart, short_unit
from ..session.session import Session
from ..session.state import RunState

_DRAWN: dict[DataKind, str] = {
    "points": tr("the plane"), "images": "images", "strings": "strings", "sounds": tr("sounds as waves"), "paths": "paths",
}  # fmt: skip


@dataclass(frozen=True)
class Caption:
    """``text`` stands below a figure, ``alternative`` in its place, ``provenance`` says what made it."""

    title: str
    text: str
    alternative: str
    provenance: str

    def written(self) -> str:
        """All of it, as a file beside the figure."""
        return tr(
            "{words}\n\nAlternative text: {alternative}\n\nProvenance: {provenance}\n",
            words=self.text,
            alternative=self.alternative,
            provenance=self.provenance,
        )


def caption_of(
    runs: Sequence[tuple[RunState, RunSpec]], session: Session, catalogue: Catalogue, view: str = "samples"
) -> Caption:
    """The caption of a figure of these runs, at least one, which are all open."""
    run = runs[0][0]
    assert run.opened is not None
    info = run.opened.info
    families = [catalogue.family_title(spec.family) for _, spec in runs]
    title = tr(
        "{names} on {data_title}{data_title_2}",
        names=", ".join(families),
        data_title=info.data_title[:1].lower(),
        data_title_2=info.data_title[1:],
    )
    if view in ("loss", "quality"):
        what = tr("Training loss") if view == "loss" else tr("Quality on held-out data")
        shows = tr("{what} over {step:,} training steps.", what=what, step=run.step)
        seen = tr("A curve of {what} over training steps, from 0 to {step:,}.", what=what.lower(), step=run.step)
    else:
        layers = _layers_on(run, session) if info.kind == "points" else []
        shown = f"{', '.join(layers)}" if layers else tr("{count} samples", count=_count(run))
        when = "" if session.time >= 1.0 else tr(" at sampling time {time:.2f}", time=session.time)
        shows = f"{shown[:1].upper()}{shown[1:]}{when}."
        seen = tr("A picture of {drawn}{when}: {shown}.", drawn=_DRAWN[info.kind], when=when, shown=shown)
    measures = [said for state, spec in runs if (said := _measured(state, spec))]
    text = f"{title}. {shows}" + (f" {'; '.join(measures)}." if measures else "")
    return Caption(title, text, f"{title}. {seen}", _provenance(runs, families))


def _layers_on(run: RunState, session: Session) -> list[str]:
    there = set(session.layers) - missing_layers(run.opened).keys()
    return [layer.title.lower() for layer in PLANE_LAYERS if layer.name in there]


def _count(run: RunState) -> str:
    return "no" if run.samples is None else f"{len(run.samples.x):,}"


def _measured(run: RunState, spec: RunSpec) -> str:
    """The measure in front with its standard error and the step it was found at; empty where there is none."""
    found = reading(run, spec)
    if found is None or found.value is None:
        return ""
    number, error = apart(found.value, found.error)
    return tr(
        "{title} {names} at step {step:,}",
        title=found.title,
        names=" ".join(part for part in (number, error, short_unit(found.unit)) if part),
        step=found.step,
    )


def _provenance(runs: Sequence[tuple[RunState, RunSpec]], families: Sequence[str]) -> str:
    """Data, families, steps, seeds and version, enough to make it again."""
    said = []
    for (run, _), family in zip(runs, families, strict=True):
        assert run.opened is not None
        spec, sampling = run.opened.spec, run.opened.spec.sampling
        shown = None if run.history is None else run.history.shown
        step = run.step if shown is None else shown
        said.append(
            tr(
                "{family} ({family_2}) on {label}, step {step:,}, seed {seed}, sampler {sampler} with seed {seed_2}",
                family=family,
                family_2=spec.family,
                label=spec.data.label,
                step=step,
                seed=spec.seed,
                sampler=sampling.sampler or tr("of the family"),
                seed_2=sampling.seed,
            )
        )
    return tr("{names}. DGM Studio {version}.", names="; ".join(said), version=dgm_studio.__version__)
