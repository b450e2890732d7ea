"""Run one benchmark in this process and print its results as JSON: what `python -m benchmarks` starts for each."""

from __future__ import annotations

import json
import sys
from importlib import import_module

from .surroundings import surroundings


def main(name: str, quick: bool) -> None:
    with surroundings():
        results = import_module(f"benchmarks.{name}").measure(quick)
        print(json.dumps([r.as_json() for r in results]))


if __name__ == "__main__":
    main(sys.argv[1], "--quick" in sys.argv[2:])
