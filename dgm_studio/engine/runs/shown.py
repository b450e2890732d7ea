"""What is shown of a run: its model as it learns or as it was at an earlier step, and what was found of it."""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor

from dgm_studio.completion import complete
from dgm_studio.contract import Abilities, DataSpec, Model
from dgm_studio.protocol.spec import DataKind

from .memo import Memo
from .recorder import Snapshot, to_sample
from .trainer import Trainer
from .trajectories import TrajectoryCache

Stamp = tuple[int, int]


_PORTION: dict[DataKind, tuple[int, int]] = {
    "points": (4096, 20000), "images": (64, 1024), "strings": (256, 4096), "sounds": (32, 512), "paths": (1024, 4096),
}  # fmt: skip
"""Samples drawn side by side, on the CPU and elsewhere."""


class Shown:
    """The model that learns in ``trainer``, or one that ``build`` makes with the weights of an earlier step.

    ``portion`` is how many samples are drawn at once and ``chunk`` of how many the density is computed at once: few
    enough for slices of some milliseconds on the CPU, and fewer after memory ran out. ``memo`` holds what was found of the
    model, ``answers`` the newest of what was asked, with their frames, ``rounds`` how often it was measured.
    """

    def __init__(self, trainer: Trainer, event: DataSpec, build: Callable[[], Model]) -> None:
        self._trainer, self._event, self._build = trainer, event, build
        self._size_portions()
        self.rewound: Snapshot | None = None
        self.memo = Memo()
        self.answers = TrajectoryCache()
        self.rounds = 0
        self._rewinds = 0
        self._earlier: Model | None = None
        self._copies: dict[str, Model] = {}

    def _size_portions(self) -> None:
        cpu = self._trainer.device.type == "cpu"
        self.portion = _PORTION[self._event.data_kind][not cpu]
        self.chunk = 64 if self._event.is_sound else 512

    @property
    def step(self) -> int:
        """The step that is shown."""
        return self.rewound.step if self.rewound else self._trainer.step

    @property
    def version(self) -> int:
        """Grows whenever another model is shown than the one before with some steps more."""
        return self._trainer.version + self._rewinds

    @property
    def stamp(self) -> Stamp:
        """What is shown is the same while this is."""
        return self.version, self.step

    def state(self) -> dict[str, Tensor]:
        """The weights that are shown: live, or as they were."""
        return self.rewound.full() if self.rewound else self._trainer.model.state_dict()

    def abilities(self) -> Abilities:
        """What the shown model (live, or as it was) can do, and what follows from that."""
        model = self._trainer.model if self._earlier is None else self._earlier
        return complete(model.abilities(), self._event)

    def frozen(self, kind: str) -> Abilities:
        """What the shown model can do as it is now: while it trains, on a copy that does not learn on.

        Work of one kind that goes on for many steps is then of one of them. The copy lasts until the next of its kind.
        """
        if self._earlier is not None or self._trainer.phase != "training":
            return self.abilities()
        with torch.inference_mode(False):  # its weights will be differentiated through
            if kind not in self._copies:
                self._copies[kind] = self._build()
            copy = self._copies[kind]
            copy.load_state_dict(to_sample(self._trainer.model.state_dict()))
        return complete(copy.abilities(), self._event)

    def rewind(self, step: int | None) -> None:
        """Show the nearest kept step instead of the live model; None shows the live one."""
        self.rewound = None if step is None else self._trainer.recorder.nearest(step)
        self._rewinds += 1
        if self.rewound is None:
            self._earlier = None
            return
        if self._earlier is None:
            self._earlier = self._build()
        self._earlier.load_state_dict(self.rewound.full())

    def let_go(self) -> None:
        """Show the live model again, and keep nothing that can be made again."""
        self.rewind(None)
        self._copies.clear()
        self.memo.clear()
        self.answers = TrajectoryCache()

    def move(self) -> None:
        """The model is on another device, and what was kept on the one before is of no use."""
        self.let_go()
        self._size_portions()

    def halve_portions(self) -> None:
        """Sample and evaluate fewer examples at once, after memory ran out."""
        self.portion, self.chunk = max(1, self.portion // 2), max(1, self.chunk // 2)
