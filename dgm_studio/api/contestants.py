"""Contestants: several runs on the same data, trained side by side and measured one by one.

Runs train in turn in one engine, so that all advance together. What goes wrong with one stands in its cells and takes no other
down. Ctrl+C ends training, then measuring, and what is done until then is written.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from tempfile import TemporaryDirectory

import dgm_studio
from dgm_studio.engine import catalogue
from dgm_studio.json_text import as_text
from dgm_studio.protocol import messages as m
from dgm_studio.protocol.spec import RunSpec
from dgm_studio.tables.figures import NEEDED, RunFindings, diverged_figures, figures_of, refused_figures
from dgm_studio.tables.result_table import COMPARISON, RUNS, ResultCell, ResultTable, RunResult

from .budget import TrainingBudget
from .job import BadInput, Failure, Job

RATES = (1 / 3, 3.0)
"""Learning rates beside the recipe's own, in multiples of it, at which stability is tried as well."""
_GAUSSIAN = "beside_gaussian"
_TOLD_EVERY = 10.0
"""Seconds between words on training."""
_STOPPED = "Stopped before it was measured."


@dataclass
class Contestant:
    """A run of the comparison, in its own `Job`. ``refused`` says why it has no figures, ``kind`` in a word; ``trials`` are
    runs like it at other learning rates."""

    job: Job
    title: str
    family: str
    seed: int
    file: str = ""
    own_steps: int = 0
    """How long its recipe by name trains, 0 where it has none."""
    opened: m.Opened | None = None
    kind: str = ""
    refused: str = ""
    diverged: m.Failed | None = None
    steps: int = 0
    seconds: float = 0.0
    trials: list[Contestant] = field(default_factory=list)

    @property
    def usable(self) -> bool:
        return self.opened is not None and not self.refused


class ComparedRuns:
    """Opens, trains and measures contestants; `table` is what is known so far. ``say`` is told in words how far it is."""

    def __init__(
        self, budget: TrainingBudget, measures: Sequence[str], say: Callable[[str], object] = lambda text: None
    ) -> None:
        self._say = say
        self._first: Job | None = None
        self._names = 0
        self.budget, self.measures = budget, tuple(measures)
        self.contestants: list[Contestant] = []
        self._cells: dict[int, dict[str, ResultCell]] = {}
        self.interrupted = False

    # --- who takes part -------------------------------------------------------------------------------------------------

    def _job(self) -> Job:
        job = Job(f"run {self._names}", self._first)
        self._first = self._first or job
        self._names += 1
        return job

    def add_file(self, path: Path, name: str = "") -> None:
        """A saved run, or all of a saved comparison; one that cannot be read takes part with the reason."""
        one = Contestant(self._job(), path.stem, "", 0, file=name or path.name)
        self.contestants.append(one)
        try:
            one.opened = one.job.load(path)
        except (BadInput, Failure) as error:
            one.kind, one.refused = "missing" if not path.is_file() else "unreadable", str(error)
            return
        one.opened = self._plainly_sampled(one)
        one.family, one.seed = one.opened.spec.family, one.opened.spec.seed
        one.title, one.steps = _title(one.family), one.opened.step
        with TemporaryDirectory() as folder:
            for member, content in sorted(one.job.extras.items()):
                if member.startswith(RUNS) and member.endswith(".dgm"):
                    place = Path(folder) / f"{len(self.contestants)}.dgm"
                    place.write_bytes(content)
                    self.add_file(place, path.name)

    def _plainly_sampled(self, one: Contestant) -> m.Opened:
        """The run at guidance 1, temperature 1 and without a class, as all of a table are; what was otherwise is said."""
        opened = one.opened
        assert opened is not None
        sampling = opened.spec.sampling
        guided = sampling.knobs.get("guidance", 1.0) != 1.0
        if not guided and sampling.temperature == 1.0 and sampling.label is None:
            return opened
        knobs = {**sampling.knobs, **({"guidance": 1.0} if guided else {})}
        edited = one.job.edit(opened.spec.with_sampling(knobs=knobs, temperature=1.0, label=None))
        self._say(
            f"{one.file} is sampled at guidance 1, temperature 1 and without a class, as all runs of a table are."
        )
        return replace(opened, spec=edited.spec)

    def add(self, spec: RunSpec, title: str, stability: bool = False, steps: int = 0) -> None:
        """A run that is trained for the table, and where ``stability`` is asked for again at other learning rates; ``steps``
        are those of its recipe by name."""
        one = self._open(spec, title, steps)
        self.contestants.append(one)
        if stability and one.opened is not None and one.opened.info.parameters:
            rate = one.opened.spec.training["learning_rate"]
            for factor in RATES:
                other = min(0.1, max(1e-6, rate * factor))  # the range of the setting
                one.trials.append(
                    self._open(spec.with_(training={**spec.training, "learning_rate": other}), title, steps)
                )

    def _open(self, spec: RunSpec, title: str, steps: int) -> Contestant:
        one = Contestant(self._job(), title, spec.family, spec.seed, own_steps=steps)
        try:
            one.opened = one.job.open(spec)
        except BadInput as error:
            one.kind, one.refused = "cannot", str(error)
        return one

    def on_one_data_set(self) -> None:
        """Refuse whoever is on other data than the first that can be used."""
        first = next((one.opened for one in self.contestants if one.usable), None)
        if first is None:
            return
        for one in self.contestants:
            if one.opened is None or one.refused:
                continue
            if _of(one.opened) != _of(first):
                one.kind = "other data"
                one.refused = (
                    f"{one.title}{f' ({one.file})' * bool(one.file)} is on {one.opened.info.data_title}, the first run on "
                    f"{first.info.data_title}: figures on different data do not compare."
                )

    # --- training -------------------------------------------------------------------------------------------------------

    def train(self) -> None:
        """Train those that are not, side by side, until each has spent its budget or has diverged."""
        waiting: dict[str, Contestant] = {}
        for one in self._everyone():
            if one.usable and not one.file:
                assert one.opened is not None
                steps, seconds = self.budget.of(one.opened, one.own_steps)
                one.job.send(m.Train(one.job.name, steps=steps, seconds=seconds))
                waiting[one.job.name] = one
        if not waiting:
            return
        self._say(f"Training {len(waiting)} run{'s' * (len(waiting) != 1)} side by side, {self.budget.said}.")
        everyone, job = dict(waiting), next(iter(waiting.values())).job
        last = [time.monotonic()]

        def done(event: m.Event) -> bool:
            one = everyone.get(event.run)
            if one is None:
                return False
            if isinstance(event, m.Progress):
                one.steps, one.seconds = event.step, event.seconds
                if time.monotonic() > last[0] + _TOLD_EVERY:
                    last[0] = time.monotonic()
                    trained = sum(each.steps for each in everyone.values())
                    self._say(f"{len(waiting)} of {len(everyone)} are training, {trained:,} steps in all.")
            if isinstance(event, m.Failed) and event.kind in ("diverged", "train"):
                one.diverged, one.steps = event, event.step
                waiting.pop(event.run, None)
                self._say(f"{one.title}, seed {one.seed}: {event.message}")
            if isinstance(event, m.Finished):
                one.steps, one.seconds = event.step, event.seconds
                waiting.pop(event.run, None)
            return not waiting

        with self._until_interrupted("Training is stopped; what was learned so far is measured."):
            job.follow(done)
        for one in everyone.values():
            one.job.send(m.Pause(one.job.name))

    def _everyone(self) -> Iterator[Contestant]:
        for one in self.contestants:
            yield one
            yield from one.trials

    @contextmanager
    def _until_interrupted(self, words: str) -> Iterator[None]:
        try:
            yield
        except KeyboardInterrupt:
            self.interrupted = True
            self._say(words)

    # --- measuring ------------------------------------------------------------------------------------------------------

    def measure(self) -> None:
        """Measure one after the other; each on its own, so that no figure depends on who else is there."""
        with self._until_interrupted("Stopped; what was measured so far is written."):
            for one in self.contestants:
                if one.usable:
                    self._cells[id(one)] = self._measured(one)
                    self._say(f"Measured {one.title}, seed {one.seed}.")

    def _measured(self, one: Contestant) -> dict[str, ResultCell]:
        assert one.opened is not None
        if one.diverged is not None:
            return diverged_figures(one.title, one.diverged.step, one.diverged.message, self.measures)
        try:
            measured = one.job.ask(m.MeasureNow(one.job.name, 1, only=(*NEEDED, *self.measures)), m.Measured)
        except (BadInput, Failure) as error:
            return refused_figures("failed", f"{one.title} could not be measured: {error}", self.measures)
        written, reason = _compressed(one)
        outcomes = [_worked(measured), *(self._trial(trial) for trial in one.trials)]
        found = RunFindings(one.title, one.opened.info, measured, written, reason, sum(outcomes), len(outcomes))
        return figures_of(found, self.measures)

    def _trial(self, one: Contestant) -> bool:
        """Whether training at another learning rate came to something."""
        if one.diverged is not None or not one.usable:
            return False
        try:
            return _worked(one.job.ask(m.MeasureNow(one.job.name, 1, only=(_GAUSSIAN,)), m.Measured))
        except (BadInput, Failure):
            return False

    def table(self) -> ResultTable:
        """What was found until now."""
        first = next((one.opened for one in self.contestants if one.usable), None)
        about = {"Version": f"DGM Studio {dgm_studio.__version__}"}
        if first is not None:
            about |= {"Device": first.info.device, "Seeds": ", ".join(str(s) for s in self._seeds())}
            if first.info.entropy is not None:
                of_one = " a string" if first.info.kind == "strings" else ""
                about["Entropy of the data"] = f"{first.info.entropy:.3f} nats{of_one}, below which no likelihood is"
        if self.interrupted:
            about["Stopped"] = "by hand, before all was trained and measured"
        data = "" if first is None else first.info.data_title
        return ResultTable(data, self.budget.said, tuple(map(self._result, self.contestants)), about, self._titles())

    def _titles(self) -> dict[str, str]:
        return {name: catalogue.measures()[name].title for name in self.measures}

    def save(self, path: Path) -> None:
        """All runs in one file: the first that can be used, as any run is saved, and beside it the table and the others."""
        there = [one for one in self.contestants if one.usable]
        extras = {COMPARISON: as_text(self.table().to_json()).encode()}
        with TemporaryDirectory() as folder:
            for i, one in enumerate(there[1:], 1):
                place = Path(folder) / "run.dgm"
                one.job.ask(m.Save(one.job.name, place), m.Saved)
                extras[f"{RUNS}{i:02}.dgm"] = place.read_bytes()
        there[0].job.ask(m.Save(there[0].job.name, path, extras), m.Saved)

    def _seeds(self) -> list[int]:
        return sorted({one.seed for one in self.contestants if one.usable})

    def _result(self, one: Contestant) -> RunResult:
        cells = self._cells.get(id(one))
        if cells is None:
            cells = refused_figures(one.kind or "stopped", one.refused or _STOPPED, self.measures)
        config = {} if one.opened is None else one.opened.spec.config
        training = {} if one.opened is None or not one.opened.info.parameters else one.opened.spec.training
        return RunResult(one.family, one.title, config, training, one.seed, one.steps, one.seconds, cells, one.file)


def _of(opened: m.Opened) -> tuple[object, ...]:
    """What is the same for runs on the same data."""
    data, source = opened.spec.data, catalogue.sources().get(opened.spec.data.name)
    params = data.params if source is None or data.path is not None else source.Params(**data.params).model_dump()
    return data.name, data.path, data.clusters, repr(sorted(params.items())), tuple(opened.info.event)


def _title(family: str) -> str:
    found = catalogue.families().get(family)
    return family if found is None else found.title


def _worked(measured: m.Measured) -> bool:
    """Whether samples are nearer to the data than those of one Gaussian, or nobody can say."""
    found = measured.values.get(_GAUSSIAN)
    return found is None or found["value"] is None or found["value"] < 1


def _compressed(one: Contestant) -> tuple[m.Compressed | None, str]:
    """The file of the held-out images, or why there is none."""
    assert one.opened is not None
    if not one.opened.info.lossless:
        return None, one.opened.info.lossy
    try:
        return one.job.ask(m.Compress(one.job.name, 1, count=1 << 40), m.Compressed), ""
    except (BadInput, Failure) as error:
        return None, f"{one.title} writes no file of these images: {error}"
