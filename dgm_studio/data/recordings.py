"""Sounds from WAV files: one that is cut into seconds, or a folder of them, of which each sub-folder is a class."""

from __future__ import annotations

from collections.abc import Generator
from pathlib import Path
from typing import Literal

import numpy as np
import torch

from dgm_studio.contract import DataError, DataSet, Loading, Rng, Settings, Source, knob
from dgm_studio.data.reading.wave_file import SUFFIXES, seconds_of, waves_in
from dgm_studio.data.shared.sounds import length_of, sound_set
from dgm_studio.language import tr

FEWEST = 4
_TOLD = 3
"""Files of a folder of which it is said what was done to them, at most."""


class RecordingParams(Settings):
    """Which recordings, and how fine."""

    path: str = knob("", help="WAV file, or a folder of them, of which each sub-folder is a class.", title="File")
    rate: Literal[2000, 4000, 8000] = knob(
        2000, help="Samples in a second, in Hz, that recordings are turned into: nothing above half of it is heard."
    )
    limit: int = knob(20_000, 1, 100_000, scale="log", help="The most seconds that are read.", advanced=True)


def _load(params: Settings, rng: Rng) -> Generator[Loading, None, DataSet]:
    assert isinstance(params, RecordingParams)
    if not params.path:
        raise DataError(tr("no file is chosen: choose a WAV file or a folder of them"))
    path = Path(params.path).expanduser()
    if not path.exists():
        raise DataError(tr("{path} does not exist: check the name and the folder", path=path))
    files = waves_in(path) if path.is_dir() else [path]
    if not files:
        raise DataError(
            tr("{path} holds no recordings: put {names} files into it", path=path, names=" or ".join(SUFFIXES))
        )
    parts, where, said, problems = [], [], [], []
    for done, file in enumerate(files):
        yield Loading(done, len(files), f"reading {file.name}")
        try:
            rows, words = seconds_of(file, params.rate, length_of(params.rate))
        except DataError as error:
            if len(files) == 1:
                raise
            problems.append(str(error))
            continue
        said += [f"{file.name}: {each}" if len(files) > 1 else each for each in words]
        parts.append(rows)
        where += [file.parent.name] * len(rows)
        if len(where) >= params.limit:
            problems += [f"{each} was left out: {params.limit} s are read at most" for each in files[done + 1 :]]
            break
    if len(where) < FEWEST:
        first = f"; the first that cannot be read: {problems[0]}" if problems else ""
        raise DataError(
            tr(
                "{path} holds {where} s of sound: {fewest} are the least to learn from{first}",
                path=path,
                where=len(where),
                fewest=FEWEST,
                first=first,
            )
        )
    if len(said) > _TOLD:
        said = [*said[:_TOLD], f"{len(said) - _TOLD} more of this kind"]
    x = torch.from_numpy(np.concatenate(parts)[: params.limit])[:, None]
    classes = sorted(set(where[: len(x)]))
    label = torch.tensor([classes.index(name) for name in where[: len(x)]]) if len(classes) > 1 else None
    return sound_set("recordings", x, params.rate, label, classes if label is not None else (), problems, said)


SOURCES = (
    Source(
        "recordings",
        "Recordings",
        "Your own sounds: a WAV file, cut into seconds, or a folder of them; each sub-folder is a class.",
        "sounds",
        RecordingParams,
        _load,
        from_file=True,
    ),
)
