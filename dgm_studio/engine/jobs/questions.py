"""Questions: what a person or a program asks of a run and waits for, each answered by a job and one last event."""

from __future__ import annotations

import time
from collections.abc import Callable
from functools import partial

import numpy as np
import torch
from torch import Tensor

from dgm_studio.language import tr
from dgm_studio.protocol import messages as m

from ..errors import UserError
from ..runs.run import Run
from . import (
    attacking,
    compressing,
    conditioning,
    deciding,
    encoding,
    exporting,
    filling,
    imitating,
    latents,
    maximising,
    measuring,
    programming,
    sweeping,
    translating,
)
from .showing import Emit, Job, in_chunks, samples

Question = (
    m.Decode
    | m.DecodeLatents
    | m.EncodeExamples
    | m.Translate
    | m.Interpolate
    | m.Fill
    | m.Sample
    | m.DensityQuery
    | m.Predict
    | m.Probe
    | m.Classify
    | m.ConditionalSlice
    | m.RegionQuery
    | m.TellOutliers
    | m.Attack
    | m.DrawProgram
    | m.Infer
    | m.Regress
    | m.Rollout
    | m.Maximise
    | m.Compress
    | m.Decompress
    | m.ExportModel
    | m.MeasureNow
    | m.Sweep
)


def answer(question: Question) -> tuple[str, Callable[[Run, Emit], Job]]:
    """What the job that answers is booked under, and how to make it for a run. A newer one of a kind replaces an older."""
    match question:
        case m.Decode():
            return "decode", partial(decode, intent=question, begun=time.perf_counter())
        case m.DecodeLatents():
            return "decode latents", partial(latents.decode_latents, intent=question)
        case m.EncodeExamples():
            return "encode", partial(latents.encode_examples, intent=question)
        case m.Translate():
            return "translate", partial(translating.translate, intent=question)
        case m.Interpolate():
            return "interpolate", partial(interpolate, intent=question)
        case m.Fill():
            return "fill", partial(filling.fill, intent=question)
        case m.Sample(_, count, seed, ticket, keep_path):
            return "sample", partial(samples, count=count, seed=seed, keep_path=keep_path, live=False, ticket=ticket)
        case m.DensityQuery():
            return "densities", partial(densities, intent=question)
        case m.Predict():
            return "predict", partial(predict, intent=question)
        case m.Probe():
            return "probe", partial(probe, intent=question)
        case m.TellOutliers():
            return "outliers", partial(deciding.tell_outliers, intent=question)
        case m.Attack():
            return "attack", partial(attacking.attack, intent=question)
        case m.Regress():
            return "regress", partial(imitating.regress, intent=question)
        case m.Rollout():
            return "rollout", partial(imitating.rollout, intent=question)
        case m.DrawProgram():
            return "draw program", partial(programming.draw_program, intent=question)
        case m.Infer():
            return "infer", partial(programming.infer, intent=question)
        case m.Maximise():
            return "maximise", partial(maximising.maximise, intent=question)
        case m.Compress():
            return "compress", partial(compressing.compress, intent=question)
        case m.Decompress():
            return "decompress", partial(compressing.decompress, intent=question)
        case m.ConditionalSlice():
            return "given", partial(conditioning.given, intent=question)
        case m.RegionQuery():
            return "within", partial(conditioning.within, intent=question)
        case m.Sweep():
            return "sweep", partial(sweeping.sweep, intent=question)
        case m.ExportModel():
            return "export", partial(exporting.export, intent=question)
        case m.Classify():
            return "classify", partial(deciding.classify, intent=question)
        case m.MeasureNow(_, ticket, against, only):
            return "measure", partial(measuring.measure, ticket=ticket, thorough=True, against=against, only=only)


def decode(run: Run, emit: Emit, intent: m.Decode, begun: float) -> Job:
    """The image of one latent; of no class asked for, it gets that of the latents shown near it."""
    latent = run.shown.abilities().latent
    if latent is None:
        raise UserError(tr("{title} has no latent space to decode from.", title=run.family.title))
    z = torch.from_numpy(np.asarray(intent.latent, np.float32)).to(run.device).reshape(1, -1)
    if z.shape[1] != latent.size:
        return  # it was read off the plane of another model, which is gone
    label = None if intent.label is None else run.labels(1, intent.label)
    plane = run.shown.memo.find(encoding.PLANE)
    if label is None and run.event_spec.classes and plane is not None:
        label = plane.classes(z)
    elif label is None and encoding.takes_class(latent, run.event_spec):
        label = encoding.commonest(1, run.event_spec, run.device)
    x = yield from latent.decode(z, label)
    emit(m.Decoded(run.name, run.step, intent.ticket, run.units.array(x)[0], time.perf_counter() - begun))


def _example(run: Run, which: m.Array | int) -> tuple[Tensor, int]:
    """One example (1, *event) in model units, as given or the training example of that number, and its class or -1."""
    data = run.data.train
    if isinstance(which, int):
        if not 0 <= which < len(data):
            raise UserError(
                tr(
                    "There is no training example {which:,}; there are {data:,}, from 0 on.",
                    which=which,
                    data=len(data),
                )
            )
        x, same = run.units.to_model(data.x[which : which + 1]).to(run.device), which
    else:
        x = run.tensor(which)
        same = _same(run, x)
    return x, -1 if data.label is None or same < 0 else int(data.label[same])


def _same(run: Run, x: Tensor) -> int:
    """The number of the training example that is x (1, *event) in model units, -1 where none is."""
    data, wanted = run.data.train.x, x.cpu()
    for i in range(0, len(data), deciding.NEIGHBOURS):
        equal = (run.units.to_model(data[i : i + deciding.NEIGHBOURS]) == wanted).flatten(1).all(1).nonzero()
        if len(equal):
            return i + int(equal[0])
    return -1


def interpolate(run: Run, emit: Emit, intent: m.Interpolate) -> Job:
    """From one example to another through the latent space: encode both, walk, decode."""
    abilities, spec = run.shown.abilities(), run.event_spec
    latent = abilities.latent
    if latent is None or (latent.encode or latent.search) is None:
        raise UserError(
            tr(
                "{title} cannot turn an example into a latent, so there is no way between two given "
                "ones. A VAE, a GAN, a flow, diffusion and flow matching can.",
                title=run.family.title,
            )
        )
    if not 2 <= intent.frames <= 256:
        raise UserError(tr("An interpolation has 2 to 256 frames, not {frames}.", frames=intent.frames))
    (start, first), (end, last) = _example(run, intent.start), _example(run, intent.end)
    label = run.labels(2, intent.label) if intent.label is not None else None
    if label is None and spec.classes:
        label = torch.tensor([first, last], device=run.device)
    ends = yield from encoding.encoded(abilities, spec, torch.cat([start, end]), label, asked=intent.label is not None)
    x, change = yield from encoding.between(latent, spec, ends, intent.frames, intent.geometry)
    frames = run.units.array(x)
    classes = () if ends.label is None or not spec.classes else tuple(ends.label.tolist())
    emit(m.Interpolated(run.name, run.step, intent.ticket, frames, frames[[0, -1]], latent.exact, classes, ends.origin,
                        change))  # fmt: skip


def densities(run: Run, emit: Emit, intent: m.DensityQuery) -> Job:
    """Log-density of given examples in data units."""
    ability = run.shown.abilities().log_density
    if ability is None:
        raise UserError(
            tr(
                "{title} has no density: it makes samples, but says nothing about how likely a point is.",
                title=run.family.title,
            )
        )
    run.check_label(intent.label)
    x = run.tensor(intent.points)
    labels = None if intent.label is None else run.labels(len(x), intent.label)
    values = yield from in_chunks(ability, x, labels, run.shown.chunk)
    volume = 0.0 if ability.levels else run.log_volume()  # probabilities have no volume
    emit(m.Densities(run.name, run.step, intent.ticket, (values - volume).double().cpu().numpy(), ability.kind))


def predict(run: Run, emit: Emit, intent: m.Predict) -> Job:
    """What is expected of every number of an example before it is there. Raises UserError where the model has no order."""
    ability = run.shown.abilities().predictive
    if ability is None:
        raise UserError(
            tr(
                "{title} does not go from first to last, so it expects nothing of the next number.",
                title=run.family.title,
            )
        )
    x = run.tensor(intent.example)
    log_p = yield from ability.work(x)
    values = run.units.array(ability.values.view(1, *[1] * (x.dim() - 2), -1).cpu())[0]
    chances = log_p[0].exp().half().cpu().numpy()
    emit(m.Predicted(run.name, run.step, intent.ticket, np.asarray(intent.example), chances, values))


def probe(run: Run, emit: Emit, intent: m.Probe) -> Job:
    """What is known about one point of the plane."""
    point = np.asarray(intent.point, np.float64).reshape(1, 2)
    x = run.tensor(point)
    abilities = run.shown.abilities()
    values: dict[str, float] = {}
    if abilities.log_density is not None:
        log_p = yield from abilities.log_density.work(x, None)
        kind = abilities.log_density.kind
        word = "log p model" if kind == "exact" else f"log p model ({kind})"
        values[f"{word} nats"] = float(log_p) - run.log_volume()
    if run.data.log_density is not None:
        values["log p true nats"] = float(run.data.log_density(torch.from_numpy(point).float()))
    if run.data.joint_log_density is not None:
        joint = run.data.joint_log_density(torch.from_numpy(point).float())[0]
        for name, p in zip(run.data.spec.classes, torch.softmax(joint, 0).tolist(), strict=True):
            values[f"p({name} | x) true"] = p
    away = (run.units.to_model(run.data.train.x) - x.cpu()).double().norm(dim=1).min()
    if run.units.unlike == 1:
        values["nearest training point"] = float(away) * run.units.scale[0]
    else:  # a length across seconds and degrees has no unit
        values["nearest training point sd"] = float(away)
    emit(m.Probed(run.name, run.step, intent.ticket, point[0], values))
