"""Entry point: no arguments or a file open the window; a verb runs on the command line without Qt."""

from __future__ import annotations

import os
import sys


def main() -> None:
    """Run the program and exit with its code: 0, 2 for bad usage or input, 1 for a failure."""
    os.environ.setdefault("OMP_NUM_THREADS", "1")  # before torch is imported; see engine/devices.py
    if sys.platform == "win32" and len(sys.argv) == 1:
        # There torch must be loaded before any Qt binding (WinError 1114, pytorch issue 166628).
        import torch  # noqa: F401
    from dgm_studio.cli import cli

    cli.main(prog_name="dgm-studio")


if __name__ == "__main__":
    main()
