"""Filming: 300 frames of the plane at 1920x1080, from the start of the process to the whole file.

`dgm-studio film` on the default run of the plane after a short training, with its default layers: the density and the field on
their way, 1,000 samples, the data. MP4 is held against the target; the forms without loss are said for information. The note
has what the process and ffmpeg took of the processor, which other programs on the machine change less than the time.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from dgm_studio.api.job import Job
from dgm_studio.protocol import messages as m
from dgm_studio.studio.session.session import Session

from .results import Result

SECONDS, QUICK_SECONDS = 10.0, 1.0
FPS, SIZE = 30, (1920, 1080)
STEPS = 300
TARGET_S = 30.0


def saved(path: Path) -> Path:
    """The default run of the plane, hardly trained."""
    job = Job()
    job.open(Session().spec("2d"))
    job.ask(m.Train(job.name, steps=STEPS), m.Finished)
    job.ask(m.Save(job.name, path), m.Saved)
    return path


def filmed(run: Path, out: Path, seconds: float) -> tuple[float, float]:
    """Seconds, and seconds of the processor, to film a run."""
    command = [sys.executable, "-m", "dgm_studio", "film", str(run), "--seconds", str(seconds), "--fps", str(FPS)]
    before, begin = os.times(), time.perf_counter()
    subprocess.run([*command, "--size", f"{SIZE[0]}x{SIZE[1]}", "--out", str(out)], check=True, capture_output=True)
    took, after = time.perf_counter() - begin, os.times()
    return took, after.children_user + after.children_system - before.children_user - before.children_system


def measure(quick: bool) -> list[Result]:
    seconds = QUICK_SECONDS if quick else SECONDS
    results = []
    with tempfile.TemporaryDirectory() as folder:
        run = saved(Path(folder) / "run.dgm")
        for ending, target in ((".mp4", None if quick else TARGET_S), (".webp", None), (".png", None), (".gif", None)):
            out = Path(folder) / f"film{ending}"
            took, processor = filmed(run, out, seconds)
            what = f"{round(seconds * FPS)} frames of the plane at {SIZE[0]}x{SIZE[1]} to {ending}"
            note = f"{processor:.0f} s of the processor, {out.stat().st_size / 1e6:.0f} MB"
            results.append(Result(what, took, "s", target, note=note))
    return results
