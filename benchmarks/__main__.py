"""`python -m benchmarks [NAME ...] [--quick] [--json]`: one table of what was measured against what is to be reached.

Each benchmark runs in a process of its own, one after the other, and is a module of that name here with a function
``measure(quick)``; its docstring says how it measures. The exit code is 0 however the verdicts are, 1 when a benchmark
could not be run.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import subprocess
import sys
import time
from importlib.metadata import version

from .results import Result, verdicts

NAMES = (
    "start_up",
    "lateness",
    "training_rate",
    "steering",
    "latent_drag",
    "strokes",
    "stopping",
    "compare",
    "filming",
    "memory",
    "lessons",
    "rehearsing",
)


def run(name: str, quick: bool) -> list[Result]:
    """The results of one benchmark. Raises RuntimeError with what it said when it failed."""
    command = [sys.executable, "-m", "benchmarks.child", name, *(["--quick"] if quick else [])]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    lines = done.stdout.splitlines()
    if done.returncode or not lines:
        raise RuntimeError(done.stderr.strip() or f"it ended with code {done.returncode} and said nothing")
    return [Result.from_json(row) for row in json.loads(lines[-1])]


def machine() -> str:
    """What it was measured on, in one line."""
    busy = f", load {os.getloadavg()[0]:.1f}" if hasattr(os, "getloadavg") else ""
    return (
        f"Python {platform.python_version()}, torch {version('torch')}, {platform.system()} {platform.machine()}, "
        f"{os.cpu_count()} cores{busy}"
    )


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks", description="Measure the program against its targets."
    )
    parser.add_argument(
        "names", nargs="*", metavar="NAME", help=f"which to run: {', '.join(NAMES)}; all when none is named"
    )
    parser.add_argument("--quick", action="store_true", help="few and short repetitions, to see that it works")
    parser.add_argument("--json", action="store_true", help="print one JSON object instead of the table")
    options = parser.parse_args(arguments)
    unknown = [name for name in options.names if name not in NAMES]
    if unknown:
        parser.error(f"there is no benchmark {unknown[0]!r}; there is {', '.join(NAMES)}")
    where = machine()
    results: list[Result] = []
    failures: dict[str, str] = {}
    for name in options.names or NAMES:
        begin = time.monotonic()
        try:
            results += run(name, options.quick)
        except RuntimeError as error:
            failures[name] = str(error)
        print(f"{name}: {time.monotonic() - begin:.0f} s", file=sys.stderr)
    if options.json:
        print(
            json.dumps(
                {
                    "machine": where,
                    "quick": options.quick,
                    "results": [r.as_json() for r in results],
                    "failures": failures,
                }
            )
        )
    else:
        print(f"\n{where}{' (quick: figures are rough)' if options.quick else ''}\n\n{verdicts(results)}")
    for name, why in failures.items():
        print(f"\n{name} could not be measured:\n{why}", file=sys.stderr)
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
