"""Programming: what the program behind a data set draws when some of its numbers are held, and which numbers drew a picture."""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor

from dgm_studio.contract import Program, Work, rng_for
from dgm_studio.language import tr
from dgm_studio.nets.posterior import LEARNING_STEPS, STEPS_A_SLICE, Posterior, learn_posterior, ranks
from dgm_studio.protocol import messages as m
from dgm_studio.protocol.context import checked

from ..errors import UserError
from ..runs.run import Run
from .showing import Emit, Job

MOST, MOST_DRAWS = 64, 5000
AGAIN = 12
"""Pictures that are drawn anew from inferred numbers."""
LEARNED = 5000
"""Pictures that a posterior is learned from."""
CHECKED, AGAINST, BINS = 240, 63, 8
"""Fresh pictures whose numbers are ranked, draws that each is ranked among, and bins of ranks."""
_AT_ONCE, _SEED = 40, 5151


def _program(run: Run) -> Program:
    program = run.data.program
    if program is None or not program.slots:
        raise UserError(
            tr(
                "{name} is drawn by no program whose numbers are known. Choose turtle, shapes or scenes.",
                name=run.data.name,
            )
        )
    return program


def draw_program(run: Run, emit: Emit, intent: m.DrawProgram) -> Job:
    """Draw pictures with some numbers held. Raises UserError for data of no program, and for values that it does not have."""
    program = _program(run)
    if not 1 <= intent.count <= MOST:
        raise UserError(tr("Between 1 and {most} pictures can be drawn, not {count}.", most=MOST, count=intent.count))
    try:
        given = checked(intent.given, tuple(program.slots.values()))
    except ValueError as error:
        raise UserError(str(error)) from None
    factors = program.held(intent.count, rng_for(intent.seed, _SEED), given)
    x = run.units.array(run.units.to_model(program.render(factors)))
    yield
    emit(m.ProgramDrawn(run.name, run.step, intent.ticket, x, _arrays(program.named(factors))))


def infer(run: Run, emit: Emit, intent: m.Infer) -> Job:
    """Draw the numbers behind a picture from their posterior. Raises UserError for data of no program, numbers out of range."""
    program = _program(run)
    if not (1 <= intent.count <= MOST_DRAWS and 0 <= intent.noise <= 2):
        raise UserError(
            tr(
                "Between 1 and {most_draws} draws can be asked for, through noise between 0 and 2.",
                most_draws=MOST_DRAWS,
            )
        )
    net = yield from _posterior(run, program, intent.noise, emit)
    clean = run.tensor(np.asarray(intent.image)).cpu()
    rng = rng_for(intent.seed, _SEED, 1)
    x = clean + intent.noise * torch.randn(clean.shape, generator=rng)
    u = yield from net.sample(x, intent.count, rng)
    values = net.decode(u[0])
    again = program.render(_redrawn(program, values, min(AGAIN, intent.count), intent.seed))
    counts = (yield from _ranked(run, program, net, intent.noise)) if intent.check else None
    emit(
        m.Inferred(
            run.name, run.step, intent.ticket, run.units.array(x)[0], _arrays(values),
            run.units.array(run.units.to_model(again)), counts, CHECKED if intent.check else 0,
        )
    )  # fmt: skip


def _posterior(run: Run, program: Program, noise: float, emit: Emit) -> Work[Posterior]:
    """The posterior through so much noise, learned once."""
    if noise not in run.posteriors:
        factors, parts = program.factors(LEARNED, rng_for(_SEED, 4)), []
        for at in torch.arange(LEARNED).split(_AT_ONCE):
            parts.append(run.units.to_model(program.render({key: value[at] for key, value in factors.items()})))
            yield
        slots, x = tuple(program.slots.values()), torch.cat(parts)
        work, done = learn_posterior(x, program.named(factors), slots, noise), 0
        while True:
            try:
                next(work)
            except StopIteration as stop:
                run.posteriors[noise] = stop.value
                break
            done += STEPS_A_SLICE
            emit(m.Inferring(run.name, run.step, done / LEARNING_STEPS))
            yield
    return run.posteriors[noise]


def _redrawn(program: Program, values: dict[str, Tensor], n: int, seed: int) -> dict[str, Tensor]:
    """The factors of n pictures whose named numbers are the first of ``values``, all noise without a name drawn anew."""
    factors = dict(program.factors(n, rng_for(seed, _SEED, 2)))
    for key, slot in program.slots.items():
        factors[key] = values[slot.name][:n].to(factors[key])
    return factors


def _ranked(run: Run, program: Program, net: Posterior, noise: float) -> Work[dict[str, m.Array]]:
    """How often the true number of a fresh picture stood where among draws given that picture (bins,), by slot."""
    rng = rng_for(_SEED, 3)
    standing: dict[str, list[Tensor]] = {slot.name: [] for slot in program.slots.values()}
    for _ in range(0, CHECKED, _AT_ONCE):
        factors = program.factors(_AT_ONCE, rng)
        x = run.units.to_model(program.render(factors)).float()
        yield
        u = yield from net.sample(x + noise * torch.randn(x.shape, generator=rng), AGAINST, rng)
        draws, true = net.decode(u.flatten(0, 1)), program.named(factors)
        for name, found in standing.items():
            drawn = draws[name].view(_AT_ONCE, AGAINST)
            found.append(ranks(true[name].to(drawn), drawn, rng))
    wide = (AGAINST + 1) // BINS
    return {name: torch.bincount(torch.cat(r) // wide, minlength=BINS).numpy() for name, r in standing.items()}


def _arrays(values: dict[str, Tensor]) -> dict[str, m.Array]:
    return {
        name: value.double().numpy() if value.is_floating_point() else value.numpy() for name, value in values.items()
    }
