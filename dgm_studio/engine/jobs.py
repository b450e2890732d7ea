"""Jobs: what the engine does for a run besides training, each a generator whose slices take a few milliseconds.

A job tells its results through ``emit`` and ends; it never loops for ever and holds no thread. Whoever drops the
generator has stopped the job.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterator

import numpy as np
import torch
from torch import Tensor

from dgm_studio.conditions.mask import Mask
from dgm_studio.contract import Frame, LogDensity, Sampler, Steer, Work, rng_for

from . import messages as m
from .run import Run
from .trouble import Refused

Emit = Callable[[m.Event], None]
Job = Work[None]

CHUNK = 512
"""Points per slice of a density."""
PATH_VALUES = 4_000_000
"""Most numbers kept of a path; longer ones are thinned in samples, not in time."""
_REPORT_EVERY = 0.05


def _clock(frame: Frame) -> float:
    return min(1.0, float(frame.t))


def _thinned(run: Run, frames: list[Frame]) -> tuple[m.Array, m.Array | None]:
    """The path of frames (frames, k, *event) and of the clean estimates, k chosen so that it stays small."""
    most = max(8, PATH_VALUES // (len(frames) * run.event_spec.size))
    k = min(len(frames[0].x), most)
    path = np.stack([run.units.array(f.x[:k]) for f in frames])
    estimates = None
    if all("estimate" in f.state for f in frames[1:]) and len(frames) > 1:
        first = frames[0].state.get("estimate", frames[1].state["estimate"])
        estimates = np.stack([run.units.array(e[:k]) for e in (first, *(f.state["estimate"] for f in frames[1:]))])
    return path, estimates


def _walk(sampler: Callable[[], Sampler], n: int, steer: Callable[[], Steer], seed: int, run: Run) -> Iterator[Frame]:
    """Frames of a sampler, first to last; network and steering are read afresh before every step."""
    frame = sampler().start(n, steer(), rng_for(seed, 0, device=run.device))
    i = 0
    yield frame
    while frame.t < 1:
        i += 1
        frame = sampler().step(frame, steer(), rng_for(seed, i, device=run.device))
        yield frame


def samples(
    run: Run,
    emit: Emit,
    *,
    count: int,
    seed: int,
    keep_path: bool,
    live: bool,
    ticket: int = 0,
    begun: float | None = None,
) -> Job:
    """Draw samples; with ``live`` the unfinished ones are told too, at display rate."""
    begun = begun or time.perf_counter()
    shown = run.shown_step
    sampler, steer = run.sampler(), run.steer(count)
    labels = None if steer.label is None else steer.label.cpu().numpy()
    frames: list[Frame] = []
    told = time.perf_counter()
    for frame in _walk(lambda: sampler, count, lambda: steer, seed, run):
        frames = [*frames, frame] if keep_path else [frame]
        now = time.perf_counter()
        if live and frame.t < 1 and now - told > _REPORT_EVERY:
            told = now
            x = run.units.array(frame.state.get("estimate", frame.x))
            emit(m.Samples(run.name, run.step, x, labels, None, None, None, False, now - begun, shown, ticket))
        yield
    path = estimates = times = None
    if keep_path:
        path, estimates = _thinned(run, frames)
        times = np.array([_clock(f) for f in frames])
    seconds = time.perf_counter() - begun
    x = run.units.array(frames[-1].x)
    emit(m.Samples(run.name, run.step, x, labels, path, times, estimates, True, seconds, shown, ticket))


def _in_chunks(density: LogDensity, x: Tensor, label: Tensor | None) -> Work[Tensor]:
    parts = []
    for i in range(0, len(x), CHUNK):
        part = yield from density.work(x[i : i + CHUNK], None if label is None else label[i : i + CHUNK])
        parts.append(part)
        yield
    return torch.cat(parts)


def _grid(extent: m.Extent, cells: int) -> tuple[m.Array, int, int]:
    """Centres (rows * columns, 2) of square-ish cells over the extent, rows from low y; and rows, columns."""
    left, right, low, high = extent
    width, height = right - left, high - low
    if not (math.isfinite(width) and math.isfinite(height) and width > 0 and height > 0):
        raise Refused(f"The plane cannot be drawn over {extent}; reset the view.")
    columns = max(8, round(cells * min(1.0, width / height)))
    rows = max(8, round(cells * min(1.0, height / width)))
    xs = left + (np.arange(columns) + 0.5) * width / columns
    ys = low + (np.arange(rows) + 0.5) * height / rows
    points = np.stack(np.meshgrid(xs, ys), axis=-1).reshape(-1, 2).astype(np.float32)
    return points, rows, columns


def truth(run: Run, emit: Emit, extent: m.Extent, cells: int) -> Job:
    """The data's own log-density over the plane."""
    exact = run.data.log_density
    if exact is None:
        return
    points, rows, columns = _grid(extent, cells)
    x = torch.from_numpy(points)
    parts = []
    for i in range(0, len(x), 2048):
        parts.append(exact(x[i : i + 2048]))
        yield
    values = torch.cat(parts).reshape(rows, columns).float().numpy()
    emit(m.Field(run.name, run.step, "truth", values, extent, "exact", 1.0, run.step))


def density(run: Run, emit: Emit, extent: m.Extent, cells: int, *, difference: bool = False) -> Job:
    """The model's log-density over the plane; never from a bound. An unnormalised one is normalised on the grid.

    With ``difference`` also how much the model's density (not its logarithm) is above the true one.
    """
    able = run.able()
    ability = able.log_density
    if ability is None or ability.kind == "lower bound":
        return
    shown = run.shown_step
    points, rows, columns = _grid(extent, cells)
    x = run.tensor(points)
    label = run.asked.sampling.label
    labels = None if label is None else torch.full((len(x),), label, device=run.device)
    values = (yield from _in_chunks(ability, x, labels)) - run.log_volume()
    if ability.kind == "unnormalised":
        area = (extent[1] - extent[0]) * (extent[3] - extent[2]) / (rows * columns)
        values = values - torch.logsumexp(values, 0) - math.log(area)
    log_p = values.reshape(rows, columns).float().cpu()
    emit(m.Field(run.name, run.step, "density", log_p.numpy(), extent, ability.kind, 1.0, shown))
    if difference and run.data.log_density is not None:
        yield
        log_true = run.data.log_density(torch.from_numpy(points)).reshape(rows, columns).float()
        above = (log_p.exp() - log_true.exp()).numpy()
        emit(m.Field(run.name, run.step, "difference", above, extent, ability.kind, 1.0, shown))


def field(run: Run, emit: Emit, extent: m.Extent, cells: int, t: float) -> Job:
    """The velocity (or score) at progress ``t`` over the plane, in data units per unit of progress."""
    able = run.able()
    function, kind = (able.velocity, "velocity") if able.velocity else (able.score, "score")
    if function is None:
        return
    shown = run.shown_step
    points, rows, columns = _grid(extent, cells)
    x = run.tensor(points)
    label = run.asked.sampling.label
    labels = None if label is None else torch.full((len(x),), label, device=run.device)
    yield
    vectors = function(x, min(max(t, 0.0), 1.0), labels) * run.units.scale
    values = vectors.reshape(rows, columns, 2).float().cpu().numpy()
    emit(m.Field(run.name, run.step, "field", values, extent, kind, t, shown))


def latents(run: Run, emit: Emit, *, examples: int = 400, side: int = 12) -> Job:
    """Codes of examples on a plane, and what is decoded from a grid over it."""
    latent = run.able().latent
    if latent is None:
        return
    label = run.asked.sampling.label
    if latent.encode is not None:
        chosen = torch.randperm(len(run.data.train), generator=rng_for(0, 7))[:examples]
        batch = run.data.train.take(chosen)
        x = run.units.to_model(batch.x).to(run.device)
        known = batch.label.to(run.device) if batch.label is not None and run.event_spec.classes else None
        parts = []
        for i in range(0, len(x), 100):
            part = yield from latent.encode(x[i : i + 100], None if known is None else known[i : i + 100])
            parts.append(part)
            yield
        codes = torch.cat(parts)
        labels = None if batch.label is None else batch.label.numpy()
    else:
        codes, labels = latent.prior(examples, rng_for(0, 8, device=run.device)), None
    centre, axes = _plane(codes)
    plane = ((codes - centre) @ axes.T).cpu().numpy()
    reach = 1.05 * float(np.quantile(np.abs(plane), 0.995)) + 1e-6
    extent = (-reach, reach, -reach, reach)
    points, rows, columns = _grid(extent, side)
    z = centre + torch.from_numpy(points).to(codes) @ axes
    parts = []
    for i in range(0, len(z), 48):
        k = len(z[i : i + 48])
        decoded = yield from latent.decode(z[i : i + 48], run.labels(k, label) if label is not None else None)
        parts.append(decoded)
        yield
    images = run.units.array(torch.cat(parts))
    emit(
        m.Latents(
            run.name, run.step, plane.astype(np.float32) if latent.encode else np.empty((0, 2), np.float32),
            labels, centre.cpu().numpy(), axes.cpu().numpy(), images.reshape(rows, columns, *images.shape[1:]), extent,
        )
    )  # fmt: skip


def _plane(codes: Tensor) -> tuple[Tensor, Tensor]:
    """Centre (k,) and orthonormal axes (2, k) of the plane of most variance; the plane itself for two dimensions."""
    k = codes.shape[1]
    if k == 2:
        return torch.zeros(2, device=codes.device), torch.eye(2, device=codes.device)
    centre = codes.mean(0)
    if k == 1:
        return centre, torch.tensor([[1.0], [0.0]], device=codes.device)
    axes = torch.linalg.svd(codes - centre, full_matrices=False).Vh[:2]
    flip = torch.sign(axes.gather(1, axes.abs().argmax(1, keepdim=True)))
    return centre, axes * flip


def decode(run: Run, emit: Emit, intent: m.Decode, begun: float) -> Job:
    """The image of one code."""
    latent = run.able().latent
    if latent is None:
        raise Refused(f"{run.family.title} has no latent space to decode from.")
    code = torch.from_numpy(np.asarray(intent.code, np.float32)).to(run.device).reshape(1, -1)
    if code.shape[1] != latent.size:
        raise Refused(f"A code of this model has {latent.size} numbers; this one has {code.shape[1]}.")
    x = yield from latent.decode(code, None if intent.label is None else run.labels(1, intent.label))
    emit(m.Decoded(run.name, run.step, intent.ticket, run.units.array(x)[0], time.perf_counter() - begun))


def _spherical(a: Tensor, b: Tensor, s: Tensor) -> Tensor:
    """Points on the great circle from a to b (k,) at s (n, 1), norms interpolated (Shoemake 1985; White 2016)."""
    angle = torch.arccos(torch.clamp(torch.dot(a / a.norm(), b / b.norm()), -1, 1))
    if float(angle) < 1e-4:
        return (1 - s) * a + s * b
    direction = (torch.sin((1 - s) * angle) * (a / a.norm()) + torch.sin(s * angle) * (b / b.norm())) / torch.sin(angle)
    walked: Tensor = direction * ((1 - s) * a.norm() + s * b.norm())
    return walked


def _example(run: Run, which: m.Array | int) -> Tensor:
    """One example (1, *event) in model units: as given, or the training example of that number."""
    if not isinstance(which, int):
        return run.tensor(which)
    if not 0 <= which < len(run.data.train):
        raise Refused(f"There is no training example {which:,}; there are {len(run.data.train):,}, from 0 on.")
    return run.units.to_model(run.data.train.x[which : which + 1]).to(run.device)


def interpolate(run: Run, emit: Emit, intent: m.Interpolate) -> Job:
    """From one example to another through the latent space: encode both, walk, decode."""
    latent = run.able().latent
    find = None if latent is None else latent.encode or latent.search
    if latent is None or find is None:
        raise Refused(
            f"{run.family.title} cannot turn an example into a code, so there is no way between two given ones. "
            "A VAE, a GAN, a flow, diffusion and flow matching can."
        )
    if not 2 <= intent.frames <= 256:
        raise Refused(f"An interpolation has 2 to 256 frames, not {intent.frames}.")
    pair = torch.cat([_example(run, intent.start), _example(run, intent.end)])
    label = None if intent.label is None else run.labels(2, intent.label)
    codes = yield from find(pair, label)
    s = torch.linspace(0, 1, intent.frames, device=run.device)[:, None]
    if intent.geometry == "sphere":
        z = _spherical(codes[0], codes[1], s)
    else:
        z = (1 - s) * codes[0] + s * codes[1]
    parts = []
    for i in range(0, len(z), 32):
        k = len(z[i : i + 32])
        parts.append((yield from latent.decode(z[i : i + 32], None if label is None else label[:1].expand(k))))
        yield
    frames = run.units.array(torch.cat(parts))
    emit(m.Interpolated(run.name, run.step, intent.ticket, frames, frames[[0, -1]], latent.exact))


def fill(run: Run, emit: Emit, intent: m.Fill) -> Job:
    """Answer a mask. Known values are put back in data units at the end, so they are identical to the last bit."""
    name, way = run.way(intent.way)
    image = np.asarray(intent.image)
    value = run.tensor(image)[0]
    mask = np.asarray(intent.mask, np.float32)
    spatial = run.event_spec.event[1:] if run.event_spec.is_image else run.event_spec.event
    if mask.shape != tuple(spatial):
        raise Refused(f"The mask has shape {mask.shape}; this model needs {tuple(spatial)}.")
    if not np.isfinite(mask).all() or mask.min() < 0 or mask.max() > 1:
        raise Refused("A mask lies between 0 (keep) and 1 (generate); this one does not.")
    if not 1 <= intent.count <= 64:
        raise Refused(f"Between 1 and 64 candidates can be asked for, not {intent.count}.")
    if intent.label is not None:
        run.check_label(intent.label)
    one = run.units.array(value[None])
    original = np.broadcast_to(image.astype(one.dtype), (intent.count, *one.shape[1:]))
    known = np.broadcast_to(_like(mask == 0, original), original.shape)

    def seen(frame: Frame) -> m.Array:
        return np.where(known, original, run.units.array(frame.x))

    if not mask.any():
        emit(m.Filled(run.name, run.step, intent.ticket, original.copy(), 1.0, True, name, way.honesty,
                      original[None].copy(), np.ones(1)))  # fmt: skip
        return
    labels = run.labels(intent.count, intent.label)
    if intent.label is None and labels is not None:
        labels = torch.full_like(labels, -1)
    strength = torch.from_numpy(mask).to(run.device)
    steer = Steer(
        way.sampler.Knobs(**intent.knobs), intent.temperature, labels,
        Mask(value, strength.expand(run.event_spec.event)),
    )  # fmt: skip
    frames: list[Frame] = []
    told = 0.0
    for frame in _walk(lambda: way.sampler, intent.count, lambda: steer, intent.seed, run):
        frames.append(frame)
        now = time.perf_counter()
        if intent.live and frame.t < 1 and now - told > _REPORT_EVERY:
            told = now
            emit(m.Filled(run.name, run.step, intent.ticket, seen(frame), _clock(frame), False, name, way.honesty))
        yield
    kept = _evenly(frames, max(2, PATH_VALUES // (intent.count * run.event_spec.size)))
    path = np.stack([seen(f) for f in kept])
    emit(
        m.Filled(run.name, run.step, intent.ticket, path[-1], 1.0, True, name, way.honesty, path,
                 np.array([_clock(f) for f in kept]))
    )  # fmt: skip


def _evenly(frames: list[Frame], most: int) -> list[Frame]:
    """At most ``most`` frames, first and last among them."""
    if len(frames) <= most:
        return frames
    return [frames[i] for i in np.unique(np.linspace(0, len(frames) - 1, most).astype(int))]


def _like(mask: m.Array, image: m.Array) -> m.Array:
    """A mask (H, W) beside images (n, H, W[, C]), or (2,) beside points."""
    return mask[None, ..., None] if image.ndim == mask.ndim + 2 else mask[None]


def densities(run: Run, emit: Emit, intent: m.Density) -> Job:
    """Log-density of given examples in data units."""
    ability = run.able().log_density
    if ability is None:
        raise Refused(
            f"{run.family.title} has no density: it makes samples, but says nothing about how likely a point is."
        )
    if intent.label is not None:
        run.check_label(intent.label)
    x = run.tensor(intent.points)
    labels = None if intent.label is None else run.labels(len(x), intent.label)
    values = yield from _in_chunks(ability, x, labels)
    emit(
        m.Densities(run.name, run.step, intent.ticket, (values - run.log_volume()).double().cpu().numpy(), ability.kind)
    )


def probe(run: Run, emit: Emit, intent: m.Probe) -> Job:
    """What is known about one point of the plane."""
    point = np.asarray(intent.point, np.float32).reshape(1, 2)
    x = run.tensor(point)
    able = run.able()
    values: dict[str, float] = {}
    if able.log_density is not None:
        log_p = yield from able.log_density.work(x, None)
        kind = able.log_density.kind
        word = "log p model" if kind == "exact" else f"log p model ({kind})"
        values[f"{word} nats"] = float(log_p) - run.log_volume()
    if run.data.log_density is not None:
        values["log p true nats"] = float(run.data.log_density(torch.from_numpy(point)))
    if run.data.joint_log_density is not None:
        joint = run.data.joint_log_density(torch.from_numpy(point))[0]
        for name, p in zip(run.data.spec.classes, torch.softmax(joint, 0).tolist(), strict=True):
            values[f"p({name} | x) true"] = p
    distance = (run.data.train.x - torch.from_numpy(point)).norm(dim=1).min()
    values["nearest training point"] = float(distance)
    emit(m.Probed(run.name, run.step, intent.ticket, point[0], values))
